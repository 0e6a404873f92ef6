"""Carts by number, and the laws that the price of every cart keeps.

1-50 lines in a currency of 0, 2 or 3 decimals, 0-100 % off, 0-30 % tax added or included.

Cart 4711 is the same cart today and tomorrow, in the test run and in the campaign, so the
number in a failure is all that is needed to see it again.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from shop.kit.money import EXPONENTS, Money
from shop.pricing.breakdown import Breakdown, LineInput, PricedLine, TaxRule
from shop.pricing.models import PPM

#: One currency without decimals, one with two, one with three.
CURRENCIES = ("JPY", "USD", "KWD")

#: Largest list price of a piece, in minor units: a sweet, a bag, a collection.
CEILINGS = (9, 999, 500_000, 3_000_000, 2_000_000_000)

#: Rates that markets have: their taxes often end on half a unit, where roundings differ.
RATES = (0, 50_000, 55_000, 82_500, 100_000, 150_000, 190_000, 200_000, 220_000, 255_000, 300_000)

MOST_LINES = 50
MOST_PIECES = 10

#: What is priced: :func:`shop.pricing.breakdown.price`, or one with a fault planted in it.
Price = Callable[..., Breakdown]

#: The amount of each kind of entry.
Amounts = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Cart:
    """All that the price of a cart depends on."""

    number: int
    currency: str
    lines: list[LineInput]
    tax: TaxRule
    shipping_minor: int | None
    promotion_minor: int

    def priced(self, price: Price) -> Breakdown:
        """Price the cart."""
        return self._priced(price, self.lines)

    def priced_backwards(self, price: Price) -> Breakdown:
        """Price the cart with its lines in the opposite order."""
        return self._priced(price, self.lines[::-1])

    def _priced(self, price: Price, lines: Sequence[LineInput]) -> Breakdown:
        return price(
            lines, self.tax, shipping_minor=self.shipping_minor, promotion_minor=self.promotion_minor
        )


def cart(number: int) -> Cart:
    """Make the cart of a number."""
    dice = random.Random(number)
    ceiling = dice.choice(CEILINGS)
    lines = [_line(dice, position, ceiling) for position in range(dice.randint(1, MOST_LINES))]
    tax = TaxRule(_rate(dice), included=dice.random() < 0.5)
    shipping = dice.choice((None, 0, dice.randint(1, 5_000)))
    charged = sum(map(_charged, lines))
    promotion = _promotion(dice, charged)
    if dice.random() < 0.25 and promotion < charged:
        promotion += _up_to_half_a_unit(charged - promotion, shipping or 0, tax)
    return Cart(number, dice.choice(CURRENCIES), lines, tax, shipping, promotion)


def _up_to_half_a_unit(net: int, shipping: int, tax: TaxRule) -> int:
    """Return how much more must go off for a tax that ends on half a unit, where floats slip."""
    rate, whole = tax.rate_ppm or 0, _whole(tax)
    for more in range(min(net, 400)):
        if 2 * ((net - more + shipping) * rate % whole) == whole:
            return more
    return 0


def _line(dice: random.Random, position: int, ceiling: int) -> LineInput:
    # Arithmetic on random() costs a third of randint(), and this runs 25 million times.
    each = 1 + int(dice.random() * ceiling)
    quantity = 1 + int(dice.random() * MOST_PIECES)
    luck = dice.random()
    # Two lines in five are on sale, by any share from nothing to everything.
    sale = int(each * luck * 2.5) if luck < 0.4 else None
    return LineInput(str(position), quantity, each, sale)


def _rate(dice: random.Random) -> int | None:
    """Return a tax rate of 0-30 %, now and then none at all."""
    if dice.random() < 0.05:
        return None
    return dice.choice(RATES) if dice.random() < 0.7 else dice.randint(0, 300_000)


def _promotion(dice: random.Random, charged: int) -> int:
    """Return 0-100 % of what is charged, sometimes nothing, sometimes more than everything."""
    luck = dice.random()
    if luck < 0.3:
        return 0
    if luck < 0.4:
        return charged + dice.randint(0, 10_000)
    return charged * dice.randint(0, 1_000) // 1_000


def _charged(line: LineInput) -> int:
    return line.quantity * (line.list_minor if line.sale_minor is None else line.sale_minor)


#: What must have been tried before "no law was broken" means anything.
TRAITS = (
    *CURRENCIES,
    "tax added",
    "tax included",
    "no tax rate",
    "tax on half a unit",
    "promotion in part",
    "promotion above everything",
    "shipping",
    "full cart",
)


def traits(cart: Cart) -> list[str]:
    """Return which of :data:`TRAITS` a cart has."""
    charged = sum(map(_charged, cart.lines))
    taxed = charged - min(cart.promotion_minor, charged) + (cart.shipping_minor or 0)
    rate, whole = cart.tax.rate_ppm or 0, _whole(cart.tax)
    found = {
        "tax added": rate and not cart.tax.included,
        "tax included": rate and cart.tax.included,
        "no tax rate": cart.tax.rate_ppm is None,
        "tax on half a unit": 2 * (taxed * rate % whole) == whole,
        "promotion in part": 0 < cart.promotion_minor < charged,
        "promotion above everything": cart.promotion_minor > charged,
        "shipping": cart.shipping_minor,
        "full cart": len(cart.lines) == MOST_LINES,
    }
    return [cart.currency, *(name for name, has in found.items() if has)]


def _whole(tax: TaxRule) -> int:
    """Return what the rate is a part of: tax / taxed = rate / whole."""
    return PPM + (tax.rate_ppm or 0) if tax.included else PPM


def broken_law(cart: Cart, price: Price) -> str | None:
    """Price a cart and return the first law that its price breaks, None when it keeps all.

    Nothing here uses the arithmetic under test: all is compared with whole numbers
    computed from the cart anew, by cross-multiplication instead of division.
    """
    priced = cart.priced(price)
    order, lines = _amounts(priced), [_amounts(line) for line in priced.lines]
    return (
        _broken_by_form(priced)
        or _broken_by_lines(cart, order, lines)
        or _broken_by_tax(cart, order, lines)
        or _broken_by_total(cart, priced, order, lines)
        or _broken_by_order(cart, priced, price)
    )


def _broken_by_form(priced: Breakdown) -> str | None:
    for part in (priced, *priced.lines):
        sum_of_entries = 0
        for entry in part.entries:
            if type(entry.amount) is not int or entry.amount < 0:
                return f"an entry is a whole number of minor units, not negative: {entry}"
            if entry.effect == "adds":
                sum_of_entries += entry.amount
            elif entry.effect == "subtracts":
                sum_of_entries -= entry.amount
        stated = part.entries[-1]
        if stated.kind != "total" or not stated.amount == part.total == sum_of_entries:
            return f"the total is what adds less what subtracts: {sum_of_entries}, {part.entries}"
    return None


def _broken_by_lines(cart: Cart, order: Amounts, lines: Sequence[Amounts]) -> str | None:
    items = [line.quantity * line.list_minor for line in cart.lines]
    charged = [_charged(line) for line in cart.lines]
    promotion = min(cart.promotion_minor, sum(charged))
    promotions = [line.get("promotion_discount", 0) for line in lines]
    for line, full, reduced, off in zip(lines, items, charged, promotions, strict=True):
        if line["items"] != full or line.get("sale_discount", 0) != full - reduced:
            return f"a line is its pieces at their prices: {full}, {reduced}, {line}"
        if not line["subtotal"] == reduced - off >= 0:
            return f"a line's discount is at most the line: {reduced}, {line}"
    if (order["items"], order.get("sale_discount", 0)) != (sum(items), sum(items) - sum(charged)):
        return f"the items are the sum of their lines: {order}"
    if order.get("promotion_discount", 0) != promotion:
        return f"a promotion is given whole, up to what is charged: {promotion}, {order}"
    if order["subtotal"] != sum(charged) - promotion:
        return f"the subtotal is what is charged: {order}"
    return _unfair("the promotion", promotion, promotions, charged)


def _broken_by_tax(cart: Cart, order: Amounts, lines: Sequence[Amounts]) -> str | None:
    nets = [line["subtotal"] for line in lines]
    taxes = [line["tax"] for line in lines]
    nets.append(cart.shipping_minor or 0)
    taxes.append(order["tax"] - sum(taxes))
    rate, whole = cart.tax.rate_ppm or 0, _whole(cart.tax)
    # Half up: the exact tax is at most half a unit below the tax, and less than half above it.
    if not -whole <= 2 * (sum(nets) * rate - order["tax"] * whole) < whole:
        return f"the tax is the exact tax rounded half up: {sum(nets)} at {rate} of {whole}, {order}"
    return _unfair("the tax", order["tax"], taxes, nets)


def _unfair(what: str, amount: int, parts: Sequence[int], weights: Sequence[int]) -> str | None:
    """Return how parts differ from a split by largest remainder."""
    if sum(parts) != amount or min(parts) < 0:
        return f"{what} of the lines adds up: {amount}, {parts}"
    total = sum(weights)
    # How far each part is from its exact share, in units of 1 / total.
    off = [part * total - amount * weight for part, weight in zip(parts, weights, strict=True)]
    # As they add up to 0, this also holds each part within one unit of its share.
    if total and max(off) - min(off) > total:
        return f"{what} is split by largest remainder: {amount}, {parts} over {weights}"
    return None


def _broken_by_total(cart: Cart, priced: Breakdown, order: Amounts, lines: Sequence[Amounts]) -> str | None:
    tax = shipping_tax = 0
    if not cart.tax.included:
        tax = order["tax"]
        shipping_tax = tax - sum(line["tax"] for line in lines)
    shipping = cart.shipping_minor or 0
    if order.get("shipping") != cart.shipping_minor:
        return f"shipping costs what was chosen: {cart.shipping_minor}, {order}"
    if sum(line["total"] for line in lines) + shipping + shipping_tax != priced.total:
        return f"the lines and shipping add up to the total: {priced.total}, {lines}"
    charged = sum(map(_charged, cart.lines))
    if priced.total != charged - min(cart.promotion_minor, charged) + shipping + tax:
        return f"the total is what is charged, shipping and tax: {charged}, {order}"
    written = str(Money(priced.total, cart.currency)).removeprefix(cart.currency).replace(",", "")
    if Decimal(written).scaleb(EXPONENTS[cart.currency]) != priced.total:
        return f"the total reads as it is: {priced.total}, {written}"
    return None


def _broken_by_order(cart: Cart, priced: Breakdown, price: Price) -> str | None:
    if cart.priced_backwards(price).entries != priced.entries:
        return "the order of the lines changes nothing of the sum"
    return None


def _amounts(part: Breakdown | PricedLine) -> Amounts:
    return {entry.kind: entry.amount for entry in part.entries}


@dataclass
class Tally:
    """What was tried on many carts, and the first law that was broken."""

    carts: int = 0
    lines: int = 0
    traits: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)

    def __iadd__(self, other: Tally) -> Tally:
        """Take another tally's counts over."""
        self.carts += other.carts
        self.lines += other.lines
        self.traits += other.traits
        self.broken += other.broken
        return self


def judge(numbers: Iterable[int], price: Price) -> Tally:
    """Price the carts of some numbers, up to the first that breaks a law."""
    tally = Tally()
    for number in numbers:
        tried = cart(number)
        tally.carts += 1
        tally.lines += len(tried.lines)
        tally.traits.update(traits(tried))
        broken = broken_law(tried, price)
        if broken:
            tally.broken.append(f"cart {number}: {broken}")
            break
    return tally
