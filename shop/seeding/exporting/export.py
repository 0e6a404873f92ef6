"""Writing the catalogue out as seed files; the same catalogue gives the same bytes."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import IO, Any

from sqlalchemy import Connection, select

from shop.catalogue.models import Variant
from shop.inventory.models import Location, Movement, Stock
from shop.kit.db import one_moment
from shop.media.store import current_store, image_key
from shop.seeding.current import read_current
from shop.seeding.errors import NoEntryError
from shop.seeding.exporting.entries import files_of, picture_file
from shop.seeding.exporting.flat import Flat
from shop.seeding.exporting.stored import Entry, Stored
from shop.seeding.fields import SCHEMA
from shop.seeding.formats import limits
from shop.seeding.formats.files import FORMATS
from shop.seeding.formats.text import as_csv, as_json, as_yaml
from shop.seeding.kinds import PRODUCT_IMAGE, VARIANT_IMAGE

_WRITERS: dict[str, Callable[[Any], str]] = {"yaml": as_yaml, "json": as_json, "csv": as_yaml}

#: What an export may be written as. Of ``csv``, what fits in no table is YAML.
FORMS = tuple(_WRITERS)

#: The comment of a zip that an export wrote, and another may write over.
_MARK = f"{SCHEMA} export".encode()


class NotExportableError(Exception):
    """Nothing was written over: the message says what is in the way, or what no reader would take."""


@dataclass(frozen=True)
class Export:
    """A catalogue as the files of a seed.

    Attributes:
        texts: By path within the seed.
        pictures: Their names; each is a file of the shop's store.
    """

    texts: dict[str, bytes]
    pictures: list[str]

    def __len__(self) -> int:
        return len(self.texts) + len(self.pictures)


def export(form: str) -> Export:
    """Return the catalogue as it is at one moment.

    Args:
        form: Of :data:`FORMS`.

    Raises:
        NotExportableError: It is more than a seed may hold, or a row of it is as no file says it.
    """
    with one_moment() as connection:
        stored = Stored(read_current(connection))
        openings = _openings(connection)
    try:
        trees = files_of(stored, openings)
    except NoEntryError as error:
        raise NotExportableError(str(error)) from None
    pictures = {values["image_hash"] for kind in (PRODUCT_IMAGE, VARIANT_IMAGE) for values in stored[kind]}
    texts = {name: text.encode() for name, text in _texts(trees, form)}
    found = Export(texts, sorted(pictures))
    _require_room("it", "files", len(found), limits.MAX_FILES)
    return found


def _texts(trees: dict[str, Entry], form: str) -> Iterator[tuple[str, str]]:
    if form == "csv":
        for name, rows in Flat(trees).tables():
            _require_room(name, "rows", len(rows) - 1, limits.MAX_ROWS)
            yield name, as_csv(rows)
    ending = ".json" if form == "json" else ".yaml"
    for name, tree in trees.items():
        text = _WRITERS[form]({"schema": SCHEMA, **tree})
        _require_room(name, "bytes", len(text.encode()), limits.MAX_BYTES)
        _require_room(name, "values", _values(tree) + 2, limits.MAX_PARTS)
        yield str(PurePosixPath(name).with_suffix(ending)), text


def _values(node: Any) -> int:
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return 1 + sum(map(_values, inner))


def _require_room(what: str, of: str, number: int, most: int) -> None:
    """Refuse what :mod:`shop.seeding.formats.files` and its readers would."""
    if number > most:
        raise NotExportableError(
            f"the catalogue is too large for a seed of this format: {what} would have {number:,} {of}, "
            f"and {most:,} is the most that is read"
        )


def write(target: Path, form: str) -> int:
    """Write the catalogue into a folder, or into a zip where the target's name ends so; count its files.

    Args:
        target: Made if it is not there; an earlier export in it is written over. A zip takes its name
            when it is whole.
        form: Of :data:`FORMS`.

    Raises:
        NotExportableError: The folder holds other seed files, the zip is another's, the file of a
            picture is gone, or the catalogue is more than a seed may hold. No seed file was written.
    """
    if target.suffix == ".zip":
        return _write_zip(target, export(form))
    found = export(form)
    others = sorted(
        path.relative_to(target).as_posix()
        for path in target.rglob("*")
        if path.suffix in FORMATS and path.relative_to(target).as_posix() not in found.texts
    )
    if others:
        raise NotExportableError(f"{target} holds other seed files: {', '.join(others[:5])}")
    # Pictures first: one that is gone is known before any seed file is written over.
    for name, data in chain(_pictures(found), found.texts.items()):
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return len(found)


def _write_zip(target: Path, found: Export) -> int:
    if target.exists() and not _is_export(target):
        raise NotExportableError(f"{target} is there, and is no export: name another file")
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    try:
        with part.open("wb") as file:
            pack(found, file)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return len(found)


def _is_export(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as packed:
            return packed.comment == _MARK
    except (zipfile.BadZipFile, OSError):
        return False


def pack(found: Export, file: IO[bytes]) -> None:
    """Write an export as a zip.

    Its bytes say nothing of when and where it was made, nor of the zlib that was at hand: it is not
    compressed.

    Args:
        found: The export.
        file: Open for writing; it can be sought in.

    Raises:
        NotExportableError: The file of a picture is gone, or the zip is more than a reader takes.
    """
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as packed:
        packed.comment = _MARK
        for name, data in chain(found.texts.items(), _pictures(found)):
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system, entry.external_attr = 3, (stat.S_IFREG | 0o644) << 16
            packed.writestr(entry, data)
            _require_room("the zip", "bytes", file.tell(), limits.MAX_TABLE_BYTES)


def _pictures(found: Export) -> Iterator[tuple[str, bytes]]:
    for picture in found.pictures:
        data = current_store().read(image_key(picture))
        if data is None:
            raise NotExportableError(f"the file of picture {picture} is gone: `shop verify media`")
        yield picture_file(picture), data


def _openings(connection: Connection) -> list[dict[str, Any]]:
    """Return the first counts of what is sold: what arrived or was sold since is no seed's matter."""
    first = Movement.variant_id == Stock.variant_id
    first &= (Movement.location_id == Stock.location_id) & (Movement.kind == "opening")
    counted = (
        select(Variant.sku, Location.code, Movement.on_hand_delta)
        .select_from(Stock)
        .join(Variant, Variant.id == Stock.variant_id)
        .join(Location, Location.id == Stock.location_id)
        .outerjoin(Movement, first)
        .where(Variant.sellable, ~Variant.is_retired)
        .order_by(Variant.sku, Location.position)
    )
    return [
        {"sku": sku, "location": location, "pieces": pieces or 0}
        for sku, location, pieces in connection.execute(counted)
    ]
