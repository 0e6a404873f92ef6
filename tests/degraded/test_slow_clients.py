"""Clients that hold back what they announced: the shop is not theirs to stop."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.databases import SqliteDatabases
from tests.races import until
from tests.served import ServedShop
from tests.wire import WireClient

HEADER = (
    b"POST /v1/carts HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
)
HALF = HEADER % 40 + b"{"


@pytest.fixture
def databases(sqlite_databases: SqliteDatabases) -> SqliteDatabases:
    """One engine: no request of these reaches it."""
    return sqlite_databases


@pytest.fixture
def served(seeded_url: str, tmp_path: Path) -> Iterator[ServedShop]:
    """One worker process of two threads."""
    with ServedShop(seeded_url, tmp_path / "served", workers=1, threads=2).running() as shop:
        yield shop


def send(stack: ExitStack, shop: ServedShop, text: bytes) -> socket.socket:
    line = stack.enter_context(socket.create_connection(("127.0.0.1", shop.port)))
    line.sendall(text)
    return line


def test_half_sent_bodies_stop_the_shop_for_seconds_and_not_for_good(served: ServedShop) -> None:
    with ExitStack() as stack:
        for _ in range(4):
            send(stack, served, HALF)

        until(lambda: "every thread waits for a body" in served.server.told(), "it ends", seconds=30)
        served.wait_until_ready()  # they still hold their connections

        assert served.shopper().opens_cart().cart["id"]


def test_a_body_that_comes_in_pieces_is_read_whole(served: ServedShop) -> None:
    body = b'{"market": "US"}'
    with ExitStack() as stack:
        for _ in range(50):
            send(stack, served, b"GET /v1/markets HT")  # half a header stops nobody
        line = send(stack, served, HEADER % len(body) + body[:5])
        assert WireClient(served.base_url).get("/v1/markets").status_code == 200

        line.sendall(body[5:])

        assert line.recv(100).startswith(b"HTTP/1.1 201")
