"""Seeds over HTTP: plan one, or have it applied."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from sqlalchemy.orm import Session

from shop.admin.errors import SeedFaulty, UnknownSeedFormat
from shop.admin.routes.door import KEYED, SHUT, admin, bearer
from shop.admin.routes.entries import takes_body
from shop.admin.schemas.seeding import JobView, SeedPlanView, SeedQuery
from shop.kit import access, idempotency, repeats
from shop.kit.api import render
from shop.kit.problems import BodyTooLarge, InvalidRequest
from shop.kit.stored_answers import Answer
from shop.seeding import jobs, service
from shop.seeding.diff import as_json
from shop.seeding.errors import SeedRefused
from shop.seeding.formats.files import Sent
from shop.seeding.formats.limits import MAX_BYTES

#: What a seed is sent as, and what that is.
FORMS = {
    "application/zip": "zip",
    "application/json": "json",
    "application/yaml": "yaml",
    "text/csv": "csv",
}

_BODY = {
    "required": True,
    "description": "A zip of seed files, or one of them; at most 8 MB. Larger ones go by `shop seed apply`.",
    "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in FORMS},
}


@admin.route("/seed/plans", methods=["POST"])
@takes_body(MAX_BYTES)
@admin.doc(requestBody=_BODY)
@admin.arguments(SeedQuery, location="query")
@admin.response(200, SeedPlanView)
@admin.refuses(*SHUT, InvalidRequest, SeedFaulty, UnknownSeedFormat, BodyTooLarge)
@admin.private
@access.key("catalogue:read")
def plan_seed(query: dict[str, Any]) -> Response:
    """Show what applying a seed would change, field by field; change nothing."""
    try:
        found = service.plan(_sent(), prune=query["prune"])
    except SeedRefused as refused:
        raise SeedFaulty(**jobs.refused_document(refused)) from None
    return Response(as_json(found), mimetype="application/json")


@admin.route("/seed/applications", methods=["POST"])
@takes_body(MAX_BYTES)
@admin.doc(requestBody=_BODY)
@admin.arguments(SeedQuery, location="query")
@admin.response(202, JobView)
@admin.refuses(*KEYED, UnknownSeedFormat, BodyTooLarge)
@admin.takes_idempotency_key(required=True)
@admin.private
@access.key("catalogue:write")
def apply_seed(query: dict[str, Any]) -> Answer:
    """Have a seed applied, all of it or nothing; `Location` is the job, which tells how far it is."""
    sent, actor = _sent(), bearer().actor

    def work(session: Session, _claim: idempotency.Claim) -> Response:
        job = jobs.submit(session, sent, prune=query["prune"], actor=actor)
        return render(JobView, job, 202, location=f"/v1/admin/jobs/{job.id}")

    return repeats.once(idempotency.read_attempt("apply-seed", required=True), work)


def _sent() -> Sent:
    form = FORMS.get(request.mimetype)
    if form is None:
        raise UnknownSeedFormat(accepted=list(FORMS))
    return Sent(request.get_data(cache=True), form)
