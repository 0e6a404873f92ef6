"""Bugs of idempotency keys and of one cart bought twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from shop.checkout import completion, reconciliation
from shop.checkout import service as checkouts
from shop.kit import idempotency, repeats
from shop.kit.stored_answers import StoredAnswer
from tests.simulator.mutants.mutant import Mutant, without_index
from tests.simulator.replacing import replaced
from tests.simulator.world import World


@contextmanager
def claim_dies_with_its_process(world: World) -> Iterator[None]:
    """A key whose process was killed is in progress for ever."""
    with replaced(idempotency, holder_lives=lambda _: True, CLAIM_SECONDS=10**9):
        yield


@contextmanager
def resumed_from_the_start(world: World) -> Iterator[None]:
    """What the first transaction made is not remembered: a repeat meets the order as a stranger's."""

    def claim(session: Session, attempt: idempotency.Attempt, *, subject: str | None = None) -> Any:
        return original(session, attempt)

    original = repeats.claim
    with replaced(repeats, claim=claim), replaced(idempotency, remember=lambda *_, **__: None):
        yield


@contextmanager
def answer_not_kept(world: World) -> Iterator[None]:
    """The answer is not stored: a repeat is answered anew."""

    def answer(_session: Session, _claim: Any, response: Any) -> Any:
        return response

    with replaced(repeats, answer=answer):
        yield


@contextmanager
def second_tab_orders(world: World) -> Iterator[None]:
    """A second tab completes the same checkout again; the database refuses the second order."""
    with replaced(checkouts, _still_open=list), replaced(completion, _require_ready=lambda *_: None):
        yield


@contextmanager
def second_tab_orders_unguarded(world: World) -> Iterator[None]:
    """The same, and the database refuses nothing (a pair)."""
    with second_tab_orders(world), without_index(world, "uq_order_live_cart"):
        yield


@contextmanager
def later_answer_overwrites(world: World) -> Iterator[None]:
    """A request that was overtaken stores its answer over the one that was given."""

    def answer(session: Session, claim: idempotency.Claim, response: Any) -> Any:
        if claim.key_hash is not None:
            body = idempotency.without_secret(response.get_data(), claim.nonce)
            session.execute(
                update(StoredAnswer)
                .where(StoredAnswer.key_hash == claim.key_hash)
                .values(status=response.status_code, body=body, location=response.headers.get("Location"))
            )
        return response

    with replaced(repeats, answer=answer):
        yield


@contextmanager
def claims_never_let_go(world: World) -> Iterator[None]:
    """A key whose shopper never came back counts as unfinished work for days."""
    with replaced(reconciliation, let_go_of_old_claims=lambda *_, **__: None):
        yield


MUTANTS = (
    Mutant(
        "later_answer_overwrites",
        "C25; our own, found by the simulator",
        later_answer_overwrites,
        caught_by=456,
    ),
    Mutant("claims_never_let_go", "C30; our own, found by the simulator", claims_never_let_go, caught_by=155),
    Mutant("claim_dies_with_its_process", "C25: craft 207", claim_dies_with_its_process),
    Mutant("resumed_from_the_start", "C42, A15: prestashop 1546", resumed_from_the_start, caught_by=8),
    Mutant("answer_not_kept", "C25: wc-stripe 831", answer_not_kept),
    Mutant("second_tab_orders", "C40: shopware 19943", second_tab_orders),
    Mutant(
        "second_tab_orders_unguarded", "C41: magento 13952 (a pair)", second_tab_orders_unguarded, caught_by=8
    ),
)
