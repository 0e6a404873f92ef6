"""All files of a seed, read and checked one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from marshmallow import Schema, ValidationError

from shop.seeding import tables
from shop.seeding.errors import Fault, Faults, did_you_mean, nearest
from shop.seeding.fields import UNKNOWN
from shop.seeding.formats.csv_text import no_table, read_table, records
from shop.seeding.formats.documents import Document, Place, UnreadableError
from shop.seeding.formats.files import File, Sent, opened
from shop.seeding.formats.json_text import read_json
from shop.seeding.formats.yaml_text import read_yaml
from shop.seeding.schemas import FILES, PRODUCTS, PRODUCTS_FOLDER, TABLE_FILES

#: marshmallow's words in ours.
_PLAIN_WORDS = {
    "Missing data for required field.": "is missing",
    "Field may not be null.": "may not be null; leave the line out",
    "Not a valid list.": "must be a list",
    "Invalid input type.": "must be a mapping of keys to values",
    "Must be a whole number.": "must be a whole number",
}

_READERS = {"yaml": read_yaml, "json": read_json}

#: An entry that is wrong in itself is left out and the rest looked at again; so often.
_MOST_ROUNDS = 50


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


@dataclass
class Seed:
    """The content of a seed; every entry alone is as its schema asks.

    Attributes:
        files: By the name each would have in a whole seed.
        unread: Names of those that cannot be read at all.
        declared: Names of entries that are there and wrong: they are not missed elsewhere.
        images: By the path of a picture's file: its hash.
    """

    files: dict[str, Item] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    declared: set[str] = field(default_factory=set)
    images: dict[str, str] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Tell whether nothing is left out, so that what is not here is gone."""
        return set(FILES) <= set(self.files) and any(True for _ in self.product_files())

    def each(self, file: str, section: str) -> Iterator[Item]:
        """Yield the entries of a section of a file; none if the seed has no such file."""
        if file in self.files:
            yield from self.files[file].each(section)

    def rows(self, table: str) -> Iterator[Item]:
        """Yield the rows of a table."""
        return self.each(table, "rows")

    def product_files(self) -> Iterator[Item]:
        """Yield the files with products, in the order of their names."""
        for name, item in sorted(self.files.items()):
            if name.startswith(PRODUCTS_FOLDER + "/"):
                yield item


def read_seed(path: Path | Sent, faults: Faults) -> Seed:
    """Read every file of a seed and check each against its schema.

    Args:
        path: A folder, a file, or what was sent.
        faults: Gets every fault of every file that could be read.
    """
    with opened(path, faults) as found:
        return read_files(found, path, faults)


def read_files(files: Iterable[File], path: Path | Sent, faults: Faults) -> Seed:
    """Read files of a seed that were found, as :func:`read_seed` does.

    Args:
        files: All of the seed.
        path: Where they were found.
        faults: Gets every fault of every file that could be read.
    """
    seed = Seed()
    names: dict[str, str] = {}
    for file in files:
        _read(file, seed, faults, names)
    if not seed.files and not len(faults):
        faults.add(Fault(path.name or str(path), 1, 1, "", "no file of a seed is here"))
    return seed


def seed_of(documents: Iterable[Document], faults: Faults) -> Seed:
    """Check documents that came from elsewhere than files, each named as its file would be.

    Args:
        documents: Of a whole file each.
        faults: Gets every fault of them.
    """
    seed = Seed()
    for document in documents:
        schema = FILES.get(document.name) or PRODUCTS
        item = checked(document, schema, faults, seed.declared)
        if item:
            seed.files[document.name] = item
        else:
            seed.unread.add(document.name)
    return seed


def _read(file: File, seed: Seed, faults: Faults, names: dict[str, str]) -> None:
    document = Document(file.name)
    name = _name_of(file)
    if name is None and not file.alone:
        known: Iterable[str] = TABLE_FILES if file.format == "csv" else FILES
        written = file.name if file.format == "csv" else str(PurePosixPath(file.name).with_suffix(".yaml"))
        faults.add(Fault(file.name, 1, 1, "", f"not a file of a seed{did_you_mean(written, known)}"))
        # What it holds is not missed elsewhere.
        seed.unread.update(filter(None, [nearest(written, known)]))
        return
    if name and (earlier := names.setdefault(name, file.name)) != file.name:
        faults.add(Fault(file.name, 1, 1, "", f"stands here twice (first as {earlier})"))
        return
    found = (
        _read_table(file, name, document, faults)
        if file.format == "csv"
        else _read_tree(file, document, faults)
    )
    if not found:
        seed.unread.add(name or "")
        return
    name = name or found
    schema = TABLE_FILES.get(name) or FILES.get(name) or PRODUCTS
    item = checked(document, schema, faults, seed.declared)
    if item:
        seed.files[name] = item
    else:
        seed.unread.add(name)


def _name_of(file: File) -> str | None:
    """Return what a file would be called in a whole seed of YAML."""
    path = PurePosixPath(file.name)
    if file.format == "csv":
        return file.name if file.name in TABLE_FILES else None
    name = str(path.with_suffix(".yaml"))
    return name if name in FILES or str(path.parent) == PRODUCTS_FOLDER else None


def _read_table(file: File, name: str | None, document: Document, faults: Faults) -> str | None:
    try:
        if name is None:
            with file.open() as stream:
                first = next(records(stream), None)
            name = tables.table_with([cell.strip() for cell in first.cells] if first else [])
            if name is None:
                faults.add(Fault(file.name, 1, 1, "", no_table(first)))
                return None
        with file.open() as stream:
            return name if read_table(document, stream, tables.BY_NAME[name], faults) else None
    except UnreadableError as error:
        faults.add(Fault(file.name, *error.mark, "", error.problem, error.got))
        return None


def _read_tree(file: File, document: Document, faults: Faults) -> str | None:
    data = file.read(faults)
    if data is None:
        return None
    try:
        builder = _READERS[file.format](document, data)
        if not isinstance(document.tree, dict):
            raise UnreadableError((1, 1), "a seed file is a mapping that starts with `schema:`")
    except UnreadableError as error:
        faults.add(Fault(file.name, *error.mark, "", error.problem, error.got))
        return None
    for fault in builder.faults:
        faults.add(fault)
    if builder.faults:
        return None
    name = _name_of(file) or _name_by_content(document.tree)
    if name is None:
        sections = {key for schema in FILES.values() for key in schema().fields if key != "schema"}
        guess = next(
            filter(None, (did_you_mean(key, sections) for key in document.tree if key != "schema")), ""
        )
        faults.add(document.root.fault(f"no file of a seed has these keys{guess or '; see seed/README.md'}"))
    return name


def _name_by_content(tree: dict[str, Any]) -> str | None:
    """Return which file this is, by its keys, where its name does not say."""
    if "products" in tree or "family" in tree:
        return f"{PRODUCTS_FOLDER}/{tree.get('family')}.yaml"
    for name, schema in FILES.items():
        if set(tree) & (set(schema().fields) - {"schema"}):
            return name
    return None


def checked(document: Document, schema: type[Schema], faults: Faults, declared: set[str]) -> Item | None:
    """Return a document as its schema reads it, entries that are wrong in themselves left out.

    Args:
        document: As it was read.
        schema: Of the whole file.
        faults: Gets what is wrong.
        declared: Gets the names of what is left out.

    Returns:
        None where something is wrong outside of any entry.
    """
    loader = schema()
    for _ in range(_MOST_ROUNDS):
        try:
            return Item(dict(loader.load(document.remaining())), document.root)
        except ValidationError as error:
            found = list(_messages(error.messages, document.root))
        told = [
            place.fault(_PLAIN_WORDS.get(message, message), at_key=message.startswith(UNKNOWN))
            for place, message in found
        ]
        for fault in told:
            faults.add(fault)
        if not _leave_out([place for place, _ in found], document, declared):
            return None
    return None


def _leave_out(places: Iterable[Place], document: Document, declared: set[str]) -> bool:
    """Drop the entries that faults are in; return whether each was in one."""
    doomed: dict[tuple[int, int], list[Any]] = {}
    for place in places:
        here: Any = document.tree
        innermost: tuple[list[Any], int] | None = None
        for given in place.path:
            step = document.true_index(here, given)
            if isinstance(here, list) and isinstance(step, int) and step < len(here):
                # Not a value of a list of words: the entry it belongs to.
                if isinstance(here[step], dict):
                    innermost = here, step
                here = here[step]
            elif isinstance(here, dict) and step in here:
                here = here[step]
            else:
                break
        if innermost is None:
            return False
        doomed[id(innermost[0]), innermost[1]] = innermost[0]
    for (_, index), entries in doomed.items():
        declared.update(_names_in(entries[index]))
        document.drop(entries, index)
    return bool(doomed)


def _names_in(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("slug", "id", "code", "style_code", "sku") and isinstance(value, str):
                yield value.replace(" ", "")
            yield from _names_in(value)
    elif isinstance(node, list):
        for value in node:
            yield from _names_in(value)


def _messages(messages: Any, place: Place) -> Iterator[tuple[Place, str]]:
    if isinstance(messages, dict):
        for step, inner in messages.items():
            yield from _messages(inner, place if step == "_schema" else place / step)
    else:
        for message in messages if isinstance(messages, list) else [messages]:
            yield place, str(message)
