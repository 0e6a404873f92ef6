"""Reading product lists, for tests."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient


def get(client: FlaskClient, query: str = "", **params: Any) -> dict[str, Any]:
    answer = client.get(f"/v1/products{query}", query_string=params or None)
    assert answer.status_code == 200, answer.text
    return dict(answer.json or {})


def every(client: FlaskClient, *, limit: int = 100, **params: Any) -> list[dict[str, Any]]:
    """Read a list page by page to its end."""
    items: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = get(client, limit=limit, **params, **({"cursor": cursor} if cursor else {}))
        items += page["items"]
        cursor = page["next"]
        if cursor is None:
            return items


def slugs(items: list[dict[str, Any]]) -> list[str]:
    return [item["slug"] for item in items]
