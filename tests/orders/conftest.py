"""An owner, and an order that is paid for."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.owner import Owner
from tests.shopper import Shopper


@pytest.fixture
def owner(app: Flask) -> Owner:
    return Owner.of(app)


@pytest.fixture
def paid(shopper: Shopper) -> Shopper:
    """An order of two bags, paid for."""
    shopper.places_order(quantity=2)
    shopper.pays()
    shopper.comes_back()
    assert shopper.order()["status"] == "paid"
    return shopper
