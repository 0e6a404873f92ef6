"""Many changes in one request."""

from __future__ import annotations

from collections import Counter
from typing import Any

import orjson
from flask import Response
from sqlalchemy.orm import Session

from shop.admin import bulk
from shop.admin.errors import BulkRefused
from shop.admin.routes.door import KEYED, admin, bearer
from shop.admin.routes.entries import takes_body
from shop.admin.schemas.bulk import BulkInput, BulkView
from shop.kit import access, idempotency, repeats
from shop.kit.problems import document_of
from shop.kit.stored_answers import Answer

#: A thousand rows of a few hundred characters. Bytes.
BULK_BYTES = 2 * 1024 * 1024


@admin.route("/bulk", methods=["POST"])
@takes_body(BULK_BYTES)
@admin.arguments(BulkInput)
@admin.response(200, BulkView)
@admin.refuses(*KEYED, BulkRefused)
@admin.takes_idempotency_key(required=True)
@admin.private
@access.key("catalogue:write")
def change_in_bulk(body: dict[str, Any]) -> Answer:
    """Change up to 1,000 products, variants, prices and counts of stock at once.

    Each row has its own outcome, and those that are sound are done; with `atomic` all are, or none.
    Rows of stock need `stock:write` too.
    """
    who = bearer()
    rows = []
    for row in body["rows"]:
        noun, _, name = row["target"].partition(":")
        rows.append(bulk.Row(noun, name, row["set"], row["if_match"]))

    def work(session: Session, _claim: idempotency.Claim) -> Response:
        outcomes = bulk.run(session, rows, bearer=who, atomic=body["atomic"])
        return Response(orjson.dumps(_document(body["rows"], outcomes)), 200, mimetype="application/json")

    return repeats.once(idempotency.read_attempt("bulk", required=True), work)


def _document(rows: list[dict[str, Any]], outcomes: list[bulk.Outcome]) -> dict[str, Any]:
    counted = Counter(each.word for each in outcomes)
    told = [
        {
            "row": index,
            "target": row["target"],
            "outcome": each.word,
            "problem": document_of(each.problem) if each.problem else None,
        }
        for index, (row, each) in enumerate(zip(rows, outcomes, strict=True))
    ]
    return {**{word: counted[word] for word in ("changed", "unchanged", "refused")}, "rows": told}
