"""Far more buyers than bags, all at once, over HTTP against two server processes."""

from __future__ import annotations

from tests.rush import Sale, hold_sale
from tests.served import ServedShop
from tests.shopper import BAG, OTHER


def test_of_sixty_buyers_exactly_as_many_as_there_are_bags_get_one(shop: ServedShop) -> None:
    outcome = hold_sale(shop, Sale(buyers=60, pieces=6))

    assert outcome.faults == []
    assert outcome.sold == 6


def test_carts_of_the_same_bags_in_opposite_order_sell_out_whole(shop: ServedShop) -> None:
    outcome = hold_sale(shop, Sale(buyers=24, pieces=4, carts=((BAG, OTHER), (OTHER, BAG))))

    assert outcome.faults == []
    assert outcome.sold == 4
