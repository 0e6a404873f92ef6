"""Many changes in one request: each row has its own outcome, or all or nothing is done.

Rows are checked together, as the entries of one seed. Those with faults are left out, and the rest
is looked at again, until what remains is sound; it is then written at once.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.admin import edits
from shop.admin.documents import differing, fault_in
from shop.admin.edits import Edited
from shop.admin.errors import BulkRefused
from shop.admin.keys import Bearer
from shop.audit import service as audit
from shop.catalogue.models import Variant
from shop.catalogue.service import publish
from shop.inventory.adjustments import Adjusted, Adjustment, adjust
from shop.kit.preconditions import IfMatch
from shop.kit.problems import InvalidRequest, Problem, document_of
from shop.seeding.amend import Amendment
from shop.seeding.errors import Fault, SeedRefused
from shop.seeding.plan import Plan

#: Rows of one request.
MOST_ROWS = 1_000

#: How often what remains is looked at again; each time costs as much as a plan.
MOST_ROUNDS = 20


@dataclass(frozen=True, slots=True)
class Row:
    """One change.

    Attributes:
        noun: ``product``, ``variant``, ``price`` or ``stock``.
        name: Slug of the product, else SKU.
        change: A merge patch; a price; an adjustment.
        if_match: Version of the product or variant that is meant; None: whatever is there.
    """

    noun: str
    name: str
    change: Mapping[str, Any]
    if_match: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a row.

    Attributes:
        word: ``changed``, ``unchanged`` or ``refused``.
        problem: Why it was refused.
    """

    word: str
    problem: Problem | None = None


def run(session: Session, rows: Sequence[Row], *, bearer: Bearer, atomic: bool) -> list[Outcome]:
    """Do what rows ask for; return the outcome of each.

    Args:
        session: From ``transaction()``.
        rows: At most :data:`MOST_ROWS`, done as if in their order.
        bearer: Who asks; rows of stock need a scope of their own.
        atomic: Whether nothing is done where any is refused.

    Raises:
        BulkRefused: Some were refused, and all or nothing was asked for.
    """
    refused: dict[int, Problem] = {}
    entries = [index for index, row in enumerate(rows) if row.noun != "stock"]
    amendment = Amendment(session) if entries else None
    if amendment:
        amendment.expect(
            products=[rows[index].name for index in entries if rows[index].noun == "product"],
            skus=[rows[index].name for index in entries if rows[index].noun != "product"],
        )
    done, plan = _sound(amendment, rows, entries, refused) if amendment else ({}, None)
    # Stock is locked before the catalogue's revision and the log, as everywhere.
    counted = _adjust(session, rows, bearer, refused)
    if atomic and refused:
        told = [
            {"row": index, "target": _target(rows[index]), "problem": document_of(refused[index])}
            for index in sorted(refused)
        ]
        raise BulkRefused(f"{len(told)} of {len(rows)} rows were refused.", rows=told)
    published = amendment.write(plan) if amendment and plan else False
    if not published and any(each.is_first for each in counted.values()):
        publish(session)
    changes, outcomes = [], []
    for index, row in enumerate(rows):
        change = counted[index].change if index in counted else _change(row, done.get(index))
        changes += [change] if change else []
        problem = refused.get(index)
        outcomes.append(Outcome("refused" if problem else "changed" if change else "unchanged", problem))
    audit.record(session, bearer.actor, changes)
    return outcomes


def _sound(
    amendment: Amendment, rows: Sequence[Row], entries: Iterable[int], refused: dict[int, Problem]
) -> tuple[dict[int, Edited], Plan]:
    """Find the rows that can be written together; each round leaves out at least one more.

    Rows that go on to be refused after :data:`MOST_ROUNDS` contradict each other over and over: then
    all that are left are refused.
    """
    for rounds in itertools.count(1):
        amendment.forget()
        done: dict[int, Edited] = {}
        for index in entries:
            if index in refused:
                continue
            try:
                done[index] = _edit(amendment, rows[index])
            except InvalidRequest as problem:
                refused[index] = InvalidRequest(errors=[_in_row(each) for each in problem.facts["errors"]])
            except Problem as problem:
                refused[index] = problem
        try:
            return done, amendment.plan()
        except SeedRefused as error:
            if rounds < MOST_ROUNDS:
                refused |= _blamed(error.faults, amendment, rows, done)
            else:
                refused |= dict.fromkeys(done, InvalidRequest("The rows contradict each other: send fewer."))
    raise AssertionError("a count does not end")


def _edit(amendment: Amendment, row: Row) -> Edited:
    if_match = IfMatch.of(row.if_match)
    if row.noun == "product":
        return edits.edit_product(amendment, row.name, edits.patched(row.change), if_match)
    if row.noun == "variant":
        return edits.edit_variant(amendment, row.name, edits.patched(row.change), if_match)
    price = edits.with_price(row.change)
    return edits.edit_variant(amendment, row.name, price, if_match, edits.price_at(row.change))


def _blamed(
    faults: Iterable[Fault], amendment: Amendment, rows: Sequence[Row], done: Mapping[int, Edited]
) -> dict[int, Problem]:
    """Return the rows that faults are of: the last that wrote nearest to where each stands."""
    found: dict[int, list[dict[str, str]]] = defaultdict(list)
    for fault in faults:
        _, slug, path = amendment.place_of(fault.file, fault.path)
        there = {index: each for index, each in done.items() if each.slug == slug} or dict(done)
        around = {
            index: len(each.within)
            for index, each in there.items()
            if path[: len(each.within)] == each.within
        }
        deepest = max(around.values(), default=0)
        nearest = [index for index, depth in around.items() if depth == deepest]
        saying = [index for index in nearest if set(path[deepest : deepest + 1]) & rows[index].change.keys()]
        for index in (saying or nearest)[-1:] or there:
            found[index].append(_in_row(fault_in(fault, done[index].within)))
    return {index: InvalidRequest(errors=errors) for index, errors in found.items()}


def _in_row(fault: dict[str, str]) -> dict[str, str]:
    return {**fault, "pointer": f"/set{fault['pointer']}"}


def _adjust(
    session: Session, rows: Sequence[Row], bearer: Bearer, refused: dict[int, Problem]
) -> dict[int, Adjusted]:
    """Put counts right, in the order that stock is locked in, each row by itself."""
    asked = {index: row for index, row in enumerate(rows) if row.noun == "stock"}
    skus = {row.name for row in asked.values()}
    ids = dict(session.execute(select(Variant.sku, Variant.id).where(Variant.sku.in_(skus))).all())
    counted = {}
    for index, row in sorted(asked.items(), key=lambda each: (ids.get(each[1].name, 0), each[0])):
        try:
            bearer.require("stock:write")
            with session.begin_nested():
                counted[index] = adjust(session, Adjustment(row.name, **row.change))
        except Problem as problem:
            refused[index] = problem
    return counted


def _change(row: Row, done: Edited | None) -> audit.Change | None:
    if done is None or done.before == done.after:
        return None
    noun = "product" if row.noun == "product" else "variant"
    action = "price.set" if row.noun == "price" else f"{noun}.change"
    return audit.Change(action, f"{noun}:{row.name}", *differing(done.before, done.after))


def _target(row: Row) -> str:
    return f"{row.noun}:{row.name}"
