"""The files of a seed, wherever they lie: a folder, one file, a zip, or what was sent."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, BinaryIO

import shop
from shop.config import current_settings
from shop.seeding.errors import Fault, Faults
from shop.seeding.formats import limits

#: Endings of the files a seed is read from, by format.
FORMATS = {".yaml": "yaml", ".json": "json", ".csv": "csv", ".zip": "zip"}

_MB = 1024 * 1024


@dataclass(frozen=True)
class Sent:
    """A seed that was sent, and is no file of this machine.

    Attributes:
        data: All of it.
        form: What it is: ``yaml``, ``json``, ``csv`` or ``zip``.
        called: Name of the file that it was to its sender, if any.
    """

    data: bytes
    form: str
    called: str = ""

    @property
    def name(self) -> str:
        """Return what faults call it: by its own name, or ``body.yaml``, say."""
        return self.called or f"body.{self.form}"


def own_folder() -> Path:
    """Return the folder of the shop's own seed files."""
    chosen = current_settings().seed_folder
    return Path(chosen) if chosen else Path(shop.__file__).resolve().parent.parent / "seed"


@dataclass(frozen=True)
class File:
    """One file of a seed.

    Attributes:
        name: What faults call it: its path within the folder or the zip.
        format: ``yaml``, ``json`` or ``csv``.
        alone: Whether it is all there is; its name need not say what is in it then.
        size: Unpacked. Bytes.
        open: Opens it; may be called again.
    """

    name: str
    format: str
    alone: bool
    size: int
    open: Callable[[], BinaryIO]

    def read(self, faults: Faults) -> bytes | None:
        """Return the whole of a file that is not too large."""
        if self.size > limits.MAX_BYTES:
            problem = f"a seed file may have at most {limits.MAX_BYTES // _MB} MB"
            faults.add(Fault(self.name, 1, 1, "", problem))
            return None
        with self.open() as stream:
            return stream.read()


@contextmanager
def opened(path: Path | Sent, faults: Faults) -> Iterator[list[File]]:
    """Find the files of a seed; a zip is open for the block.

    Args:
        path: A folder, a file, or what was sent.
        faults: Gets what is no file of a seed.
    """
    if isinstance(path, Sent):
        data = path.data
        with _held(path.name, path.form, len(data), lambda: BytesIO(data), faults) as found:
            yield found
    elif path.is_dir():
        yield list(_in_folder(path, faults))
    elif not path.exists():
        faults.add(Fault(str(path), 1, 1, "", "is not there: neither a folder of seed files nor a file"))
        yield []
    elif path.suffix not in FORMATS:
        faults.add(Fault(path.name, 1, 1, "", _ending(path.suffix)))
        yield []
    else:
        size = path.stat().st_size
        with _held(path.name, FORMATS[path.suffix], size, lambda: path.open("rb"), faults) as found:
            yield found


@contextmanager
def _held(
    name: str, form: str, size: int, open_it: Callable[[], BinaryIO], faults: Faults
) -> Iterator[list[File]]:
    if size > limits.MAX_TABLE_BYTES:
        faults.add(Fault(name, 1, 1, "", f"may have at most {limits.MAX_TABLE_BYTES // _MB:,} MB"))
        yield []
    elif form != "zip":
        yield [File(name, form, True, size, open_it)]
    else:
        try:
            with open_it() as stream, zipfile.ZipFile(stream) as packed:
                yield list(_in_zip(packed, name, faults))
        except (zipfile.BadZipFile, NotImplementedError, EOFError, UnicodeDecodeError) as error:
            faults.add(Fault(name, 1, 1, "", f"not a zip that can be read: {error}"))
            yield []


def _ending(suffix: str) -> str:
    if suffix == ".yml":
        return "seed files end in .yaml"
    return f"a seed is made of .yaml, .json, .csv or .zip files (got {suffix or 'no ending'})"


def _in_folder(folder: Path, faults: Faults) -> Iterator[File]:
    root = folder.resolve()
    for count, path in enumerate(sorted(folder.rglob("*"))):
        name = path.relative_to(folder).as_posix()
        if count >= 2 * limits.MAX_FILES:
            faults.add(Fault(name, 1, 1, "", f"more than {limits.MAX_FILES:,} files"))
            return
        if path.suffix == ".yml":
            faults.add(Fault(name, 1, 1, "", _ending(".yml")))
        if path.suffix not in FORMATS or path.suffix == ".zip":
            continue
        if not path.resolve().is_relative_to(root) or path.is_symlink():
            faults.add(Fault(name, 1, 1, "", "a link is not followed; put the file itself here"))
        elif not stat.S_ISREG(path.stat().st_mode):
            faults.add(Fault(name, 1, 1, "", "not an ordinary file"))
        else:
            size, form = path.stat().st_size, FORMATS[path.suffix]
            yield File(name, form, False, size, lambda path=path: path.open("rb"))  # type: ignore[misc]


def _in_zip(packed: zipfile.ZipFile, of: str, faults: Faults) -> Iterator[File]:
    entries = [entry for entry in packed.infolist() if not entry.is_dir()]
    if len(entries) > limits.MAX_FILES:
        faults.add(Fault(of, 1, 1, "", f"more than {limits.MAX_FILES:,} files", f"{len(entries):,}"))
        return
    if sum(entry.file_size for entry in entries) > limits.MAX_UNPACKED_BYTES:
        problem = f"more than {limits.MAX_UNPACKED_BYTES // _MB:,} MB unpacked"
        faults.add(Fault(of, 1, 1, "", problem))
        return
    seen: set[str] = set()
    for entry in entries:
        name = entry.filename
        twice = "this file is in the zip twice" if name in seen else None
        refusal = _zip_problem(entry) or twice
        seen.add(name)
        suffix = Path(name).suffix
        if refusal:
            faults.add(Fault(name, 1, 1, "", refusal))
        elif suffix == ".yml":
            faults.add(Fault(name, 1, 1, "", _ending(".yml")))
        elif suffix in FORMATS and suffix != ".zip":
            yield File(
                name,
                FORMATS[suffix],
                False,
                entry.file_size,
                lambda entry=entry: _Bounded(packed.open(entry), entry.file_size),  # type: ignore[misc]
            )
        elif suffix == ".zip":
            faults.add(Fault(name, 1, 1, "", "a zip in a zip is not read"))


def _zip_problem(entry: zipfile.ZipInfo) -> str | None:
    """Return why an entry is not read, if it is not."""
    parts = entry.filename.replace("\\", "/").split("/")
    if entry.filename.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or "\\" in entry.filename:
        return "leads out of the zip's own folder"
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "a link is not followed; put the file itself here"
    if entry.flag_bits & 0x1:
        return "is encrypted"
    if entry.file_size > limits.MAX_ZIP_RATIO * max(entry.compress_size, 1) and entry.file_size > _MB:
        return f"unpacks to more than {limits.MAX_ZIP_RATIO} times its size"
    return None


class _Bounded(BytesIO):
    """An entry of a zip, unpacked no further than the zip says it goes."""

    def __init__(self, stream: IO[bytes], size: int) -> None:
        with stream:
            super().__init__(stream.read(size + 1))
