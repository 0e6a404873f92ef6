"""Orders at the admin pages: sent, given up, and their authorized money taken or let go."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from shop.app import create_app
from shop.payments.double import InProcessHTTPClient, StripeDouble
from tests.admin.pages.browsing import Merchant, form, forms, words
from tests.audited import breaches
from tests.conftest import dispose, settings_for
from tests.orders.refunding import number_of
from tests.shopper import BAG, Shopper


@pytest.fixture
def merchant(app: Flask) -> Merchant:
    return Merchant.of(app).signed_in()


@pytest.fixture
def number(shopper: Shopper) -> str:
    """An order of two bags, paid for."""
    shopper.places_order(quantity=2)
    shopper.pays()
    shopper.comes_back()
    return number_of(shopper)


def test_a_parcel_is_noted_once_and_the_rest_stays_to_be_sent(
    app: Flask, merchant: Merchant, number: str
) -> None:
    assert f"Orders to send 1 Paid, and not all of it sent. {number} 2 of 2 pieces" in words(
        merchant.opens("/")
    )
    found = form(merchant.opens(f"/orders/{number}"), "/parcel")
    assert found.fields[f"pieces-{BAG}"] == "2"
    filled = {f"pieces-{BAG}": "1", "carrier": "DHL Express", "tracking_number": "1Z 999"}

    answers = [merchant.sends(found, **filled).status_code for _ in range(2)]

    page = merchant.opens(f"/orders/{number}")
    assert answers == [303, 303]
    assert "The parcel is noted, and its shopper is told." in words(page)
    assert words(page).count("1Z 999 1 piece") == 1
    assert form(page, "/parcel").fields[f"pieces-{BAG}"] == "1"
    assert breaches(app) == []


def test_a_parcel_that_cannot_be_is_refused(merchant: Merchant, number: str) -> None:
    for filled in (
        {"carrier": "DHL", "tracking_number": "1", f"pieces-{BAG}": "0"},
        {"carrier": "DHL", "tracking_number": "1", f"pieces-{BAG}": "3"},
        {"carrier": "DHL"},
        {"carrier": "DHL", "tracking_number": "1", "tracking_url": "javascript:alert(1)"},
    ):
        answer = merchant.sends(form(merchant.opens(f"/orders/{number}"), "/parcel"), **filled)
        assert answer.status_code in (409, 422), filled
        assert "Nothing was changed." in words(answer)
        assert 'value="DHL"' in answer.text
        assert "Parcels" not in words(answer)


def test_an_unpaid_order_is_given_up_once(merchant: Merchant, shopper: Shopper) -> None:
    shopper.places_order()
    found = form(merchant.opens(f"/orders/{number_of(shopper)}"), "/cancel")

    assert [merchant.sends(found).status_code for _ in range(2)] == [303, 303]

    said = words(merchant.opens(f"/orders/{number_of(shopper)}"))
    assert "Cancel requested key:ada" in said
    assert "Canceled" in said


class TestByHand:
    """A shop that takes authorized money by hand."""

    @pytest.fixture
    def app(self, seeded_url: str, double: StripeDouble) -> Iterator[Flask]:
        app = create_app(
            settings_for(seeded_url, capture="manual"), stripe_client=InProcessHTTPClient(double)
        )
        yield app
        dispose(app)

    def test_authorized_money_is_taken_in_part(self, app: Flask, merchant: Merchant, number: str) -> None:
        assert "Money to capture 1" in words(merchant.opens("/"))
        found = form(merchant.opens(f"/orders/{number}"), "/capture")
        assert found.fields["amount"] == "5700.00"

        assert merchant.sends(found, amount="5,000").status_code == 303

        said = words(merchant.opens(f"/orders/{number}"))
        assert "Capture requested USD 5,000.00, key:ada" in said
        assert "USD 5,000.00 of USD 5,000.00 can still be given back." in said
        assert breaches(app) == []

    def test_more_than_was_authorized_is_not_taken(self, merchant: Merchant, number: str) -> None:
        found = form(merchant.opens(f"/orders/{number}"), "/capture")

        refused = merchant.sends(found, amount="5700.01")

        assert refused.status_code == 422
        assert "Capture too large" in words(refused)

    def test_authorized_money_is_let_go_once(self, merchant: Merchant, number: str) -> None:
        found = form(merchant.opens(f"/orders/{number}"), "/void")

        assert [merchant.sends(found).status_code for _ in range(2)] == [303, 303]

        page = merchant.opens(f"/orders/{number}")
        assert "Canceled" in words(page)
        assert [each.action for each in forms(page)] == ["/admin/sign-out"]

    def test_what_was_decided_meanwhile_is_refused_readably(self, merchant: Merchant, number: str) -> None:
        page = merchant.opens(f"/orders/{number}")
        merchant.sends(form(page, "/void"))

        refused = merchant.sends(form(page, "/capture"))

        assert refused.status_code == 409
        assert "Nothing was changed." in words(refused)
