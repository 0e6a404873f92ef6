"""A buyer as the load generator plays one: from an empty cart to an order that waits for its payment."""

from __future__ import annotations

import random
from collections.abc import Sequence
from uuid import uuid4

from tests.bench.load import Client, asking
from tests.shopper import NEW_YORK


def buyer(skus: Sequence[str], seed: int) -> Client:
    """Buy one bag after the other, a new cart each time; whoever is refused begins anew."""
    chance = random.Random(seed)
    while True:
        opened = yield asking("POST", "/v1/carts", label="open cart", body={"market": "US"})
        if opened.status != 201:
            continue
        cart = opened.json()
        proof = {"Authorization": f"Bearer {cart['token']}"}
        line = f"/v1/carts/{cart['id']}/lines/{chance.choice(skus)}"
        added = yield asking("PUT", line, label="add to cart", body={"quantity": 1}, headers=proof)
        checkout = yield asking(
            "POST", "/v1/checkouts", label="open checkout", body={"cart_id": cart["id"]}, headers=proof
        )
        if added.status != 200 or checkout.status != 201:
            continue
        path = f"/v1/checkouts/{checkout.json()['id']}"
        known = {"email": "ada@example.com", "shipping_address": NEW_YORK, "shipping_option": "standard"}
        yield asking("PATCH", path, label="fill in", body=known, headers=proof)
        key = {**proof, "Idempotency-Key": str(uuid4())}
        yield asking("POST", f"{path}/complete", label="complete", body={}, headers=key)
