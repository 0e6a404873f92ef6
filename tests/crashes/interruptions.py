"""Commands killed at any moment, and run again: all was done, or nothing, and then all is."""

from __future__ import annotations

import fcntl
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import make_url

from shop.kit import engines
from tests.crashes.commands import Command
from tests.crashes.contents import Contents, contents
from tests.crashes.soundness import faults, reading
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.served import SECRET_KEY

Databases = SqliteDatabases | PostgresDatabases

#: A backend whose client is gone ends within a statement; longer, and something is stuck.
QUIET_SECONDS = 10.0

#: How often a moment is drawn again, because the command had ended before it came.
DRAWS = 10


class Watch(Protocol):
    """Sees what a command does to a database, without getting in its way."""

    def writing(self) -> bool:
        """Whether somebody is about to change the database."""

    def wait_until_quiet(self) -> None:
        """Wait until nobody else is at work in the database."""


class SqliteWatch:
    """Looks whether the write gate is held."""

    def __init__(self, engine: Engine) -> None:
        database = Path(str(engine.url.database))
        self._gate = database.with_name(database.name + ".lock")

    def writing(self) -> bool:
        if not self._gate.exists():
            return False
        with self._gate.open("rb") as gate:
            try:
                fcntl.flock(gate, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            return False

    def wait_until_quiet(self) -> None:
        """The kernel has freed the locks of a killed process when it is gone."""


class PostgresWatch:
    """Looks at what the server's other processes do."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def writing(self) -> bool:
        return self._others("AND backend_xid IS NOT NULL") > 0

    def wait_until_quiet(self) -> None:
        deadline = time.monotonic() + QUIET_SECONDS
        while self._others():
            if time.monotonic() > deadline:
                raise RuntimeError("a killed command's connection is still at work")
            time.sleep(0.005)

    def _others(self, condition: str = "") -> int:
        mine = "datname = current_database() AND pid <> pg_backend_pid()"
        with reading(self._engine) as connection:
            found = connection.scalar(text(f"SELECT count(*) FROM pg_stat_activity WHERE {mine} {condition}"))
        return int(found or 0)


@dataclass(frozen=True)
class Task:
    """A command that must be all or nothing.

    Attributes:
        name: For people.
        arguments: After ``shop``.
        template: The database that it starts from.
    """

    name: str
    arguments: list[str]
    template: str


@dataclass(frozen=True)
class Undisturbed:
    """A run that nobody killed: what it began with, what it left, and how long it took.

    Attributes:
        before: The database before it.
        after: The database after it.
        seconds: How long it took.
        writing_seconds: For how long it was seen to write.
    """

    before: Contents
    after: Contents
    seconds: float
    writing_seconds: float


@dataclass
class Interruptions:
    """How often a command was killed, what it left, and what was wrong."""

    kills: int = 0
    while_writing: int = 0
    left_nothing: int = 0
    left_all: int = 0
    wrong: list[str] = field(default_factory=list)

    def __iadd__(self, other: Interruptions) -> Interruptions:
        self.kills += other.kills
        self.while_writing += other.while_writing
        self.left_nothing += other.left_nothing
        self.left_all += other.left_all
        self.wrong += other.wrong
        return self


@dataclass
class _Site:
    """A database of its own for one command."""

    task: Task
    engine: Engine
    watch: Watch
    output: Path

    def command(self) -> Command:
        url = self.engine.url.render_as_string(hide_password=False)
        settings = {"SHOP_DATABASE_URL": url, "SHOP_SECRET_KEY": SECRET_KEY}
        return Command(self.task.arguments, settings, self.output)

    def contents(self) -> Contents:
        self.watch.wait_until_quiet()
        return contents(self.engine)


@contextmanager
def _site(databases: Databases, task: Task, folder: Path) -> Iterator[_Site]:
    with databases.copy(task.template) as url:
        # One connection, so that looking costs no time.
        engine = create_engine(make_url(url), pool_size=1, max_overflow=0)
        engines.configure(engine)
        watch = PostgresWatch(engine) if engine.dialect.name == "postgresql" else SqliteWatch(engine)
        try:
            yield _Site(task, engine, watch, folder / "output")
        finally:
            engine.dispose()


def undisturbed(databases: Databases, task: Task, folder: Path) -> Undisturbed:
    """Run a command to its end, and measure it.

    Raises:
        RuntimeError: It failed, or was not seen to write.
    """
    with _site(databases, task, folder) as site:
        before = site.contents()
        started = time.monotonic()
        command = site.command().start()
        seen = command.wait_until(site.watch.writing)
        wrote_from = time.monotonic()
        command.wait_until(lambda: not site.watch.writing())
        wrote_until = time.monotonic()
        status = command.wait()
        if status != 0 or not seen:
            raise RuntimeError(f"{task.name}: exit status {status}, {site.output.read_text()[-2000:]}")
        return Undisturbed(
            before, site.contents(), time.monotonic() - started, max(0.01, wrote_until - wrote_from)
        )


def interrupt(databases: Databases, task: Task, folder: Path, *, kills: int, seed: int) -> Interruptions:
    """Kill a command at random moments, each on a database of its own, and run it again.

    Every other moment is drawn from the time in which it writes, the rest from the whole run.

    Args:
        databases: Where.
        task: What.
        folder: For what the commands print.
        kills: How often.
        seed: Chooses the moments.
    """
    model = undisturbed(databases, task, folder)
    result = Interruptions()
    for number in range(kills):
        rng = random.Random(f"{task.name}.{seed}.{number}")
        where = f"{task.name}, {databases.engine}, seed {seed}, kill {number}"
        for _ in range(DRAWS):
            with _site(databases, task, folder) as site:
                if _killed(site, model, rng, in_writing=number % 2 == 0, result=result):
                    result.wrong += [f"{where}: {one}" for one in _left_wrong(site, model, result)]
                    break
        else:
            result.wrong.append(f"{where}: never killed, it always ended first")
    return result


def _killed(
    site: _Site, model: Undisturbed, rng: random.Random, *, in_writing: bool, result: Interruptions
) -> bool:
    """Kill the site's command; return False where it ended first."""
    command = site.command().start()
    if in_writing:
        command.wait_until(site.watch.writing)
        time.sleep(rng.uniform(0, model.writing_seconds))
    else:
        time.sleep(rng.uniform(0, model.seconds))
    writing = site.watch.writing()
    if not command.kill9():
        return False
    result.kills += 1
    result.while_writing += writing
    return True


def _left_wrong(site: _Site, model: Undisturbed, result: Interruptions) -> Iterator[str]:
    left = site.contents()
    if left == model.after:
        result.left_all += 1
    elif left == model.before:
        result.left_nothing += 1
    else:
        yield f"half done: {left.difference(model.before)}; {left.difference(model.after)}"
    status = site.command().start().wait()
    if status != 0:
        yield f"run again it ended with {status}: {site.output.read_text()[-1000:]}"
        return
    again = site.contents()
    if again != model.after:
        yield f"run again it left something else: {again.difference(model.after)}"
    yield from faults(site.engine)
