"""Bugs of stock: sold twice, held for ever, held too short."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from shop.checkout import completion, outcomes
from shop.inventory import service as inventory
from shop.inventory import taking
from shop.inventory.models import Hold, Stock
from shop.orders import refunds
from tests.simulator.mutants.mutant import Mutant, without_checks
from tests.simulator.replacing import replaced
from tests.simulator.world import World


def _take_unasked(session: Session, variant_id: int, wanted: int) -> list[tuple[int, int]]:
    place = session.scalar(
        update(Stock)
        .where(Stock.variant_id == variant_id, Stock.location_id == 2)
        .values(held=Stock.held + wanted)
        .returning(Stock.location_id)
    )
    return [(place or 1, wanted)] if place else _take_first(session, variant_id, wanted)


def _take_first(session: Session, variant_id: int, wanted: int) -> list[tuple[int, int]]:
    session.execute(
        update(Stock)
        .where(Stock.variant_id == variant_id, Stock.location_id == 1)
        .values(held=Stock.held + wanted)
    )
    return [(1, wanted)]


@contextmanager
def check_then_write(world: World) -> Iterator[None]:
    """The shelf is looked at in one step, and the piece taken in a later one that does not look."""
    with ExitStack() as stack:
        # What is left is the look before the transaction.
        stack.enter_context(replaced(completion, _require_ready=lambda *_: None))
        stack.enter_context(replaced(taking, _take_from_one_place=_take_unasked))
        yield


@contextmanager
def check_then_write_unguarded(world: World) -> Iterator[None]:
    """The same, and no constraint of the database stands behind it."""
    with check_then_write(world), without_checks(world):
        yield


@contextmanager
def half_an_order(world: World) -> Iterator[None]:
    """Of an order for two, the one that is left is held (with the check before it taken away)."""

    def some(session: Session, variant_id: int, wanted: int) -> list[tuple[int, int]]:
        free = select(func.sum(Stock.on_hand - Stock.held)).where(Stock.variant_id == variant_id)
        left = session.scalar(free) or 0
        return original(session, variant_id, min(wanted, left)) if left else []

    original = taking._take_from_several
    unchecked = {"_require_ready": lambda *_: None, "refuse_sold_out": lambda *_: None}
    with replaced(completion, **unchecked), replaced(taking, _take_from_several=some):
        yield


@contextmanager
def own_hold_locks_out(world: World) -> Iterator[None]:
    """An order that is given up keeps its pieces."""
    with replaced(inventory, release=lambda *_: 0):
        yield


@contextmanager
def sweeper_needed(world: World) -> Iterator[None]:
    """An ended hold is not buyable before somebody sweeps."""
    with replaced(inventory, _mark_ended=lambda *_: []):
        yield


@contextmanager
def lapsed_counts(world: World) -> Iterator[None]:
    """A hold that lapsed and was taken by another still counts as its owner's."""

    def mark(session: Session, which: Any, *, status: str) -> Any:
        marked = session.execute(
            update(Hold)
            .where(which, Hold.status.in_(("active", "lapsed")))
            .values(status=status)
            .returning(Hold.id, Hold.variant_id, Hold.location_id, Hold.quantity)
            .execution_options(synchronize_session=False)
        ).all()
        return sorted(marked, key=lambda row: (row.variant_id, row.location_id))

    with replaced(inventory, _mark=mark):
        yield


@contextmanager
def hold_shorter_than_payment(world: World) -> Iterator[None]:
    """The hold ends before the payment does."""
    settings = world.app.extensions["shop.settings"]
    before = settings.hold_grace_minutes
    object.__setattr__(settings, "hold_grace_minutes", -30)
    try:
        yield
    finally:
        object.__setattr__(settings, "hold_grace_minutes", before)


@contextmanager
def processing_hold_lapses(world: World) -> Iterator[None]:
    """Money that takes days does not keep its pieces for days."""
    with replaced(inventory, keep=lambda *_, **__: None):
        yield


@contextmanager
def paid_without_pieces(world: World) -> Iterator[None]:
    """An order becomes paid though its pieces went to someone else."""
    original = outcomes._each_piece

    def each_piece(session: Session, order: Any, take: Any) -> bool:
        original(session, order, take)
        return True

    with replaced(outcomes, _each_piece=each_piece):
        yield


@contextmanager
def released_twice(world: World) -> Iterator[None]:
    """Pieces are put back once more for a hold that has ended already."""

    def release(session: Session, owner: UUID) -> int:
        found = session.query(Hold).filter(Hold.owner == owner).all()
        for hold in found:
            if hold.status != "sold":
                inventory._give_back(session, hold, "released")  # type: ignore[arg-type]
                hold.status = "released"
        return len(found)

    with replaced(inventory, release=release):
        yield


@contextmanager
def demand_counted_apart(world: World) -> Iterator[None]:
    """Each line of a cart is checked for itself: the second takes what the first was promised."""
    original = inventory.hold

    def hold(session: Session, pieces: Any, **more: Any) -> None:
        original(session, Counter(dict.fromkeys(pieces, 1)), **more)

    with replaced(inventory, hold=hold):
        yield


@contextmanager
def restocked_unasked(world: World) -> Iterator[None]:
    """Each refund of a line puts its pieces back on the shelf, whether or not they came back."""
    original = refunds.request

    def request(session: Session, order: Any, payment: Any, ask: refunds.RefundAsk) -> Any:
        found = original(session, order, payment, ask)
        if ask.pieces and not ask.restock:
            inventory.restock(session, ask.pieces, owner=order.id, reference=found.id)
        return found

    with replaced(refunds, request=request):
        yield


MUTANTS = (
    Mutant("check_then_write", "A1, A4: saleor 543, vendure 3508", check_then_write),
    Mutant(
        "check_then_write_unguarded", "A11, A17: spree 3808, nopCommerce 4184", check_then_write_unguarded
    ),
    Mutant("half_an_order", "A6: medusa 16502", half_an_order, caught_by=9),
    Mutant("demand_counted_apart", "A6: medusa 16502", demand_counted_apart, caught_by=3),
    Mutant("own_hold_locks_out", "A15: woocommerce 67354", own_hold_locks_out),
    Mutant("sweeper_needed", "A12: spree 11117", sweeper_needed, caught_by=5),
    Mutant("lapsed_counts", "A3: saleor 5334", lapsed_counts, caught_by=5),
    Mutant("released_twice", "A7: medusa 12401", released_twice, caught_by=5),
    Mutant("hold_shorter_than_payment", "A16: woocommerce 50578", hold_shorter_than_payment),
    Mutant("processing_hold_lapses", "A16: woocommerce 50578", processing_hold_lapses, caught_by=67),
    Mutant("restocked_unasked", "A7: medusa 12401", restocked_unasked, caught_by=75),
    Mutant("paid_without_pieces", "C33: saleor 14733", paid_without_pieces, caught_by=5),
)
