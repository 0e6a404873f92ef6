"""The bag: what goes in, what is refused beside its line, and whose forms are taken."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from shop.cart.models import Cart, CartLine
from shop.inventory.models import Stock
from shop.kit.db import transaction
from shop.payments.double import StripeDouble
from shop.pricing.models import Price
from tests.shopper import BAG, OTHER, PIECES
from tests.storefront.visitor import Visitor


@pytest.fixture
def visitor(app: Flask, double: StripeDouble) -> Visitor:
    return Visitor.of(app, double)


def test_an_empty_bag_says_so_and_opens_no_cart(visitor: Visitor, session: Session) -> None:
    visitor.goes("/bag")

    assert "Nothing is in it yet." in visitor.text
    assert session.scalar(select(func.count()).select_from(Cart)) == 0


def test_a_bag_holds_what_was_put_in_at_the_markets_price(visitor: Visitor) -> None:
    visitor.puts(BAG, 2).puts(OTHER)

    assert visitor.status == 200
    assert "Le City Bag Medium" in visitor.text
    assert "$5,700.00" in visitor.text
    assert "$8,990.00" in visitor.text


def test_the_same_bag_put_in_twice_is_one_and_none_is_taken_away(visitor: Visitor, session: Session) -> None:
    visitor.puts().puts()
    assert session.scalars(select(CartLine.quantity)).all() == [1]

    visitor.puts(quantity=3).puts()
    assert session.scalars(select(CartLine.quantity)).all() == [3]


def test_pieces_are_changed_and_taken_out(visitor: Visitor, session: Session) -> None:
    visitor.puts().puts(OTHER)

    visitor.presses(f"/bag/lines/{BAG}", quantity="3")
    assert "$8,550.00" in visitor.text
    visitor.presses(f"/bag/lines/{BAG}", quantity="0").presses(f"/bag/lines/{OTHER}/removal")

    assert "Nothing is in it yet." in visitor.text
    assert session.scalars(select(CartLine)).all() == []


@pytest.mark.parametrize(
    ("quantity", "status", "text"),
    [
        (str(PIECES + 1), 409, f"Only {PIECES} pieces are left."),
        ("11", 422, "One order takes 10 pieces of a bag at most."),
        ("two", 422, "Enter a whole number."),
        ("-1", 422, "Enter a whole number."),
        ("1.5", 422, "Enter a whole number."),
        ("٣", 422, "Enter a whole number."),
    ],
)
def test_a_quantity_that_cannot_be_is_refused_beside_its_line(
    visitor: Visitor, session: Session, quantity: str, status: int, text: str
) -> None:
    visitor.puts(quantity=2)

    visitor.presses(f"/bag/lines/{BAG}", quantity=quantity)

    assert visitor.status == status
    assert f'id="error-{BAG}"' in visitor.text
    assert visitor.form(f"/bag/lines/{BAG}").fields["quantity"] == quantity
    assert text in visitor.text
    assert session.scalars(select(CartLine.quantity)).all() == [2]


@pytest.mark.parametrize(
    ("sku", "status", "text"),
    [("NOTHING", 404, "There is no such bag."), ("", 404, "There is no such bag.")],
)
def test_what_cannot_be_put_in_is_said_on_the_bags_page(
    visitor: Visitor, sku: str, status: int, text: str
) -> None:
    visitor.puts(sku)

    assert (visitor.status, visitor.page and visitor.page.mimetype) == (status, "text/html")
    assert text in visitor.text


def test_a_bag_sold_out_meanwhile_stands_in_the_way_and_can_be_taken_out(
    visitor: Visitor, app: Flask
) -> None:
    visitor.puts().puts(OTHER)
    with app.app_context(), transaction() as writing:
        writing.execute(update(Stock).values(on_hand=0).where(Stock.on_hand == PIECES))

    visitor.goes("/bag")

    assert "Sold out. Remove it to go on." in visitor.text
    assert "/checkout/opening" not in visitor.text
    visitor.presses(f"/bag/lines/{BAG}/removal")
    assert "Sold out" not in visitor.text
    assert visitor.form("/checkout/opening")


def test_a_price_that_changed_meanwhile_is_told(visitor: Visitor, app: Flask) -> None:
    visitor.puts()
    with app.app_context(), transaction() as writing:
        writing.execute(update(Price).where(Price.currency == "USD").values(amount_minor=300_000))

    visitor.goes("/bag")

    assert "The price of a piece changed from $2,850.00 to $3,000.00." in visitor.text


def test_each_market_has_a_bag_of_its_own_and_each_language_the_same(
    visitor: Visitor, app: Flask, double: StripeDouble
) -> None:
    visitor.puts()
    french = Visitor(visitor.client, double, "fr-us").goes("/bag")
    assert "Votre panier" in french.text
    assert "2,850.00" in french.text

    paris = Visitor(visitor.client, double, "fr-fr").goes("/bag")
    assert "Il est encore vide." in paris.text
    paris.puts()
    assert "2.150,00" in paris.text or "€" in paris.text
    assert "$2,850.00" in visitor.goes("/bag").text


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_another_sites_button_puts_nothing_in(visitor: Visitor, session: Session, site: str) -> None:
    visitor.puts(**{"Sec-Fetch-Site": site})

    assert (visitor.status, visitor.page and visitor.page.mimetype) == (403, "text/html")
    assert "The form did not come from a page of this shop." in visitor.text
    assert session.scalar(select(func.count()).select_from(Cart)) == 0


def test_a_form_without_the_pages_token_changes_nothing(visitor: Visitor, session: Session) -> None:
    visitor.puts(quantity=2)

    for path in (f"/bag/lines/{BAG}", f"/bag/lines/{BAG}/removal"):
        visitor.posts(path, {"quantity": "1"})
        assert visitor.status == 403

    assert session.scalars(select(CartLine.quantity)).all() == [2]


def test_no_page_shows_a_secret(visitor: Visitor) -> None:
    visitor.puts()
    cookie = visitor.client.get_cookie("__Host-visit", "shop.example")
    assert cookie
    with visitor.client.session_transaction("/en-us/bag", base_url="https://shop.example") as kept:
        (token,) = [pair[1] for pair in kept["kept"]["cart"].values()]

    assert token not in visitor.text
    assert cookie.http_only
