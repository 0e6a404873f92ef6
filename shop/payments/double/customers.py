"""Customers: create, read, update, delete."""

from __future__ import annotations

from typing import Any

from .errors import invalid, missing
from .parameters import merge_metadata, unset_or
from .payment_methods import mark_used, resolve
from .state import State
from .store import Record

_PLAIN = ("address", "balance", "business_name", "default_source", "description", "email",
          "individual_name", "invoice_prefix", "name", "next_invoice_sequence", "phone",
          "preferred_locales", "shipping", "tax_exempt")  # fmt: skip


def create(state: State, params: dict[str, Any], _id: str) -> dict[str, Any]:
    """Create a customer, with a payment method attached if one is named."""
    customer = state.start("customer", "cus", balance=0, delinquent=False, tax_exempt="none")
    customer.body["metadata"] = {}
    customer.body["invoice_prefix"] = customer.id[-8:].upper()
    _apply(customer, params)
    if "payment_method" in params:
        method = resolve(state, params["payment_method"], None)
        mark_used(state, method, customer=customer.id, kept=True)
    state.save(customer)
    return customer.body


def retrieve(state: State, _params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """Read a customer; a deleted one answers with its id and ``deleted``."""
    return state.require("customer", object_id).body


def update(state: State, params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """Change a customer."""
    customer = require(state, object_id, None)
    _apply(customer, params)
    state.save(customer)
    return customer.body


def delete(state: State, _params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """Delete a customer: only the fact remains."""
    customer = require(state, object_id, None)
    kept = {name: customer.body[name] for name in ("id", "object", "created", "livemode")}
    state.save(Record({**kept, "deleted": True}))
    return {**kept, "deleted": True}


def require(state: State, object_id: str, param: str | None) -> Record:
    """Read a customer that still exists.

    Raises:
        StripeError: ``resource_missing``.
    """
    customer = state.require("customer", object_id, param)
    if customer.body.get("deleted"):
        raise missing("customer", object_id, param)
    return customer


def _apply(customer: Record, params: dict[str, Any]) -> None:
    if params.get("email") and "@" not in params["email"]:
        raise invalid("Invalid email address.", "email", "email_invalid")
    customer.body.update({name: unset_or(params[name]) for name in _PLAIN if name in params})
    customer.body["metadata"] = merge_metadata(customer.body["metadata"], params.get("metadata"))
