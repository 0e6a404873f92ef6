"""Applying a seed from a page: in a thread of its own, so that whoever watches may go away."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from flask import Flask

from shop.admin import uploads
from shop.kit.db import db
from shop.kit.idempotency import Attempt, IdempotencyKeyReused
from shop.seeding import service
from shop.seeding.errors import SeedRefused
from shop.seeding.plan import Plan
from shop.seeding.service import PlanDiffersError
from shop.seeding.write import Progress

#: So many runs of this process are remembered.
MOST_RUNS = 20

logger = logging.getLogger("shop.admin")


@dataclass(frozen=True, slots=True)
class Source:
    """Where a seed comes from, and what is asked of it.

    Attributes:
        folder: Of the shop's own seed files.
        upload: Files that somebody sent, instead of the folder.
        prune: Whether what is gone from the files goes from the shop.
    """

    folder: Path
    upload: UUID | None = None
    prune: bool = False

    @contextmanager
    def path(self) -> Iterator[Path]:
        """Lend the seed as a path, for the block.

        Raises:
            UnknownUpload: The files are not kept any more.
        """
        if self.upload is None:
            yield self.folder
        else:
            with uploads.as_file(db.session(), self.upload) as found:
                yield found


@dataclass(frozen=True, slots=True)
class Step:
    """How far it is.

    Attributes:
        done: Steps done, of ``total``.
        what: The table just written, or what is being done.
    """

    done: int
    total: int
    what: str


@dataclass(frozen=True, slots=True)
class End:
    """How it ended.

    Attributes:
        told: In one sentence.
        applied: Whether the shop is as the seed says.
    """

    told: str
    applied: bool


def plan(source: Source) -> Plan:
    """Return what applying a seed would change.

    Raises:
        SeedRefused: The seed has faults.
        UnknownUpload: The files are not kept any more.
    """
    with source.path() as path:
        return service.plan(path, prune=source.prune)


class Run:
    """A seed that is being applied, or was: whoever listens hears all of it from the beginning."""

    def __init__(self, attempt: Attempt) -> None:
        self.attempt = attempt
        self._told: list[Step | End] = []
        self._more = threading.Condition()

    def tell(self, what: Step | End) -> None:
        """Tell how far it is, or how it ended."""
        with self._more:
            self._told.append(what)
            self._more.notify_all()

    def listen(self) -> Iterator[Step | End]:
        """Yield how far it is, and last how it ended."""
        heard = 0
        while True:
            with self._more:
                while heard == len(self._told):
                    self._more.wait()
                found = self._told[heard]
            heard += 1
            yield found
            if isinstance(found, End):
                return


#: The last runs of this process by the key of their form, so that a second click meets the first.
_runs: dict[str | None, Run] = {}
_runs_lock = threading.Lock()


def running(attempt: Attempt) -> Run | None:
    """Return what the first click on a form began, in this process.

    Raises:
        IdempotencyKeyReused: The form was sent with something else.
    """
    found = _runs.get(attempt.key_hash)
    if found is not None and found.attempt.fingerprint != attempt.fingerprint:
        raise IdempotencyKeyReused
    return found


def start(app: Flask, source: Source, attempt: Attempt, *, agreed: str, actor: str) -> Run:
    """Begin to apply a seed, in a thread; a second click on the same form begins nothing.

    It goes on to its end when nobody listens any more, and is all or nothing whatever happens.

    Args:
        app: Whose shop it is.
        source: What is applied.
        attempt: The form that asks for it.
        agreed: Digest of the plan that was agreed to; another one is not carried out.
        actor: Who applies it.
    """
    with _runs_lock:
        if (found := running(attempt)) is not None:
            return found
        for key in list(_runs)[: max(len(_runs) - MOST_RUNS, 0)]:
            del _runs[key]
        run = _runs[attempt.key_hash] = Run(attempt)

    def work() -> None:
        with app.app_context():
            end = _apply(source, agreed, actor, lambda *step: run.tell(Step(*step)))
        # With its connection given back: whoever hears of the end may stop the shop.
        run.tell(end)

    threading.Thread(target=work, name="seed-run", daemon=True).start()
    return run


def _apply(source: Source, agreed: str, actor: str, progress: Progress) -> End:
    try:
        with source.path() as path:
            report = service.apply(path, progress, prune=source.prune, actor=actor, agreed=agreed)
    except PlanDiffersError:
        return End("The shop or the files changed meanwhile, perhaps by this very plan.", applied=False)
    except (SeedRefused, uploads.UnknownUpload) as refused:
        return End(str(refused).splitlines()[0], applied=False)
    except Exception:
        logger.exception("a seed could not be applied")
        return End("The shop could not do it just now.", applied=False)
    return End(str(report), applied=True)
