"""``/metrics``: what was asked, how it was answered, what waits; for the operator's eyes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import insert

from shop.app import create_app
from shop.kit.clock import database_now
from shop.kit.db import db, transaction
from shop.outbox.models import OutboxMessage
from shop.payments.models import StripeEvent
from tests.conftest import settings_for
from tests.observing.conftest import TOKEN
from tests.shopper import BAG, Shopper
from tests.test_errors import is_problem

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def samples(text: str) -> Samples:
    """Return every value of Prometheus's text format, by name and labels."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def collected(client: Any) -> Samples:
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200, answer.text
    return samples(answer.text)


def requests(found: Samples, route: str, method: str, status: int) -> float:
    labels = (("method", method), ("route", route), ("status", str(status)))
    return found.get(("shop_requests_total", labels), 0)


def value(found: Samples, name: str, **labels: str) -> float:
    return found[(name, tuple(sorted(labels.items())))]


def test_requests_are_counted_and_timed_by_route_method_and_status(shopper: Shopper) -> None:
    shopper.client.get("/v1/products/nothing")
    shopper.opens_cart().puts(BAG, 1)
    shopper.puts(BAG, 99)

    found = collected(shopper.client)

    line = "/v1/carts/<uuid:cart_id>/lines/<sku>"
    assert requests(found, "/v1/products/<slug>", "GET", 404) == 1
    assert requests(found, "/v1/carts", "POST", 201) == 1
    assert requests(found, line, "PUT", 200) == 1
    assert sum(requests(found, line, "PUT", status) for status in (409, 422)) == 1
    assert value(found, "shop_request_seconds_count", route=line, method="PUT") == 2
    assert 0 < value(found, "shop_request_seconds_sum", route=line, method="PUT") < 60


def test_answers_from_memory_are_counted_too_and_not_timed(client: FlaskClient) -> None:
    etag = client.get("/v1/markets").headers["ETag"]
    client.get("/v1/markets")
    for _ in range(3):
        client.get("/v1/markets", headers={"If-None-Match": etag})

    found = collected(client)

    assert requests(found, "/v1/markets", "GET", 200) == 2
    assert requests(found, "/v1/markets", "GET", 304) == 3
    hits, misses = value(found, "shop_hot_hits_total"), value(found, "shop_hot_misses_total")
    assert hits + misses == 5
    assert misses >= 1  # a slow machine may take more than a second for this
    assert value(found, "shop_hot_bytes") > 0


def test_what_nobody_answers_is_one_name_however_it_is_called(client: FlaskClient) -> None:
    for number in range(5):
        client.get(f"/nowhere/{number}")
        client.open("/nowhere", method=f"MADEUP{number}")

    found = collected(client)

    assert requests(found, "(none)", "GET", 404) == 5
    assert sum(requests(found, "(none)", "other", status) for status in (404, 405)) == 5
    routes = {dict(labels)["route"] for name, labels in found if name == "shop_requests_total"}
    assert routes <= {"(none)", "/metrics"}


def test_it_tells_what_is_at_work_and_what_waits(app: Flask, client: FlaskClient) -> None:
    with app.app_context(), transaction() as session:
        message = {"kind": "order_confirmed", "subject": "1", "recipient": "ada@example.com", "facts": {}}
        session.execute(insert(OutboxMessage).values(created_at=database_now(), **message))
        event = {"id": "evt_1", "type": "charge.refunded", "object_id": "ch_1"}
        session.execute(insert(StripeEvent).values(received_at=database_now(), **event))

    client.get("/v1/markets")
    client.get("/v1/markets?nonsense=1")

    with app.app_context(), db.engine.connect():
        found = collected(client)

    assert value(found, "shop_requests_in_flight") == 1  # this one
    assert value(found, "shop_database_connections_in_use") == 1
    assert value(found, "shop_database_up") == 1
    assert value(found, "shop_outbox_waiting") == 1
    assert value(found, "shop_inbox_waiting") == 1


def test_connections_that_were_given_back_are_not_in_use(client: FlaskClient) -> None:
    for _ in range(3):
        client.get("/v1/families/le-city")

    assert value(collected(client), "shop_database_connections_in_use") == 0


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer wrong", f"Token {TOKEN}", f"Bearer {TOKEN}x"])
def test_without_its_token_it_does_not_exist(client: FlaskClient, header: str | None) -> None:
    answer = client.get("/metrics", headers={"Authorization": header} if header else {})

    is_problem(answer, 404, "not_found")


def test_where_no_token_is_set_nobody_has_it(tmp_path: Path) -> None:
    app = create_app(settings_for(f"sqlite:///{tmp_path / 'shop.db'}"))

    for header in ("Bearer", "Bearer ", "Bearer None"):
        answer = app.test_client().get("/metrics", headers={"Authorization": header})
        is_problem(answer, 404, "not_found")


def test_without_its_database_it_still_tells_what_it_counted(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'no such folder' / 'shop.db'}"
    client = create_app(settings_for(url, metrics_token=TOKEN)).test_client()
    client.get("/v1/markets")

    found = collected(client)

    assert requests(found, "/v1/markets", "GET", 503) == 1
    assert value(found, "shop_database_up") == 0
    assert ("shop_outbox_waiting", ()) not in found


def test_the_names_are_those_that_prometheus_expects(client: FlaskClient) -> None:
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})

    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    assert answer.headers["Cache-Control"] == "no-store"
    names = {name for name, _ in samples(answer.text)}
    assert all(re.fullmatch(r"shop_[a-z_]+", name) for name in names)
    assert not [name for name in names if name.endswith("_created")]
