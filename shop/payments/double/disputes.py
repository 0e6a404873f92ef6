"""Disputes: opened and closed on command, read and answered over the API."""

from __future__ import annotations

from typing import Any

from .clock import DAY
from .errors import refused
from .parameters import merge_metadata
from .state import State
from .store import Record

_OPEN = {"needs_response", "under_review", "warning_needs_response", "warning_under_review"}
_ANSWER_SECONDS = 14 * DAY


def open_(
    state: State, intent: Record, amount_minor: int | None = None, reason: str = "fraudulent"
) -> Record:
    """Let the shopper's bank dispute a payment.

    Raises:
        StripeError: 400 when nothing was captured or a dispute is open already.
    """
    charge = state.require("charge", str(intent.body["latest_charge"]))
    if not charge.body["captured"] or charge.body["disputed"]:
        raise refused("Only a captured charge without a dispute can be disputed.")
    amount = charge.body["amount_captured"] if amount_minor is None else amount_minor
    dispute = state.start(
        "dispute",
        "dp",
        amount=amount,
        currency=charge.body["currency"],
        charge=charge.id,
        payment_intent=intent.id,
        reason=reason,
        status="needs_response",
        evidence={},
        is_charge_refundable=False,
    )
    due_by = state.now() + _ANSWER_SECONDS
    dispute.body["evidence_details"] = {
        "due_by": due_by, "has_evidence": False, "past_due": False, "submission_count": 0,
    }  # fmt: skip
    state.save(dispute)
    charge.body["disputed"] = True
    state.save(charge)
    state.emit("charge.dispute.created", dispute)
    return dispute


def open_if_card_asks(state: State, intent: Record) -> None:
    """Open the dispute that ``pm_card_createDispute`` brings with every captured payment."""
    charge = state.find("charge", str(intent.body["latest_charge"]))
    if charge is not None and charge.private.get("aftermath") == "dispute" and charge.body["captured"]:
        open_(state, intent)


def close(state: State, dispute: Record, status: str) -> None:
    """End a dispute as ``won`` or ``lost``.

    Raises:
        StripeError: 400 when it is closed already.
    """
    if dispute.body["status"] not in _OPEN:
        raise refused(f"This dispute is already {dispute.body['status']}.")
    dispute.body["status"] = status
    state.save(dispute)
    state.emit("charge.dispute.closed", dispute)


def retrieve(state: State, _params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """Read a dispute."""
    return state.require("dispute", object_id).body


def update(state: State, params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """Give evidence and, with ``submit=true``, send it to the bank."""
    dispute = state.require("dispute", object_id)
    if dispute.body["status"] not in _OPEN:
        raise refused(f"This dispute is already {dispute.body['status']}.")
    dispute.body["metadata"] = merge_metadata(dispute.body["metadata"], params.get("metadata"))
    details = dispute.body["evidence_details"]
    if "evidence" in params:
        dispute.body["evidence"].update(params["evidence"])
        details["has_evidence"] = True
    if params.get("submit", False):
        details["submission_count"] += 1
        dispute.body["status"] = "under_review"
    state.save(dispute)
    return dispute.body
