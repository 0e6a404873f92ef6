"""The seed: what its files would change, as a diff, and a button that does it."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Response, request, url_for
from marshmallow import fields
from sqlalchemy.orm import Session

from shop.admin import uploads
from shop.admin.errors import UnknownJob
from shop.admin.listing import page_of_jobs
from shop.admin.pages.door import go, page, pages, signed_in
from shop.admin.pages.forms import asked, attempt, read
from shop.kit import access, idempotency, repeats
from shop.kit.db import db
from shop.kit.fields import Str, StrictSchema
from shop.kit.money import EXPONENTS, Money
from shop.seeding import jobs, service
from shop.seeding.diff import Entry, as_text, counts, digest, entries, summary
from shop.seeding.errors import SeedRefused
from shop.seeding.formats.files import own_folder
from shop.seeding.plan import Plan

#: So many rows of a table are shown; the rest is counted.
MOST_ROWS = 200

#: Longer values are cut. Characters.
_LONGEST = 400

#: So many of the last jobs are listed.
MOST_JOBS = 5


class JobQuery(StrictSchema):
    """What the job's plan was of: the shop's own files, or an upload."""

    upload = fields.UUID(load_default=None)


class PlanQuery(JobQuery):
    """What is planned, and how far it goes."""

    prune = fields.Boolean(load_default=False, truthy={"yes"}, falsy=set())


class ApplyForm(PlanQuery):
    """What is applied, and the plan that was agreed to."""

    plan = Str(maximum=64, required=True)


@dataclass
class Table:
    """What happens to one table.

    Attributes:
        numbers: Rows by what happens to them.
        rows: At most ``MOST_ROWS``.
    """

    name: str
    numbers: dict[str, int]
    rows: list[Entry] = field(default_factory=list)

    @property
    def more(self) -> int:
        """Return how many rows are not shown."""
        return sum(self.numbers.values()) - len(self.rows)


@pages.get("/seed")
@access.session("catalogue:read")
def seed() -> Response:
    """Ask which files to look at, and tell what was applied of late."""
    lately = page_of_jobs(db.session(), limit=MOST_JOBS, cursor=None).items
    return page("seed.html", folder=own_folder().name, largest=uploads.MAX_BYTES, lately=lately)


@pages.post("/seed/uploads")
@access.session("catalogue:write")
def upload_seed() -> Response:
    """Keep files for a day, and lead to what they would change."""
    sent = request.files.get("file")
    if sent is None:
        raise uploads.UnsuitableSeedFile
    upload_id = uploads.keep(sent.filename or "", sent.read(), actor=signed_in().actor)
    prune = "yes" if read(PlanQuery())["prune"] else None
    return go(url_for("admin_pages.plan", upload=upload_id, prune=prune))


@pages.get("/seed/plan")
@access.session("catalogue:read")
def plan() -> Response:
    """Show what files would change, field by field; or each of their faults with its place."""
    query = read(PlanQuery(), asked())
    upload = query["upload"]
    files = own_folder() if upload is None else uploads.read(db.session(), upload)
    # As its job will call it.
    told = {"name": f"{files.name}/" if upload is None else files.name, **query}
    try:
        found = service.plan(files, prune=query["prune"])
    except SeedRefused as refused:
        return page("plan.html", status=HTTPStatus.UNPROCESSABLE_ENTITY, refused=refused, **told)
    return page(
        "plan.html",
        plan=found,
        digest=digest(found),
        summary=summary(found),
        tables=_tables(found),
        value=_value,
        **told,
    )


@pages.post("/seed/apply")
@access.session("catalogue:write")
def apply_seed() -> Response:
    """Have the plan that was agreed to applied by a job, as the API does; lead to how far it is."""
    form, actor = read(ApplyForm()), signed_in().actor

    def work(session: Session, _claim: idempotency.Claim) -> Response:
        sent = None if form["upload"] is None else uploads.read(session, form["upload"])
        job = jobs.submit(session, sent, prune=form["prune"], actor=actor, agreed=form["plan"])
        return go(url_for("admin_pages.job", job_id=job.id, upload=form["upload"]))

    return repeats.once(attempt("apply-seed"), work)


@pages.get("/seed/jobs/<uuid:job_id>")
@access.session("catalogue:read")
def job(job_id: UUID) -> Response:
    """Show how far a seed is that is being applied, and how it ended."""
    upload = read(JobQuery(), asked())["upload"]
    found = jobs.find(db.session(), job_id)
    if found is None:
        raise UnknownJob
    return page("job.html", job=found, upload=upload)


def _value(name: str, value: Any, key: str) -> str:
    """Return what a field holds, for people: minor units as an amount of the row's currency."""
    currency = next((word for word in key.split() if word in EXPONENTS), None)
    is_amount = name.endswith("_minor") and isinstance(value, int) and currency is not None
    text = str(Money(value, str(currency))) if is_amount else as_text(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def _tables(plan: Plan) -> list[Table]:
    """Return what happens, table by table, as much of it as a page may hold."""
    found = {name: Table(name, numbers) for name, numbers in counts(plan).items()}
    for entry in entries(plan):
        rows = found[entry.kind].rows
        if len(rows) < MOST_ROWS:
            rows.append(entry)
    return list(found.values())
