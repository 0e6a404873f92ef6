"""What a merchandiser decides at a product's page: prices by day, when it is shown, that it is retired."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shop.audit.models import AuditEntry
from shop.catalogue.models import Product, Variant
from shop.kit.clock import clock
from shop.pricing.models import Price
from tests.admin.pages.browsing import Form, Merchant, forms, words
from tests.shopper import BAG

CITY = "/products/le-city-bag-medium"
SOON = (clock.now() + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")
PRICE = {"where": "USD", "amount": "2,990.50", "valid_from": SOON}


@pytest.fixture
def merchant(app: Flask) -> Merchant:
    return Merchant.of(app).signed_in()


def at(merchant: Merchant, verb: str, sku: str | None = None, path: str = CITY) -> Form:
    """Return the form of a product, or of one of its variants."""
    found = [each for each in forms(merchant.opens(path)) if each.action.endswith(f"/{verb}")]
    (one,) = [each for each in found if each.fields.get("sku") == sku]
    return one


def last_entry(session: Session) -> AuditEntry:
    return session.scalars(select(AuditEntry).order_by(AuditEntry.number.desc()).limit(1)).one()


def test_a_price_of_a_day_to_come_stands_beside_todays_and_is_set_once(
    merchant: Merchant, session: Session
) -> None:
    found = at(merchant, "prices", BAG)

    answers = [merchant.sends(found, **PRICE, sale="2500") for _ in range(2)]

    assert [each.status_code for each in answers] == [303, 303]
    said = words(merchant.opens(CITY))
    assert "The price is set." in said
    assert f"USD USD 2,990.50 USD 2,500.00 {SOON.replace('T', ' ')} to come illustrative" in said
    assert f"{BAG} Black USD 2,850.00" in said
    entry = last_entry(session)
    assert (entry.action, entry.object, entry.actor) == ("price.set", f"variant:{BAG}", "key:ada")


def test_a_price_of_one_market_and_of_an_accessory_is_set(merchant: Merchant, session: Session) -> None:
    (slug,) = session.scalars(select(Product.slug).where(Product.kind == "accessory").limit(1)).all()

    of_bag = merchant.sends(at(merchant, "prices", BAG), **PRICE | {"where": "JP", "amount": "430,000"})
    of_accessory = merchant.sends(at(merchant, "prices", None, f"/products/{slug}"), **PRICE, source="S01")

    assert (of_bag.status_code, of_accessory.status_code) == (303, 303), of_accessory.text
    found = session.execute(
        select(Price.currency, Price.market_code, Price.amount_minor, Price.source)
        .where(Price.valid_from > clock.now())
        .order_by(Price.amount_minor)
    ).all()
    assert found == [("USD", None, 299050, "S01"), ("JPY", "JP", 430000, None)]


def test_every_fault_of_a_price_is_told_at_its_field_and_what_was_written_stays(merchant: Merchant) -> None:
    for filled, fields in (
        ({"where": "JPY", "amount": "1.5", "sale": "x"}, {"amount", "sale"}),
        ({"sale": "3000"}, {"sale"}),
        ({"valid_from": "2026-02-31T09:00"}, {"valid-from"}),
        ({"valid_from": SOON, "valid_to": SOON}, {"valid-to"}),
        ({"source": "NONE"}, {"source"}),
        ({"where": "XX"}, {"where"}),
    ):
        page = merchant.sends(at(merchant, "prices", BAG), **PRICE | filled)

        assert page.status_code == 422, filled
        assert "Nothing was changed." in words(page)
        marked = {part.split('"')[0] for part in page.text.split('class="fault" id="')[1:]}
        assert marked == {f"{field}-1-fault" for field in fields}, filled
        assert f'value="{filled.get("amount", PRICE["amount"])}"' in page.text


def test_of_two_who_saw_the_same_only_the_first_is_followed(merchant: Merchant, session: Session) -> None:
    kept = [at(merchant, verb, sku) for verb, sku in (("prices", BAG), ("publication", None))]
    kept += [at(merchant, "retire", sku) for sku in (BAG, None)]
    merchant.sends(at(merchant, "prices", BAG), **PRICE)
    entry = last_entry(session).number

    answers = [merchant.sends(each, **PRICE | {"amount": "1"}) for each in kept[:1]]
    answers += [merchant.sends(kept[1], publish_at=SOON)]
    answers += [merchant.sends(each, sure="yes") for each in kept[2:]]

    assert [each.status_code for each in answers] == [412] * 4
    assert "It was changed since it was read" in words(answers[0])
    session.expire_all()
    assert last_entry(session).number == entry


def test_when_a_product_is_shown_is_changed_and_taken_back(merchant: Merchant, session: Session) -> None:
    assert merchant.sends(at(merchant, "publication"), publish_at=SOON).status_code == 303
    assert f"no, from {SOON.replace('T', ' ')}" in words(merchant.opens(CITY))
    assert at(merchant, "publication").fields["publish_at"] == SOON
    assert last_entry(session).action == "product.change"

    faulty = merchant.sends(at(merchant, "publication"), unpublish_at=SOON)
    assert faulty.status_code == 422
    assert 'id="unpublish_at-fault"' in faulty.text

    assert merchant.sends(at(merchant, "publication"), publish_at="").status_code == 303
    assert "Shown yes" in words(merchant.opens(CITY))


def test_a_variant_and_a_product_are_retired_by_whoever_is_sure(merchant: Merchant, session: Session) -> None:
    in_use = (
        select(func.count())
        .select_from(Variant)
        .join(Product)
        .where(Product.slug == "le-city-bag-medium", ~Variant.is_retired)
    )
    before = session.scalar(in_use) or 0
    assert merchant.sends(at(merchant, "retire", BAG)).status_code == 422

    assert merchant.sends(at(merchant, "retire", BAG), sure="yes").status_code == 303
    assert session.scalar(in_use) == before - 1
    assert merchant.sends(at(merchant, "retire"), sure="yes").status_code == 303

    page = merchant.opens(CITY)
    assert "For sale no, retired" in words(page)
    assert [each.action for each in forms(page) if "version" in each.fields] == []


def test_a_key_that_reads_only_sees_prices_and_changes_nothing(app: Flask, merchant: Merchant) -> None:
    found = at(merchant, "prices", BAG)
    reader = Merchant.of(app, "catalogue:read", name="reader").signed_in()
    page = reader.opens(CITY)
    own = forms(page)[0].fields["csrf_token"]

    assert "Prices by day" in words(page)
    assert [each.action for each in forms(page) if each.method == "post"] == ["/admin/sign-out"]
    assert reader.sends(found, csrf_token=own, **PRICE).status_code == 403
