"""What a cart costs: one pure function from lines to an ordered list of typed entries.

Every entry is a whole number of minor units, stored unsigned; its ``effect`` says what it
does to the total. The sum law, which a property test holds it to::

    total = sum of entries that add - sum of entries that subtract

Tax is computed once per order on the taxed sum, rounded half up, and allocated to lines
and shipping by largest remainder. Rounding each line by itself instead would show parts
that do not add up to the tax of the whole, the fault behind
https://github.com/woocommerce/woocommerce/issues/16305.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from shop.kit.money import allocate, share
from shop.pricing.models import PPM


class Kind(StrEnum):
    """What an entry is, in the order entries are listed."""

    ITEMS = "items"
    SALE = "sale_discount"
    PROMOTION = "promotion_discount"
    SUBTOTAL = "subtotal"
    SHIPPING = "shipping"
    TAX = "tax"
    TOTAL = "total"


class Effect(StrEnum):
    """What an entry does to the total; ``states`` repeats what is counted already."""

    ADDS = "adds"
    SUBTRACTS = "subtracts"
    STATES = "states"


@dataclass(frozen=True, slots=True)
class Entry:
    """One typed amount.

    Attributes:
        kind: What it is.
        effect: What it does to the total.
        amount: Minor units, never negative.
        tax_included: For tax: True where it is inside the prices and adds nothing.
        tax_rate_ppm: For tax: parts per million; None where no rate is known.
    """

    kind: Kind
    effect: Effect
    amount: int
    tax_included: bool | None = None
    tax_rate_ppm: int | None = None


@dataclass(frozen=True, slots=True)
class LineInput:
    """What is bought of one variant.

    Attributes:
        key: SKU, repeated in the result.
        quantity: Pieces, at least 1.
        list_minor: List price of a piece.
        sale_minor: Price of a piece while it is on sale, below the list price; else None.
    """

    key: str
    quantity: int
    list_minor: int
    sale_minor: int | None = None


@dataclass(frozen=True, slots=True)
class TaxRule:
    """How a market taxes.

    Attributes:
        rate_ppm: Parts per million; None where the market has no single rate: no tax is
            computed then, and the shopper is told.
        included: Whether prices and shipping hold the tax already.
    """

    rate_ppm: int | None
    included: bool


@dataclass(frozen=True, slots=True)
class PricedLine:
    """The entries of one line; ``total`` is what the line adds to the order."""

    key: str
    quantity: int
    entries: tuple[Entry, ...]

    @property
    def total(self) -> int:
        """Minor units the line adds to the order."""
        return _sum(self.entries)


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The entries of each line and of the whole order."""

    lines: tuple[PricedLine, ...]
    entries: tuple[Entry, ...]

    @property
    def total(self) -> int:
        """Minor units to be paid."""
        return _sum(self.entries)

    def amount(self, kind: Kind) -> int:
        """Return the amount of a kind, 0 where it does not occur."""
        return sum(entry.amount for entry in self.entries if entry.kind is kind)


def price(
    lines: Sequence[LineInput], tax: TaxRule, *, shipping_minor: int | None = None, promotion_minor: int = 0
) -> Breakdown:
    """Price a cart.

    Args:
        lines: What is bought; amounts in minor units of one currency.
        tax: The market's rule.
        shipping_minor: Cost of the chosen shipping; None while none is chosen.
        promotion_minor: A discount on the whole order; at most the lines' sum is given.

    Returns:
        Entries per line and per order. Every amount is a whole minor unit and not negative.

    Raises:
        ValueError: A quantity or an amount is out of its range.
    """
    gross = [_reduced(line) for line in lines]
    promotion = min(promotion_minor, sum(gross))
    promotions = allocate(promotion, gross)
    nets = [amount - off for amount, off in zip(gross, promotions, strict=True)]
    shipping = shipping_minor or 0
    if shipping < 0 or promotion_minor < 0:
        raise ValueError("shipping and promotion are not negative")
    taxes, tax_total = _tax([*nets, shipping], tax)
    priced = tuple(
        PricedLine(line.key, line.quantity, _line_entries(line, off, tax_part, tax))
        for line, off, tax_part in zip(lines, promotions, taxes[:-1], strict=True)
    )
    items = sum(line.quantity * line.list_minor for line in lines)
    sale = items - sum(gross)
    entries = [Entry(Kind.ITEMS, Effect.ADDS, items)]
    if sale:
        entries.append(Entry(Kind.SALE, Effect.SUBTRACTS, sale))
    if promotion:
        entries.append(Entry(Kind.PROMOTION, Effect.SUBTRACTS, promotion))
    entries.append(Entry(Kind.SUBTOTAL, Effect.STATES, sum(nets)))
    if shipping_minor is not None:
        entries.append(Entry(Kind.SHIPPING, Effect.ADDS, shipping))
    entries.append(_tax_entry(tax_total, tax))
    entries.append(Entry(Kind.TOTAL, Effect.STATES, _sum(entries)))
    return Breakdown(priced, tuple(entries))


def _reduced(line: LineInput) -> int:
    """Return what a line costs before promotions."""
    if line.quantity < 1 or line.list_minor < 0:
        raise ValueError(f"{line.key}: a quantity is at least 1, a price not negative")
    if line.sale_minor is not None and not 0 <= line.sale_minor <= line.list_minor:
        raise ValueError(f"{line.key}: a sale price lies between 0 and the list price")
    return line.quantity * (line.list_minor if line.sale_minor is None else line.sale_minor)


def _tax(amounts: Sequence[int], tax: TaxRule) -> tuple[list[int], int]:
    """Return the tax of each amount and of all, which is their exact sum."""
    if not tax.rate_ppm:
        return [0] * len(amounts), 0
    ratio = Fraction(tax.rate_ppm, PPM)
    if tax.included:
        ratio = ratio / (1 + ratio)
    total = share(sum(amounts), ratio)
    return allocate(total, amounts), total


def _tax_entry(amount: int, tax: TaxRule) -> Entry:
    effect = Effect.STATES if tax.included else Effect.ADDS
    return Entry(Kind.TAX, effect, amount, tax_included=tax.included, tax_rate_ppm=tax.rate_ppm)


def _line_entries(line: LineInput, promotion: int, tax_minor: int, tax: TaxRule) -> tuple[Entry, ...]:
    items = line.quantity * line.list_minor
    sale = items - _reduced(line)
    entries = [Entry(Kind.ITEMS, Effect.ADDS, items)]
    if sale:
        entries.append(Entry(Kind.SALE, Effect.SUBTRACTS, sale))
    if promotion:
        entries.append(Entry(Kind.PROMOTION, Effect.SUBTRACTS, promotion))
    entries.append(Entry(Kind.SUBTOTAL, Effect.STATES, items - sale - promotion))
    entries.append(_tax_entry(tax_minor, tax))
    entries.append(Entry(Kind.TOTAL, Effect.STATES, _sum(entries)))
    return tuple(entries)


def _sum(entries: Sequence[Entry]) -> int:
    adds = sum(entry.amount for entry in entries if entry.effect is Effect.ADDS)
    return adds - sum(entry.amount for entry in entries if entry.effect is Effect.SUBTRACTS)
