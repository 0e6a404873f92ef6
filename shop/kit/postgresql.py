"""PostgreSQL's settings: every wait has an end, and a lost connection is replaced unseen.

Behind PgBouncer in transaction mode: let it ``ignore_startup_parameters = options`` and set
these time-outs on the role (``ALTER ROLE ... SET``), and either let it track prepared
statements (1.21 and newer: ``max_prepared_statements``) or have psycopg prepare none.
"""

from __future__ import annotations

import select
import time
from collections.abc import Generator
from typing import Any, TypeVar

import psycopg
from psycopg.waiting import READY_NONE
from sqlalchemy import Engine, event
from sqlalchemy.exc import DisconnectionError

from shop.kit import deadline

RV = TypeVar("RV")

#: The server ends these by itself, also for a client that is gone. Milliseconds.
SERVER_SETTINGS = {
    # A queue behind one row shows as a 503, not as a stall.
    "lock_timeout": "2000",
    # A statement that runs away must not take the machine with it.
    "statement_timeout": "5000",
    # A client that stopped between two statements must not keep its locks.
    "idle_in_transaction_session_timeout": "10000",
    "timezone": "UTC",
}

#: How long a connection may take to open. Seconds; libpq takes whole ones, 2 at least.
CONNECT_SECONDS = 3

CONNECT_ARGUMENTS: dict[str, Any] = {
    "options": " ".join(f"-c {name}={value}" for name, value in SERVER_SETTINGS.items()),
    "connect_timeout": CONNECT_SECONDS,
    # A server that vanished without a goodbye (a pulled cable, a failed-over machine): sent bytes
    # that nobody acknowledges end the connection in 5 s, silence is asked after in 5 + 2 x 2 s.
    "tcp_user_timeout": 5000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
}


class BoundedConnection(psycopg.Connection[Any]):
    """A connection whose every wait ends with the request that waits.

    The server's own time-outs say nothing while the server itself is stopped or its machine
    hangs: the sockets of such a server stay open, and acknowledge what they are sent.
    """

    def wait(self, gen: Generator[Any, Any, RV], *args: Any, **kwargs: Any) -> RV:
        """Wait for the server.

        Raises:
            psycopg.OperationalError: It did not answer while the request lasted; the connection
                is closed, since what it would answer later is not known.
        """
        try:
            return super().wait(self._bounded(gen), *args, **kwargs)
        except psycopg.Error as error:
            # What follows quotes the row that was refused, and with it whoever bought; the text of an
            # error ends in logs of all kinds. ``diag`` keeps it.
            error.args = (str(error).partition("\nDETAIL:")[0],)
            raise

    def _bounded(self, gen: Generator[Any, Any, RV]) -> Generator[Any, Any, RV]:
        give_up_at = time.monotonic() + deadline.remaining()
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                # Woken without news, ten times a second.
                if ready == READY_NONE and time.monotonic() > give_up_at:
                    self.pgconn.finish()
                    raise psycopg.OperationalError("the server did not answer while the request lasted")
                wanted = gen.send(ready)
        except StopIteration as done:
            value: RV = done.value
            return value


def configure(engine: Engine) -> None:
    """Have an engine open bounded connections and hand out only living ones."""
    event.listen(engine, "do_connect", _connect)
    event.listen(engine, "checkout", _require_living)


def _connect(_dialect: Any, _record: Any, arguments: Any, parameters: Any) -> BoundedConnection:
    return BoundedConnection.connect(*arguments, **parameters)


def _require_living(connection: Any, _record: Any, _proxy: Any) -> None:
    """Have the pool replace a connection that the server closed while nobody used it.

    Nothing is due on an idle connection, so whatever can be read is its end. Costs 2 µs where
    a ping costs a round trip.

    Raises:
        DisconnectionError: To the pool, which opens another one.
    """
    poll = select.poll()
    try:
        poll.register(connection.fileno(), select.POLLIN)
    except psycopg.OperationalError as error:
        raise DisconnectionError from error
    if poll.poll(0):
        raise DisconnectionError
