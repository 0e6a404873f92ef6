"""The bench keeps working: what it generates is a shop, what it asks is answered, its table prints."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import func, select

from shop.kit.db import db
from shop.orders.models import Order
from shop.verification.service import verify
from tests.bench import writes
from tests.bench.__main__ import bench
from tests.bench.filling import fill
from tests.bench.floors import bare
from tests.bench.generator import VARIANTS, products
from tests.bench.load import again_and_again, asking, drive
from tests.bench.questions import skus_to_sell
from tests.bench.variants import TAG
from tests.conftest import migrate_and_seed
from tests.crowd import owner_of
from tests.databases import PostgresDatabases


def shelves(client: FlaskClient) -> list[list[str]]:
    page: dict[str, Any] = client.get("/v1/campaigns/closet-2024").json or {}
    return [[product["slug"] for product in shelf["products"]] for shelf in page["shelves"]]


def test_generated_products_make_an_ordinary_shop(seeded_url: str, request: pytest.FixtureRequest) -> None:
    with owner_of(seeded_url) as app:
        before = shelves(app.test_client())

    fill(seeded_url, 20)

    client: FlaskClient = request.getfixturevalue("client")
    with client.application.app_context():
        assert verify(db.session()) == []
    listed: dict[str, Any] = client.get("/v1/products?limit=100").json or {}
    assert len(listed["items"]) == 50 + 20
    made = listed["items"][-1]
    assert made["variant_count"] in range(VARIANTS - 3, VARIANTS + 1)
    assert shelves(client) == before
    for market in ("US", "JP", "KR", "CN"):
        page: dict[str, Any] = client.get(f"/v1/products/{made['slug']}?market={market}").json or {}
        assert all(offer["price"]["amount"] > 0 for offer in page["variants"] if page["sellable"])
    word = made["name"].split()[0].lower()
    found: dict[str, Any] = client.get(f"/v1/products?limit=100&q={word}").json or {}
    assert made["slug"] in [item["slug"] for item in found["items"]]


def test_a_product_is_the_same_in_a_catalogue_of_any_size() -> None:
    assert list(products(3)) == list(itertools.islice(products(20), 3))


def test_clients_are_answered_by_the_floor_with_the_bytes_it_was_given(tmp_path: Path) -> None:
    (tmp_path / "bodies").mkdir()
    (tmp_path / "bodies" / "list").write_bytes(b"x" * 100_000)

    with bare("bare", tmp_path / "bodies", tmp_path, workers=1, threads=4) as port:
        whole, same = asking("GET", "/list"), asking("GET", "/list", headers={"If-None-Match": TAG})
        clients = [again_and_again(itertools.repeat(request)) for request in (whole, same, whole)]
        seen = drive(port, clients, 0.2, warm=0)[""]

    assert set(seen.statuses) == {200, 304}
    assert len(seen.waits) == seen.statuses.total() >= seen.in_time
    assert 0 < seen.ms(0.5) <= seen.ms(0.99)


def test_pgbench_writes_the_orders_that_the_shop_would(postgresql_databases: PostgresDatabases) -> None:
    with postgresql_databases.copy(postgresql_databases.template("seeded", migrate_and_seed)) as url:
        fill(url, 5)
        heard, script, _ = writes.scripts(url, skus_to_sell(url, 3))
        assert writes.pgbench(url, script, 1) > 0

        assert heard.writes().statements < heard.statements
        with owner_of(url) as app, app.app_context():
            assert db.session().scalar(select(func.count()).select_from(Order)) > 2


def test_the_table_is_printed_and_kept(tmp_path: Path) -> None:
    asked = ["growth", "edits", "layer", "--sizes", "20", "--engines", "sqlite", "--scale", "0.01"]

    result = CliRunner().invoke(bench, [*asked, "--reports", str(tmp_path)])

    assert result.exit_code in (0, 1), result.output
    table = (tmp_path / "bench.md").read_text()
    assert table in result.output
    assert "| cold list, sqlite, 20 products against 20 |" in table
    assert "| edit of a variant's label, sqlite, 20 products against 20 | 1.00 times" in table
