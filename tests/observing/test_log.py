"""The log: a line a request, with its name and without what is somebody's."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from shop.kit import logs
from shop.kit.clock import clock
from shop.kit.db import db
from tests.shopper import BAG, Shopper


@dataclass
class Written:
    """What went to standard error."""

    capture: pytest.CaptureFixture[str]
    _text: str = ""

    def text(self) -> str:
        self._text += self.capture.readouterr().err
        return self._text

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text().splitlines()]


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str]) -> Iterator[Written]:
    """The shop's log as it is served; the logger is put back afterwards."""
    shop = logging.getLogger("shop")
    before = list(shop.handlers), shop.propagate
    logs.start("json")
    yield Written(capsys)
    shop.handlers, shop.propagate = before


def test_every_request_is_a_line(client: FlaskClient, written: Written) -> None:
    answer = client.get("/v1/families/le-city?market=JP")

    [line] = written.lines()
    assert line["logger"] == "shop.access"
    assert line["request_id"] == answer.headers["X-Request-Id"]
    assert (line["method"], line["route"], line["status"]) == ("GET", "/v1/families/<slug>", 200)
    assert line["bytes"] == len(answer.data)
    assert line["duration_ms"] > 0
    assert line["worker"] > 0
    assert line["time"].endswith("+00:00")


def test_answers_from_memory_are_told_together(client: FlaskClient, written: Written) -> None:
    for _ in range(4):
        client.get("/v1/markets")
    clock.advance(timedelta(seconds=2))
    client.get("/v1/markets")
    found = written.lines()

    single = [line for line in found if line["message"] == "request"]
    together = [line for line in found if line["message"] == "answered from memory"]
    assert len(single) + sum(line["count"] for line in together) == 5
    assert {(line["route"], line["status"]) for line in together} == {("/v1/markets", 200)}


def test_what_the_shop_says_while_it_answers_carries_the_requests_name(
    app: Flask, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mistake(slug: str) -> None:
        logging.getLogger("shop.checkout").warning("look at %s", slug)
        raise RuntimeError("a mistake")

    monkeypatch.setitem(app.view_functions, "families.get_lineage", mistake)

    app.test_client().get("/v1/families/le-city/lineage", headers={"X-Request-Id": "abcdefgh"})

    warning, failure, request = written.lines()
    assert {warning["request_id"], failure["request_id"], request["request_id"]} == {"abcdefgh"}
    assert warning["message"] == "look at le-city"
    assert failure["level"] == "error"
    assert "RuntimeError: a mistake" in failure["traceback"]
    assert request["status"] == 500


def test_nothing_that_is_somebodys_is_written(shopper: Shopper, written: Written) -> None:
    """Tokens, e-mail addresses, what stands in a query or an address, names and streets."""
    shopper.places_order()
    shopper.pays()
    shopper.comes_back()
    shopper.order()
    shopper.client.get("/v1/products?q=my-secret-query")
    shopper.client.get("/ada@example.com/my-secret-path")
    shopper.client.get("/v1/products/my-secret-slug")

    said = written.text()
    for secret in (
        shopper.cart["token"],
        shopper.placed["order"]["token"],
        shopper.session_id,
        "ada@example.com",
        "Lovelace",
        "Prince Street",
        "my-secret",
        "Bearer",
    ):
        assert secret not in said
    assert len(written.lines()) > 8


def test_a_statement_that_fails_is_logged_without_its_values(
    app: Flask, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mistake(slug: str) -> None:
        db.session.execute(
            text("SELECT nothing FROM nowhere WHERE email = :email"), {"email": "Ada of Prince Street"}
        )

    monkeypatch.setitem(app.view_functions, "families.get_lineage", mistake)

    answer = app.test_client().get("/v1/families/le-city/lineage")

    assert answer.status_code == 500
    assert "FROM nowhere" in written.text()
    assert "Prince Street" not in written.text()


def test_what_postgresql_tells_of_a_row_and_every_address_is_hidden(written: Written) -> None:
    log = logging.getLogger("shop.checkout")

    log.warning("for %s: %s", "ada@example.com", "a key\nDETAIL:  Failing row contains (Ada, 10012).")

    [line] = written.lines()
    assert line["message"] == "for (e-mail): a key\nDETAIL: (hidden)"


def test_people_are_written_to_in_text(client: FlaskClient, written: Written) -> None:
    logs.start("text")

    answer = client.get(f"/v1/variants/{BAG}")

    [line] = written.text().splitlines()
    assert (
        f"request_id={answer.headers['X-Request-Id']} method=GET route=/v1/variants/<sku> status=200" in line
    )
