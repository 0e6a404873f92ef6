"""What a product cost on a day: for an owner with a key, published or not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from shop.catalogue.models import Product, Variant
from shop.kit.clock import clock
from shop.kit.db import transaction
from shop.pricing.models import Price
from tests.owner import Owner
from tests.shopper import BAG, PRICE

CHANGE = datetime(2026, 3, 1, 9, tzinfo=UTC)


@pytest.fixture
def owner(app: Flask) -> Owner:
    """Holds a key that reads the catalogue; on 1 March 2026 at nine its bag became dearer."""
    with app.app_context(), transaction() as session:
        row = session.scalars(
            select(Price)
            .join(Variant, Variant.id == Price.variant_id)
            .where(Variant.sku == BAG, Price.currency == "USD")
        ).one()
        row.valid_to = CHANGE
        session.flush()
        session.add(
            Price(
                variant_id=row.variant_id,
                currency="USD",
                amount_minor=300_000,
                sale_amount_minor=290_000,
                valid_from=CHANGE,
                is_illustrative=True,
            )
        )
    return Owner.of(app, "catalogue:read")


PRICES = {
    "2026-03-01": PRICE,  # a day begins at midnight
    "2026-03-01T08:59:59Z": PRICE,
    "2026-03-01T09:00:00Z": 290_000,
    "2026-03-02": 290_000,
    "2001-01-01": None,
}


def test_a_variant_has_the_price_of_the_day(owner: Owner) -> None:
    found = {}
    for as_of in PRICES:
        answer = owner.gets(f"/variants/{BAG}/prices?market=US&as_of={as_of}").json
        (variant,) = answer["variants"]
        found[as_of] = variant["price"] and variant["price"]["amount"]
        assert answer["as_of"].startswith(as_of[:10])

    assert found == PRICES


def test_a_product_has_the_prices_of_all_its_variants(owner: Owner, session: Session) -> None:
    answer = owner.gets("/products/le-city-bag-medium/prices?as_of=2026-03-02").json

    prices = {variant["sku"]: variant["list_price"] for variant in answer["variants"]}
    count = select(func.count()).select_from(Variant).join(Variant.product)
    assert len(prices) == session.scalar(count.where(Product.slug == "le-city-bag-medium"))
    assert prices[BAG] == {"amount": 300_000, "currency": "USD"}
    now = owner.gets("/products/le-city-bag-medium/prices").json
    assert abs(datetime.fromisoformat(now["as_of"]) - clock.now()) < timedelta(minutes=1)
    assert now["is_published"] is True


def test_an_owner_sees_what_is_not_published(app: Flask, owner: Owner) -> None:
    with app.app_context(), transaction() as session:
        soon = datetime(2100, 1, 1, tzinfo=UTC)
        session.execute(update(Product).where(Product.slug == "le-city-bag-medium").values(publish_at=soon))

    now, then = (owner.gets(f"/variants/{BAG}/prices{query}").json for query in ("", "?as_of=2100-01-01"))

    assert (now["is_published"], then["is_published"]) == (False, True)
    assert now["publish_at"] == "2100-01-01T00:00:00Z"


def test_a_day_of_another_form_and_an_unknown_id_are_refused(owner: Owner) -> None:
    for as_of in ("2026-02-30", "yesterday", "2026-03-01T09:00:00", "2026-03-01T09:00:00%2B01:00", "9" * 30):
        answer = owner.gets(f"/variants/{BAG}/prices?as_of={as_of}")

        assert answer.status_code == 422
        assert answer.json["errors"][0]["parameter"] == "as_of"
    assert owner.gets("/products/nonsense/prices").json["code"] == "not_in_catalogue"
    assert owner.gets("/variants/NONSENSE/prices").json["code"] == "not_in_catalogue"


def test_only_a_key_for_the_catalogue_opens_it(app: Flask) -> None:
    stranger, other = Owner(app.test_client(), "adm_unknown"), Owner.of(app, "orders:read")

    for path in ("/products/le-city-bag-medium/prices", f"/variants/{BAG}/prices"):
        assert stranger.gets(path).status_code == 401
        assert other.gets(path).status_code == 403
