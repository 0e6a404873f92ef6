"""Backing the shop up, and restoring it: the same steps on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, inspect, select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from shop.audit import service as audit
from shop.audit.models import AuditHead
from shop.backup.contents import Contents, examine
from shop.backup.errors import NotDone, Tell
from shop.backup.seal import Seal, require_sealed, seal
from shop.backup.stores import Store, kind_of, store_of
from shop.backup.unfinished import unfinished
from shop.config import current_settings
from shop.kit.clock import clock, now
from shop.kit.db import db, write_gate
from shop.kit.engines import READING
from shop.kit.migrations import require_migrated, revision_of, wanted_revision
from shop.orders.models import Order


class BreachedCopy(NotDone):
    """A copy does not agree with itself; ``faults`` says where."""

    def __init__(self, message: str, faults: tuple[str, ...]) -> None:
        super().__init__(message)
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Restored:
    """What the file held, and what the database holds after it was put back."""

    copied: Contents
    now: Contents


def back_up(file: Path, *, overwrite: bool = False, tell: Tell = lambda _: None) -> Contents:
    """Write one moment of the shop's database into a file, open the file and verify it.

    The shop goes on selling meanwhile. The file takes its name last of all: one that is
    there was opened, read and asked for every invariant. A file that breaks one is kept:
    so does the shop.

    Args:
        file: Where to; readable by its owner only, as it holds shoppers' addresses.
        overwrite: Whether a file of that name may be replaced.
        tell: Is told each step.

    Raises:
        NotDone: No file was made; one that was to be replaced is as it was.
    """
    require_migrated()
    if _is_database(file):
        raise NotDone(f"{file} is the shop's own database")
    store = _store()
    store.require_ready()
    with unfinished(file, overwrite=overwrite) as part:
        began = now()
        tell("Copying the database")
        store.copy_into(part)
        tell("Sealing the copy")
        seal(part.path, began)
        with _opened(part.path, store, tell) as copy:
            contents = _contents_of(copy, part.path, store, tell)
        tell("Giving the copy its name")
    return contents


def restore(
    file: Path,
    *,
    replace: bool = False,
    despite_breaches: bool = False,
    actor: str = "shop",
    tell: Tell = lambda _: None,
) -> Restored:
    """Put a copy in the place of all that the shop's database holds, or change nothing.

    The audit log that comes with the copy says so in one more entry: who did it, from which file, and
    where the log ended that it took the place of.

    Args:
        file: What :func:`back_up` wrote, at this release's schema.
        replace: Whether orders that the database holds may be lost.
        despite_breaches: Whether a copy that breaks invariants will do.
        actor: Who restores it, for the audit log.
        tell: Is told each step.

    Raises:
        BreachedCopy: The file breaks invariants.
        NotDone: The file is damaged, of another kind or another schema; or the database is.
    """
    store = _store()
    tell("Reading the file")
    sealed = _require_whole(file, store)
    store.require_ready()
    with _opened(file, store, tell) as copy:
        with _judged_at(sealed.made_at):
            copied = _contents_of(copy, file, store, tell)
        if copied.faults and not despite_breaches:
            raise BreachedCopy(f"{file} breaks invariants; --despite-breaches restores it", copied.faults)
        with write_gate():
            replaced = _require_replaceable(store, replace=replace)
            tell("Putting it in the database's place")
            put = {"file": file.name, "made_at": sealed.made_at, "seal_sha256": sealed.sha256}
            change = audit.Change("backup.restore", "database", replaced, {**put, "orders": copied.orders})
            store.put_back(copy, lambda session: audit.record(session, actor, [change]), tell)
    tell("Verifying the database")
    with _judged_at(sealed.made_at):
        return Restored(copied, examine(db.session()))


def _store() -> Store:
    return store_of(db.engine, current_settings())


def _is_database(file: Path) -> bool:
    name = db.engine.url.database or ""
    return db.engine.dialect.name == "sqlite" and file.resolve() == Path(name).resolve()


@contextmanager
def _judged_at(moment: datetime) -> Iterator[None]:
    """Let the block's clocks say when the copy was made.

    It holds payments that ended since, and nobody could look after them in a file. They
    are no fault of the copy: `shop reconcile` closes them once it is the shop again.
    """
    before = clock.offset
    clock.advance(moment - now())
    try:
        yield
    finally:
        clock.offset = before


def _require_whole(file: Path, store: Store) -> Seal:
    """Return the seal of a file.

    Raises:
        NotDone: It is not what ``shop backup`` wrote for this engine.
    """
    kind = kind_of(file)
    if kind is None:
        raise NotDone(f"{file} is no backup of a shop")
    if kind != store.kind:
        raise NotDone(f"{file} is {kind}; this shop's database takes {store.kind}")
    return require_sealed(file)


@contextmanager
def _opened(file: Path, store: Store, tell: Tell) -> Iterator[Engine]:
    tell("Opening the copy")
    with store.opened(file) as copy:
        yield copy


def _contents_of(copy: Engine, file: Path, store: Store, tell: Tell) -> Contents:
    """Read what an opened copy holds.

    Raises:
        NotDone: It cannot be read, or is of another schema.
    """
    tell("Verifying the copy")
    try:
        _require_this_revision(copy, str(file), "restore it with the release that made it, then upgrade")
        with copy.connect() as connection:
            damage = store.damage(connection)
        with Session(copy) as session:
            return examine(session, damage)
    except DatabaseError as error:
        raise NotDone(f"{file} cannot be read: {error.orig}") from error


def _require_this_revision(engine: Engine, what: str, remedy: str) -> None:
    wanted = wanted_revision()
    with engine.connect() as connection:
        found = revision_of(connection)
    if found != wanted:
        raise NotDone(f"{what} is at schema {found or 'none'}, this release at {wanted}: {remedy}")


def _require_replaceable(store: Store, *, replace: bool) -> dict[str, Any] | None:
    """Refuse a database that would lose orders, or that is not this shop's.

    Returns:
        What is lost, for the audit log; None where nothing was there.

    Raises:
        NotDone: Nothing was changed.
    """
    engine = db.engine.execution_options(**{READING: True})
    try:
        if not inspect(engine).get_table_names():
            return None
        _require_this_revision(engine, "the database in place", f"restore into a new one ({store.anew})")
        with Session(engine) as session:
            orders = session.scalar(select(func.count()).select_from(Order)) or 0
            # One that is damaged is what a restore is for.
            end = session.execute(select(AuditHead.number, AuditHead.hash)).one_or_none()
    except DatabaseError as error:
        text = f"the database in place cannot be read: {error.orig}; restore into a new one ({store.anew})"
        raise NotDone(text) from error
    if orders and not replace:
        raise NotDone(f"the database holds {orders:,} orders that would be lost; say --replace")
    return {"orders": orders, **({"audit_number": end.number, "audit_hash": end.hash} if end else {})}
