"""The places of rows among each other: the order in which a shop shows them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, count
from typing import Any

from shop.seeding import kinds
from shop.seeding.build.evidence import OF_WORDS
from shop.seeding.build.products import rank_of
from shop.seeding.current import Current
from shop.seeding.kinds import KINDS, RETIRED_PLACES, Key, Kind, Values, is_retired
from shop.seeding.part import Part
from shop.seeding.rows import Row, Rows

#: Rows that are counted anew where these columns differ; all others are in one order.
_GROUPS: Mapping[Kind, tuple[str, ...]] = {
    kinds.TERM: ("vocabulary",),
    kinds.SHIPPING: ("market_code",),
    kinds.VARIANT: ("product_id",),
    kinds.OBSERVATION: ("kind", "variant_id"),
}

#: What comes before the files' own order: the sections of a whole seed, by kind.
_RANKS: Mapping[Kind, Callable[[Rows, Values], Any]] = {
    kinds.PRODUCT: rank_of,
    kinds.LINK: lambda rows, values: _family_position(rows, values["from_family_id"]),
    kinds.NOTE: lambda _rows, values: values["slug"].startswith(OF_WORDS),
}

#: Kinds of which all rows are in one order, and single ones are written without the others. Their
#: places leave some out: what goes leaves a gap, and what comes between others makes one.
_SPARSE = (kinds.PRODUCT, kinds.CAMPAIGN)


def put_in_order(rows: Rows, current: Current) -> None:
    """Give every row its place: the files' order, and what they do not name behind what it is behind now.

    So a price list, a single family's file and a whole seed all leave the shop's order as it is
    where they say nothing of it, and the same files give the same order again. What follows the order
    of families does so whichever file says it: a whole seed, such as an export, could say no other.
    """
    for kind in KINDS:
        if "position" not in kind.columns or "position" in kind.key:
            continue
        if kind in _SPARSE and isinstance(current, Part):
            _stay_or_follow(rows, kind, current)
            continue
        groups: dict[tuple[object, ...], list[Key]] = {}
        for key, row in rows[kind].items():
            groups.setdefault(_group(kind, row.values), []).append(key)
        followed = rows[kinds.FAMILY].values() if kind in (kinds.PRODUCT, kinds.LINK) else ()
        moved = not all(row.held for row in followed)
        left = {_group(kind, values) for values in _going(rows, kind, current)}
        for group, keys in groups.items():
            if moved or group in left or not all(rows[kind][key].held for key in keys):
                _arrange(rows, kind, keys, current)


def _arrange(rows: Rows, kind: Kind, keys: list[Key], current: Current) -> None:
    """Give the rows of a group their places, section by section."""
    sections: dict[Any, list[Key]] = {}
    for key in keys:
        sections.setdefault(_section(rows, kind, rows[kind][key].values), []).append(key)
    ordered = (_ordered(rows[kind], sections[section], current.rows[kind]) for section in sorted(sections))
    _number(rows[kind], chain.from_iterable(ordered), current.rows[kind] if kind in _SPARSE else {})


def _going(rows: Rows, kind: Kind, current: Current) -> Iterator[Values]:
    """Yield what is there, and will not be any more."""
    for key, values in current.rows[kind].items():
        if key not in rows[kind] and not is_retired(kind, values):
            yield values


def _section(rows: Rows, kind: Kind, values: Values) -> Any:
    return _RANKS[kind](rows, values) if kind in _RANKS else 0


def _family_position(rows: Rows, slug: Key) -> int:
    family = rows[kinds.FAMILY].get(slug)
    return family.values["position"] if family else 0


def _stay_or_follow(rows: Rows, kind: Kind, current: Part) -> None:
    """Leave rows where they are, and put what comes behind the last of its section."""
    coming: dict[Any, list[Key]] = {}
    for key, row in sorted(rows[kind].items(), key=lambda item: item[1].values["position"]):
        before, section = current.rows[kind].get(key), _section(rows, kind, row.values)
        if before is None or is_retired(kind, before) or _section(rows, kind, before) != section:
            coming.setdefault(section, []).append(key)
    places: dict[Key, int] = {}
    for section in sorted(coming):
        keys = coming[section]
        first = current.room_behind(kind, section, len(keys), after=max(places.values(), default=0))
        places.update(zip(keys, count(first), strict=False))
    for key, row in rows[kind].items():
        position = places.get(key) or current.rows[kind][key]["position"]
        rows[kind][key] = replace(row, values={**row.values, "position": position})


def _group(kind: Kind, values: Values) -> tuple[object, ...]:
    columns = _GROUPS.get(kind, ())
    group = tuple(values[column] for column in columns)
    return (*group[:1], None) if kind is kinds.OBSERVATION and group[1] is None else group


def _ordered(rows: Mapping[Key, Row], keys: list[Key], held: Mapping[Key, Values]) -> list[Key]:
    named = [key for key in keys if not rows[key].held]
    named.sort(key=lambda key: rows[key].values["position"])
    if len(named) == len(keys):
        return named
    today = sorted((key for key in keys if key in held), key=lambda key: (held[key]["position"], str(key)))
    behind: dict[Key | None, list[Key]] = {}
    for before, key in zip([None, *today], today, strict=False):
        if rows[key].held:
            behind.setdefault(before, []).append(key)
    ordered = []
    waiting: list[Key | None] = [*reversed(named), None]
    while waiting:
        key = waiting.pop()
        if key is not None:
            ordered.append(key)
        waiting += reversed(behind.get(key, []))
    return ordered


def _number(rows: dict[Key, Row], ordered: Iterable[Key], held: Mapping[Key, Values]) -> None:
    """Give rows places in their order: as they are counted, or with the gaps of today if fewer move."""
    keys = list(ordered)
    today = [held[key]["position"] if key in held else None for key in keys]
    places = min(
        (list(range(1, len(keys) + 1)), _with_gaps(today)),
        key=lambda one: sum(before != place for before, place in zip(today, one, strict=True)),
    )
    for key, place in zip(keys, places, strict=True):
        if rows[key].values["position"] != place:
            rows[key] = replace(rows[key], values={**rows[key].values, "position": place})


def _with_gaps(today: Sequence[int | None]) -> list[int]:
    """Return places that rise, from those of today: one is left where it is behind the one before."""
    places: list[int] = []
    for before in today:
        last = places[-1] if places else 0
        places.append(before if before is not None and last < before < RETIRED_PLACES else last + 1)
    return places
