"""One shape for every refusal, and a page for each kind."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from shop.kit.problems import Problem
from tests.shopper import BAG, Shopper


def is_problem(answer: TestResponse, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    body = dict(answer.json or {})
    assert body["status"] == status
    assert body["code"] == code
    assert body["type"] == "/problems/" + code.replace("_", "-")
    assert {"title", "detail", "instance", "request_id"} <= set(body)
    return body


def test_an_unknown_address_is_a_problem(client: FlaskClient) -> None:
    is_problem(client.get("/v1/nothing"), 404, "not_found")


def test_an_id_of_the_wrong_form_is_not_found(client: FlaskClient) -> None:
    is_problem(client.get("/v1/carts/not-a-uuid"), 404, "not_found")


def test_a_method_that_is_not_answered_says_which_are(client: FlaskClient) -> None:
    answer = client.delete("/v1/products")

    is_problem(answer, 405, "method_not_allowed")
    assert "GET" in answer.headers["Allow"]


def test_a_large_body_is_refused(client: FlaskClient) -> None:
    answer = client.post(
        "/v1/carts", data=b'{"market": "' + b"x" * 70_000 + b'"}', content_type="application/json"
    )

    is_problem(answer, 413, "body_too_large")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", None])
def test_a_body_that_is_not_json_is_refused_by_its_type(client: FlaskClient, kind: str | None) -> None:
    answer = client.post("/v1/carts", data=b'{"market": "US"}', content_type=kind)

    is_problem(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'\xef\xbb\xbf{"market": "US"}',
        b'{"market": "US", "market": "FR"}',
        b'{"market": NaN}',
        b'{"market": Infinity}',
        b"[" * 100_0 + b"]" * 100_0,
        b'{"a":' * 40 + b"1" + b"}" * 40,
    ],
    ids=["empty", "broken", "utf-16", "bom", "duplicate key", "NaN", "Infinity", "deep list", "deep object"],
)
def test_a_body_that_is_not_a_json_document_is_refused(client: FlaskClient, body: bytes) -> None:
    answer = client.post("/v1/carts", data=body, content_type="application/json")

    is_problem(answer, 400, "malformed_body")


@pytest.mark.parametrize("body", [[], "US", 1, None, True])
def test_a_body_of_another_kind_is_refused(client: FlaskClient, body: object) -> None:
    answer = client.post("/v1/carts", data=json.dumps(body), content_type="application/json")

    is_problem(answer, 422, "invalid_request")


def test_every_fault_is_told_at_once_with_its_pointer(shopper: Shopper) -> None:
    shopper.opens_cart()
    shopper.opens_checkout()

    answer = shopper.changes(email="nope", shipping_address={"country": 5, "zip": 1}, colour="red")

    body = is_problem(answer, 422, "invalid_request")
    assert {error["pointer"] for error in body["errors"]} == {
        "/email",
        "/shipping_address/country",
        "/shipping_address/line1",
        "/shipping_address/name",
        "/shipping_address/zip",
        "/colour",
    }


@pytest.mark.parametrize("text", ["a\x00b", "a\u0007b", "\ud800"])
def test_text_that_no_database_takes_is_refused(client: FlaskClient, text: str) -> None:
    answer = client.post("/v1/carts", data=json.dumps({"market": text}), content_type="application/json")

    is_problem(answer, 422, "invalid_request")


def test_a_mistake_of_ours_tells_its_number_and_nothing_else(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # A mistake is planted in a copy of one view: there is none to find.
    def mistake(slug: str) -> None:
        raise RuntimeError("the secret is 42")

    monkeypatch.setitem(app.view_functions, "families.get_lineage", mistake)

    answer = app.test_client().get("/v1/families/le-city/lineage", headers={"X-Request-Id": "abcdefgh"})

    body = is_problem(answer, 500, "internal_error")
    assert "42" not in answer.text
    assert "Traceback" not in answer.text
    assert body["request_id"] == answer.headers["X-Request-Id"] == "abcdefgh"
    assert "abcdefgh" in caplog.text


def test_a_request_id_is_given_where_none_fits(client: FlaskClient) -> None:
    first = client.get("/v1/markets").headers["X-Request-Id"]
    second = client.get("/v1/markets", headers={"X-Request-Id": "no spaces\tplease"}).headers["X-Request-Id"]

    assert first
    assert first != second
    assert " " not in second


def test_every_kind_of_problem_has_its_page(client: FlaskClient) -> None:
    kinds = [kind for kind in Problem.every().values() if kind is not Problem]
    assert len(kinds) > 25

    for kind in kinds:
        page = client.get(f"/problems/{kind.slug()}", headers={"Accept": "text/html"})
        document = client.get(f"/problems/{kind.slug()}", headers={"Accept": "application/json"})

        assert page.status_code == document.status_code == 200
        assert kind.title() in page.text
        assert document.json["code"] == kind.code()
        assert document.json["text"].startswith(kind.summary().replace("``", "`"))


def test_slugs_of_problems_are_unique() -> None:
    def count(kind: type[Problem]) -> int:
        return 1 + sum(count(each) for each in kind.__subclasses__())

    assert count(Problem) == len(Problem.every())


def test_an_unknown_problem_is_a_problem(client: FlaskClient) -> None:
    is_problem(client.get("/problems/nope"), 404, "not_in_catalogue")


def test_the_type_of_a_refusal_leads_to_its_page(shopper: Shopper) -> None:
    shopper.opens_cart()

    refusal = shopper.puts(BAG, 99).json

    assert shopper.client.get(refusal["type"]).status_code == 200


def test_a_browser_of_an_allowed_origin_may_call_and_read(client: FlaskClient) -> None:
    asked = {
        "Origin": "https://boutique.example",
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
    }

    preflight = client.options("/v1/carts/x/lines/y", headers=asked)
    answer = client.get("/v1/markets", headers={"Origin": "https://boutique.example"})

    assert preflight.headers["Access-Control-Allow-Origin"] == "https://boutique.example"
    assert "idempotency-key" in preflight.headers["Access-Control-Allow-Headers"].lower()
    assert "Idempotent-Replayed" in answer.headers["Access-Control-Expose-Headers"]


def test_a_browser_of_another_origin_may_not(client: FlaskClient) -> None:
    answer = client.get("/v1/markets", headers={"Origin": "https://evil.example"})

    assert "Access-Control-Allow-Origin" not in answer.headers
