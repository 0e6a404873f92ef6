"""From the bag to an order that is paid, with everything that may come between."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from shop.checkout.models import Checkout
from shop.cli import cli
from shop.kit.clock import clock
from shop.kit.db import transaction
from shop.orders.models import Order
from shop.payments.double import Fault, StripeDouble
from shop.pricing.models import Market, Price
from tests.shopper import BAG, PIECES, Shopper
from tests.storefront.visitor import Visitor

ASKED = "/v1/checkout/sessions"


@pytest.fixture
def visitor(app: Flask, double: StripeDouble) -> Visitor:
    return Visitor.of(app, double)


def orders(session: Session) -> list[str]:
    return list(session.scalars(select(Order.status)))


def test_a_bag_is_bought_and_the_next_one_begins_empty(visitor: Visitor, session: Session) -> None:
    visitor.puts().checks_out().presses("/checkout/payment").pays()

    assert visitor.status == 200
    assert "Thank you." in visitor.text
    assert "1 Prince Street" in visitor.text
    assert orders(session) == ["paid"]
    assert "Nothing is in it yet." in visitor.goes("/bag").text


def test_in_french_everything_is_french_and_euros(app: Flask, double: StripeDouble) -> None:
    visitor = Visitor.of(app, double, "fr-fr").puts().checks_out()
    assert "Tout est-il juste ?" in visitor.text
    assert "75007 Paris" in visitor.text
    assert "Dont TVA de 20 %" in visitor.text.replace("\N{NARROW NO-BREAK SPACE}", " ").replace("\xa0", " ")

    visitor.presses("/checkout/payment").pays()

    assert "Merci." in visitor.text


def test_a_decline_is_tried_again_on_the_same_payment(visitor: Visitor, session: Session) -> None:
    visitor.puts().checks_out().presses("/checkout/payment")
    at = visitor.at

    visitor.pays("pm_card_chargeDeclined")
    assert visitor.status == 402
    visitor.page = None
    visitor.goes("/bag").presses("/checkout/payment")

    assert visitor.at == at
    assert "Thank you." in visitor.pays().text
    assert orders(session) == ["paid"]


def test_whoever_turns_back_finds_the_bag_held_and_may_pay_or_give_it_up(
    visitor: Visitor, session: Session, double: StripeDouble, app: Flask
) -> None:
    visitor.puts().checks_out().presses("/checkout/payment").leaves()
    assert "Held for you." in visitor.text
    assert Shopper(app.test_client(), double).sees_available() == PIECES - 1
    assert "Your bag is held for you" in visitor.goes("/bag").text
    assert "Your bag is held for you" in visitor.goes("/checkout").text

    visitor.presses("/checkout/cancellation")

    assert visitor.form("/checkout/opening")
    assert orders(session) == ["canceled"]
    visitor.checks_out().presses("/checkout/payment").pays()
    assert "Thank you." in visitor.text
    assert sorted(orders(session)) == ["canceled", "paid"]


def test_pay_pressed_again_from_an_old_page_is_the_same_order(visitor: Visitor, session: Session) -> None:
    visitor.puts().checks_out()
    form = visitor.form("/checkout/payment")

    first = visitor.posts(form.action, form.fields).at
    again = visitor.posts(form.action, form.fields).at
    assert first == again

    visitor.pays()
    visitor.posts(form.action, form.fields)
    assert "Thank you." in visitor.text
    assert orders(session) == ["paid"]


def test_an_old_page_never_orders_the_next_bag(visitor: Visitor, session: Session) -> None:
    visitor.puts().checks_out()
    form = visitor.form("/checkout/payment")
    visitor.posts(form.action, form.fields).pays()
    visitor.puts(quantity=2).checks_out()

    visitor.posts(form.action, form.fields)

    assert "Thank you." in visitor.text  # for the first: its page was the old one's
    assert orders(session) == ["paid"]


def test_an_order_whose_answer_was_lost_is_found_by_pressing_pay(visitor: Visitor, session: Session) -> None:
    visitor.puts().checks_out()
    before = visitor.client.get_cookie("__Host-visit", "shop.example")
    assert before
    visitor.presses("/checkout/payment")
    at = visitor.at
    # Its answer never came.
    visitor.client.set_cookie(
        "__Host-visit", before.value, domain="shop.example", secure=True
    )  # its answer never came

    visitor.goes("/bag").presses("/checkout/payment")

    assert visitor.at == at
    assert "Thank you." in visitor.pays().text
    assert orders(session) == ["paid"]


def test_a_silent_payment_page_is_no_loss(visitor: Visitor, double: StripeDouble, session: Session) -> None:
    visitor.puts().checks_out()
    double.faults.add(Fault(kind="drop", path=ASKED, method="POST", times=None))

    visitor.presses("/checkout/payment")
    assert visitor.status == 503
    assert "The payment page does not answer." in visitor.text
    double.faults.clear()
    visitor.presses("/checkout/payment").pays()

    assert "Thank you." in visitor.text
    assert orders(session) == ["paid"]


def test_the_last_pieces_bought_by_someone_else_are_told_at_pay(
    visitor: Visitor, app: Flask, double: StripeDouble, session: Session
) -> None:
    visitor.puts().checks_out()
    Shopper(app.test_client(), double).places_order(BAG, PIECES)

    visitor.presses("/checkout/payment")

    assert visitor.status == 409
    assert "Someone else was faster: it is sold out." in visitor.text
    assert "Sold out. Remove it to go on." in visitor.goes("/bag").text
    assert orders(session) == ["pending_payment"]


def test_a_total_that_changed_is_shown_and_accepted_before_it_is_paid(
    visitor: Visitor, app: Flask, session: Session
) -> None:
    visitor.puts().checks_out()
    with app.app_context(), transaction() as writing:
        writing.execute(update(Price).where(Price.currency == "USD").values(amount_minor=300_000))

    visitor.presses("/checkout/payment")
    assert visitor.status == 409
    assert "The total changed from $2,850.00 to $3,000.00" in visitor.text
    assert orders(session) == []
    visitor.presses("/checkout/acceptance").presses("/checkout/payment").pays()

    assert "Thank you." in visitor.text
    assert session.scalars(select(Order.total_minor)).one() == 300_000


def test_what_was_typed_stays_and_every_fault_stands_beside_its_field(
    visitor: Visitor, session: Session
) -> None:
    visitor.puts().checks_out(email="ada", name="", city="", postal_code="99", line1="1 Prince Street")

    assert visitor.status == 422
    assert "4 things are to be mended" in visitor.text
    for name in ("email", "name", "city", "postal_code"):
        assert f'href="#{name}"' in visitor.text
        assert f'aria-describedby="error-{name}"' in visitor.text
    form = visitor.form("/checkout")
    assert (form.fields["email"], form.fields["line1"], form.fields["region"]) == (
        "ada",
        "1 Prince Street",
        "NY",
    )
    assert session.scalars(select(Checkout.email)).all() == [None]


def test_a_card_number_in_a_field_is_refused_and_not_kept(visitor: Visitor, session: Session) -> None:
    visitor.puts().checks_out(line2="4242 4242 4242 4242")

    assert visitor.status == 422
    assert "Do not enter a card number here." in visitor.text
    assert session.scalars(select(Checkout.shipping_address)).all() == [None]


@pytest.mark.parametrize("typed", [{"shipping_option": "drone"}, {"country": "FR"}, {"shipping_option": ""}])
def test_a_form_that_was_tampered_with_is_refused(visitor: Visitor, typed: dict[str, str]) -> None:
    visitor.puts().checks_out(**typed)

    assert visitor.status == 422
    assert visitor.form("/checkout")


def test_every_market_asks_for_an_address_of_its_own(
    app: Flask, double: StripeDouble, session: Session
) -> None:
    asked = {}
    for market in session.scalars(select(Market.code)):
        visitor = Visitor.of(app, double, f"fr-{market.lower()}").puts()
        if visitor.status == 200 and "/checkout/opening" in visitor.text:
            visitor.presses("/checkout/opening")
            assert visitor.status == 200, market
            asked[market] = set(visitor.form("/checkout").fields)

    assert {"US", "FR", "GB", "JP"} <= set(asked)
    assert "region" in asked["US"] & asked["JP"]
    assert "region" not in asked["FR"] | asked["GB"]


def test_an_order_is_shown_to_whoever_placed_it_and_to_nobody_else(
    visitor: Visitor, app: Flask, double: StripeDouble, session: Session
) -> None:
    visitor.puts().checks_out().presses("/checkout/payment").pays()
    number = session.scalars(select(Order.number)).one()
    state = visitor.client.get(f"/en-us/orders/{number}/state", base_url="https://shop.example")
    assert state.json == {"state": "paid/paid"}

    stranger = Visitor.of(app, double)
    for path in (f"/orders/{number}", f"/orders/{number}/state", "/orders"):
        assert stranger.goes(path).status == 404
        assert "Prince Street" not in stranger.text


def test_whoever_comes_back_in_another_browser_is_told_not_to_pay_again(
    visitor: Visitor, app: Flask, double: StripeDouble
) -> None:
    visitor.puts().checks_out().presses("/checkout/payment")
    other = Visitor.of(app, double)
    other.page = visitor.page

    other.pays()

    assert other.status == 200
    assert "do not pay again" in other.text
    for number in ("NO-ORDER", ""):  # what is none is told alike
        assert other.goes(f"/orders?order={number}").status == 200
        assert "do not pay again" in other.text


def test_a_bag_that_was_paid_by_somebody_who_never_came_back_is_not_there_again(
    visitor: Visitor, app: Flask, double: StripeDouble, session: Session
) -> None:
    visitor.puts().checks_out().presses("/checkout/payment")
    other = Visitor.of(app, double)
    other.page = visitor.page
    other.pays()
    number = session.scalars(select(Order.number)).one()

    visitor.goes("/bag")
    assert "Nothing is in it yet." in visitor.text
    assert f"/en-us/orders/{number}" in visitor.text
    visitor.puts()

    assert "$2,850.00" in visitor.text


def test_an_order_that_was_not_paid_in_time_ends_and_the_bag_is_there_again(
    visitor: Visitor, app: Flask, session: Session
) -> None:
    visitor.puts().checks_out().presses("/checkout/payment").leaves()
    clock.advance(timedelta(hours=2))
    assert app.test_cli_runner().invoke(cli, ["reconcile"]).exit_code == 0
    number = session.scalars(select(Order.number)).one()

    visitor.goes(f"/orders/{number}")
    assert "Nothing was charged." in visitor.text
    visitor.checks_out().presses("/checkout/payment").pays()

    assert "Thank you." in visitor.text
    assert sorted(orders(session)) == ["expired", "paid"]


def test_the_pay_page_alone_may_be_led_to_by_forms(visitor: Visitor) -> None:
    visitor.puts()
    assert visitor.page
    assert "form-action 'self';" in visitor.page.headers["Content-Security-Policy"]

    visitor.checks_out()

    assert visitor.page.headers["Content-Security-Policy"].count("form-action 'self' http") == 1


def test_nothing_is_ordered_by_a_form_without_the_pages_token(visitor: Visitor, session: Session) -> None:
    visitor.puts().checks_out()
    form = visitor.form("/checkout/payment")
    form.fields.pop("csrf_token")

    visitor.posts(form.action, form.fields)

    assert visitor.status == 403
    assert session.scalar(select(func.count()).select_from(Order)) == 0
