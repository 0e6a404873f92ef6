"""The verbs of seeding: see what a seed would change, apply it, and write one out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from shop.audit import service as audit
from shop.catalogue.service import publish
from shop.kit.db import beside_writers, db, transaction
from shop.media.service import insert_image
from shop.media.store import current_store
from shop.search.index import is_current, reindex
from shop.seeding.changes import audited_changes
from shop.seeding.current import Current, read_current
from shop.seeding.diff import digest
from shop.seeding.errors import Faults
from shop.seeding.formats.files import File, Sent, opened
from shop.seeding.large.stage import prepared
from shop.seeding.large.table import LargeTable, large_table_in
from shop.seeding.pictures import find_pictures, take_pictures
from shop.seeding.plan import Plan, compare
from shop.seeding.prepare import complete
from shop.seeding.report import Report, report_on
from shop.seeding.seed import Seed, read_files
from shop.seeding.write import Progress, write_plan

#: Names the lock under which PostgreSQL lets one seed at a time write; any number will do.
_SEED_LOCK = 5_117_353


class PlanDiffersError(Exception):
    """The plan is not the one that was agreed to; nothing was written."""

    def __str__(self) -> str:
        return "The shop or the files changed since the plan was shown; nothing was written."


def plan(path: Path | Sent, progress: Progress | None = None, *, prune: bool = False) -> Plan:
    """Return what applying a seed would change, and change nothing.

    Args:
        path: A folder, a file, a zip, or what was sent.
        progress: Told how far a large table is compared: steps done, steps in all, what is done.
        prune: Whether what is gone from the files goes from the shop.

    Raises:
        SeedRefused: The seed has faults; its ``faults`` say which and where.
    """
    faults = Faults()
    with opened(path, faults) as files:
        if (name := large_table_in(files, prune=prune)) is not None:
            return _plan_large(files[0], name, progress)
        seed = read_files(files, path, faults)
    take_pictures(seed, find_pictures(seed, path, faults), faults)
    return _plan(seed, faults, prune=prune)[0]


def _plan_large(file: File, name: str, progress: Progress | None) -> Plan:
    with db.engine.connect() as connection, prepared(connection) as stage, beside_writers(connection):
        table = LargeTable(stage, file, name, progress)
        table.read()
        return table.plan(kept=True)


def _plan(seed: Seed, faults: Faults, *, prune: bool) -> tuple[Plan, Current]:
    read: list[Current] = []

    def current() -> Current:
        read.append(read_current(db.session.connection()))
        return read[0]

    wanted = complete(seed, faults, current, prune=prune)
    return compare(wanted, read[0]), read[0]


@dataclass(frozen=True, slots=True)
class _Terms:
    """On what terms a plan is carried out.

    Attributes:
        actor: Who applies it.
        agreed: Digest of the only plan that may be carried out; None: whatever the plan is.
        end: Joins the transaction once all is written.
    """

    actor: str
    agreed: str | None
    end: Callable[[Session, Report], None] | None

    @property
    def is_agreed(self) -> bool:
        """Whether somebody has seen the plan before."""
        return self.agreed is not None

    def require(self, found: Plan) -> None:
        """Let only the agreed plan be carried out.

        Raises:
            PlanDiffersError: It is another one.
        """
        if self.agreed is not None and digest(found) != self.agreed:
            raise PlanDiffersError

    def tell(self, session: Session, found: Plan) -> None:
        """End a plan that was carried out: what joins in, every cache, and last the audit log."""
        if self.end:
            self.end(session, report_on(found))
        if found.count:  # another seed may have said the same just before
            publish(session)
            audit.record(session, self.actor, audited_changes(found))


def apply(
    path: Path | Sent,
    progress: Progress | None = None,
    *,
    prune: bool = False,
    actor: str = "shop",
    agreed: str | None = None,
    end: Callable[[Session, Report], None] | None = None,
) -> Report:
    """Bring the database to what a seed says, and search with it: all of it, or nothing.

    Applying a seed again changes nothing. What the files do not name stays, unless it is to be
    pruned; rows that orders may point at are retired even then, and never deleted. Opening
    stock is counted once.

    Args:
        path: A folder, a file, a zip, or what was sent.
        progress: Told of each table: steps done, steps in all, the table.
        prune: Whether what is gone from the files goes from the shop.
        actor: Who applies it, for the audit log.
        agreed: Digest of the only plan that may be carried out; None: whatever the plan is.
        end: Joins the transaction once all is written; what it raises takes it all back.

    Raises:
        SeedRefused: The seed has faults; nothing was written.
        PlanDiffersError: The plan is another one than was agreed to; nothing was written.
    """
    faults, terms = Faults(), _Terms(actor, agreed, end)
    with opened(path, faults) as files:
        if (name := large_table_in(files, prune=prune)) is not None:
            return _apply_large(files[0], name, progress, terms)
        seed = read_files(files, path, faults)
    pictures = take_pictures(seed, find_pictures(seed, path, faults), faults, current_store())
    # Looked at without a lock first: a seed that changes nothing holds up no order.
    found, before = _plan(seed, faults, prune=prune)
    terms.require(found)
    if found.count or end or not is_current(db.session()):
        with transaction() as session:
            lock(session)
            current = read_current(session.connection())
            if current != before:  # somebody wrote meanwhile
                found = compare(complete(seed, faults, lambda: current, prune=prune), current)
                terms.require(found)
            for picture in pictures:
                insert_image(session, picture)
            write_plan(session, found, current, progress)
            if found.count or not is_current(session):
                reindex(session)
            terms.tell(session, found)
    return report_on(found)


def _apply_large(file: File, name: str, progress: Progress | None, terms: _Terms) -> Report:
    with db.engine.connect() as connection, prepared(connection) as stage:
        table = LargeTable(stage, file, name, progress)
        found: Plan | None = None
        if not stage.is_postgresql:
            # Nobody else could write meanwhile: all is laid out and compared before.
            with beside_writers(connection):
                table.read()
                found, seen = table.plan(kept=terms.is_agreed), stage.data_version()
            terms.require(found)
            if not found.count and not terms.end and is_current(db.session()):
                return report_on(found)
        with transaction(on=connection) as session:
            if found is None:
                table.read()
            lock(session)
            if found is None or stage.data_version() != seen:  # somebody wrote meanwhile
                found = table.plan(kept=terms.is_agreed)
                terms.require(found)
            table.write()
            if table.is_search_affected or not is_current(session):
                reindex(session)
            terms.tell(session, found)
    return report_on(found)


def lock(session: Session) -> None:
    """Let one seed at a time write; SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _SEED_LOCK})
