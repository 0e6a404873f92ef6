"""What is remembered stays within its bounds, whatever is asked and in whichever order answers come."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from flask import Flask, Response, request
from flask.testing import FlaskClient

from shop.kit.clock import clock
from shop.kit.hot import layer as hot
from shop.kit.hot.memory import ANSWER_BYTES, FRESH_SECONDS, MOST_WAYS, Entry, Memory
from shop.kit.hot.representations import Representations
from shop.kit.hot.standing import Mark
from shop.kit.metrics import Metrics
from shop.kit.observed import Observation

ROOM = 100_000
BODY = 10_000


class Numbers:
    """A small application with a layer: each address answers with as many bytes as it names."""

    def __init__(self) -> None:
        self.app, self.asked, self.answer = Flask(__name__), 0, b""
        self.app.add_url_rule("/<int:number>", "number", self.number)
        self.app.add_url_rule("/formats", "formats", self.formats)
        self.app.add_url_rule("/cookie", "cookie", self.cookie)
        self.app.add_url_rule("/gone", "gone", lambda: self.marked(Response("gone", 410)))
        observation = Observation(Metrics())
        self.layer = hot.init_hot(
            self.app, most_bytes=ROOM, observer=observation, observed=observation.around
        )
        self.memory = self.layer.memory

    def number(self, number: int) -> Response:
        self.asked += 1
        return self.marked(Response(self.answer or b"%d" % number * BODY))

    def formats(self) -> Response:
        response = self.marked(Response(request.headers.get("Accept", "plain")))
        response.vary.add("Accept")
        return response

    def cookie(self) -> Response:
        response = self.marked(Response("yours"))
        response.set_cookie("who", "you")
        return response

    def marked(self, response: Response) -> Response:
        request.environ[hot.MARK] = Mark()
        request.environ[hot.ROUTE] = "/<int:number>"
        return response

    def client(self) -> FlaskClient:
        return self.app.test_client()


@pytest.fixture
def numbers() -> Numbers:
    return Numbers()


def test_many_addresses_take_no_more_than_their_room(numbers: Numbers) -> None:
    client = numbers.client()
    for number in range(1_000, 1_100):
        client.get(f"/{number % 10}?q={number}")

    assert 0 < numbers.memory.size <= ROOM
    assert len(numbers.memory.ready) < 10


def test_what_is_asked_for_stays_and_what_is_not_goes(numbers: Numbers) -> None:
    client = numbers.client()
    client.get("/1")
    first = numbers.memory.named(("/1", ""))
    for number in range(1_000, 1_020):
        clock.advance(timedelta(seconds=FRESH_SECONDS))
        client.get("/1")  # renewed
        client.get(f"/2?q={number}")
    before = numbers.asked

    assert numbers.memory.named(("/1", "")) is first
    client.get("/2?q=1000")
    assert numbers.asked == before + 1


def test_compressed_bodies_and_ways_of_asking_count(numbers: Numbers) -> None:
    client = numbers.client()
    numbers.answer = random.randbytes(BODY // 2).hex().encode()
    client.get("/1")
    before = numbers.memory.size

    compressed = client.get("/1", headers={"Accept-Encoding": "gzip"}).data

    assert len(compressed) > BODY // 2
    assert numbers.memory.size > before + len(compressed) + ANSWER_BYTES


def test_made_up_headers_fill_nothing(numbers: Numbers) -> None:
    client = numbers.client()
    for number in range(200):
        client.get("/1", headers={"If-None-Match": f'"{number}"'})
    client.get("/1", headers={"Accept-Encoding": "x" * 5_000})
    assert numbers.asked == 1
    assert len(numbers.memory.ready) == MOST_WAYS

    client.get("/2", headers={"Accept-Encoding": "x" * 5_000})
    assert not any(way[1] == "/2" for way in numbers.memory.ready)

    for number in range(200):
        client.get("/2", headers={"Origin": f"https://{number}.example"})
    assert len(numbers.layer._cors) == hot.MOST_ORIGINS


def test_what_is_too_big_is_answered_and_not_kept(numbers: Numbers) -> None:
    numbers.answer = b"x" * (ROOM // 2)

    assert len(numbers.client().get("/1").data) == ROOM // 2
    assert numbers.memory.size == 0


def test_what_says_the_same_again_is_not_compressed_again(numbers: Numbers) -> None:
    client = numbers.client()
    accept = {"Accept-Encoding": "br"}
    first = client.get("/1", headers=accept)
    [entry] = numbers.memory._entries.values()

    clock.advance(timedelta(seconds=FRESH_SECONDS))
    second = client.get("/1", headers=accept)

    assert numbers.asked == 2
    assert second.headers["ETag"] == first.headers["ETag"]
    assert list(numbers.memory._entries.values()) == [entry]
    client.get("/1", headers=accept)
    assert numbers.asked == 2


def test_a_change_replaces_every_ready_answer(numbers: Numbers) -> None:
    client = numbers.client()
    for coding in ("", "gzip", "br"):
        client.get("/1", headers={"Accept-Encoding": coding})
    numbers.answer = b"9" * BODY

    clock.advance(timedelta(seconds=FRESH_SECONDS))
    client.get("/1")

    assert len(numbers.memory.ready) == 1
    assert client.get("/1", headers={"Accept-Encoding": ""}).data == b"9" * BODY


def test_formats_of_one_address_are_told_apart(numbers: Numbers) -> None:
    client = numbers.client()

    for _ in range(2):
        for kind in ("application/json", "application/ld+json", "text/html"):
            answer = client.get("/formats", headers={"Accept": kind})
            assert answer.text == kind
            assert answer.headers["Vary"] == "Accept, Accept-Encoding, Origin"
        assert client.get("/formats").text == "plain"


def test_an_answer_with_a_cookie_is_somebodys(numbers: Numbers) -> None:
    answer = numbers.client().get("/cookie")

    assert answer.headers["Set-Cookie"]
    assert "Cache-Control" not in answer.headers
    assert numbers.memory.size == 0


def test_only_a_200_is_kept(numbers: Numbers) -> None:
    answer = numbers.client().get("/gone")

    assert (answer.status_code, answer.text) == (410, "gone")
    assert "ETag" not in answer.headers
    assert numbers.memory.size == 0


def entry(body: bytes, made_at: float) -> Entry:
    return Entry(("/1", ""), "/<int:number>", Mark(), made_at, Representations(body, []))


def test_who_read_earlier_and_answers_later_does_not_replace_what_is_newer() -> None:
    memory = Memory(ROOM)
    memory.keep(entry(b"newer", 2.0))

    memory.keep(entry(b"older", 1.0))

    found = memory.named(("/1", ""))
    assert found is not None
    assert found.representations.body == b"newer"


def test_an_answer_is_as_old_as_the_moment_before_it_was_read(numbers: Numbers) -> None:
    """What takes half a second to make may be sent for another half, and no longer."""
    client = numbers.client()
    view = numbers.app.view_functions["number"]

    def slow(number: int) -> Response:
        response = view(number=number)
        clock.advance(timedelta(seconds=0.6))
        return response  # type: ignore[no-any-return]

    numbers.app.view_functions["number"] = slow
    client.get("/1")

    clock.advance(timedelta(seconds=0.5))
    client.get("/1")

    assert numbers.asked == 2
