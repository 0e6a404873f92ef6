"""Refusals in the shape that Stripe gives them."""

from __future__ import annotations

from typing import Any


class StripeError(Exception):
    """A request refused the way Stripe refuses it.

    ``stored`` tells two kinds apart. A request that was never executed (its parameters are
    wrong) leaves nothing behind, not even under its idempotency key. One that was executed and
    ended badly (a decline, a state that forbids it) keeps its effects and its answer.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        decline_code: str | None = None,
        stored: bool = False,
        subject: dict[str, Any] | None = None,
    ) -> None:
        """Keep the facts of the refusal.

        Args:
            message: For a human; its wording is not Stripe's and no test may rest on it.
            status: HTTP status.
            kind: The error's ``type``.
            code: Stripe's machine-readable code.
            param: The parameter at fault, in form notation: ``line_items[0][quantity]``.
            decline_code: The bank's reason, for a card error.
            stored: Whether the effects so far and this answer are kept.
            subject: The PaymentIntent or SetupIntent that a card error carries inside.
        """
        super().__init__(message)
        self.message = message
        self.status = status
        self.kind = kind
        self.code = code
        self.param = param
        self.decline_code = decline_code
        self.stored = stored
        self.subject = subject

    def body(self) -> dict[str, Any]:
        """Write the JSON body of the answer."""
        error: dict[str, Any] = {"type": self.kind, "message": self.message}
        facts = {"code": self.code, "param": self.param, "decline_code": self.decline_code}
        error.update({name: value for name, value in facts.items() if value is not None})
        if self.subject is not None:
            error[self.subject["object"]] = self.subject
            if self.subject.get("latest_charge"):
                error["charge"] = self.subject["latest_charge"]
        return {"error": error}


def invalid(message: str, param: str | None = None, code: str | None = None) -> StripeError:
    """Refuse parameters: nothing was executed, nothing is remembered."""
    return StripeError(message, param=param, code=code)


def refused(message: str, code: str | None = None, param: str | None = None) -> StripeError:
    """Refuse because of the state an object is in: executed, so its key remembers the answer."""
    return StripeError(message, code=code, param=param, stored=True)


def missing(what: str, object_id: str, param: str | None = None) -> StripeError:
    """Refuse an id that names nothing: 404 in the path, 400 in a parameter, as Stripe does."""
    status = 400 if param else 404
    text = f"No such {what}: '{object_id}'"
    return StripeError(text, status=status, code="resource_missing", param=param or "id")


def unexpected_state(what: str, verb: str, status: str, subject: dict[str, Any]) -> StripeError:
    """Refuse a verb that an intent's status forbids; the intent travels inside the error."""
    return StripeError(
        f"You cannot {verb} this {what} because it has a status of {status}.",
        code=f"{subject['object']}_unexpected_state",
        stored=True,
        subject=subject,
    )


def card_error(message: str, code: str, decline_code: str | None, subject: dict[str, Any]) -> StripeError:
    """Report a decline as Stripe does: 402, with the intent inside and its effects kept."""
    return StripeError(
        message,
        status=402,
        kind="card_error",
        code=code,
        decline_code=decline_code,
        stored=True,
        subject=subject,
    )
