"""The last line of a backup: its own SHA-256, so that a damaged file is known before it is used.

SQLite has no checksums: a byte that flips inside an address stays unnoticed by its integrity
check. The line stands behind the end that SQLite and ``pg_restore`` read to, so both open a
sealed file as it is.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from shop.backup.errors import NotDone

_BLOCK = 1 << 20
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"
_LINE = "\nshop-backup {moment} sha256 {digest}\n"
_LENGTH = len(_LINE.format(moment="2026-01-01T00:00:00Z", digest="0" * 64))
_PATTERN = re.compile(rb"\nshop-backup (\S{20}) sha256 ([0-9a-f]{64})\n")


def seal(path: Path, made_at: datetime) -> None:
    """Write the last line of a backup."""
    moment = made_at.astimezone(UTC).strftime(_MOMENT)
    line = _LINE.format(moment=moment, digest=_digest(path, path.stat().st_size, moment))
    with path.open("ab") as file:
        file.write(line.encode())


@dataclass(frozen=True, slots=True)
class Seal:
    """What the last line of a backup says: when its copying began, and the digest of what it is."""

    made_at: datetime
    sha256: str


def require_sealed(path: Path) -> Seal:
    """Read a backup and return its seal.

    Raises:
        NotDone: The file is not, byte for byte, what ``shop backup`` wrote.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - _LENGTH))
        found = _PATTERN.fullmatch(file.read())
    if found is None:
        raise NotDone(
            f"{path} does not end with the seal of `shop backup`: it was cut short, or something else made it"
        )
    moment, digest = found[1].decode(), found[2].decode()
    if _digest(path, size - _LENGTH, moment) != digest:
        raise NotDone(f"{path} is damaged: its bytes are not those that `shop backup` wrote")
    return Seal(datetime.strptime(moment, _MOMENT).replace(tzinfo=UTC), digest)


def _digest(path: Path, size: int, moment: str) -> str:
    """Return the SHA-256 of a file's first bytes and of the moment in its seal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for start in range(0, size, _BLOCK):
            digest.update(file.read(min(_BLOCK, size - start)))
    digest.update(moment.encode())
    return digest.hexdigest()
