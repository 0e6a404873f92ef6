"""Products, variants, prices and campaigns written as entries of seed files, with their versions."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from shop.audit.models import AuditEntry
from shop.catalogue.models import CatalogueRevision, Product, Variant
from shop.seeding import service as seeding
from tests.audited import breaches
from tests.conftest import SEED
from tests.owner import Owner
from tests.shopper import BAG, PRICE, Shopper

PRODUCT = "/products/le-city-bag-medium"
VARIANT = f"/variants/{BAG}"


def changes(owner: Owner, method: str, path: str, *, etag: str | None = None, **body: Any) -> TestResponse:
    """Send a change of what was just read."""
    etag = etag or owner.gets(path).headers["ETag"]
    sent = {"json": body} if body else {}
    return owner.writes(method, path, headers={"If-Match": etag}, **sent)


def faults(answer: TestResponse) -> dict[str, str]:
    assert answer.status_code == 422, answer.text
    return {each["pointer"]: each["detail"] for each in answer.json["errors"]}


def test_what_is_read_and_put_back_changes_nothing(owner: Owner, session: Session) -> None:
    revision = select(CatalogueRevision.number)
    before = session.scalars(revision).one()
    entries = len(session.scalars(select(AuditEntry.number)).all())
    for path in (PRODUCT, VARIANT, "/campaigns/closet-2024", _accessory(owner)):
        read = owner.gets(path)
        assert read.status_code == 200, read.text

        again = owner.writes("PUT", path, json=read.json, headers={"If-Match": read.headers["ETag"]})

        assert (again.status_code, again.json) == (200, read.json)
        assert again.headers["ETag"] == read.headers["ETag"]
    assert session.scalars(revision).one() == before
    assert len(session.scalars(select(AuditEntry.number)).all()) == entries


def _accessory(owner: Owner) -> str:
    answer = owner.gets("/products?kind=accessory&retired=false&limit=1")
    assert answer.status_code == 200, answer.text
    found = answer.json["items"][0]
    return f"/products/{found['slug']}"


def test_a_change_is_seen_by_shoppers_and_written_down(
    owner: Owner, client: FlaskClient, session: Session
) -> None:
    before = client.get("/v1/products/le-city-bag-medium").json

    answer = changes(owner, "PATCH", PRODUCT, name="The City, medium", weight_g=700)

    assert answer.status_code == 200, answer.text
    after = client.get("/v1/products/le-city-bag-medium").json
    assert (before["name"] != after["name"], after["name"]) == (True, "The City, medium")
    assert client.get("/v1/products?q=the+city+medium").json["items"][0]["slug"] == "le-city-bag-medium"
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.number.desc())).first()
    assert entry is not None
    assert (entry.actor, entry.action, entry.object) == (
        "key:ada",
        "product.change",
        "product:le-city-bag-medium",
    )
    assert entry.after == {"name": "The City, medium", "weight_g": 700}


def test_a_stale_version_and_none_change_nothing(owner: Owner) -> None:
    for path, body in (
        (PRODUCT, {"weight_g": 1}),
        (VARIANT, {"label": "x"}),
        ("/campaigns/closet-2024", {"season": "x"}),
    ):
        old = owner.gets(path).headers["ETag"]
        assert changes(owner, "PATCH", path, **body).status_code == 200

        for method in ("PATCH", "PUT", "DELETE"):
            stale = changes(owner, method, path, etag=old, **body)
            bare = owner.writes(method, path, json=body)
            assert (stale.status_code, stale.json["code"]) == (412, "precondition_failed"), (method, path)
            assert (bare.status_code, bare.json["code"]) == (428, "precondition_required"), (method, path)
            assert stale.json["etag"] == owner.gets(path).headers["ETag"]


def test_a_repeat_under_its_key_is_answered_as_before(owner: Owner) -> None:
    etag, key = owner.gets(PRODUCT).headers["ETag"], str(uuid4())
    sent = {"key": key, "json": {"weight_g": 712}, "headers": {"If-Match": etag}}

    first, second = (owner.writes("PATCH", PRODUCT, **dict(sent)) for _ in range(2))

    assert (first.status_code, second.status_code) == (200, 200)
    assert second.headers["Idempotent-Replayed"] == "true"
    assert (first.json, first.headers["ETag"]) == (second.json, second.headers["ETag"])


def test_every_fault_is_told_at_its_pointer(owner: Owner) -> None:
    entry = owner.gets(PRODUCT).json
    entry["size"] = "enormous"
    entry["weight"] = 3
    entry["lining"] = "cottn"
    entry["variants"][1]["material"] = "arena-lambskn"
    entry["variants"][0]["prices"][0]["amount_minor"] = "a lot"

    found = faults(changes(owner, "PUT", PRODUCT, **entry))

    assert found["/weight"].startswith("unknown key")
    assert found["/variants/0/prices/0/amount_minor"] == "must be a whole number (got 'a lot')"
    del entry["weight"], entry["variants"][0]
    found = faults(changes(owner, "PUT", PRODUCT, **entry))
    assert set(found) == {"/size", "/lining", "/variants/0/material"}
    assert "did you mean `arena-lambskin`?" in found["/variants/0/material"]
    assert faults(changes(owner, "PATCH", VARIANT, colour="blak"))["/colour"].startswith("no such colour")
    assert owner.gets(PRODUCT).json["variants"][1]["material"] != "arena-lambskn"


def test_a_name_in_the_body_is_that_of_the_address(owner: Owner) -> None:
    assert "/slug" in faults(changes(owner, "PATCH", PRODUCT, slug="other"))
    assert "/product" in faults(changes(owner, "PATCH", VARIANT, product="other"))
    assert "/style_code" in faults(changes(owner, "PATCH", VARIANT, style_code="111111 11111 1111"))


def test_a_product_is_made_sold_and_retired(owner: Owner, client: FlaskClient, app: Flask) -> None:
    entry = owner.gets(PRODUCT).json
    variant = {**entry["variants"][0], "style_code": "ZZZZZZ ZZZZZ 0001", "code_is_assigned": True}
    variant = {
        key: value
        for key, value in variant.items()
        if key in ("style_code", "code_is_assigned", "material", "colour", "hardware", "evidence", "prices")
    }
    new = {
        "slug": "le-city-bag-tiny",
        "family": "le-city",
        "name": "Le City Tiny",
        "sellable": True,
        "silhouette": entry["silhouette"],
        "variants": [variant],
    }

    made = owner.writes("POST", "/products", json=new)
    twice = owner.writes("POST", "/products", json=new)

    assert made.status_code == 201, made.text
    assert made.headers["Location"] == "/v1/admin/products/le-city-bag-tiny"
    assert (twice.status_code, twice.json["code"]) == (409, "already_in_catalogue")
    assert client.get("/v1/variants/ZZZZZZZZZZZ0001").status_code == 200
    assert changes(owner, "DELETE", "/products/le-city-bag-tiny").status_code == 200
    assert client.get("/v1/products/le-city-bag-tiny").status_code == 200  # old orders name it
    assert client.get("/v1/products?q=tiny").json["items"] == []
    assert owner.gets("/products/le-city-bag-tiny").status_code == 404
    assert owner.gets("/products?q=tiny").json["items"][0]["is_retired"] is True
    assert owner.writes("POST", "/products", json=new).status_code == 201  # it comes back
    assert breaches(app) == []


def test_a_variant_is_added_priced_and_retired(owner: Owner, client: FlaskClient, shopper: Shopper) -> None:
    new = {
        "style_code": "ZZZZZZ ZZZZZ 0002",
        "code_is_assigned": True,
        "evidence": "illustrative",
        "material": "arena-lambskin",
        "colour": "black",
        "hardware": "le-city-brass",
        "slug": "tiny-test",
        "prices": [{"currency": "USD", "amount_minor": 1000, "is_illustrative": True}],
    }
    made = owner.writes("POST", f"{PRODUCT}/variants", json=new)
    assert made.status_code == 201, made.text
    path = "/variants/ZZZZZZZZZZZ0002"
    later = {
        "currency": "USD",
        "amount_minor": 2000,
        "is_illustrative": True,
        "valid_from": "2100-01-01T00:00:00Z",
    }

    priced = owner.writes("POST", f"{path}/prices", json=later)
    again = owner.writes("POST", f"{path}/prices", json={**later, "amount_minor": 3000})

    assert priced.status_code == 201, priced.text
    assert [each["amount_minor"] for each in again.json["prices"]] == [1000, 3000]
    days = [owner.gets(f"{path}/prices?as_of={day}").json for day in ("2026-01-01", "2100-01-02")]
    assert [each["variants"][0]["price"]["amount"] for each in days] == [1000, 3000]
    wrong = owner.writes(
        "POST", f"{path}/prices", json={**later, "currency": "XXX", "sale_amount_minor": 9000}
    )
    assert set(faults(wrong)) == {"/currency"}
    assert changes(owner, "DELETE", path).status_code == 200
    assert owner.gets(path).status_code == 404
    assert client.get("/v1/variants/ZZZZZZZZZZZ0002").json["buyable"] is False


def test_a_price_is_charged_from_the_next_checkout_on(owner: Owner, shopper: Shopper) -> None:
    price = {"currency": "USD", "amount_minor": PRICE + 100, "is_illustrative": True}
    stale = owner.writes(
        "POST", f"{VARIANT}/prices", json=price, headers={"If-Match": '"0123456789abcdef0123456789abcdef"'}
    )

    done = owner.writes("POST", f"{VARIANT}/prices", json=price)

    assert (stale.status_code, done.status_code) == (412, 201)
    shopper.opens_cart()
    assert shopper.puts().json["lines"][0]["unit_price"]["amount"] == PRICE + 100


def test_an_accessory_is_written_with_its_one_variant(owner: Owner) -> None:
    path = _accessory(owner)
    sku = owner.gets(path).json["style_code"].replace(" ", "")

    assert changes(owner, "PATCH", path, name="A longer strap").json["name"] == "A longer strap"
    assert owner.gets(f"/variants/{sku}").json["code"] == "part_of_accessory"
    assert owner.writes("POST", f"{path}/variants", json={}).json["code"] == "part_of_accessory"


def test_a_campaign_is_made_changed_and_taken_away(owner: Owner, client: FlaskClient) -> None:
    new = {"slug": "winter", "name": "Winter", "season": "Winter 2026", "hero_family": "le-city"}

    assert owner.writes("POST", "/campaigns", json=new).status_code == 201
    assert client.get("/v1/campaigns/winter").json["name"] == "Winter"
    later = changes(owner, "PATCH", "/campaigns/winter", publish_at="2100-01-01T00:00:00Z")
    assert later.status_code == 200, later.text
    assert client.get("/v1/campaigns/winter").status_code == 404
    assert faults(changes(owner, "PATCH", "/campaigns/winter", hero_family="le-cty"))[
        "/hero_family"
    ].startswith("no such")
    assert changes(owner, "DELETE", "/campaigns/winter").status_code == 200
    assert owner.gets("/campaigns/winter").status_code == 404


def test_what_the_api_wrote_is_what_the_files_would(owner: Owner, app: Flask) -> None:
    etag = owner.gets(PRODUCT).headers["ETag"]
    changes(owner, "PATCH", PRODUCT, name="The City, medium")
    original = owner.gets("/products?limit=1").json
    assert original["items"]

    with app.app_context():
        plan = seeding.plan(SEED)
        changed = [change.fields for changes_ in plan.tables.values() for change in changes_.changed]
        assert changed == [{"name": ("The City, medium", changed[0]["name"][1])}]
        seeding.apply(SEED)

    assert owner.gets(PRODUCT).headers["ETag"] == etag


def test_a_body_that_is_no_entry_is_refused(owner: Owner) -> None:
    for body, kind, status in (
        ("[]", "application/json", 422),
        ("{", "application/json", 400),
        ("{}", "text/plain", 415),
        ('{"a": 1, "a": 2}', "application/json", 400),
        ('{"name": "' + "x" * 1_100_000 + '"}', "application/json", 413),
    ):
        answer = owner.writes("POST", "/products", data=body, content_type=kind)
        assert answer.status_code == status, answer.text
    assert set(faults(owner.writes("POST", "/products", json={}))) >= {"/family"}
    assert owner.client.post("/v1/admin/products", json={}).status_code == 401


def test_what_only_one_may_have_is_asked_of_rows_that_were_not_read(owner: Owner, session: Session) -> None:
    [bag] = session.scalars(select(Product.id).where(Product.slug == PRODUCT.rpartition("/")[2]))
    other = session.scalars(select(Variant.slug).where(Variant.product_id != bag).limit(1)).one()

    refused = faults(changes(owner, "PATCH", VARIANT, slug=other))

    assert refused["/slug"].startswith("looks like the one in the database")
