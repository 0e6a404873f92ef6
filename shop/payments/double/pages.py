"""The offline pay page: buttons instead of a card form, usable with a browser or with curl."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from . import attempts, checkout_payment, passage, setup_intents
from .api import hang_up_if_due, read_form, wait
from .currencies import format_amount
from .errors import StripeError, invalid
from .faults import Faults
from .http_messages import Answer, Request, Sleep
from .state import State
from .store import Record

#: The buttons of the page: payment method, label, what it shows.
BUTTONS = (
    ("pm_card_authenticationRequired", "Pay with 3-D Secure", "The bank asks the shopper first"),
    ("pm_double_delayed", "Pay with a delayed method", "Completes now, the money comes later"),
    ("pm_card_chargeDeclined", "Be declined", "Generic decline"),
    ("pm_card_chargeDeclinedInsufficientFunds", "Be declined", "Insufficient funds"),
    ("pm_card_chargeDeclinedExpiredCard", "Be declined", "Expired card"),
)
_TEMPLATES = Path(__file__).with_name("templates")


def _digest_of_style() -> str:
    """Return the one style that a page may have, as its policy names it."""
    base = (_TEMPLATES / "base.html").read_text()
    style = base.partition("<style>")[2].partition("</style>")[0]
    return f"sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}"


#: Forms may lead anywhere: they end at the shop, whose address a policy would have to name.
_SECURITY = (
    ("Cache-Control", "no-store"),
    (
        "Content-Security-Policy",
        f"default-src 'none'; style-src '{_digest_of_style()}'; base-uri 'none'; frame-ancestors 'none'",
    ),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
)


class Pages:
    """Answers ``/pay/...`` and ``/authenticate/...``."""

    def __init__(self, state: State, faults: Faults, sleep: Sleep) -> None:
        self._state = state
        self._faults = faults
        self._sleep = sleep
        self._templates = Environment(
            loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )

    def answer(self, request: Request) -> Answer:
        """Answer a page, with the trouble that is scripted for it.

        Raises:
            DroppedConnectionError: For the transport: a fault says there is no answer.
        """
        fault = self._faults.for_request(request.method, request.path)
        if fault is not None and not fault.after_effect:
            wait(fault, request, self._sleep)
            hang_up_if_due(fault, request)
        replaced = fault if fault is not None and fault.kind == "status" else None
        if replaced is not None and not replaced.after_effect:
            return self._notice(
                request, replaced.status, "Something went wrong", "Injected by the Stripe double."
            )
        answer = self._serve(request)
        if fault is not None and fault.after_effect:
            wait(fault, request, self._sleep)
            hang_up_if_due(fault, request)
        if replaced is not None:
            return self._notice(
                request, replaced.status, "Something went wrong", "Injected by the Stripe double."
            )
        return answer

    def _serve(self, request: Request) -> Answer:
        if request.method not in {"GET", "HEAD", "POST"}:
            return self._notice(request, 405, "Not allowed", "These pages take GET and POST.")
        passage.apply(self._state)
        parts = request.path.strip("/").split("/")
        try:
            given = {key: values[-1] for key, values in parse_qs(request.query).items()}
            if request.method == "POST":
                given |= {key: str(value) for key, value in read_form(request).items()}
            with self._state.operation(self._state.ids.request()):
                return self._route(request, parts, given)
        except StripeError as error:
            return self._refusal(request, error)

    def _route(self, request: Request, parts: list[str], given: dict[str, str]) -> Answer:
        if parts == [""]:
            return self._notice(request, 200, "Stripe double", "It plays Stripe for this shop, offline.")
        if parts[0] == "pay" and len(parts) in {2, 3}:
            session = self._state.require("checkout.session", parts[1])
            _require_secret(session, given)
            verb = parts[2] if len(parts) == 3 else "leave" if "leave" in given else "pay"
            if verb == "pay":
                return self._pay(request, session, given)
            if verb == "authenticate":
                return self._authenticate_session(request, session, given)
            if verb == "leave" and request.method == "POST":
                return self._leave(request, session)
        if parts[0] == "authenticate" and len(parts) == 2:
            return self._authenticate_intent(request, parts[1], given)
        return self._notice(request, 404, "Nothing here", "The Stripe double has no such page.")

    def _pay(self, request: Request, session: Record, given: dict[str, str]) -> Answer:
        if session.body["status"] == "expired":
            return self._notice(request, 410, "Session expired", "This session is over. Nothing was charged.")
        if session.body["status"] == "complete":
            if request.method == "POST":
                return self._done(request, session)
            back = checkout_payment.after_payment(session)
            return self._notice(request, 200, "Already done", "This session is complete.", back)
        if request.method != "POST":
            return self._pay_page(request, session, None)
        if not given.get("payment_method"):
            raise invalid("Missing required param: payment_method.", "payment_method", "parameter_missing")
        try:
            checkout_payment.pay(self._state, session, given["payment_method"], given.get("shipping_option"))
        except StripeError as error:
            # A decline is kept, with the failed charge and its event; the session stays open.
            if error.status != 402:
                raise
            return self._declined(request, session, error)
        return self._done(request, session)

    def _done(self, request: Request, session: Record) -> Answer:
        """Send the visitor on: back to the shop, or to the authentication page."""
        session = self._state.require("checkout.session", session.id)
        body = session.body
        if body["status"] == "open":
            secret = f"?client_secret={body['client_secret']}" if body["client_secret"] else ""
            target: str | None = f"{self._state.base_url}/pay/{session.id}/authenticate{secret}"
            status = "requires_action"
        else:
            target, status = checkout_payment.after_payment(session), body["status"]
        if request.wants_json():
            facts = {"status": status, "payment_status": body["payment_status"], "redirect": target}
            return Answer.json(200, facts, _SECURITY)
        if target is None:
            return self._notice(request, 200, "Done", "The session is complete.")
        return Answer(303, b"", (("Location", target), *_SECURITY))

    def _declined(self, request: Request, session: Record, error: StripeError) -> Answer:
        if request.wants_json():
            return Answer.json(402, self._state.render(error.body()), _SECURITY)
        return self._pay_page(request, session, error.message)

    def _pay_page(self, request: Request, session: Record, problem: str | None) -> Answer:
        session = self._state.require("checkout.session", session.id)
        body, currency = session.body, session.body["currency"]
        lines = [
            {**line, "shown": format_amount(line["amount_total"], currency)}
            for line in session.private["line_items"]
        ]
        shipping = [
            {**option, "shown": format_amount(option["shipping_amount"], currency)}
            for option in session.private["shipping"]
        ]
        chosen = (body["shipping_cost"] or {}).get("shipping_rate")
        total = None if body["amount_total"] is None else format_amount(body["amount_total"], currency)
        page = {"lines": lines, "shipping": shipping, "chosen": chosen, "total": total, "problem": problem}
        action = f"/pay/{session.id}"
        return self._render(
            402 if problem else 200, "pay.html", session=body, action=action, buttons=BUTTONS, **page
        )

    def _authenticate_session(self, request: Request, session: Record, given: dict[str, str]) -> Answer:
        if session.body["status"] != "open":
            return self._pay(request, session, given)
        if request.method != "POST":
            secret = session.body["client_secret"]
            return self._render(
                200, "authenticate.html", action=f"/pay/{session.id}/authenticate", secret=secret
            )
        try:
            checkout_payment.authenticate(self._state, session, succeed=_outcome(given))
        except StripeError as error:
            if error.status != 402:
                raise
            return self._declined(request, session, error)
        return self._done(request, session)

    def _authenticate_intent(self, request: Request, intent_id: str, given: dict[str, str]) -> Answer:
        """Play the bank for an intent made over the API."""
        kind = "setup_intent" if intent_id.startswith("seti_") else "payment_intent"
        intent = self._state.require(kind, intent_id)
        if given.get("client_secret") != intent.body["client_secret"] or intent.private.get("session"):
            raise StripeError("The client_secret does not belong to this intent.", status=403)
        if intent.body["status"] != "requires_action":
            return self._notice(
                request, 409, "Nothing to authenticate", f"This intent is {intent.body['status']}."
            )
        if request.method != "POST":
            secret = intent.body["client_secret"]
            return self._render(200, "authenticate.html", action=f"/authenticate/{intent_id}", secret=secret)
        module = setup_intents if kind == "setup_intent" else attempts
        try:
            module.authenticate(self._state, intent, succeed=_outcome(given))
        except StripeError as error:
            if error.status != 402:
                raise
        back = intent.private.get("return_url")
        if request.wants_json() or back is None:
            facts = {"status": intent.body["status"], "redirect": back}
            return Answer.json(200, facts, _SECURITY)
        joint = "&" if "?" in back else "?"
        target = f"{back}{joint}{kind}={intent_id}&{kind}_client_secret={intent.body['client_secret']}"
        return Answer(303, b"", (("Location", target), *_SECURITY))

    def _leave(self, request: Request, session: Record) -> Answer:
        target = session.body["cancel_url"]
        if request.wants_json():
            return Answer.json(200, {"status": session.body["status"], "redirect": target}, _SECURITY)
        if target is None:
            return self._notice(request, 200, "Left", "This session has no cancel_url to go back to.")
        return Answer(303, b"", (("Location", target), *_SECURITY))

    def _refusal(self, request: Request, error: StripeError) -> Answer:
        if request.wants_json():
            return Answer.json(error.status, self._state.render(error.body()), _SECURITY)
        return self._notice(request, error.status, "Not possible", error.message)

    def _notice(
        self, request: Request, status: int, title: str, text: str, back: str | None = None
    ) -> Answer:
        if request.wants_json():
            facts: dict[str, Any] = {"status": title, "message": text, "redirect": back}
            return Answer.json(status, facts, _SECURITY)
        return self._render(status, "notice.html", title=title, text=text, back=back)

    def _render(self, status: int, template: str, **values: object) -> Answer:
        return Answer.html(status, self._templates.get_template(template).render(**values), _SECURITY)


def _require_secret(session: Record, given: dict[str, str]) -> None:
    """Let only the holder of the client secret act on a session of the shop's own page.

    Raises:
        StripeError: 403.
    """
    secret = session.body["client_secret"]
    if secret is not None and given.get("client_secret") != secret:
        raise StripeError("This session belongs to a form: send its client_secret.", status=403)


def _outcome(given: dict[str, str]) -> bool:
    outcome = given.get("outcome")
    if outcome not in {"succeed", "fail"}:
        raise invalid("outcome must be succeed or fail.", "outcome")
    return outcome == "succeed"
