"""Money: an integer of minor units and an ISO 4217 currency. No floats anywhere near it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

#: Decimal places of each currency the shop can price in. Source: ISO 4217, table A.1.
EXPONENTS = {
    "AED": 2,
    "CNY": 2,
    "EUR": 2,
    "GBP": 2,
    "HKD": 2,
    "JPY": 0,
    "KRW": 0,
    "KWD": 3,
    "SGD": 2,
    "USD": 2,
}

#: Largest amount accepted anywhere. Minor units; Stripe takes at most 8 digits for most
#: currencies and 12 for a few, and a 64-bit column holds far more.
MAX_MINOR = 999_999_999_999


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of one currency.

    Attributes:
        amount: Minor units (cents, yen), never a fraction of one.
        currency: ISO 4217 code, upper case.
    """

    amount: int
    currency: str

    def __post_init__(self) -> None:
        if self.currency not in EXPONENTS:
            raise ValueError(f"unknown currency {self.currency!r}")

    def as_json(self) -> dict[str, int | str]:
        """Return the amount as it looks on the wire."""
        return {"amount": self.amount, "currency": self.currency}

    def __str__(self) -> str:
        sign, whole, decimals = self._parts()
        return f"{self.currency} {sign}{whole:,}{decimals}"

    @property
    def decimal(self) -> str:
        """Return the amount in whole units as programs write it: ``2850.00``, ``428000``, ``1.250``."""
        sign, whole, decimals = self._parts()
        return f"{sign}{whole}{decimals}"

    def _parts(self) -> tuple[str, int, str]:
        exponent = EXPONENTS[self.currency]
        whole, rest = divmod(abs(self.amount), 10**exponent)
        return "-" if self.amount < 0 else "", whole, f".{rest:0{exponent}d}" if exponent else ""


def share(amount: int, ratio: Fraction) -> int:
    """Return a ratio of an amount, rounded half up to a whole minor unit.

    Args:
        amount: Minor units, not negative.
        ratio: An exact ratio, e.g. ``Fraction(825, 10_000)`` for 8.25 %.
    """
    exact = amount * ratio
    return int(exact + Fraction(1, 2))


def allocate(amount: int, weights: Sequence[int]) -> list[int]:
    """Split an amount over weights so that the parts add up to it exactly.

    Each part gets the whole units of its exact share; the units left over go to the
    largest remainders, earlier parts first among equals (largest remainder method).

    Args:
        amount: Minor units to split, not negative.
        weights: Not negative. All zero means equal weights.

    Returns:
        As many parts as weights, each within one unit of its exact share.
    """
    if not weights:
        if amount:
            raise ValueError("an amount cannot be split over nothing")
        return []
    total = sum(weights)
    if total == 0:
        return allocate(amount, [1] * len(weights))
    shares = [divmod(amount * weight, total) for weight in weights]
    parts = [whole for whole, _ in shares]
    left = amount - sum(parts)
    by_remainder = sorted(range(len(weights)), key=lambda i: (-shares[i][1], i))
    for i in by_remainder[:left]:
        parts[i] += 1
    return parts
