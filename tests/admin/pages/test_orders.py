"""Orders at the admin pages: found, read, and their money taken or given back once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from shop.audit.models import AuditEntry
from shop.kit.clock import clock
from shop.payments.double import Fault, StripeDouble
from shop.payments.models import Refund
from tests.admin.pages.browsing import Merchant, form, forms, words
from tests.audited import breaches
from tests.orders.refunding import at_stripe, number_of
from tests.shopper import BAG, PRICE, Shopper


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


def refunds(merchant: Merchant, number: str, **filled: object) -> TestResponse:
    return merchant.sends(form(merchant.opens(f"/orders/{number}"), "/refund"), **filled)


def test_an_order_is_read_with_its_timeline_and_its_money(merchant: Merchant, number: str) -> None:
    said = words(merchant.opens(f"/orders/{number}"))

    for text in ("Placed", "Paid", BAG, "USD 5,700.00", "ada@example.com", "1 Prince Street", "captured"):
        assert text in said, text


def test_orders_are_found_by_number_address_and_status(
    merchant: Merchant, shopper: Shopper, number: str
) -> None:
    shopper.places_order()
    waiting = number_of(shopper)

    def found(query: str) -> list[str]:
        page = merchant.opens(f"/orders?{query}")
        assert page.status_code == 200
        return [each for each in (waiting, number) if f"/admin/orders/{each}" in page.text]

    assert found("") == [waiting, number]
    assert found("status=paid&q=") == found("status=to_send") == [number]
    assert found("q=ADA@example.com") == [waiting, number]
    assert found("q=nobody@example.com") == found("q=%25") == found("q=NONE") == []
    assert (
        merchant.opens(f"/orders?q={number.lower().replace('-', ' ')}").headers["Location"].endswith(number)
    )
    assert merchant.opens("/orders?status=lost").status_code == 422
    assert merchant.opens("/orders?colour=red").status_code == 422


def test_the_list_goes_on_from_page_to_page_newest_first(merchant: Merchant, shopper: Shopper) -> None:
    placed = [number_of(shopper.places_order()) for _ in range(3)]

    page, seen = merchant.opens("/orders?limit=2"), []
    while True:
        seen += [each for each in reversed(placed) if f">{each}<" in page.text]
        following = [part.split('"')[0] for part in page.text.split('rel="next" href="/admin')[1:]]
        if not following:
            break
        page = merchant.opens(following[0].replace("&amp;", "&"))

    assert seen == placed[::-1]
    assert merchant.opens("/orders?cursor=nonsense").status_code == 422


def test_pieces_are_given_back_and_the_timeline_shows_it(
    app: Flask, merchant: Merchant, number: str, double: StripeDouble
) -> None:
    answer = refunds(
        merchant, number, how="pieces", **{f"pieces-{BAG}": "1"}, restock="yes", reason="damaged"
    )
    page = merchant.opens(f"/orders/{number}")

    assert (answer.status_code, answer.headers["Location"]) == (303, f"/admin/orders/{number}#timeline")
    assert "The refund is written down and sent." in words(page)
    assert "Refund requested USD 2,850.00, damaged" in words(page)
    assert "Refund succeeded" in words(page)
    assert "1 left, USD 2,850.00 a piece" in words(page)
    assert "written down" not in words(merchant.opens(f"/orders/{number}"))
    assert at_stripe(double) == [PRICE]
    assert breaches(app) == []


def test_an_amount_is_given_back_as_people_write_it(
    merchant: Merchant, number: str, double: StripeDouble
) -> None:
    for written in ("1", "12.5", "1,234.56", " 2850.00 "):
        assert refunds(merchant, number, how="amount", amount=written).status_code == 303, written

    assert sorted(at_stripe(double)) == [100, 1_250, 123_456, 285_000]


def test_an_amount_that_is_none_is_refused_where_the_form_stands(
    merchant: Merchant, number: str, double: StripeDouble
) -> None:
    texts = ("", "0", "0.00", "-5", "1.234", "1,23", "1e3", "\uff15", "USD 5", "5,700.01", "99999999999999")
    for written in texts:
        answer = refunds(merchant, number, how="amount", amount=written, reason="a reason of mine")
        assert answer.status_code == 422, written
        assert "Nothing was changed." in words(answer)
        assert "Give money back" in words(answer)
        assert form(answer, "/refund").fields["reason"] == "a reason of mine"
    assert at_stripe(double) == []


def test_an_amount_has_the_decimals_of_its_currency(app: Flask, shopper: Shopper, merchant: Merchant) -> None:
    shopper.places_order(market="JP")
    shopper.pays()
    shopper.comes_back()
    number = number_of(shopper)

    refused = refunds(merchant, number, how="amount", amount="1.5")
    assert "Must be an amount of JPY like 428000." in words(refused)
    assert refunds(merchant, number, how="amount", amount="1,500").status_code == 303
    assert "JPY 1,500" in words(merchant.opens(f"/orders/{number}"))


def test_all_that_is_left_is_given_back(merchant: Merchant, number: str, double: StripeDouble) -> None:
    refunds(merchant, number, how="amount", amount="100")
    refunds(merchant, number, how="all")

    page = merchant.opens(f"/orders/{number}")
    assert sum(at_stripe(double)) == 2 * PRICE
    assert "Refunded" in words(page)
    assert not [each for each in forms(page) if each.action.endswith("/refund")]


def test_a_refund_that_cannot_be_is_refused(merchant: Merchant, number: str, double: StripeDouble) -> None:
    for filled in (
        {"how": "pieces"},
        {"how": "pieces", "restock": "yes"},
        {"how": "pieces", f"pieces-{BAG}": "3"},
        {"how": "pieces", f"pieces-{BAG}": "x"},
        {"how": "pieces", "pieces-NOTHING": "1"},
        {"how": "everything"},
        {"how": "all", "email": "eve@example.com"},
        {"how": "all", "reason": "my card is 4242 4242 4242 4242"},
        {"how": "all", "reason": "x" * 65},
    ):
        answer = refunds(merchant, number, **filled)
        assert answer.status_code == 422, filled
        assert "Nothing was changed." in words(answer)
    assert at_stripe(double) == []


def test_a_double_click_gives_money_back_once(
    merchant: Merchant, number: str, double: StripeDouble, session: Session
) -> None:
    found = form(merchant.opens(f"/orders/{number}"), "/refund")

    answers = [merchant.sends(found, how="amount", amount="100") for _ in range(2)]

    assert {(each.status_code, each.headers["Location"]) for each in answers} == {
        (303, f"/admin/orders/{number}#timeline")
    }
    assert at_stripe(double) == [10_000]
    assert session.scalar(select(func.count()).select_from(Refund)) == 1


def test_a_form_that_was_sent_is_not_sent_again_with_something_else(
    merchant: Merchant, number: str, double: StripeDouble
) -> None:
    found = form(merchant.opens(f"/orders/{number}"), "/refund")
    merchant.sends(found, how="amount", amount="100")

    assert merchant.sends(found, how="amount", amount="200").status_code == 422
    assert merchant.sends(found, how="amount", amount="200", idempotency_key=None).status_code == 400
    assert at_stripe(double) == [10_000]


def test_a_refund_names_the_key_in_the_audit_log(merchant: Merchant, number: str, session: Session) -> None:
    refunds(merchant, number, how="amount", amount="100")

    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.number.desc()).limit(1)).one()
    assert (entry.action, entry.object, entry.actor) == ("order.refund", f"order:{number}", "key:ada")


def test_while_stripe_is_away_the_refund_is_kept_and_the_page_says_so(
    merchant: Merchant, number: str, double: StripeDouble
) -> None:
    double.faults.add(Fault(kind="drop", path="/v1/refunds", method="POST", times=None))
    refunds(merchant, number, how="amount", amount="100")

    assert "Stripe does not answer just now" in words(merchant.opens(f"/orders/{number}"))


def test_a_key_that_reads_only_sees_no_form_and_may_not_send_one(
    app: Flask, merchant: Merchant, number: str, double: StripeDouble
) -> None:
    found = form(merchant.opens(f"/orders/{number}"), "/refund")
    reader = Merchant.of(app, "orders:read", name="reader").signed_in()
    page = reader.opens(f"/orders/{number}")
    own = form(page, "/sign-out").fields["csrf_token"]

    answer = reader.sends(found, csrf_token=own, how="all")

    assert [each.action for each in forms(page)] == ["/admin/sign-out"]
    assert (answer.status_code, "Your key lacks orders:write." in words(answer)) == (403, True)
    assert at_stripe(double) == []


def test_a_key_that_writes_only_is_told_what_was_refused(app: Flask, merchant: Merchant, number: str) -> None:
    found = form(merchant.opens(f"/orders/{number}"), "/refund")
    writer = Merchant.of(app, "orders:write", name="writer").signed_in()
    own = form(writer.opens("/"), "/sign-out").fields["csrf_token"]

    answer = writer.sends(found, csrf_token=own, how="amount", amount="9999999")

    assert answer.status_code == 422
    assert "Refund too large" in words(answer)
    assert "ada@example.com" not in answer.text


def test_a_disputed_payment_is_said_to_be_so(
    merchant: Merchant, shopper: Shopper, double: StripeDouble
) -> None:
    shopper.places_order()
    shopper.pays("pm_card_createDispute")
    shopper.comes_back()
    shopper.hears_webhooks()
    number = number_of(shopper)

    page = merchant.opens(f"/orders/{number}")

    assert "The bank holds this money until a dispute is decided." in words(page)
    assert not [each for each in forms(page) if each.action.endswith("/refund")]
    assert f"/admin/orders/{number}" in merchant.opens("/").text
    assert "Disputed payments 1" in words(merchant.opens("/"))


def test_there_is_no_page_of_an_order_that_is_none(merchant: Merchant) -> None:
    answer = merchant.opens("/orders/NONE")

    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert "There is no order 'NONE'." in words(answer)


def test_what_a_shopper_wrote_is_text_and_no_markup(app: Flask, merchant: Merchant, shopper: Shopper) -> None:
    shopper.prepares()
    address = {**shopper.looks_at_checkout()["shipping_address"], "name": "<b>Ada</b> {{ 7*7 }}"}
    shopper.changes(shipping_address=address)
    shopper.completes()

    page = merchant.opens(f"/orders/{number_of(shopper)}")

    assert "&lt;b&gt;Ada&lt;/b&gt; {{ 7*7 }}" in page.text


def test_the_overview_says_when_nothing_waits_and_checks_the_books(merchant: Merchant) -> None:
    clock.advance(timedelta(minutes=1))
    assert "Check all of them now" in words(merchant.opens("/"))

    said = words(merchant.opens("/books"))

    assert "Stock, orders and money agree." in said
    assert "Kept: Nothing is held that is not on hand." in said
