"""T8, rows "database": down, silent, cut off in a transaction, and all its connections taken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.engine import make_url

from shop.app import create_app
from shop.kit import deadline
from shop.payments.double import InProcessHTTPClient, StripeDouble
from tests import postgres
from tests.conftest import dispose, migrate_and_seed, settings_for
from tests.databases import PostgresDatabases
from tests.degraded.doors import Doors, come_back, engine_of
from tests.degraded.proxy import Proxy, proxy_to


@pytest.fixture(scope="module")
def own_server() -> Iterator[postgres.Server]:
    """A PostgreSQL that a test may stop or kill."""
    with postgres.server(postgres.CRASH_SAFE) as server:
        yield server


@pytest.fixture
def own_url(own_server: postgres.Server) -> Iterator[str]:
    databases = PostgresDatabases(own_server.url, "file_copy")
    with databases.copy(databases.template("seeded", migrate_and_seed)) as url:
        yield url
    databases.drop_templates()


@contextmanager
def shop_at(url: str, double: StripeDouble) -> Iterator[Flask]:
    app = create_app(settings_for(url), stripe_client=InProcessHTTPClient(double))
    try:
        yield app
    finally:
        dispose(app)


def test_while_the_database_is_down_everyone_is_told_to_come_back(
    own_server: postgres.Server, own_url: str, double: StripeDouble
) -> None:
    with shop_at(own_url, double) as app:
        doors = Doors(app, double)
        own_server.stop()
        try:
            for door in doors.all().values():
                assert come_back(door) >= 1
            assert doors.client.get("/healthz").status_code == 200
            assert doors.client.get("/readyz").status_code == 503
        finally:
            own_server.start()

        assert doors.client.get("/readyz").status_code == 200
        doors.all_goes_on()


def test_after_the_database_was_killed_everything_goes_on(
    own_server: postgres.Server, own_url: str, double: StripeDouble
) -> None:
    """Its connections are broken, and nobody notices: each is replaced before it is used."""
    with shop_at(own_url, double) as app:
        doors = Doors(app, double)

        own_server.crash()
        own_server.start()

        doors.all_goes_on()


@pytest.fixture
def line(postgresql_databases: PostgresDatabases) -> Iterator[Proxy]:
    """A line to the PostgreSQL of all tests."""
    port = make_url(postgresql_databases.url).port
    assert port is not None
    with proxy_to(port) as proxy:
        yield proxy


@pytest.fixture
def through(line: Proxy, postgresql_databases: PostgresDatabases, double: StripeDouble) -> Iterator[Doors]:
    """The doors of a shop that reaches its database by that line."""
    databases = postgresql_databases
    with databases.copy(databases.template("seeded", migrate_and_seed)) as url:
        there = make_url(url).set(port=line.port).render_as_string(hide_password=False)
        with shop_at(there, double) as app:
            yield Doors(app, double)


@pytest.mark.parametrize("name", ["browse", "cart", "checkout", "webhook", "admin"])
def test_a_database_that_falls_silent_keeps_nobody_longer_than_their_request(
    through: Doors, line: Proxy, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The server's own time-outs are of no use here: nobody hears of them."""
    monkeypatch.setattr(deadline, "REQUEST_SECONDS", 1.0)

    line.hushed.set()
    come_back(through.all()[name])
    line.hushed.clear()
    line.cut()
    monkeypatch.undo()

    through.all_goes_on()


def test_a_line_that_was_cut_between_two_requests_is_not_noticed(through: Doors, line: Proxy) -> None:
    line.cut()

    through.all_goes_on()


#: Moments of a transaction at which its connection is lost.
STATEMENTS = {
    "at the key": "INSERT INTO stored_answer",
    "at the order": "INSERT INTO orders",
    "at the payment": "INSERT INTO payment",
    "at the stock": "WITH taken AS",
    "when Stripe's id is stored": "UPDATE payment SET",
    "at the answer": "UPDATE stored_answer SET status",
}


@pytest.mark.parametrize("beginning", STATEMENTS.values(), ids=STATEMENTS)
def test_a_connection_lost_in_a_transaction_loses_nothing_else(
    through: Doors, line: Proxy, beginning: str
) -> None:
    with _once(through.app, "before_cursor_execute", line.cut, beginning) as lost:
        come_back(through.checkout)

    assert lost == [beginning]
    through.all_goes_on()


@pytest.mark.parametrize("commit", [1, 2], ids=["of the order", "of the answer"])
@pytest.mark.parametrize("answered", [False, True], ids=["before it arrives", "before it is answered"])
def test_a_connection_lost_at_a_commit_loses_nothing_else(
    through: Doors, line: Proxy, commit: int, answered: bool
) -> None:
    """Whether it was committed is not known to the shop; to ask again with the same key is right."""

    def lose() -> None:
        if answered:
            line.hushed.set()  # committed, and the shop never hears of it
        else:
            line.cut()

    with _once(through.app, "commit", lose, number=commit) as lost:
        with deadline.within(3.0):
            come_back(through.checkout)
        line.hushed.clear()
        line.cut()

    assert lost
    through.all_goes_on()


@contextmanager
def _once(
    app: Flask, moment: str, act: Callable[[], None], beginning: str = "", *, number: int = 1
) -> Iterator[list[str]]:
    """Act at the moment of a statement or a commit, the first or a later one of its kind."""
    met: list[str] = []
    acted: list[str] = []

    def look(*happened: object) -> None:
        statement = str(happened[2]) if moment == "before_cursor_execute" else ""
        if statement.startswith(beginning) and not acted:
            met.append(beginning)
            if len(met) == number:
                acted.append(beginning)
                act()

    engine = engine_of(app)
    event.listen(engine, moment, look)
    try:
        yield acted
    finally:
        event.remove(engine, moment, look)


@pytest.mark.parametrize("name", ["browse", "cart", "checkout", "webhook", "admin"])
def test_with_every_connection_taken_a_request_is_told_to_come_back(doors: Doors, name: str) -> None:
    engine = engine_of(doors.app)
    taken = [engine.connect() for _ in range(20)]

    come_back(doors.all()[name])

    for connection in taken:
        connection.close()
    doors.all_goes_on()


def test_a_database_that_takes_no_more_connections_is_told_apart_from_a_mistake(
    through: Doors, postgresql_databases: PostgresDatabases
) -> None:
    engine = engine_of(through.app)
    engine.dispose()
    name = engine.url.database
    plain = make_url(postgresql_databases.url).set(drivername="postgresql")
    with psycopg.connect(plain.render_as_string(hide_password=False), autocommit=True) as operator:
        # A limit binds everyone but superusers, and the tests' user is one.
        operator.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')  # type: ignore[arg-type]
        for door in through.all().values():
            come_back(door)
        operator.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')  # type: ignore[arg-type]

    through.all_goes_on()
