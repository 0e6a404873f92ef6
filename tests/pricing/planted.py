"""Faults to plant in the pricing code: each is a snippet of it and what a tired person writes."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from shop.kit import money
from shop.pricing import breakdown
from tests.pricing.random_carts import Price


@dataclass(frozen=True, slots=True)
class Fault:
    """A wrong line of code.

    Attributes:
        name: The mistake.
        module: Where it is made.
        right: What stands there.
        wrong: What would stand there.
    """

    name: str
    module: ModuleType
    right: str
    wrong: str


FAULTS = (
    # Arithmetic.
    Fault(
        "whole dollars in a float",
        breakdown,
        "share(sum(amounts), ratio)",
        "int(sum(amounts) / 100 * float(ratio) * 100 + 0.5)",
    ),
    Fault("a float share", money, "divmod(amount * weight, total)", "(int(amount * (weight / total)), 0)"),
    Fault("half to even", money, "int(exact + Fraction(1, 2))", "round(exact)"),
    Fault("rounded down", money, "int(exact + Fraction(1, 2))", "int(exact)"),
    Fault("rounded up", money, "int(exact + Fraction(1, 2))", "-int(-exact // 1)"),
    Fault(
        "each line rounded by itself",
        breakdown,
        "return allocate(total, amounts), total",
        "return [share(a, ratio) for a in amounts], sum(share(a, ratio) for a in amounts)",
    ),
    Fault(
        "lines rounded, sum rounded",
        breakdown,
        "allocate(total, amounts)",
        "[share(a, ratio) for a in amounts]",
    ),
    # Splitting.
    Fault("the remainder dropped", money, "by_remainder[:left]", "by_remainder[:0]"),
    Fault("one unit of the remainder kept", money, "by_remainder[:left]", "by_remainder[:1]"),
    Fault("the remainder to the last", money, "parts[i] += 1", "parts[-1] += 1"),
    Fault("the remainder to the first", money, "(-shares[i][1], i)", "i"),
    Fault("the remainder to the smallest", money, "(-shares[i][1], i)", "(shares[i][1], i)"),
    Fault(
        "a promotion split by list price",
        breakdown,
        "allocate(promotion, gross)",
        "allocate(promotion, [line.quantity * line.list_minor for line in lines])",
    ),
    Fault(
        "a promotion split evenly",
        breakdown,
        "allocate(promotion, gross)",
        "allocate(promotion, [1] * len(lines))",
    ),
    # What is counted.
    Fault("a promotion without an end", breakdown, "min(promotion_minor, sum(gross))", "promotion_minor"),
    Fault(
        "a promotion up to the list prices",
        breakdown,
        "min(promotion_minor, sum(gross))",
        "min(promotion_minor, sum(line.quantity * line.list_minor for line in lines))",
    ),
    Fault("a sale that adds", breakdown, "Kind.SALE, Effect.SUBTRACTS", "Kind.SALE, Effect.ADDS"),
    Fault(
        "a promotion only shown",
        breakdown,
        "Kind.PROMOTION, Effect.SUBTRACTS",
        "Kind.PROMOTION, Effect.STATES",
    ),
    Fault("included tax added", breakdown, "Effect.STATES if tax.included else Effect.ADDS", "Effect.ADDS"),
    Fault("tax on what holds tax", breakdown, "ratio = ratio / (1 + ratio)", "ratio = ratio / 1"),
    Fault("shipping untaxed", breakdown, "_tax([*nets, shipping], tax)", "_tax([*nets, 0], tax)"),
    Fault(
        "tax before the promotion", breakdown, "_tax([*nets, shipping], tax)", "_tax([*gross, shipping], tax)"
    ),
    Fault(
        "tax on the list price",
        breakdown,
        "_tax([*nets, shipping], tax)",
        "_tax([*(x.quantity * x.list_minor for x in lines), shipping], tax)",
    ),
    Fault(
        "the last line untaxed",
        breakdown,
        "_tax([*nets, shipping], tax)",
        "_tax([*nets[:-1], 0, shipping], tax)",
    ),
    Fault("shipping not added", breakdown, "Kind.SHIPPING, Effect.ADDS", "Kind.SHIPPING, Effect.STATES"),
    Fault(
        "the sale price of one piece",
        breakdown,
        "return line.quantity * (line.list_minor if line.sale_minor is None else line.sale_minor)",
        "return line.quantity * line.list_minor if line.sale_minor is None else line.sale_minor",
    ),
    Fault(
        "a sale price of 0 taken for none",
        breakdown,
        "line.list_minor if line.sale_minor is None else line.sale_minor",
        "line.sale_minor or line.list_minor",
    ),
)


def price_with(fault: Fault, monkeypatch: pytest.MonkeyPatch) -> Price:
    """Return ``price`` of a copy of the pricing code that has the fault."""
    for module in (money, breakdown):
        source = _source(module).replace("shop.kit.money", "planted.money")
        if module is fault.module:
            assert fault.right in source, f"no longer in the code: {fault.right}"
            source = source.replace(fault.right, fault.wrong)
        copy = ModuleType(f"planted.{module.__name__.rsplit('.', 1)[1]}")
        monkeypatch.setitem(sys.modules, copy.__name__, copy)
        exec(compile(source, copy.__name__, "exec"), copy.__dict__)
    price: Price = copy.__dict__["price"]
    return price


def _source(module: ModuleType) -> str:
    assert module.__file__ is not None
    return Path(module.__file__).read_text()
