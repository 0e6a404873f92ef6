"""Holding, releasing and selling pieces. Every function joins its caller's transaction.

Two buyers can neither share the last piece nor deadlock. An owner's own holds are locked before
rows of ``stock``; stock is locked in the order of variants; and whoever has stock never waits for
the hold of another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, Row, case, func, select, update
from sqlalchemy.orm import Session

from shop.catalogue.models import Variant
from shop.inventory import queries, taking
from shop.inventory.models import Hold, Stock
from shop.inventory.taking import record
from shop.kit.clock import database_now

#: A hold that was just ended: ``id``, ``variant_id``, ``location_id``, ``quantity``.
Ended: TypeAlias = Row[UUID, int, int, int]


def hold(
    session: Session,
    pieces: Mapping[str, int],
    *,
    owner: UUID,
    until: datetime,
    ids: Mapping[str, int] | None = None,
) -> None:
    """Promise pieces to a buyer until a moment, all of them or none.

    Check and subtraction are one statement. Where no place has enough, holds that have ended are
    put back first, so an expired hold never costs a sale, whether or not a sweeper runs.

    Args:
        session: From ``transaction()``.
        pieces: Whole pieces wanted, by SKU; demand of one variant is one entry.
        owner: Whose the hold is.
        until: UTC, judged by the database's clock.
        ids: The variants' ids by SKU, from a caller who has read them.

    Raises:
        OutOfStock: For the first variant that falls short; the caller rolls back.
        Busy: Pieces are just coming free; the caller rolls back and may be asked again.
        ValueError: There is no such variant.
    """
    if ids is None:
        ids = dict(session.execute(select(Variant.sku, Variant.id).where(Variant.sku.in_(pieces))).all())
    if unknown := set(pieces) - set(ids):
        raise ValueError(f"there is no variant {', '.join(sorted(unknown))}")
    promise = taking.Promise(owner, until)
    taken: list[taking.Taken] = []
    for sku in sorted(pieces, key=ids.__getitem__):
        taken += _take(session, sku, ids[sku], pieces[sku], promise)
    taking.write_down(session, taken, promise)


def _take(
    session: Session, sku: str, variant_id: int, wanted: int, promise: taking.Promise
) -> list[taking.Taken]:
    """Take pieces of one variant; those of ended holds only where nothing else will do."""
    taken = taking.take(session, variant_id, wanted, promise)
    if taken is None and (lapsed := _mark_ended(session, [sku], [variant_id])):
        for row in lapsed:
            _give_back(session, row, "lapsed")
        taken = taking.take(session, variant_id, wanted, promise)
    if taken is None:
        taken = taking.take_from_several(session, variant_id, wanted)
    if taken is None:
        raise queries.shortage(session, sku, variant_id, wanted)
    return taken


def release(session: Session, owner: UUID) -> int:
    """Put back what an owner still holds; return the number of holds released.

    Safe to repeat: a hold that was sold, released or lapsed is left alone.
    """
    ended = _mark(session, Hold.owner == owner, status="released")
    for row in ended:
        _give_back(session, row, "released")
    return len(ended)


def sell(session: Session, pieces: Mapping[str, int], *, owner: UUID) -> None:
    """Turn what an owner holds into sold pieces.

    A hold that has ended but that nobody took is still its owner's. Where holds lapsed, the
    pieces are taken again if they are free.

    Args:
        session: From ``transaction()``.
        pieces: Whole pieces to be sold, by SKU.
        owner: Who holds them.

    Raises:
        OutOfStock: Lapsed pieces went to someone else; the caller rolls back.
    """
    ended = _mark(session, Hold.owner == owner, status="sold")
    # Then all of its stock, in order: taking lapsed pieces again would otherwise go back to an
    # earlier variant with a later one in hand.
    skus = _lock_stock(session, pieces)
    for row in ended:
        _move(session, row, "sold", on_hand=-row.quantity, held=-row.quantity)
    missing = Counter(pieces)
    for row in ended:
        missing[skus[row.variant_id]] -= row.quantity
    if short := {sku: count for sku, count in missing.items() if count > 0}:
        hold(session, short, owner=owner, until=session.scalars(select(database_now())).one())
        for row in _mark(session, Hold.owner == owner, status="sold"):
            _move(session, row, "sold", on_hand=-row.quantity, held=-row.quantity)


def _lock_stock(session: Session, pieces: Iterable[str]) -> dict[int, str]:
    """Lock the stock of some variants in its order; return their SKUs by id."""
    rows = session.execute(
        select(Stock.variant_id, Variant.sku)
        .join(Variant, Variant.id == Stock.variant_id)
        .where(Variant.sku.in_(pieces))
        .order_by(Stock.variant_id, Stock.location_id)
        .with_for_update(of=Stock)
    )
    return dict(rows.all())


def keep(session: Session, pieces: Mapping[str, int], *, owner: UUID, until: datetime) -> None:
    """Let what an owner holds last until a moment; never shortens a hold.

    For a payment that was accepted but takes days to arrive or to be captured. Where holds
    lapsed, the pieces are held again if they are free.

    Args:
        session: From ``transaction()``.
        pieces: Whole pieces to be held, by SKU.
        owner: Whose the holds are.
        until: UTC, judged by the database's clock.

    Raises:
        OutOfStock: Lapsed pieces went to someone else; the caller rolls back.
    """
    held = session.execute(
        update(Hold)
        .where(Hold.owner == owner, Hold.status == "active")
        .values(ends_at=case((Hold.ends_at < until, until), else_=Hold.ends_at))
        .returning(Hold.variant_id, Hold.quantity)
        .execution_options(synchronize_session=False)
    ).all()
    skus = _lock_stock(session, pieces)
    missing = Counter(pieces)
    for row in held:
        missing[skus[row.variant_id]] -= row.quantity
    if short := {sku: count for sku, count in missing.items() if count > 0}:
        hold(session, short, owner=owner, until=until)


def restock(session: Session, pieces: Mapping[str, int], *, owner: UUID, reference: UUID) -> None:
    """Put pieces that came back where they were sold from, to be sold again.

    Args:
        session: From ``transaction()``.
        pieces: Whole pieces that came back, by SKU.
        owner: Who had bought them.
        reference: What they came back with, for the ledger.
    """
    skus = _lock_stock(session, pieces)
    sold = session.execute(
        select(Hold.variant_id, func.min(Hold.location_id).label("location_id"))
        .where(Hold.owner == owner, Hold.status == "sold", Hold.variant_id.in_(skus))
        .group_by(Hold.variant_id)
        .order_by(Hold.variant_id)
    ).all()
    for variant_id, location_id in sold:
        came = pieces[skus[variant_id]]
        session.execute(
            update(Stock)
            .where(Stock.variant_id == variant_id, Stock.location_id == location_id)
            .values(on_hand=Stock.on_hand + came)
            .execution_options(synchronize_session=False)
        )
        place = {"variant_id": variant_id, "location_id": location_id}
        record(session, reference, "returned", **place, on_hand=came)


def _mark_ended(session: Session, pieces: Iterable[str], variants: Iterable[int]) -> Sequence[Ended]:
    """Mark the ended holds on some variants as lapsed, skipping those that their owners are ending.

    The stock is locked first: a buyer who comes between the mark and the pieces put back would
    find neither, and be told to ask again while pieces are there.
    """
    ended = (
        Hold.variant_id.in_(list(variants)),
        Hold.status == "active",
        Hold.ends_at <= database_now(),
    )
    if session.scalar(select(Hold.id).where(*ended).limit(1)) is None:
        return []
    _lock_stock(session, pieces)
    ours = session.scalars(select(Hold.id).where(*ended).with_for_update(skip_locked=True)).all()
    return _mark(session, Hold.id.in_(ours), status="lapsed") if ours else []


def _mark(session: Session, which: ColumnElement[bool], *, status: str) -> Sequence[Ended]:
    """End active holds; return them in the order their stock may be locked."""
    marked = session.execute(
        update(Hold)
        .where(which, Hold.status == "active")
        .values(status=status)
        .returning(Hold.id, Hold.variant_id, Hold.location_id, Hold.quantity)
        .execution_options(synchronize_session=False)
    ).all()
    return sorted(marked, key=lambda row: (row.variant_id, row.location_id))


def _give_back(session: Session, row: Ended, kind: str) -> None:
    _move(session, row, kind, held=-row.quantity)


def _move(session: Session, row: Ended, kind: str, *, on_hand: int = 0, held: int = 0) -> None:
    session.execute(
        update(Stock)
        .where(Stock.variant_id == row.variant_id, Stock.location_id == row.location_id)
        .values(on_hand=Stock.on_hand + on_hand, held=Stock.held + held)
        .execution_options(synchronize_session=False)
    )
    record(
        session,
        row.id,
        kind,
        variant_id=row.variant_id,
        location_id=row.location_id,
        on_hand=on_hand,
        held=held,
    )
