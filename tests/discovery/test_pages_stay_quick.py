"""A page costs the same wherever it is in the list: it is entered through an index of its order."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from shop.kit.db import db
from tests.discovery.browsing import get

#: Where the engine enters the order, from the second page on.
ENTERED = {
    "featured": "product USING INDEX ix_product_featured (kind=? AND position>?)",
    "newest": "product USING INDEX ix_product_newest (kind=? AND launched_sorts_on<?)",
    "name": "product USING INDEX ix_product_by_name (kind=? AND <expr>>?)",
}


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
@pytest.mark.parametrize("sort", ENTERED)
def test_a_page_is_entered_where_its_cursor_says(app: Flask, sort: str) -> None:
    """On SQLite, which tells how it will go about a statement in words that do not hang on statistics."""
    client = app.test_client()
    cursor = get(client, sort=sort, limit=5)["next"]
    statements: list[tuple[str, Any]] = []
    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append((args[2], args[3])))

    get(client, sort=sort, limit=5, cursor=cursor)

    listing, parameters = next(each for each in statements if "AS page" in each[0])
    with engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {listing}", parameters).all()
    steps = "\n".join(row[3] for row in plan)
    assert ENTERED[sort] in steps
    assert "SCAN product" not in steps
    assert not [
        line for line in steps.splitlines() if line.startswith(("SCAN price", "SCAN stock", "SCAN hold"))
    ]
