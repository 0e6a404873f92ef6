"""What a Checkout Session costs: line items, shipping, total."""

from __future__ import annotations

from typing import Any

from .currencies import require_currency, require_step
from .errors import invalid, missing
from .state import State
from .store import Record

_MAX_LINES = 100


def price_session(state: State, session: Record, params: dict[str, Any]) -> None:
    """Put line items, shipping options and totals on a session in ``payment`` mode.

    The first shipping option is chosen until the shopper takes another one, as on Stripe's page.

    Raises:
        StripeError: 400 for lines without a price, in several currencies, or of catalogue prices:
            the double keeps no catalogue.
    """
    given = params.get("line_items")
    if not given or not isinstance(given, list):
        raise invalid("line_items are required in payment mode.", "line_items", "parameter_missing")
    if len(given) > _MAX_LINES:
        raise invalid(f"At most {_MAX_LINES} line items.", "line_items")
    lines = [_line(state, item, f"line_items[{place}]") for place, item in enumerate(given)]
    currencies = {line["currency"] for line in lines} | (
        {params["currency"]} if "currency" in params else set()
    )
    if len(currencies) > 1:
        raise invalid("All line items must be in one currency.", "line_items")
    session.body["currency"] = currency = lines[0]["currency"]
    session.private["line_items"] = lines
    set_shipping_options(state, session, params.get("shipping_options") or [], currency)
    add_up(session)


def _line(state: State, item: dict[str, Any], at: str) -> dict[str, Any]:
    for refused, why in (("price", "price"), ("tax_rates", "tax rate")):
        if item.get(refused):
            raise missing(why, str(item[refused]), f"{at}[{refused}]")
    if item.get("adjustable_quantity", {}).get("enabled"):
        raise invalid("The double's page changes no quantities.", f"{at}[adjustable_quantity]")
    if "price_data" not in item:
        raise invalid(f"Missing required param: {at}[price_data].", f"{at}[price_data]", "parameter_missing")
    price, quantity = item["price_data"], item.get("quantity")
    if quantity is None:
        raise invalid(f"Missing required param: {at}[quantity].", f"{at}[quantity]", "parameter_missing")
    if quantity < 1:
        raise invalid("A quantity must be at least 1.", f"{at}[quantity]", "parameter_invalid_integer")
    if "product_data" not in price:
        raise invalid(
            "Missing required param: product_data.", f"{at}[price_data][product_data]", "parameter_missing"
        )
    if "recurring" in price:
        raise invalid("Recurring prices need subscription mode.", f"{at}[price_data][recurring]")
    require_currency(price["currency"], f"{at}[price_data][currency]")
    unit_minor = _unit_minor(price, f"{at}[price_data]")
    product = price["product_data"]
    return {
        "id": state.ids.new("li"),
        "object": "item",
        "description": product["name"],
        "currency": price["currency"],
        "quantity": quantity,
        "amount_subtotal": unit_minor * quantity,
        "amount_discount": 0,
        "amount_tax": 0,
        "amount_total": unit_minor * quantity,
        "metadata": item.get("metadata", {}),
        "price": {
            "object": "price",
            "currency": price["currency"],
            "unit_amount": unit_minor,
            "type": "one_time",
        },
        "detail": product.get("description"),
    }


def _unit_minor(price: dict[str, Any], at: str) -> int:
    if ("unit_amount" in price) == ("unit_amount_decimal" in price):
        raise invalid("Give exactly one of unit_amount and unit_amount_decimal.", f"{at}[unit_amount]")
    text = str(price.get("unit_amount", price.get("unit_amount_decimal")))
    if not text.isascii() or not text.isdigit():
        raise invalid(
            f"Not a whole amount in minor units: {text[:40]}",
            f"{at}[unit_amount]",
            "parameter_invalid_integer",
        )
    require_step(int(text), price["currency"], f"{at}[unit_amount]")
    return int(text)


def set_shipping_options(state: State, session: Record, given: list[dict[str, Any]], currency: str) -> None:
    """Replace the shipping options of a session and choose the first."""
    options = []
    for place, option in enumerate(given):
        at = f"shipping_options[{place}]"
        rate = option.get("shipping_rate_data")
        if option.get("shipping_rate") or rate is None:
            raise missing("shipping rate", str(option.get("shipping_rate")), f"{at}[shipping_rate]")
        amount = rate.get("fixed_amount")
        if amount is None:
            raise invalid(
                "Missing required param: fixed_amount.", f"{at}[shipping_rate_data]", "parameter_missing"
            )
        if amount["currency"] != currency:
            raise invalid(
                f"Shipping must be in {currency}.", f"{at}[shipping_rate_data][fixed_amount][currency]"
            )
        if amount["amount"] < 0:
            raise invalid("Shipping cannot be negative.", f"{at}[shipping_rate_data][fixed_amount][amount]")
        identity = {"shipping_rate": state.ids.new("shr"), "shipping_amount": amount["amount"]}
        options.append({**identity, "display_name": rate["display_name"]})
    session.private["shipping"] = options
    session.body["shipping_options"] = [
        {"shipping_rate": option["shipping_rate"], "shipping_amount": option["shipping_amount"]}
        for option in options
    ]
    choose_shipping(session, options[0]["shipping_rate"] if options else None)


def choose_shipping(session: Record, rate_id: str | None) -> None:
    """Take one of the offered shipping options.

    Raises:
        StripeError: 400 for an option that is not offered.
    """
    if rate_id is None:
        session.body["shipping_cost"] = None
        return
    offered = {option["shipping_rate"]: option["shipping_amount"] for option in session.private["shipping"]}
    if rate_id not in offered:
        raise missing("shipping rate", rate_id, "shipping_option")
    amount = offered[rate_id]
    session.body["shipping_cost"] = {
        "amount_subtotal": amount, "amount_tax": 0, "amount_total": amount, "shipping_rate": rate_id,
    }  # fmt: skip


def add_up(session: Record) -> None:
    """Write subtotal and total from the lines and the chosen shipping."""
    subtotal = sum(line["amount_total"] for line in session.private["line_items"])
    shipping = (session.body["shipping_cost"] or {"amount_total": 0})["amount_total"]
    session.body["amount_subtotal"] = subtotal
    session.body["amount_total"] = subtotal + shipping
    session.body["total_details"] = {"amount_discount": 0, "amount_shipping": shipping, "amount_tax": 0}


def shown_lines(session: Record) -> dict[str, Any]:
    """Give the ``line_items`` list that Stripe adds to a session when asked to expand it."""
    lines = [
        {key: item for key, item in line.items() if key != "detail"} for line in session.private["line_items"]
    ]
    url = f"/v1/checkout/sessions/{session.id}/line_items"
    return {"object": "list", "url": url, "has_more": False, "data": lines}
