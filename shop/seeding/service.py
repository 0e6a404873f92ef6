"""The verbs of seeding: see what a seed would change, and apply it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text

from shop.audit import service as audit
from shop.catalogue.service import publish
from shop.kit.db import db, transaction
from shop.search.index import is_current, reindex
from shop.seeding.changes import audited_changes
from shop.seeding.current import read_current
from shop.seeding.plan import Plan, compare
from shop.seeding.prepare import prepare
from shop.seeding.report import Report, report_on
from shop.seeding.write import Progress, write_plan

#: Names the lock under which PostgreSQL lets one seed at a time write; any number will do.
_SEED_LOCK = 5_117_353


def plan(seed_dir: Path) -> Plan:
    """Return what applying a seed would change, and change nothing.

    Raises:
        SeedRefused: The seed has faults; its ``faults`` say which and where.
    """
    return compare(prepare(seed_dir), read_current(db.session.connection()))


def apply(seed_dir: Path, progress: Progress | None = None, *, actor: str = "shop") -> Report:
    """Bring the database to what a seed says, and search with it: all of it, or nothing.

    Applying a seed again changes nothing. Rows that orders may point at are retired and
    never deleted. Opening stock is counted once.

    Args:
        seed_dir: The folder with the seed's files.
        progress: Told of each table: steps done, steps in all, the table.
        actor: Who applies it, for the audit log.

    Raises:
        SeedRefused: The seed has faults; nothing was written.
    """
    wanted = prepare(seed_dir)
    # Looked at without a lock first: a seed that changes nothing holds up no order.
    found = compare(wanted, read_current(db.session.connection()))
    if found.count or not is_current(db.session()):
        with transaction() as session:
            if session.get_bind().dialect.name == "postgresql":
                session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _SEED_LOCK})
            current = read_current(session.connection())
            found = compare(wanted, current)
            write_plan(session, found, current, progress)
            reindex(session)
            if found.count:  # another seed may have said the same just before
                publish(session)
                audit.record(session, actor, audited_changes(found))
    return report_on(found)
