"""ACIDRain's cart attacks: a cart that changes while it is ordered, paid for or given up.

Whatever interleaves, the order's lines are those its total was computed from, Stripe is asked
for that total, and a cart has one live order. Each race is forced to meet, one request in each
server process: at the cart, inside both transactions, and at Stripe, between the two transactions
of a completion. Source: as for ``test_inventory.py``.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import create_engine, select, update

from shop.catalogue.models import Variant
from shop.kit.db import transaction
from shop.orders.models import Order
from shop.payments.models import Payment
from shop.pricing.models import Price
from tests.attacks.places import PAYMENT_OF, STOCK_OF, THE_CART
from tests.books import amount_at_stripe, disagreements
from tests.crowd import leave_in_stock, owner_of
from tests.races import all_at_once, met, until
from tests.served import ServedShop, ServedShopper
from tests.shopper import BAG, OTHER, PRICE, total
from tests.wire import WireAnswer, WireClient

Tabs = tuple[ServedShopper, ServedShopper]

#: What a second tab does to the cart's lines.
CHANGES: dict[str, Callable[[ServedShopper], WireAnswer]] = {
    "adds a bag": lambda tab: tab.puts(OTHER),
    "wants two": lambda tab: tab.puts(BAG, 2),
    "takes it out": lambda tab: tab.client.delete(
        f"/v1/carts/{tab.cart['id']}/lines/{BAG}", headers=tab.headers
    ),
}


@pytest.fixture
def tabs(shop: ServedShop) -> Iterator[Tabs]:
    """Two tabs of one shopper with one bag, each served by a process of its own."""
    with owner_of(shop.database_url) as app, app.app_context(), transaction() as session:
        leave_in_stock(session, {BAG: 20, OTHER: 20})
    shopper = shop.shopper().prepares()
    with shop.lines() as (one, another):
        yield shopper.through(one), shopper.through(another)


def at_the_cart(shop: ServedShop, tab: ServedShopper, *calls: Callable[[], WireAnswer]) -> list[WireAnswer]:
    return met(shop, calls, THE_CART, tab.cart["id"])


@contextmanager
def while_stripe_is_asked(shop: ServedShop, call: Callable[[], WireAnswer]) -> Iterator[Future[WireAnswer]]:
    """Complete a checkout, and run the block while the order is there and Stripe has not answered."""
    before = len(payments_of(shop))
    with ThreadPoolExecutor(1) as pool, shop.stripe_silent():
        running = pool.submit(call)
        until(lambda: len(payments_of(shop)) > before, "the order is frozen")
        yield running


def payments_of(shop: ServedShop, cart_id: str | None = None) -> list[Any]:
    """Read the payments of a cart, or of all: status, whether it is to be canceled, Stripe's id."""
    engine = create_engine(shop.database_url)
    wanted = select(Payment.status, Payment.cancel_asked, Payment.session_id).join(
        Order, Order.number == Payment.reference
    )
    if cart_id is not None:
        wanted = wanted.where(Order.cart_id == UUID(cart_id))
    with engine.connect() as connection:
        rows = list(connection.execute(wanted))
    engine.dispose()
    return rows


def reprice(shop: ServedShop, minor: int) -> None:
    """Change the bag's price as another program would, whoever has SQLite's gate."""
    engine = create_engine(shop.database_url)
    bag = select(Variant.id).where(Variant.sku == BAG).scalar_subquery()
    with engine.begin() as connection:
        connection.execute(
            update(Price).where(Price.variant_id == bag, Price.currency == "USD").values(amount_minor=minor)
        )
    engine.dispose()


def assert_one_order_of_what_is_paid_for(shop: ServedShop, tab: ServedShopper, placed: WireAnswer) -> None:
    """What the shopper was told, what the order says and what Stripe asks for are one amount."""
    tab = replace(tab, placed=placed.json)
    order = tab.order()
    bags = sum(line["unit_price"]["amount"] * line["quantity"] for line in order["lines"])
    assert bags == total(order, "subtotal")
    assert total(order) == order["payment"]["amount"]["amount"]
    assert total(order) == amount_at_stripe(shop.stripe_url, tab.session_id)
    assert disagreements(shop) == []


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("first", ["change", "completion"])
def test_a_line_changed_while_completing_is_paid_for_or_refused(
    shop: ServedShop, tabs: Tabs, change: str, first: str
) -> None:
    calls = [partial(CHANGES[change], tabs[0]), tabs[1].completes]
    if first == "completion":
        calls.reverse()

    answers = at_the_cart(shop, tabs[0], *calls)

    changed, placed = answers if first == "change" else reversed(answers)
    if placed.status_code == 201:
        assert (changed.status_code, changed.json["code"]) == (409, "cart_frozen")
        assert_one_order_of_what_is_paid_for(shop, tabs[1], placed)
    else:
        assert changed.status_code == 200
        assert (placed.status_code, placed.json["code"]) in (
            (409, "total_changed"),
            (409, "checkout_not_ready"),
        )
        assert payments_of(shop, tabs[0].cart["id"]) == []
    assert disagreements(shop) == []


@pytest.mark.parametrize("change", CHANGES)
def test_a_line_is_not_changed_while_stripe_is_asked(shop: ServedShop, tabs: Tabs, change: str) -> None:
    with while_stripe_is_asked(shop, tabs[0].completes) as completing:
        changed = CHANGES[change](tabs[1])

    assert (changed.status_code, changed.json["code"]) == (409, "cart_frozen")
    assert completing.result().status_code == 201
    assert_one_order_of_what_is_paid_for(shop, tabs[0], completing.result())


def test_a_cart_completed_twice_under_two_keys_is_ordered_once(shop: ServedShop, tabs: Tabs) -> None:
    answers = at_the_cart(shop, tabs[0], *(tab.completes for tab in tabs))

    placed, refused = sorted(answers, key=lambda answer: answer.status_code)
    assert placed.status_code == 201
    assert (refused.status_code, refused.json["code"]) == (409, "checkout_closed")
    assert len(payments_of(shop, tabs[0].cart["id"])) == 1
    assert_one_order_of_what_is_paid_for(shop, tabs[0], placed)


def test_a_key_sent_twice_at_once_is_answered_alike(shop: ServedShop, tabs: Tabs) -> None:
    key = str(uuid4())

    with while_stripe_is_asked(shop, partial(tabs[0].completes, key)) as completing:
        twin = tabs[1].completes(key)
    again = tabs[1].completes(key)

    assert (twin.status_code, twin.json["code"]) == (409, "request_in_progress")
    assert completing.result().status_code == again.status_code == 201
    assert again.data == completing.result().data
    assert len(payments_of(shop, tabs[0].cart["id"])) == 1


def test_a_second_key_while_stripe_is_asked_buys_nothing(shop: ServedShop, tabs: Tabs) -> None:
    with while_stripe_is_asked(shop, tabs[0].completes) as completing:
        refused = tabs[1].completes()

    assert (refused.status_code, refused.json["code"]) == (409, "checkout_closed")
    assert len(payments_of(shop, tabs[0].cart["id"])) == 1
    assert_one_order_of_what_is_paid_for(shop, tabs[0], completing.result())


@pytest.mark.parametrize("first", ["cancel", "completion"])
def test_a_checkout_canceled_while_completing_ends_one_way(shop: ServedShop, tabs: Tabs, first: str) -> None:
    calls = [tabs[0].cancels, tabs[1].completes]
    if first == "completion":
        calls.reverse()

    answers = at_the_cart(shop, tabs[0], *calls)

    canceled, placed = answers if first == "cancel" else reversed(answers)
    assert canceled.status_code == 200
    assert canceled.json["status"] == "canceled"
    if placed.status_code == 201:
        assert replace(tabs[1], placed=placed.json).order()["status"] == "canceled"
    else:
        assert (placed.status_code, placed.json["code"]) == (409, "checkout_closed")
    assert tabs[0].looks_at_cart()["status"] == "open"
    assert {row.status for row in payments_of(shop, tabs[0].cart["id"])} <= {"canceled"}
    assert disagreements(shop) == []


def test_a_checkout_canceled_while_stripe_is_asked_takes_no_money(shop: ServedShop, tabs: Tabs) -> None:
    cart_id = tabs[0].cart["id"]

    with ThreadPoolExecutor(1) as pool:
        with while_stripe_is_asked(shop, tabs[0].completes) as completing:
            canceling = pool.submit(tabs[1].cancels)
            until(lambda: payments_of(shop, cart_id)[0].cancel_asked, "the wish to cancel is kept")
        canceled = canceling.result()

    assert canceled.status_code == 200
    assert completing.result().status_code in (201, 409)
    (payment,) = payments_of(shop, cart_id)
    assert payment.status == "canceled"
    paying = tabs[0].at_stripe().post(f"/pay/{payment.session_id}", data={"payment_method": "pm_card_visa"})
    assert paying.status_code >= 400
    assert tabs[0].looks_at_cart()["status"] == "open"
    assert disagreements(shop) == []


@pytest.mark.parametrize("first", ["cancel", "payment"])
def test_money_that_meets_a_cancel_keeps_its_bag(shop: ServedShop, tabs: Tabs, first: str) -> None:
    """Stripe has the money by then, so the order is paid whoever comes first."""
    assert tabs[0].completes().status_code == 201
    tabs[0].pays()
    calls = [tabs[1].cancels, tabs[0].comes_back]
    if first == "payment":
        calls.reverse()

    met(shop, calls, PAYMENT_OF, tabs[0].placed["order"]["number"])

    order = tabs[0].order()
    assert order["status"] == "paid"
    assert [event["kind"] for event in order["events"]].count("paid") == 1
    assert tabs[0].looks_at_cart()["status"] == "ordered"
    assert disagreements(shop) == []


def test_two_tabs_open_one_checkout_of_a_cart(shop: ServedShop) -> None:
    shopper = shop.shopper().opens_cart()
    assert shopper.puts().status_code == 200
    body = {"cart_id": shopper.cart["id"]}

    with shop.lines() as lines:
        opening = [partial(line.post, "/v1/checkouts", json=body, headers=shopper.headers) for line in lines]
        answers = at_the_cart(shop, shopper, *opening)

    assert sorted(answer.status_code for answer in answers) == [200, 201]
    assert len({answer.json["id"] for answer in answers}) == 1


def test_a_given_up_checkout_and_its_successor_make_one_order(shop: ServedShop, tabs: Tabs) -> None:
    """The old tab completes the checkout that the new tab gave up and opened again."""
    assert tabs[1].cancels().status_code == 200
    new = replace(tabs[1])
    new.opens_checkout()
    assert new.checkout["id"] != tabs[0].checkout["id"]

    answers = at_the_cart(shop, new, tabs[0].completes, new.completes)

    assert [answer.status_code for answer in answers] == [409, 201]
    assert_one_order_of_what_is_paid_for(shop, new, answers[1])


@pytest.mark.parametrize("rows", [THE_CART, STOCK_OF], ids=["at the cart", "at the stock"])
def test_a_price_changed_while_completing_is_charged_whole_or_refused(
    shop: ServedShop, tabs: Tabs, rows: str
) -> None:
    what = tabs[0].cart["id"] if rows == THE_CART else BAG

    try:
        (placed,) = met(
            shop, [tabs[0].completes], rows, what, meanwhile=partial(reprice, shop, PRICE + 10_000)
        )
    finally:
        reprice(shop, PRICE)

    if placed.status_code == 201:
        assert_one_order_of_what_is_paid_for(shop, tabs[0], placed)
    else:
        assert (placed.status_code, placed.json["code"]) == (409, "total_changed")
        assert payments_of(shop, tabs[0].cart["id"]) == []
    assert disagreements(shop) == []


def reopen(tab: ServedShopper) -> WireAnswer:
    """Go on with whatever checkout the cart has now."""
    answer = tab.client.post("/v1/checkouts", json={"cart_id": tab.cart["id"]}, headers=tab.headers)
    if answer.status_code in (200, 201):
        tab.checkout = answer.json
    return answer


def test_a_cart_in_many_hands_has_one_order_at_a_time(shop: ServedShop, tabs: Tabs) -> None:
    """Eight tabs complete, cancel, change and open again, in an order of their own."""

    def wander(number: int) -> set[int]:
        chance, tab = random.Random(number), replace(tabs[0], client=WireClient(shop.base_url))
        steps: list[Callable[[], WireAnswer]] = [
            tab.completes,
            tab.cancels,
            partial(tab.puts, BAG, chance.randint(1, 3)),
            partial(tab.puts, OTHER, 1),
            partial(tab.changes),
            partial(reopen, tab),
        ]
        return {chance.choice(steps)().status_code for _ in range(10)}

    answers = set().union(*all_at_once([partial(wander, number) for number in range(8)]))

    assert answers <= {200, 201, 409}
    assert disagreements(shop) == []
