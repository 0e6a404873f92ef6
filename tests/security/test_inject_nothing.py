"""Each text parameter of the API is sent every one of the payloads, and treats it as text.

Parameters are those of the live document. One place is tried at a time, with all else right, so
that what is sent gets as far as it can. SQLite is sent all payloads, PostgreSQL those that a
database could take for something else than text.
"""

from __future__ import annotations

import json
import os
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from werkzeug.test import TestResponse

from shop.app import create_app
from shop.kit.tokens import hashed
from shop.payments.double import InProcessHTTPClient, StripeDouble
from tests.conftest import Databases, dispose, settings_for
from tests.security.asked import Operation, Place, operations, send, text_places
from tests.security.callers import World
from tests.security.fuzzing import UNLIMITED
from tests.security.held import changed, held
from tests.security.payloads import OF_DATABASES, PAYLOADS, WORKED_OUT

#: What says that something was run, opened or told that should not have been.
TRACES = (WORKED_OUT, "root:x:0", "uid=", "Traceback", "sqlite3.", "psycopg", "syntax error", "sqlalchemy")

#: A parameter that was met before is sent one of so many payloads; with ``ALL_PAYLOADS=1`` every one.
AGAIN = 1 if os.environ.get("ALL_PAYLOADS") else 5

#: So many fields of a body are sent like that; the many behind them, in entries of seeds, one of so many.
FIRST, BEHIND = 3, 1 if AGAIN == 1 else 20

#: What a purchase and its owner's decisions write; a write whose text was taken as text may write there.
OF_A_PURCHASE = {
    "cart", "cart_line", "checkout", "orders", "order_line", "order_entry", "order_event", "payment",
    "stock", "hold", "movement", "stored_answer", "outbox_message", "audit_entry", "audit_head", "job",
}  # fmt: skip

#: What goes when an entry of the catalogue is taken out by a right request, whose key was text.
OF_AN_ENTRY = {
    "product", "variant", "campaign", "shelf", "sighting", "cast_member", "campaign_credit",
    "search_state", "search_name", "search_word", "search_document", "catalogue_revision",
}  # fmt: skip


@pytest.fixture
def world(seeded_url: str, double: StripeDouble) -> Iterator[World]:
    app = create_app(
        settings_for(seeded_url, hot_bytes=2**24, **UNLIMITED), stripe_client=InProcessHTTPClient(double)
    )
    yield World.of(app, double)
    dispose(app)


def faults(world: World, place: Place, text: str, answer: TestResponse) -> Iterator[str]:
    """Tell what is wrong with an answer to a payload."""
    status, kind = answer.status_code, answer.headers.get("Content-Type", "")
    if status not in place.operation.documented:
        yield f"{status} is not documented"
    if place.where == "path" and status < 400:
        yield f"{status}: something was found"
    if "html" in kind and text in answer.text:
        yield "it stands in a page as it came"
    if "html" not in kind and answer.headers.get("X-Content-Type-Options") != "nosniff":
        yield "a browser may take the answer for a page"
    if "X-Injected" in str(answer.headers):
        yield "it became a header"
    told = answer.text.replace(text, "").replace(json.dumps(text)[1:-1], "")
    yield from (f"{trace} is told" for trace in TRACES if trace in told)
    yield from ("a secret is told" for token in world.tokens.values() if token and hashed(token) in told)
    if place.where == "body" and status < 300:
        kept = at(answer.json, place.name)
        if kept not in (None, unicodedata.normalize("NFC", text).strip()):
            yield f"it was kept as {kept!r}"


def at(document: Any, pointer: str) -> Any:
    """Return what stands at a JSON pointer, None where nothing does."""
    for step in pointer.strip("/").split("/"):
        document = document.get(step) if isinstance(document, dict) else None
    return document


def rounds(world: World, payloads: Mapping[str, str]) -> Iterator[tuple[Operation, list[tuple[Place, str]]]]:
    """Deal the payloads out: every one to each parameter, and a part of them where it stands again.

    ``cursor``, ``If-None-Match`` and ``slug`` are read by the same code wherever they stand. What takes
    entries away comes last, so that everything else finds them.
    """
    met: Counter[tuple[str, str]] = Counter()
    for operation in sorted(operations(world.app), key=lambda each: each.method == "delete"):
        sent, fields = list[tuple[Place, str]](), 0
        for place in text_places(operation):
            key = (place.where, place.name.rpartition("/")[2])
            again = met[key]
            met[key] += 1
            fields += place.where == "body"
            part = AGAIN if fields <= FIRST else BEHIND
            again = again or max(fields - FIRST, 0)
            names = list(payloads) if not again else list(payloads)[again % part :: part]
            sent += [(place, name) for name in names]
        yield operation, sent


def written_by(operation: Operation) -> set[str]:
    """Return the tables that an operation may write in that was done because its text was taken as text."""
    return OF_A_PURCHASE | (OF_AN_ENTRY if operation.is_entry and operation.method == "delete" else set())


def test_forty_payloads_at_every_text_parameter_are_text(world: World, databases: Databases) -> None:
    payloads = PAYLOADS if databases.engine == "sqlite" else OF_DATABASES
    wrong: list[str] = []
    tried, before = 0, held(world.app)
    for operation, sent in rounds(world, payloads):
        statuses = []
        for place, name in sent:
            answer = send(world, operation, place=place, text=payloads[name])
            statuses.append(answer.status_code)
            wrong += [f"{place}, {name}: {fault}" for fault in faults(world, place, payloads[name], answer)]
        tried += len(sent)
        if operation.method != "get":
            after, taken = held(world.app), any(status < 300 for status in statuses)
            lost = changed(before, after) - (written_by(operation) if taken else set())
            wrong += [f"{operation.label} changed {table}" for table in lost]
            before = after

    assert not wrong, "\n".join(wrong)
    assert changed(before, held(world.app)) == set()
    assert len(PAYLOADS) >= 40
    assert tried > 50 * len(payloads)
