"""What can be bought is said twice, in SQL for lists and in Python for pages: the two agree."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select, update

from shop.catalogue.models import Variant
from shop.discovery.offers import available_in, charged_in, offers_by_id
from shop.inventory.models import Stock
from shop.kit.db import db, transaction
from shop.pricing.models import Market


def test_lists_and_pages_agree_on_every_bag_in_every_market(app: Flask) -> None:
    with app.app_context():
        with transaction() as session:
            # Some of everything: retired, taken out of sale, sold out.
            for remainder, change in enumerate(({"is_retired": True}, {"sellable": False})):
                session.execute(update(Variant).where(Variant.id % 7 == remainder).values(**change))
            session.execute(update(Stock).where(Stock.variant_id % 5 == 0).values(on_hand=0))
        session = db.session()
        every = list(session.scalars(select(Variant.id)))
        for market in session.scalars(select(Market)).all():
            columns = (charged_in(market).label("charged"), available_in(market).label("available"))
            listed = {
                row.id: (row.charged, row.available)
                for row in session.execute(select(Variant.id, *columns).join(Variant.product))
            }
            for variant_id, shown in offers_by_id(session, market, every).items():
                if shown.variant.is_retired:
                    continue  # no list has it
                for_sale = shown.unavailable_because != "not_for_sale"
                price = shown.price.amount if shown.price and for_sale else None
                assert listed[variant_id] == (price, shown.available)
