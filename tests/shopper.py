"""A shopper: the storefront API as a person would use it, one method a step."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient
from werkzeug.test import Client, TestResponse

from shop.payments.double import StripeDouble

#: Le City Medium, Arena, black: USD 2,850.00, eight in stock.
BAG = "8230582AA9S1000"
PRICE = 285_000
PIECES = 8
#: Another bag, three in stock; its stock is locked after that of the first.
OTHER = "8230582AB6A1000"

NEW_YORK = {
    "name": "Ada Lovelace",
    "line1": "1 Prince Street",
    "city": "New York",
    "region": "NY",
    "postal_code": "10012",
    "country": "US",
}
PARIS = {
    "name": "Inès Dupont",
    "line1": "10 rue de Sèvres",
    "city": "Paris",
    "postal_code": "75007",
    "country": "FR",
}
TOKYO = {
    "name": "Yuki Sato",
    "line1": "5-2-1 Jingumae",
    "city": "Shibuya-ku",
    "region": "Tokyo",
    "postal_code": "150-0001",
    "country": "JP",
}
ADDRESSES = {"US": NEW_YORK, "FR": PARIS, "JP": TOKYO}


def total(document: dict[str, Any], kind: str = "total") -> int:
    """Return the amount of a kind in a document's totals."""
    (amount,) = [entry["amount"] for entry in document["totals"] if entry["kind"] == kind]
    return int(amount)


def codes(document: dict[str, Any]) -> set[str]:
    """Return the codes of a document's messages."""
    return {message["code"] for message in document["messages"]}


@dataclass
class Shopper:
    """Carries the ids and tokens of one purchase from step to step."""

    client: FlaskClient
    double: StripeDouble
    cart: dict[str, Any] = field(default_factory=dict)
    checkout: dict[str, Any] = field(default_factory=dict)
    placed: dict[str, Any] = field(default_factory=dict)

    @property
    def headers(self) -> dict[str, str]:
        """The cart's credential."""
        return {"Authorization": f"Bearer {self.cart['token']}"}

    def opens_cart(self, market: str = "US") -> Shopper:
        """Open a cart."""
        answer = self.client.post("/v1/carts", json={"market": market})
        assert answer.status_code == 201, answer.text
        self.cart = answer.json or {}
        return self

    def puts(self, sku: str = BAG, quantity: object = 1) -> TestResponse:
        """Set a line of the cart."""
        path = f"/v1/carts/{self.cart['id']}/lines/{sku}"
        body = json.dumps({"quantity": quantity})
        return self.client.put(path, data=body, content_type="application/json", headers=self.headers)

    def looks_at_cart(self) -> dict[str, Any]:
        """Read the cart."""
        answer = self.client.get(f"/v1/carts/{self.cart['id']}", headers=self.headers)
        assert answer.status_code == 200, answer.text
        return dict(answer.json or {})

    def opens_checkout(self) -> dict[str, Any]:
        """Open the cart's checkout."""
        answer = self.client.post("/v1/checkouts", json={"cart_id": self.cart["id"]}, headers=self.headers)
        assert answer.status_code in (200, 201), answer.text
        self.checkout = answer.json or {}
        return self.checkout

    def looks_at_checkout(self) -> dict[str, Any]:
        """Read the checkout."""
        answer = self.client.get(f"/v1/checkouts/{self.checkout['id']}", headers=self.headers)
        assert answer.status_code == 200, answer.text
        return dict(answer.json or {})

    def cancels(self) -> TestResponse:
        """Give the checkout up."""
        return self.client.post(f"/v1/checkouts/{self.checkout['id']}/cancel", headers=self.headers)

    def changes(self, **changes: Any) -> TestResponse:
        """Fill in the checkout."""
        path = f"/v1/checkouts/{self.checkout['id']}"
        return self.client.patch(path, json=changes, headers=self.headers)

    def fills_in(self, shipping_option: str = "standard") -> dict[str, Any]:
        """Give everything that the checkout asks for."""
        answer = self.changes(
            email="ada@example.com",
            shipping_address=ADDRESSES[self.cart["market"]],
            shipping_option=shipping_option,
        )
        assert answer.status_code == 200, answer.text
        return dict(answer.json or {})

    def completes(self, key: str | None = None, **body: Any) -> TestResponse:
        """Complete the checkout under a key."""
        path = f"/v1/checkouts/{self.checkout['id']}/complete"
        headers = {**self.headers, "Idempotency-Key": key or str(uuid4())}
        answer = self.client.post(path, json=body, headers=headers)
        if answer.status_code == 201:
            self.placed = answer.json or {}
        return answer

    def prepares(self, sku: str = BAG, quantity: int = 1, *, market: str = "US") -> Shopper:
        """Go as far as a checkout that is ready to be paid."""
        self.opens_cart(market)
        answer = self.puts(sku, quantity)
        assert answer.status_code == 200, answer.text
        self.opens_checkout()
        self.fills_in()
        return self

    def places_order(self, sku: str = BAG, quantity: int = 1, *, market: str = "US") -> Shopper:
        """Go as far as an order that waits for its payment."""
        answer = self.prepares(sku, quantity, market=market).completes()
        assert answer.status_code == 201, answer.text
        return self

    @property
    def session_id(self) -> str:
        """Stripe's id of the payment, the end of its address."""
        return str(self.placed["payment"]["url"].rsplit("/", 1)[1])

    def at_stripe(self) -> Client:
        """Return who calls Stripe's pages."""
        return Client(self.double)

    def pays(self, card: str = "pm_card_visa") -> TestResponse:
        """Press a button of Stripe's page."""
        return self.at_stripe().post(f"/pay/{self.session_id}", data={"payment_method": card})

    def authenticates(self, outcome: str) -> TestResponse:
        """Answer the bank's question: ``succeed`` or ``fail``."""
        return self.at_stripe().post(f"/pay/{self.session_id}/authenticate", data={"outcome": outcome})

    def comes_back(self) -> TestResponse:
        """Land on the page that Stripe sends shoppers back to."""
        return self.client.get(f"/checkout/return?session_id={self.session_id}")

    def hears_webhooks(self) -> list[int]:
        """Let the stand-in deliver what it has to tell; return the shop's answers."""
        answers: list[int] = []

        def send(_url: str, body: bytes, headers: Any) -> int:
            answer = self.client.post("/webhooks/stripe", data=body, headers=dict(headers), buffered=True)
            answers.append(answer.status_code)
            return answers[-1]

        self.double.webhooks.sender = send
        self.double.deliver_webhooks()
        return answers

    def order(self) -> dict[str, Any]:
        """Read the order."""
        number, token = self.placed["order"]["number"], self.placed["order"]["token"]
        answer = self.client.get(f"/v1/orders/{number}", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200, answer.text
        return dict(answer.json or {})

    def sees_available(self, sku: str = BAG) -> int:
        """Read how many pieces of a bag can be bought now."""
        return int((self.client.get(f"/v1/variants/{sku}").json or {})["available"])
