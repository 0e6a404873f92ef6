"""A file that is not there until it is whole."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from shop.backup.errors import NotDone


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A file on its way.

    Attributes:
        path: Where it grows: beside the target, readable by its owner only.
        descriptor: Holds its lock; a program that writes it inherits this, so that the file
            stays locked when we are killed and the program is not.
    """

    path: Path
    descriptor: int


@contextmanager
def unfinished(target: Path, *, overwrite: bool) -> Iterator[Unfinished]:
    """Lend a file that takes the target's name when the block ends well.

    A block that fails leaves nothing; one that is killed leaves ``TARGET.part``, which the
    next attempt writes over.

    Raises:
        NotDone: The target exists, or is being written by someone else.
    """
    _require_free(target, overwrite=overwrite)
    part = target.with_name(target.name + ".part")
    descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _lock(part, descriptor)
        try:
            os.ftruncate(descriptor, 0)
            yield Unfinished(part, descriptor)
            os.fsync(descriptor)
            _require_free(target, overwrite=overwrite)
            part.replace(target)
            _sync_folder(target.parent)
        finally:
            part.unlink(missing_ok=True)
    finally:
        os.close(descriptor)


def _require_free(target: Path, *, overwrite: bool) -> None:
    if not target.parent.is_dir():
        raise NotDone(f"there is no folder {target.parent}")
    if target.is_dir():
        raise NotDone(f"{target} is a folder; name a file")
    if target.exists() and not overwrite:
        raise NotDone(f"{target} exists; name another file, or say --overwrite")


def _lock(part: Path, descriptor: int) -> None:
    with suppress(BlockingIOError, FileNotFoundError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Whoever had the lock may have finished in between: then this is his backup now.
        if part.stat().st_ino == os.fstat(descriptor).st_ino:
            return
    raise NotDone(f"another backup is writing {part}; wait for its end")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
