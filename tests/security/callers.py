"""Six callers of the shop, and how each route is called so that its owner would be answered."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from shop.admin import keys
from shop.payments.double import StripeDouble
from tests.shopper import BAG, Shopper

#: In the order in which they call: whoever may change what is addressed comes last.
CALLERS = ("anonymous", "guest B", "order token", "admin read", "admin write", "guest A")

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

#: What stands in an address that does not depend on who asks, by the beginning of its rule.
_SLUGS = {
    "/v1/families": "le-city",
    "/v1/products": "le-city-bag-medium",
    "/v1/campaigns": "closet-2024",
    "/v1/markets": "US",
    "/v1/admin/products": "le-city-bag-medium",
    "/v1/admin/campaigns": "closet-2024",
    "/problems": "out-of-stock",
    "/<locale:locale>/families": "le-city",
    "/<locale:locale>/bags": "le-city-bag-medium",
    "/<locale:locale>/campaigns": "closet-2024",
}

#: Bodies that are right, by endpoint; any other write is sent an empty document.
_BODIES: dict[str, Any] = {
    "carts.open_cart": {"market": "US"},
    "carts.set_line": {"quantity": 1},
}


def routes(app: Flask) -> list[tuple[str, Rule]]:
    """Return every method and rule of an application, sorted."""
    found = [
        (method, rule)
        for rule in app.url_map.iter_rules()
        for method in METHODS
        if method in (rule.methods or ())
    ]
    return sorted(found, key=lambda each: (each[1].rule, each[0]))


@dataclass
class World:
    """What guest A has, and everybody's credential."""

    app: Flask
    guest: Shopper
    placed: Shopper
    tokens: dict[str, str | None]

    @classmethod
    def of(cls, app: Flask, double: StripeDouble) -> World:
        """Open carts and place an order."""

        def shopper() -> Shopper:
            return Shopper(app.test_client(), double)

        guest = shopper().prepares()
        placed = shopper().places_order()
        with app.app_context():
            read = keys.create("reader", [scope for scope in keys.SCOPES if scope.endswith(":read")], days=1)
            write = keys.create("writer", [s for s in keys.SCOPES if not s.endswith(":read")], days=1)
        tokens = {
            "anonymous": None,
            "guest A": guest.cart["token"],
            "guest B": shopper().opens_cart().cart["token"],
            "order token": placed.placed["order"]["token"],
            "admin read": read,
            "admin write": write,
        }
        return cls(app, guest, placed, tokens)

    def renews_guest(self) -> None:
        """Give guest A a new checkout, because the one before was used up."""
        self.guest.prepares()
        self.tokens["guest A"] = self.guest.cart["token"]

    def headers(self, caller: str) -> dict[str, str]:
        """Return what a caller sends beside its request."""
        token = self.tokens[caller]
        held = {"Authorization": f"Bearer {token}"} if token else {}
        return {**held, "Idempotency-Key": str(uuid4())}

    def address(self, rule: Rule) -> str:
        """Return the address of what guest A has; of its order, where an order is asked for."""
        slug = next((slug for start, slug in _SLUGS.items() if rule.rule.startswith(start)), None)
        values: dict[str, Any] = {
            "cart_id": self.guest.cart["id"],
            "checkout_id": self.guest.checkout["id"],
            "number": self.placed.placed["order"]["number"],
            "sku": BAG,
            "job_id": UUID(int=0),
            "kind": "products",
            "part": 1,
            "width": 320,
            "path": "swagger-ui.css",
            "locale": "en-us",
            "name": "shop.css",
        }
        if "slug" in rule.arguments:
            values["slug"] = slug or self._first(rule, "slug")
        if "source_id" in rule.arguments:
            values["source_id"] = self._first(rule, "id")
        for name in rule.arguments - values.keys():
            values[name] = "unheard-of"
        with self.app.test_request_context():
            built = rule.build({name: values[name] for name in rule.arguments})
        assert built is not None
        return built[1] + ("?q=city" if rule.rule == "/v1/suggest" else "")

    def body(self, rule: Rule, method: str) -> Any:
        """Return a right body of a write, None of a read."""
        if method in ("GET", "DELETE") or rule.endpoint.endswith(
            ("void_order", "cancel_order", "cancel_checkout")
        ):
            return None
        if rule.endpoint == "checkouts.open_checkout":
            return {"cart_id": self.guest.cart["id"]}
        return _BODIES.get(rule.endpoint, {})

    def call(self, caller: str, method: str, rule: Rule, **changes: Any) -> TestResponse:
        """Call a route as one of the six."""
        body = self.body(rule, method)
        sent: dict[str, Any] = {"headers": self.headers(caller), "buffered": True}
        if body is not None:
            sent |= {"data": json.dumps(body), "content_type": "application/json"}
        return self.app.test_client().open(self.address(rule), method=method, **{**sent, **changes})

    def _first(self, rule: Rule, name: str) -> str:
        """Return the slug or id of the first entry of the list above an address."""
        listed = self.app.test_client().get(rule.rule.rsplit("/", 1)[0] + "?limit=1")
        found = (listed.json or {}).get("items") if listed.status_code == 200 else None
        return str(found[0][name]) if found else "unheard-of"
