"""Holding, releasing and selling pieces. Every function joins its caller's transaction.

Two buyers can neither share the last piece nor deadlock: rows of ``hold`` are locked before
rows of ``stock``, stock in the order of variants, and a buyer never waits for the hold of
another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, Row, insert, select, update
from sqlalchemy.orm import Session

from shop.catalogue.models import Variant
from shop.inventory import queries
from shop.inventory.models import Hold, Location, Movement, Stock
from shop.kit.clock import database_now

#: A hold that was just ended: ``id``, ``variant_id``, ``location_id``, ``quantity``.
Ended: TypeAlias = Row[UUID, int, int, int]


def hold(session: Session, pieces: Mapping[str, int], *, owner: UUID, until: datetime) -> None:
    """Promise pieces to a buyer until a moment, all of them or none.

    Check and subtraction are one statement. Holds that have ended are put back first, so
    an expired hold never costs a sale, whether or not a sweeper runs.

    Args:
        session: From ``transaction()``.
        pieces: Whole pieces wanted, by SKU; demand of one variant is one entry.
        owner: Whose the hold is.
        until: UTC, judged by the database's clock.

    Raises:
        OutOfStock: For the first variant that falls short; the caller rolls back.
        Busy: Pieces are just coming free; the caller rolls back and may be asked again.
        ValueError: There is no such variant.
    """
    ids = dict(session.execute(select(Variant.sku, Variant.id).where(Variant.sku.in_(pieces))).all())
    if unknown := set(pieces) - set(ids):
        raise ValueError(f"there is no variant {', '.join(sorted(unknown))}")
    moment = session.scalars(select(database_now())).one()
    lapsed = _mark_ended(session, ids.values())
    for sku, variant_id in sorted(ids.items(), key=lambda pair: pair[1]):
        wanted = pieces[sku]
        for row in lapsed:
            if row.variant_id == variant_id:
                _give_back(session, row, "lapsed")
        taken = _take_from_one_place(session, variant_id, wanted) or _take_from_several(
            session, variant_id, wanted
        )
        if not taken:
            raise queries.shortage(session, sku, variant_id, wanted)
        for location_id, quantity in taken:
            place = {"variant_id": variant_id, "location_id": location_id}
            new = Hold(owner=owner, quantity=quantity, ends_at=until, created_at=moment, **place)
            session.add(new)
            session.flush()
            _record(session, new.id, "held", **place, held=quantity)


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


def _lock_stock(session: Session, pieces: Mapping[str, int]) -> dict[int, str]:
    """Lock the stock of some variants in its order; return their SKUs by id."""
    rows = session.execute(
        select(Stock.variant_id, Variant.sku)
        .join(Variant, Variant.id == Stock.variant_id)
        .where(Variant.sku.in_(pieces))
        .order_by(Stock.variant_id, Stock.location_id)
        .with_for_update(of=Stock)
    )
    return dict(rows.all())


def extend(session: Session, *, owner: UUID, until: datetime) -> None:
    """Let an owner's holds last until a moment; never shortens one.

    For a payment that was accepted but takes days to arrive.
    """
    session.execute(
        update(Hold)
        .where(Hold.owner == owner, Hold.status == "active", Hold.ends_at < until)
        .values(ends_at=until)
        .execution_options(synchronize_session=False)
    )


def _mark_ended(session: Session, variants: Iterable[int]) -> Sequence[Ended]:
    """Mark the ended holds on some variants as lapsed, skipping those at work elsewhere."""
    ended = session.scalars(
        select(Hold.id)
        .where(Hold.variant_id.in_(list(variants)), Hold.status == "active", Hold.ends_at <= database_now())
        .with_for_update(skip_locked=True)
    ).all()
    return _mark(session, Hold.id.in_(ended), status="lapsed") if ended else []


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


def _take_from_one_place(session: Session, variant_id: int, wanted: int) -> list[tuple[int, int]]:
    """Hold all pieces at the first location that has them; return what was taken."""
    enough = Stock.on_hand - Stock.held >= wanted
    first = (
        select(Stock.location_id)
        .join(Location, Location.id == Stock.location_id)
        .where(Stock.variant_id == variant_id, enough)
        .order_by(Location.position)
        .limit(1)
        .scalar_subquery()
    )
    location_id = session.scalar(
        update(Stock)
        # The check stands again beside the subquery: PostgreSQL re-reads a row it waited
        # for against this condition, but does not run the subquery again.
        .where(Stock.variant_id == variant_id, Stock.location_id == first, enough)
        .values(held=Stock.held + wanted)
        .returning(Stock.location_id)
        .execution_options(synchronize_session=False)
    )
    return [] if location_id is None else [(location_id, wanted)]


def _take_from_several(session: Session, variant_id: int, wanted: int) -> list[tuple[int, int]]:
    """Hold pieces location by location, locking each; return nothing where they fall short."""
    rows = session.execute(
        select(Stock.location_id, Stock.on_hand - Stock.held)
        .join(Location, Location.id == Stock.location_id)
        .where(Stock.variant_id == variant_id)
        .order_by(Location.position)
        .with_for_update(of=Stock)
    )
    taken: list[tuple[int, int]] = []
    missing = wanted
    for location_id, free in rows:
        if part := min(free, missing):
            taken.append((location_id, part))
            missing -= part
    if missing:
        return []
    for location_id, part in taken:
        session.execute(
            update(Stock)
            .where(Stock.variant_id == variant_id, Stock.location_id == location_id)
            .values(held=Stock.held + part)
            .execution_options(synchronize_session=False)
        )
    return taken


def _give_back(session: Session, row: Ended, kind: str) -> None:
    _move(session, row, kind, held=-row.quantity)


def _move(session: Session, row: Ended, kind: str, *, on_hand: int = 0, held: int = 0) -> None:
    session.execute(
        update(Stock)
        .where(Stock.variant_id == row.variant_id, Stock.location_id == row.location_id)
        .values(on_hand=Stock.on_hand + on_hand, held=Stock.held + held)
        .execution_options(synchronize_session=False)
    )
    _record(
        session,
        row.id,
        kind,
        variant_id=row.variant_id,
        location_id=row.location_id,
        on_hand=on_hand,
        held=held,
    )


def _record(
    session: Session,
    hold_id: UUID,
    kind: str,
    *,
    variant_id: int,
    location_id: int,
    on_hand: int = 0,
    held: int = 0,
) -> None:
    session.execute(
        insert(Movement).values(
            variant_id=variant_id,
            location_id=location_id,
            kind=kind,
            on_hand_delta=on_hand,
            held_delta=held,
            reference=str(hold_id),
            happened_at=database_now(),
        )
    )
