"""What rows point at: every reference, source, term and listed slug must exist."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from shop.seeding import kinds
from shop.seeding.current import Current
from shop.seeding.errors import did_you_mean
from shop.seeding.formats.documents import Place
from shop.seeding.kinds import KINDS, Key, Kind, Values
from shop.seeding.pointers import LISTS, TERMS
from shop.seeding.rows import Row, Rows
from shop.seeding.seed import Seed

#: What is said of a variant that names an accessory as its product.
OF_ACCESSORY = "is an accessory, whose one variant stands with it in accessories.yaml"


def check_references(rows: Rows, seed: Seed) -> None:
    """Add a fault for everything that is pointed at and not there."""
    for kind in KINDS:
        for row in rows[kind].values():
            if not row.held:
                _check_row(rows, kind, row)
    for item in seed.files.values():
        _check_sources(rows, item.place.document.remaining(), item.place)
    _check_conditions(rows)


def named(rows: Rows, seed: Seed) -> dict[Kind, set[Key]]:
    """Return what the entries of a seed point at, whether it is there or not."""
    found: dict[Kind, set[Key]] = {kind: set() for kind in KINDS}
    for kind in KINDS:
        for row in rows[kind].values():
            if not row.held:
                for target, key, _ in _pointers(kind, row):
                    found[target].add(key)
    for item in seed.files.values():
        found[kinds.SOURCE].update(slug for slug, _ in _cited(item.place.document.remaining(), item.place))
    return found


def check_unique(rows: Rows, current: Current) -> None:
    """Add a fault for values that the database wants only once, besides the keys.

    Args:
        rows: Of the seed, and those of the database that stay.
        current: What the database holds: it is asked for rows that were not read, too.
    """
    for kind in KINDS:
        for column in kind.table.c:
            # Places are given out by this program, one each.
            if not column.unique or column.key in (*kind.key, "position") or column.key not in kind.columns:
                continue
            first: dict[Any, Row] = {}
            fresh = {row.values[column.key]: row for row in rows[kind].values() if not row.held}
            for value in current.taken(kind, column.key, fresh):
                first[value] = Row.of_database(fresh[value].values)
            for row in sorted(rows[kind].values(), key=lambda row: not row.held):
                earlier = first.setdefault(row.values[column.key], row)
                if earlier is not row and not _is_one_accessory(earlier, row):
                    at = earlier.place.fault("")
                    where = at.file if earlier.held else f"{at.file}, line {at.line}"
                    problem = f"looks like the one in {where}: give this one a `{column.key}` of its own"
                    rows.faults.add(row.place_of(column.key).fault(problem))


def _is_one_accessory(first: Row, second: Row) -> bool:
    """Tell whether two variants are of one accessory, whose slug they have: that is said as what it is."""
    of, made_of = (
        {row.values.get(column) for row in (first, second)} for column in ("product_id", "material_id")
    )
    return len(of) == 1 and of != {None} and made_of == {None}


def check_accessories(rows: Rows, held: Mapping[Key, Values]) -> None:
    """Add a fault where an accessory would not have one variant that is made of nothing.

    Args:
        rows: As they shall be.
        held: The variants that the database holds.
    """
    variants: dict[Key, list[Row]] = {}
    for variant in rows[kinds.VARIANT].values():
        variants.setdefault(variant.values["product_id"], []).append(variant)
    for slug, product in rows[kinds.PRODUCT].items():
        found = variants.get(slug, [])
        made = [variant for variant in found if variant.values["material_id"] is not None]
        if product.values["kind"] == "bag":
            if not product.held and len(made) < len(found):
                problem = "is an accessory in the shop: give the bag a slug of its own, or say --prune"
                rows.faults.add(product.place_of("slug").fault(problem))
            continue
        for variant in made:
            if not variant.held:
                rows.faults.add(variant.place_of("product_id").fault(OF_ACCESSORY))
        if not product.held and len(found) > 1 and all(v.held for v in made):
            others = ", ".join(sorted(variant.values["sku"] for variant in found if variant.held))
            problem = f"has another variant in the shop, and an accessory has one: --prune retires {others}"
            rows.faults.add(product.place_of("slug").fault(problem))
        if not found:
            _say_who_took_it(rows, slug, held)


def _say_who_took_it(rows: Rows, slug: Key, held: Mapping[Key, Values]) -> None:
    for sku, variant in rows[kinds.VARIANT].items():
        before = held.get(sku)
        if before is not None and before["product_id"] == slug and not before["is_retired"]:
            rows.faults.add(variant.place_of("sku").fault(code_of_accessory(slug)))


def code_of_accessory(slug: str) -> str:
    """Say that a style code is an accessory's own."""
    return f"is the code of the accessory `{slug}`, which has one variant"


def _check_row(rows: Rows, kind: Kind, row: Row) -> None:
    for target, key, place in _pointers(kind, row):
        if rows.has(target, key):
            continue
        if target is kinds.TERM:
            vocabulary, word = key
            known = [code for name, code in _known(rows, kinds.TERM) if name == vocabulary]
            problem = f"not a word of the vocabulary `{vocabulary}`{did_you_mean(word, known)}"
        else:
            name = target.table.name.replace("_", " ")
            problem = f"no such {name}{did_you_mean(str(key), _known(rows, target))}"
        rows.faults.add(place.fault(problem))


def _pointers(kind: Kind, row: Row) -> Iterator[tuple[Kind, Key, Place]]:
    """Yield what a row points at, and where it says so."""
    for column, target in {**kind.references, **LISTS.get(kind, {})}.items():
        for value, place in _values(row, column):
            yield target, value, place
    for column, vocabulary in TERMS.get(kind, {}).items():
        for value, place in _values(row, column):
            yield kinds.TERM, (vocabulary, value), place


def _known(rows: Rows, kind: Kind) -> list[Any]:
    return list({**rows[kind], **dict.fromkeys(rows.stored(kind))})


def _values(row: Row, column: str) -> Iterator[tuple[Any, Place]]:
    value, place = row.values[column], row.place_of(column)
    if isinstance(value, list):
        for index, one in enumerate(value):
            yield one, place / index
    elif value is not None:
        yield value, place


def _check_sources(rows: Rows, tree: Any, place: Place) -> None:
    for slug, at in _cited(tree, place):
        if not rows.has(kinds.SOURCE, slug):
            rows.faults.add(at.fault(f"no such source{did_you_mean(slug, _known(rows, kinds.SOURCE))}"))


def _cited(tree: Any, place: Place) -> Iterator[tuple[str, Place]]:
    """Walk a whole file, because sources are cited at every level."""
    if isinstance(tree, list):
        for index, inner in enumerate(tree):
            yield from _cited(inner, place / index)
    elif isinstance(tree, dict):
        for key, inner in tree.items():
            at = place / key
            cites = key in ("source", "sources") or key.endswith("_sources")
            cited = inner if isinstance(inner, list) else [inner]
            if cites and all(isinstance(one, str) for one in cited):
                for index, one in enumerate(cited):
                    yield one, at / index if isinstance(inner, list) else at
            else:
                yield from _cited(inner, at)


def _check_conditions(rows: Rows) -> None:
    """Check the materials that personalisation depends on."""
    for row in rows[kinds.PERSONALISATION].values():
        conditions, place = row.values["applies_when"], row.place / "applies_when"
        if row.held:
            continue
        if not isinstance(conditions, dict):
            rows.faults.add(place.fault("must be a mapping of conditions"))
            continue
        for key, value in conditions.items():
            if key == "material":
                target, name = kinds.MATERIAL, value
            elif key == "material_category":
                target, name = kinds.TERM, (key, value)
            else:
                guess = did_you_mean(key, ("material", "material_category"))
                rows.faults.add((place / key).fault(f"unknown condition{guess}", at_key=True))
                continue
            if not rows.has(target, name):
                known = [one[1] if isinstance(one, tuple) else one for one in _known(rows, target)]
                rows.faults.add((place / key).fault(f"no such {key}{did_you_mean(str(value), known)}"))
