"""Where files of pictures are kept: a folder, or a bucket, behind one small interface.

A file's name says what is in it, so a file is never changed and may be kept by anybody for good.
``images/`` holds what was given to the shop, ``artwork/`` what the shop can draw again.

No call happens inside a transaction: a bucket is a network away.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import obstore
from flask import current_app
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import LocalStore, MemoryStore, from_url

from shop.config import SettingsError
from shop.kit import deadline
from shop.kit.breaker import Breaker, UnavailableError
from shop.kit.db import leave_database
from shop.media.errors import PicturesUnavailable

logger = logging.getLogger("shop.media")

#: How long one call to a bucket may take: the longest for which the work at hand has time left. Commands
#: have time for a large file on a slow line. Seconds.
TRY_SECONDS = (30, 4, 1)

_OURS = re.compile(r"(images/[0-9a-f]{2}/[0-9a-f]{64}|artwork/[0-9a-f]{2}/[0-9a-f]{32}-[0-9]+)\.webp")

#: What tells an S3 client where another provider's buckets are.
_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")


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
    """A folder, or the memory of one process; by obstore.

    Args:
        client: obstore's own store.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    @contextmanager
    def _asked(self) -> Iterator[Any]:
        """Make a call in the block: outside any transaction, and with no connection kept meanwhile."""
        leave_database()
        yield self._client

    def read(self, key: str) -> bytes | None:
        """Return a file; None where there is none."""
        try:
            with self._asked() as client:
                return bytes(obstore.get(client, key).bytes())
        except FileNotFoundError:
            return None

    def write(self, key: str, data: bytes) -> None:
        """Keep a file, whole or not at all; one of that name is replaced."""
        with self._asked() as client:
            obstore.put(client, key, data)

    def written_at(self, key: str) -> datetime | None:
        """Return when a file was written; None where there is none."""
        try:
            with self._asked() as client:
                return obstore.head(client, key)["last_modified"]
        except FileNotFoundError:
            return None

    def delete(self, key: str) -> None:
        """Remove a file, if it is there."""
        with suppress(FileNotFoundError), self._asked() as client:
            obstore.delete(client, key)

    def keys(self, prefix: str) -> Iterator[tuple[str, int, datetime]]:
        """Return the name, the size in bytes and the time of each file under a prefix."""
        with self._asked() as client:
            batches = obstore.list(client, prefix)
        while True:
            # Each page is a call of its own, and between two of them the caller may read the database.
            with self._asked():
                batch = next(batches, None)
            if batch is None:
                return
            yield from ((each["path"], each["size"], each["last_modified"]) for each in batch)


class BucketStore(ObjectStore):
    """A bucket: a network away, so it may be slow, silent or gone. Thread-safe.

    What goes wrong is a :class:`~shop.media.errors.PicturesUnavailable`, and its cause is logged. Asked
    rarely while it is down, and never past the end of the request that asks.

    Args:
        address: ``s3://bucket/prefix``, or ``gs``, ``az``.
        at_once: How many threads may wait for it at a time; None: any number.
    """

    def __init__(self, address: str, *, at_once: int | None = None) -> None:
        self._clients = {seconds: _client(address, seconds) for seconds in TRY_SECONDS}
        self._breaker = Breaker("the bucket of pictures", at_once=at_once)

    @contextmanager
    def _asked(self) -> Iterator[Any]:
        leave_database()
        left = deadline.remaining()
        client = next((each for seconds, each in self._clients.items() if seconds <= left), None)
        if client is None:
            logger.warning("the bucket of pictures is not asked: the request has no time left")
            raise PicturesUnavailable
        try:
            with self._breaker.call(BaseError):
                yield client
        except UnavailableError as error:
            logger.warning("the bucket of pictures is not asked now: %s", error)
            raise PicturesUnavailable(retry_after=error.retry_after) from error
        except (PermissionDeniedError, UnauthenticatedError) as error:
            logger.error("the bucket of pictures refuses this shop: %s", _words_of(error))
            raise PicturesUnavailable(retry_after=30) from error
        except BaseError as error:
            logger.warning("the bucket of pictures failed: %s", _words_of(error))
            raise PicturesUnavailable(retry_after=2) from error
        except FileNotFoundError as error:
            if "NoSuchBucket" not in str(error):
                raise
            # Else every file in it would be told to be gone.
            logger.error("there is no such bucket of pictures: %s", _words_of(error))
            raise PicturesUnavailable(retry_after=30) from error


def open_store(address: str, *, at_once: int | None = None) -> MediaStore:
    """Return the store at an address; a bucket is not asked yet.

    Args:
        address: ``file:///folder``, ``s3://bucket/prefix`` (also ``gs``, ``az``), or ``memory:///``, which
            is one process's own: for tests.
        at_once: How many threads may wait for a bucket at a time; None: any number.

    Raises:
        SettingsError: The address, or the endpoint beside it, is not enough to find a bucket.
    """
    parts = urlsplit(address)
    if parts.scheme == "file":
        return ObjectStore(LocalStore(Path(unquote(parts.path)), mkdir=True))
    if parts.scheme == "memory":
        return ObjectStore(MemoryStore())
    if parts.scheme == "s3":
        _check_endpoints()
    try:
        return BucketStore(address, at_once=at_once)
    except BaseError as error:
        raise SettingsError(f"SHOP_MEDIA: {_words_of(error)}") from error


def _check_endpoints() -> None:
    """Refuse what obstore would only find wrong at the first call, and then panic at."""
    for name in _ENDPOINTS:
        given = os.environ.get(name)
        if given is not None and not _is_address(given):
            raise SettingsError(f"{name}: https:// or http:// and a host (got {given!r})")


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        _ = parts.port  # read for its check
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", text)


def _client(address: str, seconds: int) -> Any:
    """Return obstore's client of a bucket; its keys, region and endpoint come from the environment."""
    return from_url(
        address,
        # An endpoint that begins with http:// is taken at its word, without a switch of its own.
        client_options={"allow_http": True, "connect_timeout": "1s", "timeout": f"{seconds}s"},
        # obstore's own would go on for three minutes. What was silent for a whole try is not tried again.
        retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=seconds / 4)},
    )


def _words_of(error: Exception) -> str:
    """Return what obstore says of a failure, on one line and without its own insides."""
    return " ".join(str(error).partition("\n\nDebug source")[0].split())


def image_key(name: str) -> str:
    """Return where the file of a picture is kept, by its hash."""
    return f"images/{name[:2]}/{name}.webp"


def artwork_key(digest: str, width: int) -> str:
    """Return where a drawing is kept, by the digest of its facts."""
    return f"artwork/{digest[:2]}/{digest}-{width}.webp"


def is_ours(key: str) -> bool:
    """Return whether the shop could have named a file so: others may keep theirs in the same bucket."""
    return _OURS.fullmatch(key) is not None


def current_store() -> MediaStore:
    """Return the store of the application at work."""
    found: MediaStore = current_app.extensions["shop.media"]
    return found
