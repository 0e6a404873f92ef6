"""What the services say by code, in the words of pages: messages of carts, refusals, kinds of amounts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from babel.numbers import format_percent
from flask import g

from shop.cart.messages import Message
from shop.kit.problems import Problem
from shop.pricing.breakdown import Effect, Entry, Kind
from shop.pricing.models import PPM
from shop.storefront.setting import money
from shop.storefront.texts import gettext, later, ngettext

#: Texts of messages and refusals without facts, by their code.
_PLAIN = {
    "cart_empty": later("Your bag is empty."),
    "cart_frozen": later("Your bag cannot change while its order waits for a payment."),
    "checkout_closed": later("This order went on in another window. Here is how it stands."),
    "missing_email": later("An e-mail address is missing."),
    "missing_shipping_address": later("The address of the delivery is missing."),
    "missing_shipping_option": later("The way of delivery is missing."),
    "not_for_sale": later("This bag is no longer sold. Remove it to go on."),
    "not_priced_here": later("This bag is not sold in this country."),
    "not_priced_in_market": later("This bag is not sold in this country. Remove it to go on."),
    "payment_not_opened": later(
        "The payment could not be opened, and nothing was charged. Your bags are free again: check out anew."
    ),
    "payment_provider_unavailable": later(
        "The payment page does not answer. Your bags are held for you, and nothing was charged:"
        " press the button again in a moment."
    ),
    "request_in_progress": later("Your order is just being placed. Look again in a moment."),
    "sold_out": later("Sold out. Remove it to go on."),
    "tax_not_calculated": later(
        "Sales tax depends on the place of delivery. It is not computed here, and not in the total."
    ),
    "unknown_variant": later("There is no such bag."),
}

#: Ways of delivery, by their names in the data.
_DELIVERIES = (later("Standard delivery"), later("Express delivery"))

#: What may be said of any refusal.
_OTHERWISE = later("This could not be done. Nothing was changed.")


def text_of(code: str, facts: Mapping[str, Any]) -> str:
    """Return the sentence for a code, in the language of the page."""
    match code:
        case "price_changed":
            before, after = _amount(facts["before"]), _amount(facts["after"])
            return gettext("The price of a piece changed from %(before)s to %(after)s.") % {
                "before": before,
                "after": after,
            }
        case "total_changed":
            before, after = _amount(facts["before"]), _amount(facts["after"])
            return gettext("The total changed from %(before)s to %(after)s since you saw it last.") % {
                "before": before,
                "after": after,
            }
        case "fewer_available":
            return _left(int(facts["available"]))
        case "out_of_stock":
            left = int(facts["available"])
            return _left(left) if left else gettext("Someone else was faster: it is sold out.")
        case "quantity_over_limit":
            return ngettext(
                "One order takes %(num)d piece of a bag.",
                "One order takes %(num)d pieces of a bag at most.",
                int(facts["limit"]),
            ) % {"num": facts["limit"]}
        case "too_many_lines":
            return gettext("A bag holds %(limit)s different pieces at most.") % {"limit": facts["limit"]}
    return gettext(_PLAIN.get(code, _OTHERWISE))


def said(message: Message) -> str:
    """Return a message of a cart or a checkout in the language of the page."""
    return text_of(message.code, message.facts)


def refused(problem: Problem) -> str:
    """Return a refusal in the language of the page."""
    return text_of(problem.code(), problem.facts)


def _left(pieces: int) -> str:
    return ngettext("Only %(num)d piece is left.", "Only %(num)d pieces are left.", pieces) % {"num": pieces}


def _amount(facts: Mapping[str, Any]) -> str:
    return money(facts["amount"], facts["currency"])


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a sum.

    Attributes:
        kind: What it is, for the page's looks.
        label: In the language of the page.
        amount: As it is written in the market; less what it takes away.
    """

    kind: str
    label: str
    amount: str


def sum_of(entries: Iterable[Entry], currency: str) -> list[Row]:
    """Return a sum as pages list it.

    A subtotal that only repeats what the lines cost is left out where nothing was taken off them.
    """
    entries = list(entries)
    is_reduced = any(entry.effect is Effect.SUBTRACTS and entry.amount for entry in entries)
    rows = []
    for entry in entries:
        if entry.kind is Kind.SUBTOTAL and not is_reduced:
            continue
        if entry.effect is Effect.SUBTRACTS and not entry.amount:
            continue
        sign = "\N{MINUS SIGN}" if entry.effect is Effect.SUBTRACTS else ""
        free = entry.kind is Kind.SHIPPING and not entry.amount
        unknown = entry.kind is Kind.TAX and entry.tax_rate_ppm is None
        amount = gettext("Free") if free else sign + money(entry.amount, currency)
        amount = gettext("Not included") if unknown and not entry.amount else amount
        rows.append(Row(entry.kind.value, _label(entry), amount))
    return rows


def _label(entry: Entry) -> str:
    match entry.kind:
        case Kind.ITEMS:
            return gettext("Bags")
        case Kind.SALE | Kind.PROMOTION:
            return gettext("Reduction")
        case Kind.SUBTOTAL:
            return gettext("Subtotal")
        case Kind.SHIPPING:
            return gettext("Delivery")
        case Kind.TOTAL:
            return gettext("Total")
    rate = entry.tax_rate_ppm
    if rate is None:
        return gettext("Tax")
    written = format_percent(Decimal(rate) / PPM, locale=g.locale.formats, decimal_quantization=False)
    if entry.tax_included:
        return gettext("Of this, tax of %(rate)s") % {"rate": written}
    return gettext("Tax of %(rate)s") % {"rate": written}
