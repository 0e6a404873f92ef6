"""Putting a count right at the admin pages: only what was seen, once, with its reason."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.audit.models import AuditEntry
from tests.admin.pages.browsing import Form, Merchant, forms, words
from tests.audited import breaches
from tests.shopper import BAG, Shopper

MILAN = "milan-01"


@pytest.fixture
def merchant(app: Flask) -> Merchant:
    return Merchant.of(app).signed_in()


def at(merchant: Merchant, place: str = MILAN) -> Form:
    """Return the form of a location."""
    (found,) = [
        each for each in forms(merchant.opens(f"/stock/{BAG}")) if each.fields.get("location") == place
    ]
    return found


def test_a_count_is_put_right_once_with_its_reason(app: Flask, merchant: Merchant, session: Session) -> None:
    found = at(merchant)

    answers = [merchant.sends(found, delta="-2", reason="damaged in the window") for _ in range(2)]

    assert [each.status_code for each in answers] == [303, 303]
    said = words(merchant.opens(f"/stock/{BAG}"))
    assert "The count is changed and written down." in said
    assert "milan-01 6 0 6" in said
    assert "adjusted: damaged in the window milan-01 -2" in said
    last = session.scalars(select(AuditEntry).order_by(AuditEntry.number.desc()).limit(1)).one()
    assert (last.action, last.object, last.actor) == ("stock.adjust", f"variant:{BAG}", "key:ada")
    assert breaches(app) == []


def test_a_shelf_that_was_never_counted_gets_its_first_pieces(app: Flask, merchant: Merchant) -> None:
    assert merchant.sends(at(merchant, "paris-boutique"), delta="3", reason="moved").status_code == 303

    assert "paris-boutique 3 0 3" in words(merchant.opens(f"/stock/{BAG}"))
    assert breaches(app) == []


def test_of_two_who_saw_the_same_count_only_the_first_is_followed(merchant: Merchant) -> None:
    first, second = at(merchant), at(merchant)
    merchant.sends(first, delta="1", reason="found")

    refused = merchant.sends(second, delta="1", reason="found by me")

    assert refused.status_code == 409
    assert "9 are on hand, 8 expected." in words(refused)
    assert 'value="found by me"' in refused.text


def test_promised_pieces_stay_promised(merchant: Merchant, shopper: Shopper) -> None:
    shopper.places_order(quantity=7)

    assert merchant.sends(at(merchant), delta="-2", reason="lost").status_code == 409
    assert merchant.sends(at(merchant), delta="-1", reason="lost").status_code == 303


def test_what_is_no_adjustment_is_refused(merchant: Merchant) -> None:
    for filled in (
        {"delta": "0.5", "reason": "x"},
        {"delta": "", "reason": "x"},
        {"delta": "1"},
        {"delta": "1", "reason": "x", "expected": "-1"},
        {"delta": "1", "reason": "4242 4242 4242 4242"},
        {"delta": "1", "reason": "x", "actor": "key:eve"},
    ):
        answer = merchant.sends(at(merchant), **filled)
        assert answer.status_code == 422, filled
        assert "Nothing was changed." in words(answer)
    assert merchant.sends(at(merchant), delta="1", reason="x", location="mars").status_code == 404


def test_a_key_that_reads_only_changes_no_count(app: Flask, merchant: Merchant) -> None:
    found = at(merchant)
    reader = Merchant.of(app, "stock:read", name="reader").signed_in()
    page = reader.opens(f"/stock/{BAG}")
    own = forms(page)[0].fields["csrf_token"]

    assert "Put a count right" not in words(page)
    assert reader.sends(found, csrf_token=own, delta="1", reason="x").status_code == 403
