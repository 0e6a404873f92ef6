"""Money that comes when its bags are gone, for tests."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask

from shop.kit.clock import clock
from tests.shopper import PIECES, Shopper


def pay_when_sold_to_another(shopper: Shopper, app: Flask) -> None:
    """Pay for every piece; unheard of until the hold has ended and someone else holds them all."""
    shopper.places_order(quantity=PIECES)
    shopper.pays()
    clock.advance(timedelta(hours=2))
    Shopper(app.test_client(), shopper.double).places_order(quantity=PIECES)
