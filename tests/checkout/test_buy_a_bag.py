"""The main job: a cart, a checkout, a payment, an order that is paid."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.inventory.models import Hold, Stock
from shop.orders.models import OrderEvent
from shop.payments.models import Payment
from tests.shopper import BAG, PIECES, PRICE, Shopper, total


def test_a_bag_is_bought(shopper: Shopper) -> None:
    shopper.opens_cart("US")
    assert shopper.puts(BAG, 1).status_code == 200
    assert shopper.opens_checkout()["status"] == "open"
    assert shopper.fills_in()["status"] == "ready"

    placed = shopper.completes()
    assert placed.status_code == 201
    assert shopper.pays().status_code == 303
    shopper.hears_webhooks()

    order = shopper.order()
    assert order["status"] == "paid"
    assert order["payment"]["status"] == "paid"
    assert total(order) == PRICE
    assert [line["sku"] for line in order["lines"]] == [BAG]


def test_the_order_exists_and_stock_is_held_before_stripe_is_paid(shopper: Shopper, session: Session) -> None:
    shopper.places_order()

    assert shopper.order()["status"] == "pending_payment"
    assert shopper.sees_available() == PIECES - 1
    (hold,) = session.scalars(select(Hold))
    payment = session.scalars(select(Payment)).one()
    assert hold.status == "active"
    assert hold.ends_at > payment.ends_at


def test_a_sold_piece_leaves_the_stock_for_good(shopper: Shopper, session: Session) -> None:
    before = session.execute(select(Stock.on_hand, Stock.held)).all()

    shopper.places_order(quantity=2)
    shopper.pays()
    shopper.hears_webhooks()

    after = session.execute(select(Stock.on_hand, Stock.held)).all()
    assert sum(row.on_hand for row in before) - sum(row.on_hand for row in after) == 2
    assert sum(row.held for row in after) == 0
    assert shopper.sees_available() == PIECES - 2


def test_the_return_page_settles_when_no_webhook_came(shopper: Shopper) -> None:
    shopper.places_order()
    shopper.pays()

    page = shopper.comes_back()

    assert page.status_code == 200
    assert "is paid" in page.text
    assert shopper.order()["status"] == "paid"


def test_page_and_webhook_together_pay_once(shopper: Shopper, session: Session) -> None:
    shopper.places_order()
    shopper.pays()

    shopper.comes_back()
    shopper.hears_webhooks()
    shopper.comes_back()

    kinds = list(session.scalars(select(OrderEvent.kind).order_by(OrderEvent.id)))
    assert kinds.count("paid") == 1
    assert kinds == ["placed", "payment_opened", "paid"]


def test_a_declined_card_leaves_the_order_payable(shopper: Shopper) -> None:
    shopper.places_order()

    declined = shopper.pays("pm_card_chargeDeclined")
    shopper.hears_webhooks()

    assert declined.status_code == 402
    assert shopper.order()["status"] == "pending_payment"
    assert shopper.sees_available() == PIECES - 1

    shopper.pays("pm_card_visa")
    shopper.hears_webhooks()

    assert shopper.order()["status"] == "paid"


def test_three_d_secure_asks_first_and_then_pays(shopper: Shopper) -> None:
    shopper.places_order()

    asked = shopper.pays("pm_card_authenticationRequired")
    shopper.hears_webhooks()

    assert asked.status_code == 303
    assert asked.headers["Location"].endswith("/authenticate")
    assert shopper.order()["status"] == "pending_payment"

    shopper.authenticates("succeed")
    shopper.hears_webhooks()

    assert shopper.order()["status"] == "paid"


def test_a_failed_authentication_may_be_tried_again(shopper: Shopper) -> None:
    shopper.places_order()
    shopper.pays("pm_card_authenticationRequired")

    shopper.authenticates("fail")
    shopper.hears_webhooks()

    assert shopper.order()["status"] == "pending_payment"

    shopper.pays("pm_card_visa")
    shopper.hears_webhooks()

    assert shopper.order()["status"] == "paid"


def test_elements_gives_a_client_secret_and_no_page(shopper: Shopper) -> None:
    shopper.prepares()

    placed = shopper.completes(ui="elements").json

    assert placed["payment"]["client_secret"]
    assert placed["payment"]["url"] is None


def test_a_bag_is_bought_in_yen_with_the_tax_inside(shopper: Shopper) -> None:
    shopper.places_order(market="JP")
    shopper.pays()
    shopper.hears_webhooks()

    order = shopper.order()
    assert order["status"] == "paid"
    assert order["currency"] == "JPY"
    assert total(order) == 428_000
    assert total(order, "tax") == 38_909  # 428,000 less 428,000 / 1.1, half up


def test_express_shipping_is_charged(shopper: Shopper) -> None:
    shopper.prepares()
    shopper.changes(shipping_option="express")

    shopper.completes()
    shopper.pays()
    shopper.hears_webhooks()

    order = shopper.order()
    assert total(order, "shipping") == 3_500
    assert total(order) == PRICE + 3_500
    assert order["payment"]["amount"] == {"amount": PRICE + 3_500, "currency": "USD"}


def test_a_sale_price_is_what_is_charged(shopper: Shopper) -> None:
    on_sale = _the_bag_on_sale(shopper)
    shopper.opens_cart("HK")
    assert shopper.puts(on_sale["sku"]).status_code == 200

    cart = shopper.looks_at_cart()

    assert total(cart, "items") == on_sale["list_price"]["amount"]
    assert total(cart) == on_sale["price"]["amount"]
    assert total(cart, "items") - total(cart, "sale_discount") == total(cart)


def _the_bag_on_sale(shopper: Shopper) -> dict[str, object]:
    product = shopper.client.get("/v1/products/le-cagole-shoulder-bag-xs?market=HK").json
    (found,) = [each for each in product["variants"] if each["price"] and each["price"] != each["list_price"]]
    return dict(found)
