"""Seeds that were sent to be applied: written down first, applied by whichever worker comes to it.

A job's end is committed with what it wrote, so it is done once: a worker that dies before that
wrote nothing, and another takes the job over when its claim has run out; a worker that was only slow
finds at its commit that the job is another's, and rolls back.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from flask import current_app
from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, defer

from shop.audit import service as audit
from shop.kit.clock import database_now
from shop.kit.db import db, retries_conflicts, transaction
from shop.seeding import service
from shop.seeding.errors import Fault, SeedRefused
from shop.seeding.formats.files import Sent, own_folder
from shop.seeding.models import Job
from shop.seeding.report import Report
from shop.seeding.service import PlanDiffersError

logger = logging.getLogger("shop.seeding")

#: How long a worker has a job after it last gave a sign. Seconds.
CLAIM_SECONDS = 30.0

#: How often it gives one. Seconds.
SIGN_SECONDS = 1.0

#: How a job says that it is of the shop's own files: whoever applies it reads them where they lie.
FOLDER = "folder"

#: A job that so many workers began and none ended is given up: it may be what ends them.
MOST_ATTEMPTS = 3


class TakenOverError(RuntimeError):
    """Another worker has the job; what this one wrote is rolled back."""


@dataclass
class _Held:
    """A job that this worker has, and how far it is."""

    id: UUID
    attempt: int
    seed: Path | Sent
    prune: bool
    agreed: str | None
    actor: str
    at: tuple[int, int, str] = field(default=(0, 0, "reading"))


def submit(session: Session, sent: Sent | None, *, prune: bool, actor: str, agreed: str | None = None) -> Job:
    """Write a seed down to be applied; return its job.

    Args:
        session: From ``transaction()``.
        sent: The seed; None: the shop's own files.
        prune: Whether what is gone from its files goes from the shop.
        actor: Who sent it.
        agreed: Digest of the only plan that may be carried out; None: whatever the plan is.
    """
    form, data = (sent.form, sent.data) if sent else (FOLDER, None)
    job = Job(
        id=uuid4(),
        status="waiting",
        actor=actor,
        form=form,
        name=sent.name if sent else f"{own_folder().name}/",
        prune=prune,
        agreed=agreed,
        payload=data,
        step="waiting",
        done=0,
        total=0,
        attempt=0,
        created_at=session.scalars(select(database_now())).one(),
    )
    session.add(job)
    said = {"form": form, "name": job.name, "prune": prune, "bytes": len(data or b"")}
    audit.record(session, actor, [audit.Change("job.create", f"job:{job.id}", None, said)])
    return job


def find(session: Session, job_id: UUID) -> Job | None:
    """Read a job as it is now, without what was sent; None: there is none."""
    return session.scalar(select(Job).where(Job.id == job_id).options(defer(Job.payload)))


def anything_waits(session: Session) -> bool:
    """Return whether a job is to be begun, or to be taken over."""
    return session.scalar(select(Job.id).where(_is_due()).limit(1)) is not None


def run_next() -> bool:
    """Do the oldest job that is due, if there is one; return whether there was."""
    held = _claim()
    if held is None:
        return False
    try:
        with _signs_of_life(held):
            _apply(held)
    except SeedRefused as refused:
        _fail(held, refused_document(refused))
    except PlanDiffersError as differs:
        _fail(held, {"detail": str(differs)})
    except TakenOverError:
        logger.warning("job %s was taken over; nothing of this attempt was written", held.id)
    except Exception:
        logger.exception("attempt %s at job %s failed", held.attempt, held.id)
        _let_go(held)
    return True


def _is_due() -> Any:
    running_out = and_(Job.status == "running", Job.claimed_until <= database_now())
    return or_(Job.status == "waiting", running_out)


@retries_conflicts
def _claim() -> _Held | None:
    with transaction() as session:
        job = session.scalar(
            select(Job).where(_is_due()).order_by(Job.created_at).limit(1).with_for_update(skip_locked=True)
        )
        if job is None:
            return None
        moment = session.scalars(select(database_now())).one()
        if job.attempt >= MOST_ATTEMPTS:
            detail = f"{job.attempt} workers began it and none ended it; see the log."
            _finish(job, "failed", moment, {"detail": detail})
            return None
        job.status, job.step = "running", "reading"
        job.attempt += 1
        job.started_at = job.started_at or moment
        job.claimed_until = moment + timedelta(seconds=CLAIM_SECONDS)
        sent = Sent(job.payload or b"", job.form, job.name or "")
        seed = own_folder() if job.form == FOLDER else sent
        return _Held(job.id, job.attempt, seed, job.prune, job.agreed, job.actor)


def _apply(held: _Held) -> None:
    def tell(done: int, total: int, what: str) -> None:
        held.at = (done, total, what)

    def end(session: Session, report: Report) -> None:
        job = session.scalar(
            select(Job)
            .where(Job.id == held.id, Job.attempt == held.attempt, Job.status == "running")
            .with_for_update()
        )
        if job is None:
            raise TakenOverError(str(held.id))
        tables = {
            str(each.table): {
                name: getattr(each, name)
                for name in ("added", "changed", "retired", "removed")
                if getattr(each, name)
            }
            for each in report.tables
            if each.changes
        }
        result = {"changes": report.changes, "tables": tables, "summary": str(report)}
        job.done = job.total = held.at[1]
        _finish(job, "succeeded", session.scalars(select(database_now())).one(), result)
        session.flush()

    service.apply(held.seed, tell, prune=held.prune, actor=held.actor, agreed=held.agreed, end=end)


def _finish(job: Job, status: str, moment: datetime, result: dict[str, Any]) -> None:
    job.status, job.step, job.finished_at, job.result = status, "done", moment, result
    job.payload = job.claimed_until = None


@retries_conflicts
def _fail(held: _Held, result: dict[str, Any]) -> None:
    with transaction() as session:
        job = session.get_one(Job, held.id, with_for_update=True)
        if (job.attempt, job.status) == (held.attempt, "running"):
            _finish(job, "failed", session.scalars(select(database_now())).one(), result)


@retries_conflicts
def _let_go(held: _Held) -> None:
    """Let another worker try at once what failed here for a reason of the shop's own."""
    with transaction() as session:
        session.execute(
            update(Job)
            .where(Job.id == held.id, Job.attempt == held.attempt, Job.status == "running")
            .values(claimed_until=database_now())
        )


def refused_document(refused: SeedRefused) -> dict[str, Any]:
    """Return a refused seed as programs read it: every fault with its place."""
    total = len(refused.faults) + refused.more
    return {
        "detail": f"{total:,} {'fault' if total == 1 else 'faults'}; nothing was written.",
        "faults": [_fault(each) for each in refused.faults],
        "more": refused.more,
    }


def _fault(fault: Fault) -> dict[str, Any]:
    return {name: getattr(fault, name) for name in ("file", "line", "column", "field", "problem", "got")}


class _signs_of_life:  # noqa: N801 - used as a statement
    """While the block runs, tell the database how far it is, and that somebody is at it.

    From a thread of its own, since the block is in a transaction most of the time. On SQLite nobody
    else writes meanwhile: there the last sign before it stands until the end.
    """

    def __init__(self, held: _Held) -> None:
        self._held, self._over = held, threading.Event()
        self._app = current_app._get_current_object()  # type: ignore[attr-defined]
        self._thread = threading.Thread(target=self._run, name="shop-job-signs", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(timeout=CLAIM_SECONDS)

    def _run(self) -> None:
        while not self._over.wait(SIGN_SECONDS):
            try:
                with self._app.app_context():
                    _give_sign(self._held)
            except SQLAlchemyError:
                # The database is busy with the job itself, or away; the claim lasts a while.
                logger.info("job %s could not be told how far it is", self._held.id)


@retries_conflicts
def _give_sign(held: _Held) -> None:
    done, total, step = held.at
    with transaction() as session:
        until = session.scalars(select(database_now())).one() + timedelta(seconds=CLAIM_SECONDS)
        session.execute(
            update(Job)
            .where(Job.id == held.id, Job.attempt == held.attempt, Job.status == "running")
            .values(done=done, total=total, step=step, claimed_until=until)
        )


def count_waiting() -> int:
    """Return how many jobs have not ended."""
    return db.session().scalars(select(func.count()).where(Job.finished_at.is_(None))).one()
