"""Where files of pictures are kept: a folder, or a bucket, behind one small interface.

A file's name says what is in it, so a file is never changed and may be kept by anybody for good.
``images/`` holds what was given to the shop, ``artwork/`` what the shop can draw again.

No call happens inside a transaction: a bucket is a network away.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import obstore
from flask import current_app
from obstore.store import LocalStore, from_url

from shop.kit.db import leave_database


class MediaStore(Protocol):
    """What the shop asks of a store."""

    def read(self, key: str) -> bytes | None:
        """Return a file; None where there is none."""
        ...

    def write(self, key: str, data: bytes) -> None:
        """Keep a file, whole or not at all; one of that name is replaced."""
        ...

    def written_at(self, key: str) -> datetime | None:
        """Return when a file was written; None where there is none."""
        ...

    def delete(self, key: str) -> None:
        """Remove a file, if it is there."""
        ...

    def keys(self, prefix: str) -> Iterator[tuple[str, int, datetime]]:
        """Return the name, the size in bytes and the time of each file under a prefix."""
        ...


class ObjectStore:
    """A store by obstore.

    Args:
        address: ``file:///folder``, ``s3://bucket/prefix`` and what else obstore knows, or ``memory:///``,
            which is one process's own: for tests.
    """

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._store: Any = (
            LocalStore(Path(unquote(parts.path)), mkdir=True) if parts.scheme == "file" else from_url(address)
        )

    def read(self, key: str) -> bytes | None:
        """Return a file; None where there is none."""
        leave_database()
        try:
            return bytes(obstore.get(self._store, key).bytes())
        except FileNotFoundError:
            return None

    def write(self, key: str, data: bytes) -> None:
        """Keep a file, whole or not at all; one of that name is replaced."""
        leave_database()
        obstore.put(self._store, key, data)

    def written_at(self, key: str) -> datetime | None:
        """Return when a file was written; None where there is none."""
        leave_database()
        try:
            return obstore.head(self._store, key)["last_modified"]
        except FileNotFoundError:
            return None

    def delete(self, key: str) -> None:
        """Remove a file, if it is there."""
        leave_database()
        try:
            obstore.delete(self._store, key)
        except FileNotFoundError:
            return

    def keys(self, prefix: str) -> Iterator[tuple[str, int, datetime]]:
        """Return the name, the size in bytes and the time of each file under a prefix."""
        leave_database()
        for batch in obstore.list(self._store, prefix):
            yield from ((each["path"], each["size"], each["last_modified"]) for each in batch)


def image_key(name: str) -> str:
    """Return where the file of a picture is kept, by its hash."""
    return f"images/{name[:2]}/{name}.webp"


def artwork_key(digest: str, width: int) -> str:
    """Return where a drawing is kept, by the digest of its facts."""
    return f"artwork/{digest[:2]}/{digest}-{width}.webp"


def current_store() -> MediaStore:
    """Return the store of the application at work."""
    found: MediaStore = current_app.extensions["shop.media"]
    return found
