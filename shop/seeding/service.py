"""The verbs of seeding: see what a seed would change, apply it, and write one out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from shop.audit import service as audit
from shop.catalogue.service import publish
from shop.kit.db import db, transaction
from shop.media.service import insert_image
from shop.media.store import current_store
from shop.search.index import is_current, reindex
from shop.seeding.changes import audited_changes
from shop.seeding.current import Current, read_current
from shop.seeding.diff import digest
from shop.seeding.errors import Faults
from shop.seeding.files import Sent
from shop.seeding.pictures import find_pictures, take_pictures
from shop.seeding.plan import Plan, compare
from shop.seeding.prepare import complete
from shop.seeding.report import Report, report_on
from shop.seeding.seed import Seed, read_seed
from shop.seeding.write import Progress, write_plan

#: Names the lock under which PostgreSQL lets one seed at a time write; any number will do.
_SEED_LOCK = 5_117_353


class PlanDiffersError(Exception):
    """The plan is not the one that was agreed to; nothing was written."""


def plan(path: Path | Sent, *, prune: bool = False, form: str | None = None) -> Plan:
    """Return what applying a seed would change, and change nothing.

    Args:
        path: A folder, a file, a zip, ``-`` for standard input, or what was sent.
        prune: Whether what is gone from the files goes from the shop.
        form: What standard input is: ``yaml``, ``json``, ``csv`` or ``zip``.

    Raises:
        SeedRefused: The seed has faults; its ``faults`` say which and where.
    """
    faults = Faults()
    seed = read_seed(path, faults, form)
    take_pictures(seed, find_pictures(seed, path, faults), faults)
    return _plan(seed, faults, prune=prune)[0]


def _plan(seed: Seed, faults: Faults, *, prune: bool) -> tuple[Plan, Current]:
    read: list[Current] = []

    def current() -> Current:
        read.append(read_current(db.session.connection()))
        return read[0]

    wanted = complete(seed, faults, current, prune=prune)
    return compare(wanted, read[0]), read[0]


def apply(
    path: Path | Sent,
    progress: Progress | None = None,
    *,
    prune: bool = False,
    form: str | None = None,
    actor: str = "shop",
    agreed: str | None = None,
    end: Callable[[Session, Report], None] | None = None,
) -> Report:
    """Bring the database to what a seed says, and search with it: all of it, or nothing.

    Applying a seed again changes nothing. What the files do not name stays, unless it is to be
    pruned; rows that orders may point at are retired even then, and never deleted. Opening
    stock is counted once.

    Args:
        path: A folder, a file, a zip, ``-`` for standard input, or what was sent.
        progress: Told of each table: steps done, steps in all, the table.
        prune: Whether what is gone from the files goes from the shop.
        form: What standard input is.
        actor: Who applies it, for the audit log.
        agreed: Digest of the only plan that may be carried out; None: whatever the plan is.
        end: Joins the transaction once all is written; what it raises takes it all back.

    Raises:
        SeedRefused: The seed has faults; nothing was written.
        PlanDiffersError: The plan is another one than was agreed to; nothing was written.
    """
    faults = Faults()
    seed = read_seed(path, faults, form)
    pictures = take_pictures(seed, find_pictures(seed, path, faults), faults, current_store())
    # Looked at without a lock first: a seed that changes nothing holds up no order.
    found, before = _plan(seed, faults, prune=prune)
    _require(agreed, found)
    if found.count or end or not is_current(db.session()):
        with transaction() as session:
            lock(session)
            current = read_current(session.connection())
            if current != before:  # somebody wrote meanwhile
                found = compare(complete(seed, faults, lambda: current, prune=prune), current)
                _require(agreed, found)
            for picture in pictures:
                insert_image(session, picture)
            write_plan(session, found, current, progress)
            if found.count or not is_current(session):
                reindex(session)
            if end:
                end(session, report_on(found))
            if found.count:  # another seed may have said the same just before
                publish(session)
                audit.record(session, actor, audited_changes(found))
    return report_on(found)


def _require(agreed: str | None, found: Plan) -> None:
    if agreed is not None and digest(found) != agreed:
        raise PlanDiffersError


def lock(session: Session) -> None:
    """Let one seed at a time write; SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _SEED_LOCK})
