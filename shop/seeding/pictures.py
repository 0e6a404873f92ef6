"""The files of pictures that a seed names: found beside it, looked at, and made into pictures.

``file:`` of an entry is a path from the seed file that it stands in. A picture that the shop knows is
known again by the hash of its file and is not decoded, so a seed that changes nothing stays quick.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from shop.kit.db import db
from shop.media.errors import UnusableImage
from shop.media.intake import MOST_BYTES, check, hash_of, take
from shop.media.placements import known_images
from shop.media.service import ImageRows, put_files
from shop.media.store import MediaStore
from shop.seeding.errors import Faults, did_you_mean
from shop.seeding.formats.documents import Place
from shop.seeding.formats.files import Sent
from shop.seeding.schemas import PRODUCTS_FOLDER
from shop.seeding.seed import Item, Seed


@dataclass(frozen=True)
class PictureFile:
    """A file that is a picture by its first and last bytes.

    Attributes:
        name: Its path within the seed.
        place: The first entry that names it.
        source_hash: SHA-256 of the file.
        read: Reads it again: all of a seed's pictures at once may not fit into memory.
    """

    name: str
    place: Place
    source_hash: str
    read: Callable[[], bytes]


class _NotHere(Exception):  # noqa: N818 - it is named for what happened
    """A path leads to no file that may be read; the message says why."""


def find_pictures(seed: Seed, path: Path | Sent, faults: Faults) -> list[PictureFile]:
    """Find the files of pictures that a seed names, and look at each.

    Args:
        seed: Its entries.
        path: Where it was read from, or what was sent.
        faults: Gets what is not there, or is no picture.
    """
    found: dict[str, PictureFile] = {}
    for image in _images(seed):
        place, name = image.place / "file", name_of(image)
        try:
            read = _reader(path, name)
            if name not in found:
                data = read()
                check(data)
                found[name] = PictureFile(name, place, hash_of(data), read)
                seed.images[name] = found[name].source_hash
        except _NotHere as error:
            faults.add(place.fault(str(error)))
        except UnusableImage as error:
            faults.add(place.fault(_in_words(error)))
    return list(found.values())


def take_pictures(
    seed: Seed, files: list[PictureFile], faults: Faults, store: MediaStore | None = None
) -> list[ImageRows]:
    """Make pictures of the files that the shop does not know; return what it is to be told of them.

    Args:
        seed: Gets the hash of each picture.
        files: From :func:`find_pictures`.
        faults: Gets what cannot be decoded.
        store: Where their files are put, even where the seed is refused later: a sweep finds them.
            None: nowhere, because nothing will be written.
    """
    known = known_images(db.session(), {file.source_hash for file in files})
    new = []
    for file in files:
        name = known.get(file.source_hash)
        if name is None:
            try:
                taken = take(file.read())
            except UnusableImage as error:
                faults.add(file.place.fault(_in_words(error)))
                continue
            new.append(put_files(store, taken) if store else ImageRows.of(taken))
            name = taken.master.hash
        seed.images[file.name] = name
    return new


def name_of(image: Item) -> str:
    """Return the path of an entry's picture within the seed; it may begin with ``..``."""
    folder = posixpath.dirname(image.place.document.name)
    return posixpath.normpath(posixpath.join(folder, image["file"]))


def _images(seed: Seed) -> Iterator[Item]:
    for file in seed.product_files():
        for product in file.each("products"):
            yield from product.each("images")
            for variant in product.each("variants"):
                yield from variant.each("images")
    for accessory in seed.each("accessories.yaml", "accessories"):
        yield from accessory.each("images")


def _in_words(error: UnusableImage) -> str:
    return f"{error.detail[0].lower()}{error.detail[1:]}".rstrip(".")


def refuse_pictures(seed: Seed, faults: Faults) -> None:
    """Note every picture of a seed that has no files beside it."""
    for image in _images(seed):
        faults.add((image.place / "file").fault("pictures are given at `/images` of the product or variant"))


def _reader(path: Path | Sent, name: str) -> Callable[[], bytes]:
    """Return what reads a file of a seed.

    Raises:
        _NotHere: It is outside, absent, or no ordinary file.
    """
    if isinstance(path, Sent):
        if path.form != "zip":
            raise _NotHere("a picture is read from a zip, and not from one file that was sent")
        return lambda: _from_zip(BytesIO(path.data), _inside(name))
    if path.suffix == ".zip":
        return lambda: _from_zip(path, _inside(name))
    root = path if path.is_dir() else path.parent
    if not path.is_dir() and root.name == PRODUCTS_FOLDER:  # one file of a whole seed
        root, name = root.parent, posixpath.normpath(f"{PRODUCTS_FOLDER}/{name}")
    return lambda: _from_folder(root, _inside(name))


def _inside(name: str) -> str:
    if name.startswith(("/", "../")) or name == ".." or "\\" in name or ":" in name:
        raise _NotHere("leads out of the seed's folder")
    return name


def _from_folder(root: Path, name: str) -> bytes:
    file = root / name
    if not file.resolve().is_relative_to(root.resolve()):
        raise _NotHere("leads out of the seed's folder")
    if not file.exists():
        beside = sorted(file.parent.iterdir()) if file.parent.is_dir() else []
        raise _NotHere(f"no such file{did_you_mean(file.name, [each.name for each in beside])}")
    if file.is_symlink() or not file.is_file():
        raise _NotHere("not an ordinary file")
    with file.open("rb") as stream:
        return stream.read(MOST_BYTES + 1)


def _from_zip(path: Path | BytesIO, name: str) -> bytes:
    with zipfile.ZipFile(path) as packed:
        if name not in packed.namelist():
            raise _NotHere("no such file in the zip")
        with packed.open(name) as stream:
            return stream.read(MOST_BYTES + 1)
