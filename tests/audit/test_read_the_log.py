"""``GET /v1/admin/audit``: newest first, page by page, for keys that may."""

from __future__ import annotations

import pytest
from flask import Flask

from shop.audit.redaction import REDACTED, redacted
from shop.inventory import deliveries
from tests.owner import Owner
from tests.shopper import BAG, OTHER


@pytest.fixture
def owner(app: Flask) -> Owner:
    """Reads the log of a shop that heard of three deliveries of one bag, and of one of another."""
    with app.app_context():
        for sku in (BAG, OTHER, BAG, BAG):
            deliveries.receive(sku, 1, location="milan-01", reason="note", actor="key:grace")
    return Owner.of(app, "audit:read")


def test_one_thing_is_followed_page_by_page(owner: Owner) -> None:
    query = f"/audit?object=variant:{BAG}&limit=2"
    first = owner.gets(query).json
    second = owner.gets(f"{query}&cursor={first['next']}").json

    numbers = [entry["number"] for page in (first, second) for entry in page["items"]]
    assert numbers == sorted(numbers, reverse=True)
    assert len(numbers) == 3
    assert second["next"] is None
    newest = first["items"][0]
    assert newest["after"]["on_hand"] == newest["before"]["on_hand"] + 1
    assert first["items"][1]["after"]["on_hand"] == newest["before"]["on_hand"]


def test_it_is_asked_for_by_actor_and_by_action(owner: Owner) -> None:
    assert len(owner.gets("/audit?actor=key:grace").json["items"]) == 4
    assert [each["object"] for each in owner.gets("/audit?action=key.create").json["items"]] == ["key:ada"]
    assert owner.gets("/audit?object=variant:NONE").json["items"] == []
    other = owner.gets("/audit?actor=key:grace&limit=1").json["next"]
    assert owner.gets(f"/audit?cursor={other}").json["code"] == "bad_cursor"
    assert owner.gets("/audit?objekt=x").status_code == 422


def test_only_a_key_for_the_audit_opens_it(app: Flask) -> None:
    assert Owner(app.test_client(), "adm_unknown").gets("/audit").status_code == 401
    refused = Owner.of(app, "orders:write", "catalogue:read").gets("/audit")
    assert (refused.status_code, refused.json["scope"]) == (403, "audit:read")


def test_secrets_and_people_are_taken_out_of_any_document() -> None:
    key, hook, kept = "adm_" + "x" * 43, "whsec" + "_abcdef", "scrypt:32768:8:3$salt$0123"
    document = {
        "email": "jane@example.com",
        "shipping_address": {"name": "Jane", "line1": "1 High Street"},
        "client_secret": "pi_secret",
        "order_token": "abc",
        "password_hash": "another method$0123",
        "rows": [{"reason": f"for jane@example.com, by {key}, {hook}, {kept} and Bearer abc.def"}],
        "name": "Le City Bag",
        "phone": None,
        "on_hand": 3,
    }

    seen = redacted(document)

    assert seen["name"] == "Le City Bag"
    assert seen["on_hand"] == 3
    assert seen["phone"] is None
    assert (
        seen["rows"][0]["reason"] == f"for {REDACTED}, by {REDACTED}, {REDACTED}, {REDACTED} and {REDACTED}"
    )
    for secret in ("jane", "Jane", "High Street", "pi_secret", "abc", key, hook, "salt", "0123"):
        assert secret not in str(seen)
