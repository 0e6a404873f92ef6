"""Refunds: whole or in parts, never more than was taken, sometimes pending, sometimes failing later."""

from __future__ import annotations

from typing import Any

from .currencies import require_step
from .errors import invalid, refused
from .parameters import list_objects, merge_metadata
from .state import State
from .store import Record

#: ``pm_card_refundFail``: Stripe reports success first and the failure a little later.
_FAILS_AFTER_SECONDS = 5.0
_LIVE = {"pending", "succeeded", "requires_action"}


def create(state: State, params: dict[str, Any], _id: str) -> dict[str, Any]:
    """Give money back by PaymentIntent or by charge.

    Raises:
        StripeError: 400; ``charge_already_refunded`` when nothing is left, ``amount_too_large``
            above what is left, ``charge_disputed`` while the bank holds the money.
    """
    charge = _find_charge(state, params)
    left = refundable(state, charge)
    currency = charge.body["currency"]
    if params.get("currency", currency) != currency:
        raise invalid(f"The charge was made in {currency}.", "currency")
    amount = params.get("amount", left)
    if "amount" in params:
        if amount < 1:
            raise invalid("Amounts must be at least 1.", "amount", "parameter_invalid_integer")
        require_step(amount, currency, "amount")
    if charge.body["disputed"]:
        raise refused(f"Charge {charge.id} has been charged back.", "charge_disputed")
    if not charge.body["captured"]:
        raise refused("Nothing was captured yet: cancel the PaymentIntent instead.", "charge_not_refundable")
    if left == 0:
        raise refused(f"Charge {charge.id} has already been refunded.", "charge_already_refunded")
    if amount > left:
        raise refused(
            f"Refund amount {amount} is greater than what is left, {left}.", "amount_too_large", "amount"
        )
    return _make(state, charge, amount, params).body


def _find_charge(state: State, params: dict[str, Any]) -> Record:
    if ("charge" in params) == ("payment_intent" in params):
        raise invalid("Name the payment by exactly one of charge and payment_intent.", "payment_intent")
    if "charge" in params:
        return state.require("charge", params["charge"], "charge")
    intent = state.require("payment_intent", params["payment_intent"], "payment_intent")
    if intent.body["status"] not in {"succeeded", "requires_capture"}:
        text = f"This PaymentIntent is {intent.body['status']}: there is no successful charge to refund."
        raise refused(text, "payment_intent_unexpected_state", "payment_intent")
    return state.require("charge", intent.body["latest_charge"])


def refundable(state: State, charge: Record) -> int:
    """Tell how much of a charge may still be given back, in minor units."""
    rows = state.store.run(
        "SELECT body, private, due_at FROM objects"
        " WHERE kind = 'refund' AND json_extract(body, '$.charge') = ?",
        charge.id,
    )
    given = sum(
        int(refund.body["amount"]) for refund in state.store.records(rows) if refund.body["status"] in _LIVE
    )
    return int(charge.body["amount_captured"]) - given


def _make(state: State, charge: Record, amount: int, params: dict[str, Any]) -> Record:
    aftermath = charge.private.get("aftermath")
    pending = state.refunds_pending or aftermath == "refunds_pend"
    refund = state.start(
        "refund",
        "re",
        amount=amount,
        currency=charge.body["currency"],
        charge=charge.id,
        payment_intent=charge.body["payment_intent"],
        reason=params.get("reason"),
        status="pending" if pending else "succeeded",
        metadata=merge_metadata({}, params.get("metadata")),
    )
    if pending:
        refund.body["pending_reason"] = "processing"
        if state.refund_settles_after is not None:
            refund.due_at = state.clock.now() + state.refund_settles_after
    if aftermath == "refunds_fail":
        refund.due_at = state.clock.now() + _FAILS_AFTER_SECONDS
    state.save(refund)
    _count(state, charge, amount)
    state.emit("refund.created", refund)
    state.emit("charge.refunded", charge)
    return refund


def _count(state: State, charge: Record, amount: int) -> None:
    charge.body["amount_refunded"] += amount
    charge.body["refunded"] = charge.body["amount_refunded"] == charge.body["amount"]
    state.save(charge)


def settle(state: State, refund: Record) -> None:
    """Let a pending refund succeed.

    Raises:
        StripeError: 400 when it is not pending.
    """
    if refund.body["status"] != "pending":
        raise refused(f"This refund is {refund.body['status']}, not pending.")
    refund.body.update(status="succeeded", pending_reason=None)
    refund.due_at = None
    state.save(refund)
    state.emit("refund.updated", refund, {"status": "pending"})


def fail(state: State, refund: Record, reason: str = "lost_or_stolen_card") -> None:
    """Let a refund fail, even one that was reported as a success; the money is the shop's again.

    Raises:
        StripeError: 400 when it failed already.
    """
    before = refund.body["status"]
    if before not in _LIVE:
        raise refused(f"This refund is already {before}.")
    refund.body.update(status="failed", failure_reason=reason, pending_reason=None)
    refund.due_at = None
    state.save(refund)
    _count(state, state.require("charge", refund.body["charge"]), -refund.body["amount"])
    state.emit("refund.updated", refund, {"status": before})
    state.emit("refund.failed", refund)


def fall_due(state: State, refund: Record) -> None:
    """Apply the passing of time to a refund."""
    if refund.body["status"] == "pending":
        settle(state, refund)
    else:
        fail(state, refund)


def retrieve(state: State, _params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """Read a refund."""
    return state.require("refund", object_id).body


def list_(state: State, params: dict[str, Any], _id: str) -> dict[str, Any]:
    """List refunds, newest first."""
    equal = {"charge": params.get("charge"), "payment_intent": params.get("payment_intent")}
    return list_objects(state, "refund", "/v1/refunds", params, equal=equal)
