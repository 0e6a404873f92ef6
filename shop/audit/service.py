"""Writing a change down, in the transaction that makes it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from shop.audit.chain import hash_of
from shop.audit.models import AuditEntry, AuditHead
from shop.audit.redaction import redacted
from shop.kit.clock import database_now

#: Nobody needs to read more of a text than this to know what happened. Characters.
_LONGEST = {"actor": 120, "action": 64, "object": 200}


@dataclass(frozen=True, slots=True)
class Change:
    """What was done to one thing.

    Attributes:
        action: E.g. ``stock.adjust``.
        object: E.g. ``variant:8230582AA9S1000``.
        before: The fields it is about, as they were; None where nothing was there.
        after: As they are now; None where nothing is there any more.
    """

    action: str
    object: str
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


def record(session: Session, actor: str, changes: Sequence[Change]) -> None:
    """Add changes to the audit log, in the caller's transaction.

    Call it last, after :func:`shop.catalogue.service.publish`: from here to the commit the head of
    the chain is this transaction's, and whoever else records waits for it. Nothing may be locked
    after it, so whoever has the head waits for nobody, and no two can wait for each other.

    Args:
        session: From ``transaction()``; it is flushed.
        actor: Who did it.
        changes: In the order they were made. Secrets and people's addresses are taken out.
    """
    if not changes:
        return
    session.flush()
    number, last_hash, moment = session.execute(
        select(AuditHead.number, AuditHead.hash, database_now()).with_for_update(of=AuditHead)
    ).one()
    rows = []
    for change in changes:
        number += 1
        said = {
            "number": number,
            "happened_at": moment,
            "actor": actor[: _LONGEST["actor"]],
            "action": change.action[: _LONGEST["action"]],
            "object": change.object[: _LONGEST["object"]],
            "before": _document(change.before),
            "after": _document(change.after),
        }
        rows.append({**said, "previous_hash": last_hash, "hash": hash_of(last_hash, said)})
        last_hash = str(rows[-1]["hash"])
    session.execute(insert(AuditEntry), rows)
    session.execute(
        update(AuditHead).values(number=number, hash=last_hash).execution_options(synchronize_session=False)
    )


def _document(value: Mapping[str, Any] | None) -> Any:
    """Return a document as both databases give it back: plain JSON, redacted.

    A float is told as text: PostgreSQL gives ``1e16`` back as a whole number, which another hash
    belongs to.
    """
    if value is None:
        return None
    plain = orjson.dumps(dict(value), default=str, option=orjson.OPT_NON_STR_KEYS)
    return redacted(json.loads(plain, parse_float=str))
