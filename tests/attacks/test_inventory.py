"""ACIDRain's inventory attacks: more sold than there is, by requests that interleave.

Each race is forced to meet inside the database, one request in each server process, and run
again as a crowd. Source: Warszawski and Bailis, "ACIDRain: Concurrency-Related Attacks on
Database-Backed Web Applications", SIGMOD 2017, section 4.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select, update

from shop.inventory.models import Hold
from shop.kit.clock import database_now
from shop.kit.db import transaction
from shop.orders.models import Order
from tests.attacks.places import STOCK_OF
from tests.books import disagreements
from tests.crowd import crowd, leave_in_stock, owner_of
from tests.races import all_at_once, met, require_free
from tests.served import ServedShop, ServedShopper
from tests.shopper import BAG, OTHER
from tests.wire import WireAnswer


def buyers(shop: ServedShop, *carts: Sequence[str], count: int = 2, pieces: int = 1) -> list[ServedShopper]:
    """Return people ready to pay for the bags that there are so many pieces of."""
    with owner_of(shop.database_url) as app:
        with app.app_context(), transaction() as session:
            leave_in_stock(session, dict.fromkeys({sku for cart in carts for sku in cart}, pieces))
        return crowd(shop, app, carts, count)


def statuses(answers: Sequence[WireAnswer]) -> list[int]:
    return sorted(answer.status_code for answer in answers)


def end_hold_of(shop: ServedShop, buyer: ServedShopper) -> None:
    """Let a buyer's hold end now."""
    with owner_of(shop.database_url) as app, app.app_context(), transaction() as session:
        order = select(Order.id).where(Order.number == buyer.placed["order"]["number"]).scalar_subquery()
        ended = session.scalars(select(database_now())).one() - timedelta(seconds=1)
        session.execute(update(Hold).where(Hold.owner == order).values(ends_at=ended))


def test_two_buyers_who_both_saw_the_last_piece_free_get_one(shop: ServedShop) -> None:
    people = buyers(shop, [BAG])

    with shop.lines() as lines:
        tabs = [buyer.through(line) for buyer, line in zip(people, lines, strict=True)]
        answers = met(shop, [tab.completes for tab in tabs], STOCK_OF, BAG)

    assert statuses(answers) == [201, 409]
    (refused,) = [answer.json for answer in answers if answer.status_code == 409]
    assert (refused["code"], refused["available"]) == ("out_of_stock", 0)
    assert disagreements(shop) == []


def test_a_crowd_gets_the_last_piece_once(shop: ServedShop) -> None:
    people = buyers(shop, [BAG], count=24)

    answers = all_at_once([buyer.completes for buyer in people])

    assert statuses(answers) == [201] + [409] * 23
    assert disagreements(shop) == []


def test_two_bags_each_in_the_last_piece_go_to_one_buyer_whole(shop: ServedShop) -> None:
    """Carts in opposite order, met where the first of them holds nothing yet."""
    people = buyers(shop, [BAG, OTHER], [OTHER, BAG])

    with shop.lines() as lines:
        tabs = [buyer.through(line) for buyer, line in zip(people, lines, strict=True)]
        answers = met(shop, [tab.completes for tab in tabs], STOCK_OF, BAG)

    assert statuses(answers) == [201, 409]
    assert disagreements(shop) == []


def test_carts_in_opposite_order_never_wait_for_each_other_in_a_circle(shop: ServedShop) -> None:
    """The second would have the other bag in hand by now, if it took bags in its cart's own order."""
    people = buyers(shop, [BAG, OTHER], [OTHER, BAG], pieces=2)
    in_no_hand = partial(require_free, shop, STOCK_OF, OTHER)

    with shop.lines() as lines:
        tabs = [buyer.through(line) for buyer, line in zip(people, lines, strict=True)]
        answers = met(shop, [tab.completes for tab in tabs], STOCK_OF, BAG, meanwhile=in_no_hand)

    assert statuses(answers) == [201, 201]
    assert disagreements(shop) == []


def test_an_ended_hold_goes_to_one_of_two_who_reach_for_it(shop: ServedShop) -> None:
    first, *people = buyers(shop, [BAG], count=3)
    assert first.completes().status_code == 201
    end_hold_of(shop, first)

    with shop.lines() as lines:
        tabs = [buyer.through(line) for buyer, line in zip(people, lines, strict=True)]
        answers = met(shop, [tab.completes for tab in tabs], STOCK_OF, BAG)

    # The loser may be told to ask again: the piece was just coming free, and it was not yet gone.
    assert statuses(answers) in ([201, 409], [201, 503])
    (lost,) = [tab for tab, answer in zip(tabs, answers, strict=True) if answer.status_code != 201]
    assert people[tabs.index(lost)].completes().status_code == 409
    assert disagreements(shop) == []


@pytest.mark.parametrize("payer_comes", ["first", "second"])
def test_money_for_an_ended_hold_gets_the_piece_or_goes_back(shop: ServedShop, payer_comes: str) -> None:
    payer, rival = buyers(shop, [BAG])
    assert payer.completes().status_code == 201
    end_hold_of(shop, payer)
    payer.pays()

    with shop.lines() as lines:
        calls = [payer.through(lines[0]).comes_back, rival.through(lines[1]).completes]
        if payer_comes == "second":
            calls.reverse()
        answers = met(shop, calls, STOCK_OF, BAG)

    got = [payer.order()["status"] == "paid", 201 in statuses(answers)]
    assert sorted(got) == [False, True]
    assert disagreements(shop) == []


def test_buying_and_giving_up_over_and_over_leaves_the_piece_there(shop: ServedShop) -> None:
    people = buyers(shop, [BAG], count=8)

    def buy_and_give_up(buyer: ServedShopper) -> set[int]:
        seen = set()
        for _ in range(4):
            seen.add(buyer.completes().status_code)
            seen.add(buyer.cancels().status_code)
            buyer.opens_checkout()
        return seen

    answers = set().union(*all_at_once([partial(buy_and_give_up, buyer) for buyer in people]))

    assert answers <= {200, 201, 409}
    assert people[0].sees_available(BAG) == 1
    assert disagreements(shop) == []
