"""T8, row "disk full, read-only": reading goes on, writing is told to come back, nothing is half written."""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from flask import Flask
from sqlalchemy import Engine, event, text

from tests.degraded.doors import ORDERS_BEFORE, Doors, bounded, come_back, engine_of


@contextmanager
def read_only(app: Flask) -> Iterator[None]:
    """Let every connection read and none write, as on a standby or a disk that the kernel gave up."""
    engine = engine_of(app)
    engine.dispose()
    if engine.dialect.name == "postgresql":
        name = f'"{engine.url.database}"'
        _run(engine, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        engine.dispose()
        yield
        _run(
            engine, "SET TRANSACTION READ WRITE", f"ALTER DATABASE {name} RESET default_transaction_read_only"
        )
    else:
        event.listen(engine, "connect", _refuse_to_write)
        yield
        event.remove(engine, "connect", _refuse_to_write)
    engine.dispose()


def _refuse_to_write(connection: object, _record: object) -> None:
    connection.execute("PRAGMA query_only = ON")  # type: ignore[attr-defined]


@contextmanager
def disk_full(app: Flask) -> Iterator[None]:
    """Let no byte more be written.

    On SQLite by the kernel, which grows no file of this process. The tests' PostgreSQL is one for
    all of them: there a trigger says what the server says when its disk is full.
    """
    engine = engine_of(app)
    if engine.dialect.name == "postgresql":
        with _triggers(engine):
            yield
        return
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def _triggers(engine: Engine) -> Iterator[None]:
    _run(
        engine,
        "CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE 'No space left on device' USING ERRCODE = '53100'; END $$",
        *(
            f"CREATE TRIGGER disk_full BEFORE INSERT OR UPDATE ON {table} EXECUTE FUNCTION disk_full()"
            for table in ("cart_line", "order_line", "stripe_event", "payment", "refund")
        ),
    )
    yield
    _run(engine, "DROP FUNCTION disk_full() CASCADE")


def _run(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


Trouble = Callable[[Flask], AbstractContextManager[None]]


@pytest.mark.parametrize("trouble", [read_only, disk_full], ids=lambda trouble: trouble.__name__)
def test_what_cannot_be_written_is_told_to_come_back_and_leaves_no_trace(
    doors: Doors, trouble: Trouble
) -> None:
    with trouble(doors.app):
        assert bounded(doors.browse).status_code == 200
        assert bounded(lambda: doors.client.get("/v1/products")).status_code == 200
        for door in doors.writes().values():
            assert come_back(door) >= 1
        assert doors.client.get("/healthz").status_code == 200
        assert doors.client.get("/readyz").status_code == 200
        assert doors.orders() == ORDERS_BEFORE
        assert doors.refunded() == []

    doors.all_goes_on()
