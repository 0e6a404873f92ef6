"""All files of a seed, read and checked one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from marshmallow import ValidationError

from shop.seeding.documents import Document, Place, read
from shop.seeding.errors import Fault, Faults, did_you_mean
from shop.seeding.fields import UNKNOWN
from shop.seeding.schemas import FILES, PRODUCTS, PRODUCTS_FOLDER

#: marshmallow's words in ours.
_PLAIN_WORDS = {
    "Missing data for required field.": "is missing",
    "Field may not be null.": "may not be null; leave the line out",
    "Not a valid list.": "must be a list",
    "Invalid input type.": "must be a mapping of keys to values",
    "Must be a whole number.": "must be a whole number",
}


@dataclass(frozen=True)
class Item:
    """A checked entry, and the place it stands at."""

    values: dict[str, Any]
    place: Place

    def __getitem__(self, key: str) -> Any:
        return self.values[key]

    def get(self, key: str, default: Any = None) -> Any:
        """Return what stands under a key, or a default."""
        return self.values.get(key, default)

    def each(self, key: str) -> Iterator[Item]:
        """Yield the entries of a list under a key; none if it is left out."""
        for index, values in enumerate(self.values.get(key, ())):
            yield Item(values, self.place / key / index)


@dataclass(frozen=True)
class Seed:
    """The content of a seed's folder; every file alone is as its schema asks."""

    files: dict[str, Item]

    def each(self, file: str, section: str) -> Iterator[Item]:
        """Yield the entries of a section of a file."""
        return self.files[file].each(section)

    def product_files(self) -> Iterator[Item]:
        """Yield the files with products, in the order of their names."""
        for name, item in sorted(self.files.items()):
            if name.startswith(PRODUCTS_FOLDER + "/"):
                yield item


def read_seed(folder: Path) -> Seed:
    """Read every file of a seed and check each against its schema.

    Raises:
        SeedRefused: With every fault of every file that could be read.
    """
    faults = Faults()
    if not folder.is_dir():
        faults.add(Fault(str(folder), 1, 1, "", "is not a folder of seed files"))
        faults.refuse(unread=True)
    files = {}
    for name, path in _files_of(folder, faults).items():
        document = read(path, name, faults)
        item = _checked(document, faults) if document else None
        if item:
            files[name] = item
    faults.refuse(unread=True)
    return Seed(files)


def _files_of(folder: Path, faults: Faults) -> dict[str, Path]:
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.suffix == ".yml":
            faults.add(Fault(name, 1, 1, "", "seed files end in .yaml"))
        elif path.suffix != ".yaml":
            continue
        elif name in FILES or path.parent == folder / PRODUCTS_FOLDER:
            found[name] = path
        else:
            faults.add(Fault(name, 1, 1, "", "not a file of a seed" + did_you_mean(name, FILES)))
    for name in FILES:
        if name not in found:
            faults.add(Fault(name, 1, 1, "", "this file is missing; without it everything in it would go"))
    if not any(name.startswith(PRODUCTS_FOLDER + "/") for name in found):
        faults.add(Fault(PRODUCTS_FOLDER, 1, 1, "", "no file with products is here"))
    return found


def _checked(document: Document, faults: Faults) -> Item | None:
    schema = FILES.get(document.name, PRODUCTS)
    try:
        values = schema().load(document.tree)
    except ValidationError as error:
        for place, message in _messages(error.messages, document.root):
            at_key = message.startswith(UNKNOWN)
            faults.add(place.fault(_PLAIN_WORDS.get(message, message), at_key=at_key))
        return None
    return Item(dict(values), document.root)


def _messages(messages: Any, place: Place) -> Iterator[tuple[Place, str]]:
    if isinstance(messages, dict):
        for step, inner in messages.items():
            yield from _messages(inner, place if step == "_schema" else place / step)
    else:
        for message in messages if isinstance(messages, list) else [messages]:
            yield place, str(message)
