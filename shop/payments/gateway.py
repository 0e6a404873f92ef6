"""The one door to Stripe, through its official SDK. No type of Stripe's leaves this file.

The transport differs and nothing else: the real host, the stand-in over loop-back, or the
stand-in in process. The code under test is the SDK's and ours in all three.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeAlias, cast

import stripe

from shop.config import Settings
from shop.kit.clock import now
from shop.kit.db import leave_database
from shop.payments.errors import BadSignature, PaymentNotOpened, PaymentProviderUnavailable
from shop.payments.results import Notice, OpenedCheckout, PaymentState, RefundState, Status

logger = logging.getLogger("shop.payments")

#: An upgrade of the SDK may move this: a test compares the two, so that it is a decision.
API_VERSION = "2026-10-28.endive"

#: Seconds to connect and to wait for an answer. Three attempts and their pauses stay under
#: the ten seconds that a shopper may be kept waiting.
TIMEOUT = (1.0, 2.5)
RETRIES = 2

#: Carries requests to Stripe or to its stand-in.
Transport: TypeAlias = stripe.HTTPClient

#: How far a webhook's timestamp may be from now, either way. Seconds.
TOLERANCE_SECONDS = 300


class StripeGateway:
    """Payments at Stripe. Thread-safe; build it after a fork."""

    def __init__(self, settings: Settings, *, http_client: Transport | None = None) -> None:
        # It would write a file into the user's home and send platform details.
        stripe.enable_telemetry = False
        self._secrets = settings.stripe_webhook_secrets
        self._client = stripe.StripeClient(
            settings.stripe_secret_key,
            stripe_version=API_VERSION,
            http_client=http_client or stripe.RequestsClient(timeout=TIMEOUT),
            # The client's own default is not to retry at all.
            max_network_retries=RETRIES,
            base_addresses={"api": settings.stripe_host} if settings.stripe_host else None,
        )

    def open_checkout(self, params: dict[str, Any], *, key: str) -> OpenedCheckout:
        """Open a payment at Stripe.

        Args:
            params: From :func:`shop.payments.asking.session_params`, as stored.
            key: Names the stored attempt; the same key and params give the same payment.

        Raises:
            PaymentProviderUnavailable: Ask again with the same key.
            PaymentNotOpened: Stripe will never open it.
        """
        try:
            with _asking():
                session = self._client.v1.checkout.sessions.create(
                    cast(Any, params), {"idempotency_key": key}
                )
        except stripe.InvalidRequestError as error:
            logger.error("Stripe refuses a payment (request %s): %s", error.request_id, error.user_message)
            raise PaymentNotOpened from error
        return OpenedCheckout(
            session_id=session.id,
            url=session.url,
            client_secret=session.client_secret,
            ends_at=datetime.fromtimestamp(session.expires_at, UTC),
        )

    def read_payment(self, session_id: str) -> PaymentState:
        """Read a payment afresh.

        Raises:
            PaymentProviderUnavailable: Stripe did not answer, or does not know the payment: the
                key may be another account's.
        """
        try:
            with _asking():
                session = self._client.v1.checkout.sessions.retrieve(
                    session_id, {"expand": ["payment_intent"]}
                )
        except stripe.InvalidRequestError as error:
            logger.error("Stripe does not know payment %s (request %s)", session_id, error.request_id)
            raise PaymentProviderUnavailable(retry_after=30) from error
        return _state(session)

    def close_checkout(self, session_id: str) -> PaymentState:
        """Make a payment impossible, unless it was made already; return how it stands.

        Raises:
            PaymentProviderUnavailable: Stripe did not answer; stock must stay held.
        """
        try:
            with _asking():
                self._client.v1.checkout.sessions.expire(session_id)
        except stripe.InvalidRequestError:
            # It is no longer open: paid, in process or expired. Which, the answer tells.
            logger.info("payment %s was not open when it was to be closed", session_id)
        return self.read_payment(session_id)

    def refund(self, intent_id: str, amount: int, *, key: str) -> RefundState:
        """Give money back.

        Args:
            intent_id: The money.
            amount: Minor units.
            key: Names the stored refund; the same key refunds once.

        Returns:
            The refund; one that Stripe refuses, because the money went back already or can no
            longer, as ``failed`` without an id: a person must look.

        Raises:
            PaymentProviderUnavailable: Ask again with the same key.
        """
        try:
            with _asking():
                found = self._client.v1.refunds.create(
                    {"payment_intent": intent_id, "amount": amount}, {"idempotency_key": key}
                )
        except stripe.InvalidRequestError as error:
            logger.error("Stripe refuses refund %s of %s: %s", key, intent_id, error.user_message)
            return RefundState(None, "failed")
        return _refund_state(found)

    def read_refund(self, refund_id: str) -> RefundState:
        """Read a refund afresh; one that was pending may have failed.

        Raises:
            PaymentProviderUnavailable: Stripe did not answer.
        """
        with _asking():
            return _refund_state(self._client.v1.refunds.retrieve(refund_id))

    def reference_of(self, session_id: str) -> str | None:
        """Return what a Checkout Session pays for, None for one that is not this shop's."""
        try:
            with _asking():
                return self._client.v1.checkout.sessions.retrieve(session_id).client_reference_id
        except stripe.InvalidRequestError:
            return None

    def payment_named_by(self, intent_id: str) -> str | None:
        """Return the payment row that an intent names, None for one that is not this shop's."""
        try:
            with _asking():
                intent = self._client.v1.payment_intents.retrieve(intent_id)
        except stripe.InvalidRequestError:
            return None
        named: str | None = _plain(intent).get("metadata", {}).get("payment")
        return named

    def read_notice(self, raw: bytes, header: str | None) -> Notice:
        """Verify a webhook and read what it is about; the signature comes before the parse.

        Raises:
            BadSignature: It is not from Stripe, was changed, or is not of this moment.
        """
        text = self._verified(raw, header)
        try:
            event = json.loads(text)
            about = event.get("related_object") or event["data"]["object"]
            return Notice(str(event["id"]), str(event["type"]), str(about["id"]), bool(event["livemode"]))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise BadSignature("The body is signed but is not an event.") from None

    def _verified(self, raw: bytes, header: str | None) -> str:
        try:
            text = raw.decode("utf-8")
            # Exactly one: with two, the SDK could sign one and this check read the other.
            (stamp,) = (part for part in (header or "").split(",") if part.strip().startswith("t="))
            digits = re.fullmatch(r"t=(\d{1,12})", stamp.strip())
        except ValueError:
            raise BadSignature from None
        if digits is None:
            raise BadSignature
        sent_at = int(digits[1])
        # The SDK accepts timestamps of the future; neither yesterday's nor tomorrow's is now.
        if abs(now().timestamp() - sent_at) > TOLERANCE_SECONDS:
            raise BadSignature("The webhook's timestamp is too far from now.")
        for secret in self._secrets:
            try:
                stripe.WebhookSignature.verify_header(text, str(header), secret, tolerance=None)
            except (ValueError, stripe.SignatureVerificationError):
                continue
            return text
        raise BadSignature


def _refund_state(refund: stripe.Refund) -> RefundState:
    known = {"succeeded": "succeeded", "failed": "failed", "canceled": "failed"}
    return RefundState(refund.id, cast(Any, known.get(str(refund.status), "pending")))


def _state(session: stripe.checkout.Session) -> PaymentState:
    plain = _plain(session)
    intent = plain.get("payment_intent") or {}
    return PaymentState(
        session_id=session.id,
        status=_status(plain, intent),
        amount=int(plain.get("amount_total") or 0),
        received=int(intent.get("amount_received") or 0),
        currency=str(plain.get("currency") or "").upper(),
        reference=plain.get("client_reference_id"),
        livemode=bool(session.livemode),
        intent_id=intent.get("id"),
    )


def _status(session: dict[str, Any], intent: dict[str, Any]) -> Status:
    if session["status"] == "open":
        return "open"
    if session["status"] == "expired":
        return "expired"
    if session["payment_status"] == "paid":
        return "paid"
    # A delayed method, or a voucher to be paid at a till, completes the session long before
    # the money: never act on "complete". Only an intent that needs a new card has failed.
    return "failed" if intent.get("status") in ("requires_payment_method", "canceled") else "processing"


def _plain(found: Any) -> dict[str, Any]:
    return dict(found.to_dict())


@contextmanager
def _asking() -> Iterator[None]:
    """Make a call to Stripe: outside any transaction, its failures in our words."""
    leave_database()
    try:
        yield
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        raise PaymentProviderUnavailable(retry_after=2) from error
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        logger.error("Stripe refuses this shop's key (request %s)", error.request_id)
        raise PaymentProviderUnavailable(retry_after=30) from error
    except stripe.InvalidRequestError:
        raise
    except stripe.StripeError as error:
        logger.warning("Stripe failed (request %s, status %s)", error.request_id, error.http_status)
        raise PaymentProviderUnavailable(retry_after=2) from error
