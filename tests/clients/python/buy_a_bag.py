"""Buy a bag with the generated client: ``python buy_a_bag.py http://127.0.0.1:8000``.

Prints where to pay and waits for a line; then prints the order once it is paid.
"""

from __future__ import annotations

import sys
import time
from uuid import uuid4

from closet_client import AuthenticatedClient, Client
from closet_client.api.carts import open_cart, set_line
from closet_client.api.checkouts import change_checkout, complete_checkout, open_checkout
from closet_client.api.orders import get_order
from closet_client.api.products import list_products
from closet_client.api.variants import get_variant
from closet_client.models import (
    AddressInput,
    CartView,
    CheckoutChanges,
    CheckoutView,
    CompletedView,
    CompletionInput,
    LineQuantity,
    NewCart,
    NewCartView,
    NewCheckout,
    OfferView,
    OrderView,
    OrderViewStatus,
    ProblemView,
    ProductListView,
)

SKU = "8230582AA9S1000"


def buy(base_url: str) -> None:
    """Find the bag, fill a cart, check out, wait for the payment."""
    anybody = Client(base_url=base_url)
    found = list_products.sync(client=anybody, q="city", material=["arena"], market="US")
    assert isinstance(found, ProductListView), found
    assert found.items
    offer = get_variant.sync(SKU, client=anybody, market="US")
    assert isinstance(offer, OfferView), offer
    assert offer.unavailable_because is None

    cart = open_cart.sync(client=anybody, body=NewCart(market="US"), idempotency_key=str(uuid4()))
    assert isinstance(cart, NewCartView), cart
    shopper = AuthenticatedClient(base_url=base_url, token=cart.token)
    too_many = set_line.sync(cart.id, SKU, client=shopper, body=LineQuantity(quantity=500))
    assert isinstance(too_many, ProblemView), too_many
    assert too_many.code == "quantity_over_limit"
    filled = set_line.sync(cart.id, SKU, client=shopper, body=LineQuantity(quantity=1))
    assert isinstance(filled, CartView), filled
    assert filled.lines[0].quantity == 1

    checkout = open_checkout.sync(client=shopper, body=NewCheckout(cart_id=cart.id))
    assert isinstance(checkout, CheckoutView), checkout
    address = AddressInput(
        name="Ada Lovelace",
        line1="1 Prince Street",
        city="New York",
        region="NY",
        postal_code="10012",
        country="US",
    )
    changes = CheckoutChanges(email="ada@example.com", shipping_address=address, shipping_option="standard")
    ready = change_checkout.sync(checkout.id, client=shopper, body=changes)
    assert isinstance(ready, CheckoutView), ready
    assert ready.status == "ready", ready.messages

    completed = complete_checkout.sync(
        checkout.id, client=shopper, body=CompletionInput(), idempotency_key=str(uuid4())
    )
    assert isinstance(completed, CompletedView), completed
    print(completed.payment.url, flush=True)  # noqa: T201
    input()
    buyer = AuthenticatedClient(base_url=base_url, token=completed.order.token)
    print(paid(buyer, completed.order.number))  # noqa: T201


def paid(buyer: AuthenticatedClient, number: str) -> str:
    """Wait until an order is paid; return its number and status."""
    for _ in range(200):
        order = get_order.sync(number, client=buyer)
        assert isinstance(order, OrderView), order
        if order.status is OrderViewStatus.PAID:
            return f"{order.number} {order.status}"
        time.sleep(0.1)
    raise TimeoutError(f"{number} is not paid")


if __name__ == "__main__":
    buy(sys.argv[1])
