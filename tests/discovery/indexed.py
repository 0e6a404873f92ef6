"""The index of a shop in a test: built at once, however small the catalogue is."""

from __future__ import annotations

from flask import Flask

from shop.discovery.bitmaps.keeper import Keeper, keep_with
from shop.kit.db import db


def hold_index(app: Flask, *markets: str) -> Keeper:
    """Build the index of an application, with the prices of some markets, and answer from it."""
    keeper = keep_with(app, Keeper(worth=0))
    keeper.expect(markets or ("US",))
    with app.app_context():
        keeper.keep_up(db.session())
    return keeper
