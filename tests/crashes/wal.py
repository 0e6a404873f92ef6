"""SQLite's write-ahead log as bytes: how far it is sound, and the ways a crash may leave it.

Source: sqlite.org/fileformat2.html, "The Write-Ahead Log", and walformat.html for the index.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

_HEADER = 32
_FRAME_HEADER = 24
_SECTOR = 512


@dataclass(frozen=True, order=True)
class Position:
    """A place in the history of a database: how often its log began anew, and how far it is."""

    generation: int
    frame: int


def position(database: Path) -> Position:
    """Read where the last commit ended, from the log's index."""
    index = database.with_name(database.name + "-shm").read_bytes()
    (frame,) = struct.unpack_from("=I", index, 16)
    # Its bytes are kept as they stand in the log, which is big-endian.
    (generation,) = struct.unpack_from(">I", index, 32)
    return Position(generation, frame)


@dataclass(frozen=True)
class Files:
    """The files of a database at one moment; no commit and no checkpoint was under way."""

    database: bytes
    log: bytes
    index: bytes

    @classmethod
    def of(cls, database: Path) -> Files:
        """Read them; the caller holds the write gate."""
        return cls(*(database.with_name(database.name + end).read_bytes() for end in ("", "-wal", "-shm")))

    def put(self, database: Path) -> None:
        """Write them as a database; an empty log or index is left out."""
        for end, content in (("", self.database), ("-wal", self.log), ("-shm", self.index)):
            path = database.with_name(database.name + end)
            if content:
                path.write_bytes(content)
            else:
                path.unlink(missing_ok=True)

    @property
    def page(self) -> int:
        return int.from_bytes(self.log[8:12], "big")

    @property
    def generation(self) -> int:
        return int.from_bytes(self.log[16:20], "big")

    @property
    def checkpointed(self) -> int:
        """How many frames are in the database file already: a crash cannot tear those.

        They were synced before they were copied.
        """
        return int(struct.unpack_from("=I", self.index, 96)[0])

    @property
    def committed(self) -> int:
        """How many frames of this generation are committed."""
        return int(struct.unpack_from("=I", self.index, 16)[0])

    def start(self, frame: int) -> int:
        """Return where a frame begins, counted from 0."""
        return _HEADER + frame * (_FRAME_HEADER + self.page)

    def commits(self) -> list[int]:
        """Return the frames that end a transaction, counted from 1, with 0 before the first."""
        ends = [self.start(frame) + 4 for frame in range(self.committed)]
        return [0, *(n for n, at in enumerate(ends, 1) if self.log[at : at + 4] != b"\0\0\0\0")]

    def pages_written(self) -> set[int]:
        """Return the numbers of the pages that the committed log holds."""
        starts = [self.start(frame) for frame in range(self.committed)]
        return {int.from_bytes(self.log[at : at + 4], "big") for at in starts}


@dataclass(frozen=True)
class Damaged:
    """Files as a crash left them.

    Attributes:
        how: The kind of damage.
        files: The damaged files.
        survives: Up to where commits must be found again, and nothing beyond.
        checkpointed: How many frames the undamaged log had in the file already.
    """

    how: str
    files: Files
    survives: Position
    checkpointed: int


def _intact(sound: Files, log: bytes) -> int:
    """Return how many frames of a log were not touched."""
    same = min(len(sound.log), len(log))
    if log[:same] != sound.log[:same]:
        # Halving finds the first byte that differs in a few comparisons of long runs.
        low, high = 0, same
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if log[low:middle] == sound.log[low:middle] else (low, middle)
        same = low
    return max(0, same - _HEADER) // (_FRAME_HEADER + sound.page)


def _first(sound: Files, rng: random.Random) -> int:
    """Choose where damage may begin: anywhere behind what is checkpointed already."""
    least = sound.start(sound.checkpointed) if sound.checkpointed else 0
    return rng.randrange(least, max(least + 1, min(len(sound.log), sound.start(sound.committed))))


def _cut(sound: Files, rng: random.Random) -> Files:
    """The log ends anywhere."""
    return replace(sound, log=sound.log[: _first(sound, rng)])


def _flipped(sound: Files, rng: random.Random) -> Files:
    """Single bits are wrong."""
    log = bytearray(sound.log)
    for _ in range(rng.randint(1, 4)):
        log[_first(sound, rng)] ^= 1 << rng.randrange(8)
    return replace(sound, log=bytes(log))


def _overwritten(sound: Files, rng: random.Random, fill: Callable[[int], bytes]) -> Files:
    """A run of the disk's sectors never arrived, and later ones did."""
    start = -(-_first(sound, rng) // _SECTOR) * _SECTOR
    end = min(len(sound.log), start + _SECTOR * rng.randint(1, 24))
    log = sound.log[:start] + fill(max(0, end - start)) + sound.log[end:]
    return replace(sound, log=log[: max(len(sound.log), start)])


def _zeroed(sound: Files, rng: random.Random) -> Files:
    """Sectors were allocated and never written."""
    return _overwritten(sound, rng, bytes)


def _stale(sound: Files, rng: random.Random) -> Files:
    """Sectors hold what the disk had there before."""
    return _overwritten(sound, rng, rng.randbytes)


def _torn_checkpoint(sound: Files, rng: random.Random) -> Files:
    """The log is whole, and pages that were being copied from it into the file are torn."""
    database = bytearray(sound.database)
    pages = sorted(sound.pages_written() - {1})
    for page in rng.sample(pages, min(len(pages), rng.randint(1, 8))):
        start = (page - 1) * sound.page + _SECTOR * rng.randrange(sound.page // _SECTOR)
        end = min(page * sound.page, len(database))
        if start < end:
            database[start:end] = rng.randbytes(end - start)
    return replace(sound, database=bytes(database))


KINDS: dict[str, Callable[[Files, random.Random], Files]] = {
    "cut": _cut,
    "flipped": _flipped,
    "zeroed": _zeroed,
    "stale": _stale,
    "torn checkpoint": _torn_checkpoint,
}


def damage(sound: Files, how: str, rng: random.Random) -> Damaged:
    """Damage a database as a crash may; its index is kept, lost or full of nonsense."""
    files = KINDS[how](sound, rng)
    index = rng.choice([sound.index, b"", rng.randbytes(len(sound.index))])
    intact = min(_intact(sound, files.log), sound.committed)
    last = max(commit for commit in sound.commits() if commit <= intact)
    return Damaged(how, replace(files, index=index), Position(sound.generation, last), sound.checkpointed)


def tear_what_is_checkpointed(sound: Files) -> Damaged:
    """Lose part of the log that is in the file already, which no crash does.

    The file is then ahead of its log: a judge that does not see this sees nothing.
    """
    kept = sound.commits()[1]
    assert 0 < kept < sound.checkpointed
    torn = replace(sound, log=sound.log[: sound.start(kept)], index=b"")
    return Damaged("torn too early", torn, Position(sound.generation, kept), sound.checkpointed)
