"""Seed files that somebody sent: kept for a day, so that what was planned is what is applied."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from shop.admin.models import SeedUpload
from shop.kit.clock import database_now
from shop.kit.db import retries_conflicts, transaction
from shop.kit.problems import NotFound, Problem
from shop.seeding.formats.files import FORMATS, Sent

#: Of one upload. Larger seeds are applied by the command line, which reads them as it goes.
MAX_BYTES = 8 * 1024 * 1024

_KEPT = timedelta(days=1)


class UnknownUpload(NotFound):
    """These files are not here any more.

    They are kept for a day. Send them again.
    """


class UnsuitableSeedFile(Problem):
    """A seed is a .yaml, .json, .csv or .zip file.

    Choose one; several files go into a zip.
    """

    status = HTTPStatus.UNPROCESSABLE_ENTITY


def keep(name: str, content: bytes, *, actor: str) -> UUID:
    """Keep a file for a day; return its id.

    Args:
        name: As its sender calls it; its ending says what it is, and faults name it.
        content: Its bytes.
        actor: Who sent it.

    Raises:
        UnsuitableSeedFile: Its name says that it is none, or nothing is in it.
    """
    name = Path(name.replace("\\", "/")).name
    if Path(name).suffix not in FORMATS or not content:
        raise UnsuitableSeedFile
    return _keep(name[-120:], content, actor)


@retries_conflicts
def _keep(name: str, content: bytes, actor: str) -> UUID:
    with transaction() as session:
        moment = session.scalars(select(database_now())).one()
        session.execute(delete(SeedUpload).where(SeedUpload.created_at < moment - _KEPT))
        row = SeedUpload(
            name=name,
            content=content,
            digest=hashlib.sha256(content).hexdigest(),
            actor=actor[:120],
            created_at=moment,
        )
        session.add(row)
        session.flush()
        return row.id


def read(session: Session, upload_id: UUID) -> Sent:
    """Read a file that is kept.

    Raises:
        UnknownUpload: It is not.
    """
    row = session.execute(
        select(SeedUpload.name, SeedUpload.content).where(SeedUpload.id == upload_id)
    ).one_or_none()
    if row is None:
        raise UnknownUpload
    return Sent(row.content, FORMATS[Path(row.name).suffix], row.name)
