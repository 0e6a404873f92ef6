"""The seed: what its files would change, as a diff, and a button that does it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, render_template, request, url_for
from marshmallow import fields

import shop
from shop.admin import seed_runs, uploads
from shop.admin.pages.door import go, page, pages, signed_in
from shop.admin.pages.forms import asked, attempt, read
from shop.admin.seed_runs import Run, Source, Step
from shop.config import current_settings
from shop.kit import access
from shop.kit.db import db
from shop.kit.fields import Str, StrictSchema
from shop.kit.money import EXPONENTS, Money
from shop.kit.problems import Problem
from shop.seeding.diff import Entry, as_text, counts, digest, entries, summary
from shop.seeding.errors import SeedRefused
from shop.seeding.plan import Plan

#: So many rows of a table are shown; the rest is counted.
MOST_ROWS = 200

#: Longer values are cut. Characters.
_LONGEST = 400

#: Where a page that is still being made is cut to say how far the work is.
_PROGRESS = "<!-- progress -->"


class PlanChanged(Problem):
    """The plan is not the one that you agreed to: the shop or the files changed meanwhile.

    Nothing was changed by you. Look at the plan again.
    """

    status = HTTPStatus.CONFLICT


class PlanQuery(StrictSchema):
    """What is planned: the shop's own files, or an upload."""

    upload = fields.UUID(load_default=None)
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
    """Ask which files to look at."""
    return page("seed.html", folder=_folder().name, largest=uploads.MAX_BYTES)


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
    source = _source(read(PlanQuery(), asked()))
    try:
        found = seed_runs.plan(source)
    except SeedRefused as refused:
        return page("plan.html", status=HTTPStatus.UNPROCESSABLE_ENTITY, refused=refused, **_named(source))
    return page("plan.html", plan=found, digest=digest(found), tables=_tables(found), **_shown(found, source))


@pages.post("/seed/apply")
@access.session("catalogue:write")
def apply_seed() -> Response:
    """Apply the plan that was agreed to; the page grows while it is done."""
    form, once = read(ApplyForm()), attempt("apply-seed")
    source = _source(form)
    run = seed_runs.running(once)
    if run is None:
        try:
            if digest(seed_runs.plan(source)) != form["plan"]:
                raise PlanChanged
        except SeedRefused:
            raise PlanChanged from None
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        run = seed_runs.start(app, source, once, agreed=form["plan"], actor=signed_in().actor)
    made = render_template("admin/applying.html", marker=_PROGRESS, **_named(source))
    again = url_for("admin_pages.plan", upload=source.upload, prune="yes" if source.prune else None)
    response = Response(_growing(run, made, again), mimetype="text/html")
    response.headers["X-Accel-Buffering"] = "no"  # nginx would hold it back to the end
    return response


def _growing(run: Run, made: str, again: str) -> Iterator[str]:
    """Yield a page with each step of a run where its mark is; the request is long over by then."""
    before, _, after = made.partition(_PROGRESS)
    # From the environment and not by Flask, which would keep the request for it.
    step, end = (current_app.jinja_env.get_template(f"admin/{name}.html") for name in ("_step", "_end"))

    def grow() -> Iterator[str]:
        yield before
        for each in run.listen():
            yield (step if isinstance(each, Step) else end).render(step=each, again=again)
        yield after

    return grow()


def _folder() -> Path:
    chosen = current_settings().seed_folder
    return Path(chosen) if chosen else Path(shop.__file__).resolve().parent.parent / "seed"


def _source(values: dict[str, Any]) -> Source:
    return Source(_folder(), values["upload"], values["prune"])


def _named(source: Source) -> dict[str, Any]:
    name = f"{source.folder.name}/"
    if source.upload is not None:
        name = uploads.name_of(db.session(), source.upload)
    return {"source": source, "name": name}


def _shown(plan: Plan, source: Source) -> dict[str, Any]:
    return {"summary": summary(plan), "value": _value, **_named(source)}


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
