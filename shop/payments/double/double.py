"""The Stripe double itself: a WSGI application with the levers that tests and demos pull."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from . import checkout_payment, disputes, passage, refunds
from .api import Api
from .clock import Clock
from .errors import invalid
from .faults import Faults
from .http_messages import Answer, Request
from .loopback import require_loopback_url
from .pages import Pages
from .state import State
from .store import Record, Store
from .webhooks import Delivery, Webhooks

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_LAST_PORT = "last_port"


class StripeDouble:
    """A stand-in for Stripe that speaks its wire format.

    Call it as a WSGI application, serve it with ``DoubleServer``, or hand it to the SDK with
    ``InProcessHTTPClient``. Safe to use from several threads.

    Attributes:
        clock: The double's time; ``clock.advance(seconds)`` moves it.
        faults: Scripted trouble; ``faults.add(Fault(...))``.
        webhooks: The queue of deliveries; ``webhooks.sender`` may be replaced.
    """

    def __init__(
        self,
        state: Path | None = None,
        *,
        webhook_url: str | None = None,
        webhook_secret: str = "whsec_double",  # noqa: S107 - a label, it protects nothing
        base_url: str = "http://127.0.0.1",
        seed: int | None = None,
        now: Callable[[], float] = time.time,
        validate_responses: bool = True,
    ) -> None:
        """Open the double.

        Args:
            state: Its own SQLite file, which survives restarts and ``kill -9``; None for memory.
            webhook_url: Where events are announced, on the loop-back; None for nowhere.
            webhook_secret: What deliveries are signed with.
            base_url: Where its pages are served; links are completed with it when read.
            seed: Makes ids, the order of deliveries and chance faults repeatable.
            now: The time outside, in seconds since 1970.
            validate_responses: Whether answers and webhooks are checked against the document.

        Raises:
            ValueError: For a webhook URL that is not on the loop-back.
            StateInUseError: When another process holds the state file.
        """
        if webhook_url is not None:
            require_loopback_url(webhook_url)
        self._store = Store(state)
        self._state = State(
            self._store,
            now,
            seed=seed,
            base_url=base_url,
            webhook_url=webhook_url,
            validate=validate_responses,
        )
        self._waits = threading.Event()
        self.clock: Clock = self._state.clock
        self.faults = Faults(self._state.ids.seed)
        self.webhooks = Webhooks(self._state, self.faults, webhook_secret)
        self._api = Api(self._state, self.faults, self._sleep)
        self._pages = Pages(self._state, self.faults, self._sleep)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one WSGI request.

        Raises:
            DroppedConnectionError: For the transport: a fault says there is no answer.
        """
        request = Request.read(environ)
        answer = self.answer(request)
        phrase = HTTPStatus(answer.status).phrase
        length = ("Content-Length", str(len(answer.body)))
        start_response(f"{answer.status} {phrase}", [*answer.headers, length])
        return [b"" if request.method == "HEAD" else answer.body]

    def answer(self, request: Request) -> Answer:
        """Answer one request, without WSGI around it."""
        if request.path.startswith("/v1/"):
            return self._api.answer(request)
        return self._pages.answer(request)

    def _sleep(self, seconds: float) -> None:
        self._waits.wait(seconds)

    def end_waits(self) -> None:
        """Let every answer that a fault holds back go now, so that stopping never waits for it."""
        ended, self._waits = self._waits, threading.Event()
        ended.set()

    # Levers: delivery and time

    def deliver_webhooks(self, limit: int | None = None) -> int:
        """Deliver what is due, on command, and tell how many deliveries were taken.

        Args:
            limit: How many deliveries to try at most; None for all that are due.
        """
        return self.webhooks.deliver(limit)

    def pending_events(self) -> list[Delivery]:
        """List the deliveries not yet made, in the order in which they will be."""
        return self.webhooks.pending()

    def tick(self) -> int:
        """Apply the time: expire sessions, let holds lapse, settle what was scheduled, forget the old.

        Every request does this too, so that no answer shows a state that is over.

        Returns:
            How many objects changed.
        """
        changed = passage.apply(self._state)
        passage.forget(self._state)
        return changed

    # Levers: what happens at the bank or in Stripe's dashboard

    @property
    def refunds_pending(self) -> bool:
        """Whether new refunds begin as ``pending``."""
        return self._state.refunds_pending

    @refunds_pending.setter
    def refunds_pending(self, value: bool) -> None:
        self._state.refunds_pending = value

    @property
    def refund_settles_after(self) -> float | None:
        """Seconds until a pending refund succeeds by itself; None for never."""
        return self._state.refund_settles_after

    @refund_settles_after.setter
    def refund_settles_after(self, seconds: float | None) -> None:
        self._state.refund_settles_after = seconds

    @property
    def delayed_settles_after(self) -> float | None:
        """Seconds until a delayed payment succeeds by itself; None for never."""
        return self._state.delayed_settles_after

    @delayed_settles_after.setter
    def delayed_settles_after(self, seconds: float | None) -> None:
        self._state.delayed_settles_after = seconds

    def settle_refund(self, refund_id: str) -> None:
        """Let a pending refund succeed."""
        with self._state.operation():
            refunds.settle(self._state, self._state.require("refund", refund_id))

    def fail_refund(self, refund_id: str, reason: str = "lost_or_stolen_card") -> None:
        """Let a refund fail, even one that was reported as a success."""
        with self._state.operation():
            refunds.fail(self._state, self._state.require("refund", refund_id), reason)

    def dashboard_refund(self, payment_intent: str, amount: int | None = None) -> str:
        """Refund as a person does in Stripe's dashboard, behind the shop's back.

        Args:
            payment_intent: The id of a payment that took money.
            amount: Minor units; None for all that is left.

        Returns:
            The id of the refund.
        """
        params: dict[str, Any] = {"payment_intent": payment_intent}
        if amount is not None:
            params["amount"] = amount
        with self._state.operation():
            return str(refunds.create(self._state, params, "")["id"])

    def open_dispute(self, payment_intent: str, amount: int | None = None, reason: str = "fraudulent") -> str:
        """Let the shopper's bank dispute a payment; gives the id of the dispute."""
        with self._state.operation():
            intent = self._state.require("payment_intent", payment_intent)
            return disputes.open_(self._state, intent, amount, reason).id

    def close_dispute(self, dispute_id: str, *, won: bool) -> None:
        """End a dispute in the shop's favour or against it."""
        with self._state.operation():
            dispute = self._state.require("dispute", dispute_id)
            disputes.close(self._state, dispute, "won" if won else "lost")

    def settle_delayed(self, object_id: str, succeed: bool = True) -> None:
        """Deliver the late answer of a delayed method.

        Args:
            object_id: A Checkout Session or a PaymentIntent.
            succeed: Whether the money came.
        """
        with self._state.operation():
            intent = self._intent(object_id)
            checkout_payment.settle_delayed(self._state, intent, succeed=succeed)

    def _intent(self, object_id: str) -> Record:
        session = self._state.find("checkout.session", object_id)
        if session is None:
            return self._state.require("payment_intent", object_id)
        if session.body["payment_intent"] is None:
            raise invalid("Nobody has tried to pay this session yet.")
        return self._state.require("payment_intent", session.body["payment_intent"])

    # Where it is served

    @property
    def base_url(self) -> str:
        """Where its pages are served; every link in an answer is completed with it."""
        return self._state.base_url

    @base_url.setter
    def base_url(self, url: str) -> None:
        self._state.base_url = url.rstrip("/")

    @property
    def last_port(self) -> int | None:
        """The port its server had last, kept over restarts so that open links may stay valid."""
        kept = self._store.setting(_LAST_PORT)
        return int(kept) if kept else None

    @last_port.setter
    def last_port(self, port: int) -> None:
        self._store.set_setting(_LAST_PORT, str(port))

    def close(self) -> None:
        """Let waiting answers go and give the state file back."""
        self.end_waits()
        self._store.close()

    def __enter__(self) -> StripeDouble:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
