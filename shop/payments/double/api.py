"""The ``/v1`` API: key, parameters, idempotency, faults, execution and the error shape."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any

from . import contract, form, idempotency, passage
from .errors import StripeError, invalid
from .expansion import expand
from .faults import DroppedConnectionError, Fault, Faults
from .http_messages import MAX_BODY_BYTES, Answer, Request, Sleep
from .idempotency import Call, Executed, InFlight
from .routes import HANDLERS
from .state import State

DOUBLE_API_KEY = "sk_test_double"
_REAL_KEYS = ("sk_live_", "rk_live_", "sk_test_", "rk_test_", "pk_live_", "pk_test_", "sk_", "rk_")


#: What was answered, and the id of the original request when it is a replay.
_Outcome = tuple[Executed, str | None]


@dataclass(frozen=True)
class _Job:
    """One request on its way through."""

    request: Request
    operation: contract.Operation
    given: dict[str, Any]
    call: Call | None
    request_id: str


class Api:
    """Answers API requests, each in one transaction with its events and its idempotency key."""

    def __init__(self, state: State, faults: Faults, sleep: Sleep) -> None:
        self._state = state
        self._faults = faults
        self._sleep = sleep
        self._in_flight = InFlight()

    def answer(self, request: Request) -> Answer:
        """Answer one request.

        Raises:
            DroppedConnectionError: For the transport: a fault says there is no answer.
        """
        request_id = self._state.ids.request()
        headers = [("Request-Id", request_id), ("Stripe-Version", contract.api_version())]
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        if key is not None:
            headers.append(("Idempotency-Key", key))
        try:
            _require_key(request)
            given = read_form(request)
            operation = contract.find_operation(request.method, request.path)
            call = None if key is None else idempotency.call(key, request.method, request.path, given)
            job = _Job(request, operation, given, call, request_id)
            with self._in_flight.claim(key):
                done, original = self._serve(job)
        except StripeError as error:
            return Answer.json(error.status, self._state.render(error.body()), tuple(headers))
        if original is not None:
            headers += [("Idempotent-Replayed", "true"), ("Original-Request", original)]
        sent = (*headers, *done.headers)
        if done.text is not None:
            return Answer.html(done.status, done.text, sent)
        return Answer.json(done.status, self._state.render(done.body), sent)

    def _serve(self, job: _Job) -> _Outcome:
        """Execute a request or replay it, with the trouble that is scripted for it."""
        request = job.request
        fault = self._faults.for_request(request.method, request.path)
        if fault is None:
            return self._execute(job)
        if not fault.after_effect and fault.kind != "slow":
            return self._fail_before(fault, job)
        if not fault.after_effect:
            wait(fault, request, self._sleep)
        injected = _injected(fault) if fault.kind == "status" else None
        outcome = self._execute(job, remembered=injected if fault.keeps_answer else None)
        if fault.after_effect:
            wait(fault, request, self._sleep)
        hang_up_if_due(fault, request)
        return outcome if injected is None else (injected, None)

    def _fail_before(self, fault: Fault, job: _Job) -> _Outcome:
        """Let a request fail before it has any effect."""
        wait(fault, job.request, self._sleep)
        hang_up_if_due(fault, job.request)
        answer = _injected(fault)
        if job.call is None or not fault.keeps_answer:
            return answer, None
        contract.read_params(job.operation, job.given)
        with self._state.operation(job.request_id, job.call.key):
            kept = idempotency.find(self._state, job.call)
            if kept is not None:
                return kept
            idempotency.keep(self._state, job.call, answer, job.request_id)
        return answer, None

    def _execute(self, job: _Job, remembered: Executed | None = None) -> _Outcome:
        """Run one operation in one transaction, or give the answer that its key remembers.

        Args:
            job: The request.
            remembered: What the key is to remember instead of the true answer.
        """
        state, call = self._state, job.call
        passage.apply(state)
        with state.operation(job.request_id, call.key if call else None):
            kept = idempotency.find(state, call) if call else None
            if kept is not None:
                return kept
            done = self._run(job, contract.read_params(job.operation, job.given))
            if call is not None:
                idempotency.keep(state, call, remembered or done, job.request_id)
            return done, None

    def _run(self, job: _Job, params: dict[str, Any]) -> Executed:
        state, operation = self._state, job.operation
        handler = HANDLERS[operation.operation_id]
        try:
            body = handler(state, params, operation.object_id(job.request.path))
        except StripeError as error:
            if not error.stored:
                raise
            return Executed(error.status, error.body())
        body = expand(state, body, params.get("expand", []))
        if state.validate:
            contract.validate_answer(operation, state.render(body))
        return Executed(200, body)


def _require_key(request: Request) -> None:
    """Let only the double's own key in.

    Raises:
        StripeError: 401; a real key is neither repeated nor kept.
    """
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            given = base64.b64decode(given).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            given = ""
    if given == DOUBLE_API_KEY:
        return
    if given.startswith(_REAL_KEYS):
        text = (
            "This is the Stripe double, not Stripe, and it was given a Stripe key. It takes only its"
            " own key; keep real keys away from it."
        )
    else:
        text = "The Stripe double takes only its own key, as a Bearer token."
    raise StripeError(text, status=401)


def read_form(request: Request) -> dict[str, Any]:
    """Decode the parameters of a request and refuse card numbers.

    Raises:
        StripeError: 400 for a body that is too big, no text, no form, or holds a card number.
    """
    if len(request.body) > MAX_BODY_BYTES:
        raise StripeError("The request body is too large.", status=413)
    if request.method == "POST" and request.headers.get("content-type", "").startswith("application/json"):
        raise invalid("Send form-encoded parameters, not JSON.")
    try:
        body = request.text()
    except UnicodeDecodeError as error:
        raise invalid("The request body is not UTF-8.") from error
    given = form.decode(body if request.method == "POST" else request.query)
    field = form.card_field(given)
    if field is not None:
        text = "A card number was sent. It was not kept. Card numbers never reach a server of the shop."
        raise invalid(text, field, "card_number_refused")
    return given


def _injected(fault: Fault) -> Executed:
    return Executed(fault.status, dict(fault.error()), tuple(fault.headers.items()), fault.text())


def wait(fault: Fault, request: Request, sleep: Sleep) -> None:
    """Be silent as long as a fault says; an in-process client that would give up does not wait."""
    gives_up = fault.kind == "timeout" or _outlasts(fault, request)
    if fault.delay > 0 and not (request.in_process and gives_up):
        sleep(fault.delay)


def hang_up_if_due(fault: Fault, request: Request) -> None:
    """End the connection without an answer when a fault says so.

    Raises:
        DroppedConnectionError: For the transport.
    """
    if fault.kind in {"drop", "timeout"} or _outlasts(fault, request):
        raise DroppedConnectionError(f"{fault.kind} on {request.method} {request.path}")


def _outlasts(fault: Fault, request: Request) -> bool:
    return request.client_timeout is not None and fault.delay > request.client_timeout
