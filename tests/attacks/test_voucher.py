"""ACIDRain's voucher attacks: a code that may be used once, redeemed by requests that interleave.

The shop has no codes yet. This file is where their attacks go: the day something can be redeemed,
the first test here fails until its attack is written below and named in ``ATTACKS``. It has to be
forced to meet (``tests.races.met`` at the row that counts the uses) and hammered, on both engines,
and a code for which there are M uses is redeemed exactly M times.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Column, Integer, MetaData, Table

from shop.app import create_app
from shop.kit.db import Base
from tests.conftest import settings_for

#: What can be redeemed, by the name under which it was found: the test below that attacks it.
ATTACKS: dict[str, str] = {}

REDEEMABLE = re.compile(
    r"vouchers?|coupons?|promo(tion)?_?codes?|discount_?codes?|gift_?(cards?|certificates?)|store_?credits?"
    r"|redeem\w*|redemptions?|loyalty_?points?|referral_?codes?",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def app() -> Flask:
    return create_app(settings_for("sqlite://"))


def redeemable(tables: Iterable[Table], paths: Iterable[str], document: Mapping[str, Any]) -> set[str]:
    """Return the names of tables, columns, addresses and fields that speak of a code to be used."""
    names = [*paths, *_keys(document)]
    for table in tables:
        names += [table.name, *(f"{table.name}.{column.name}" for column in table.columns)]
    return {name for name in names if REDEEMABLE.search(name.replace("-", "_"))}


def _keys(document: Any) -> Iterator[str]:
    """Walk through the names in an OpenAPI document: its schemas, their properties, its parameters."""
    if isinstance(document, Mapping):
        for key, value in document.items():
            yield str(key)
            if key == "name" and isinstance(value, str):
                yield value
            yield from _keys(value)
    elif isinstance(document, list):
        for value in document:
            yield from _keys(value)


def test_nothing_can_be_redeemed_without_an_attack_on_it_here(app: Flask) -> None:
    document = app.test_client().get("/openapi.json").json
    paths = [rule.rule for rule in app.url_map.iter_rules()]

    found = redeemable(Base.metadata.tables.values(), paths, document)

    assert found - ATTACKS.keys() == set(), "write its attack in this file and name it in ATTACKS"
    assert [test for test in ATTACKS.values() if not callable(globals().get(test))] == []


@pytest.mark.parametrize(
    "name",
    ["voucher", "coupon_use", "promo_code", "gift_card", "discount_code", "store_credit", "redemption"],
)
def test_a_code_is_noticed_wherever_it_is_named(name: str) -> None:
    dashed = name.replace("_", "-")
    table = Table(name, MetaData(), Column("id", Integer))
    column = Table("orders", MetaData(), Column(f"{name}_id", Integer))
    field = {"components": {"schemas": {"CheckoutChanges": {"properties": {name: {}}}}}}
    parameter = {"paths": {"/x": {"get": {"parameters": [{"name": name, "in": "query"}]}}}}

    assert redeemable([table], [], {})
    assert redeemable([column], [], {})
    assert redeemable([], [f"/v1/{dashed}s/<sku>"], {})
    assert redeemable([], [], field)
    assert redeemable([], [], parameter)


def test_an_ordinary_word_is_no_code(app: Flask) -> None:
    ordinary = Table("price", MetaData(), Column("sale_discount", Integer), Column("style_code", Integer))

    assert redeemable([ordinary], ["/v1/products"], {"promotion_discount": {}}) == set()
