"""The one door to Stripe, through its official SDK.

Types of Stripe's stay here and in :mod:`shop.payments.answers`.

The transport differs and nothing else: the real host, the stand-in over loop-back, or the
stand-in in process. The code under test is the SDK's and ours in all three.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import stripe
from stripe import _util

from shop.config import Settings
from shop.kit.breaker import Breaker, UnavailableError
from shop.kit.db import leave_database
from shop.payments.answers import dispute_state, id_of, payment_state, plain_of, refund_state
from shop.payments.errors import PaymentNotOpened, PaymentProviderUnavailable
from shop.payments.guarded import BoundedRequestsClient, GuardedClient, Transport
from shop.payments.results import (
    DisputeState,
    Notice,
    OpenedCheckout,
    PaymentState,
    RefundState,
)

logger = logging.getLogger("shop.payments")

#: An upgrade of the SDK may move this: a test compares the two, so that it is a decision.
API_VERSION = "2026-10-28.endive"

#: Tries after the first, as far as the time of the request that asks allows.
RETRIES = 2


class StripeGateway:
    """Payments at Stripe. Thread-safe; build it after a fork.

    Args:
        settings: Say with which key, and whether the stand-in is asked.
        http_client: Transport to Stripe, when it is not the network.
        at_once: How many threads may wait for Stripe at a time; None: any number.
    """

    def __init__(
        self, settings: Settings, *, http_client: Transport | None = None, at_once: int | None = None
    ) -> None:
        # It would write a file into the user's home and send platform details.
        stripe.enable_telemetry = False
        # The SDK prints whole bodies where this variable says ``debug``: who bought, and where they live.
        _util.STRIPE_LOG = None
        self._client = stripe.StripeClient(
            settings.stripe_secret_key,
            stripe_version=API_VERSION,
            http_client=GuardedClient(
                http_client or BoundedRequestsClient(), Breaker("Stripe", at_once=at_once)
            ),
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
                    session_id, {"expand": ["payment_intent.latest_charge"]}
                )
        except stripe.InvalidRequestError as error:
            logger.error("Stripe does not know payment %s (request %s)", session_id, error.request_id)
            raise PaymentProviderUnavailable(retry_after=30) from error
        return payment_state(session)

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

    def capture(self, intent_id: str, amount: int, *, key: str) -> bool:
        """Take authorized money; return False where Stripe refuses, because it is over or too much.

        Args:
            intent_id: The money.
            amount: Minor units; what is not taken is let go.
            key: Names the stored decision; the same key captures once.

        Raises:
            PaymentProviderUnavailable: Ask again with the same key.
        """
        return self._decided(
            lambda: self._client.v1.payment_intents.capture(
                intent_id, {"amount_to_capture": amount}, {"idempotency_key": key}
            )
        )

    def void(self, intent_id: str, *, key: str) -> bool:
        """Let authorized money go; return False where Stripe refuses, because it is decided.

        Raises:
            PaymentProviderUnavailable: Ask again with the same key.
        """
        return self._decided(
            lambda: self._client.v1.payment_intents.cancel(intent_id, {}, {"idempotency_key": key})
        )

    @staticmethod
    def _decided(call: Callable[[], object]) -> bool:
        try:
            with _asking():
                call()
        except stripe.InvalidRequestError as error:
            logger.warning("Stripe refuses a decision (request %s): %s", error.request_id, error.user_message)
            return False
        return True

    def refund(self, intent_id: str, amount: int, *, refund_id: UUID) -> RefundState:
        """Give money back.

        Args:
            intent_id: The money.
            amount: Minor units.
            refund_id: The stored refund; it names the key, so that asking again refunds once, and
                stands on the refund at Stripe, so that a list there tells whose it is.

        Returns:
            The refund; one that Stripe refuses, because the money went back already or can no
            longer, as ``failed`` without an id: a person must look.

        Raises:
            PaymentProviderUnavailable: Ask again with the same id.
        """
        try:
            with _asking():
                found = self._client.v1.refunds.create(
                    {"payment_intent": intent_id, "amount": amount, "metadata": {"refund": str(refund_id)}},
                    {"idempotency_key": f"refund-{refund_id}"},
                )
        except stripe.InvalidRequestError as error:
            logger.error("Stripe refuses refund %s of %s: %s", refund_id, intent_id, error.user_message)
            return RefundState(None, "failed", amount, refund_id)
        return refund_state(found)

    def read_refund(self, refund_id: str) -> RefundState:
        """Read a refund afresh; one that was pending may have failed.

        Raises:
            PaymentProviderUnavailable: Stripe did not answer.
        """
        with _asking():
            return refund_state(self._client.v1.refunds.retrieve(refund_id))

    def refunds_of(self, intent_id: str) -> list[RefundState]:
        """Read every refund of a payment, also those made in Stripe's dashboard.

        Raises:
            PaymentProviderUnavailable: Stripe did not answer.
        """
        with _asking():
            pages = self._client.v1.refunds.list({"payment_intent": intent_id, "limit": 100})
            return [refund_state(each) for each in pages.auto_paging_iter()]

    def read_dispute(self, dispute_id: str) -> DisputeState:
        """Read a dispute afresh.

        Raises:
            PaymentProviderUnavailable: Stripe did not answer.
        """
        with _asking():
            found = self._client.v1.disputes.retrieve(dispute_id)
        return dispute_state(found)

    def intent_behind(self, notice: Notice) -> str | None:
        """Return the money that a notice about a refund, charge, dispute or intent speaks of.

        Raises:
            PaymentProviderUnavailable: Stripe did not answer.
        """
        kind = notice.type.split(".")[0]
        api = self._client.v1
        try:
            with _asking():
                if notice.type.startswith("charge.dispute."):
                    return id_of(api.disputes.retrieve(notice.object_id).payment_intent)
                if kind == "charge":
                    return id_of(api.charges.retrieve(notice.object_id).payment_intent)
                if kind == "refund":
                    return id_of(api.refunds.retrieve(notice.object_id).payment_intent)
        except stripe.InvalidRequestError:
            return None
        return notice.object_id if kind == "payment_intent" else None

    def undelivered(self, since: datetime, types: Sequence[str]) -> list[Notice]:
        """Read the events that no webhook of this shop has taken, oldest first.

        Args:
            since: Not older than this, UTC.
            types: Which; Stripe takes at most 20.

        Raises:
            PaymentProviderUnavailable: Stripe did not answer.
        """
        asked: Any = {
            "types": list(types),
            "created": {"gte": int(since.timestamp())},
            "delivery_success": False,
            "limit": 100,
        }
        with _asking():
            found = list(self._client.v1.events.list(asked).auto_paging_iter())
        return [
            Notice(event.id, event.type, str(plain_of(event.data)["object"]["id"]), event.livemode)
            for event in reversed(found)
        ]

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
        named: str | None = plain_of(intent).get("metadata", {}).get("payment")
        return named


@contextmanager
def _asking() -> Iterator[None]:
    """Make a call to Stripe: outside any transaction, its failures in our words."""
    leave_database()
    try:
        yield
    except UnavailableError as error:
        logger.warning("Stripe is not asked now: %s", error)
        raise PaymentProviderUnavailable(retry_after=error.retry_after) from error
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
