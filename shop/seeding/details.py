"""Which variants have a detail: rules over what a variant is made of.

A rule names subjects and what must be true of them. All subjects must hold; for
``hardware_item`` and ``component`` one item or one part must meet all conditions at once::

    {component: {kind: [handle], construction: {has: ["braided"]}}}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from shop.catalogue.models import slug_of_set
from shop.kit.text import fold
from shop.seeding import kinds
from shop.seeding.current import Current
from shop.seeding.errors import did_you_mean
from shop.seeding.formats.documents import Place
from shop.seeding.kinds import Key, Kind, Values
from shop.seeding.rows import Rows
from shop.seeding.seed import Item

#: Subject of a rule, and the table whose columns its conditions name.
SUBJECTS: dict[str, Kind] = {
    "hardware": kinds.HARDWARE_SET,
    "hardware_item": kinds.SET_ITEM,
    "component": kinds.COMPONENT,
    "material": kinds.MATERIAL,
}

Condition = list[Any] | dict[str, list[str]]


def add_detail_sets(rows: Rows, current: Current) -> None:
    """Give every variant the set of the details whose rules it meets.

    Args:
        rows: Of the details, the variants and what these are made of.
        current: What the database holds: a rule may speak of what only other variants have.
    """
    met: dict[Key, list[Key]] = {sku: [] for sku in rows[kinds.VARIANT]}
    for slug, detail in rows[kinds.DETAIL].items():
        rule, place = detail.values["rule"], detail.place / "rule"
        if not _is_rule(rows, current, rule, place):
            continue
        for sku, variant in rows[kinds.VARIANT].items():
            if all(meets(rows, variant.values, *each) for each in rule.items()):
                met[sku].append(slug)
    for sku, details in met.items():
        rows[kinds.VARIANT][sku].values["detail_set_id"] = _set_of(rows, details)
    current.read(kinds.DETAIL_SET, rows[kinds.DETAIL_SET])


def _set_of(rows: Rows, details: Sequence[Key]) -> Key | None:
    """Return the name of the set of some details, which is added where it is new."""
    if not details:
        return None
    slug = slug_of_set(details)
    if slug not in rows[kinds.DETAIL_SET]:
        entry = Item({}, rows[kinds.DETAIL][details[0]].place)
        rows.add(kinds.DETAIL_SET, entry, slug=slug)
        for detail in details:
            rows.add(kinds.DETAIL_SET_ITEM, entry, detail_set_id=slug, detail_id=detail)
    return slug


def meets(rows: Rows, variant: Values, subject: str, conditions: Mapping[str, Condition]) -> bool:
    """Tell whether anything of a variant that a subject means meets all its conditions."""
    return any(_meets(one, conditions) for one in _subjects(rows, variant, subject))


def _subjects(rows: Rows, variant: Values, subject: str) -> Iterator[Values]:
    """Yield the rows of a variant that a subject means, by the names a rule uses."""
    if subject == "component":
        yield from rows.of(kinds.COMPONENT, "product_id", variant["product_id"])
    elif subject == "hardware_item":
        yield from rows.of(kinds.SET_ITEM, "hardware_set_id", variant["hardware_set_id"])
    else:
        kind, column = SUBJECTS[subject], f"{SUBJECTS[subject].table.name}_id"
        if found := rows[kind].get(variant[column]):
            yield found.values


def _column(kind: Kind, name: str) -> str | None:
    for column in (name, f"{name}_id", f"hardware_{name}_id"):
        if column in kind.columns:
            return column
    return None


def _meets(values: Mapping[str, Any], conditions: Mapping[str, Condition]) -> bool:
    for name, wanted in conditions.items():
        value = next(values[key] for key in (name, f"{name}_id", f"hardware_{name}_id") if key in values)
        if isinstance(wanted, dict):
            if not isinstance(value, str) or not any(fold(word) in fold(value) for word in wanted["has"]):
                return False
        elif value not in wanted:
            return False
    return True


def _is_rule(rows: Rows, current: Current, rule: Any, place: Place) -> bool:
    """Tell whether a rule can be evaluated; otherwise say why not."""
    known = len(rows.faults)
    if not isinstance(rule, dict) or not rule:
        rows.faults.add(place.fault("must name what it is about: " + ", ".join(SUBJECTS)))
        return False
    for subject, conditions in rule.items():
        at = place / subject
        if subject not in SUBJECTS:
            rows.faults.add(at.fault("unknown subject" + did_you_mean(subject, SUBJECTS), at_key=True))
        elif not isinstance(conditions, dict) or not conditions:
            rows.faults.add(at.fault("must say what is true of it"))
        else:
            for name, wanted in conditions.items():
                _check_condition(rows, current, SUBJECTS[subject], wanted, at / name)
    return len(rows.faults) == known


def _check_condition(rows: Rows, current: Current, kind: Kind, wanted: Any, at: Place) -> None:
    name = str(at.path[-1])
    column = _column(kind, name)
    if column is None:
        rows.faults.add(at.fault("unknown property" + did_you_mean(name, kind.columns), at_key=True))
        return
    if isinstance(wanted, dict):
        words = wanted.get("has")
        if len(wanted) != 1 or not isinstance(words, list) or not all(isinstance(w, str) for w in words):
            rows.faults.add(at.fault("must be `{has: [..]}` with words in quotes"))
        return
    if not isinstance(wanted, list) or not wanted:
        rows.faults.add(at.fault("must be a list of values, any of which will do"))
        return
    seen = [row.values[column] for row in rows[kind].values()]
    if any(isinstance(value, bool) for value in seen):
        seen += [True, False]
    words = [value for value in seen if isinstance(value, str)]
    for index, value in enumerate(wanted):
        if value not in seen and not current.has_unread(kind, column, value):
            problem = f"no {kind.table.name.replace('_', ' ')} has this{did_you_mean(str(value), words)}"
            rows.faults.add((at / index).fault(problem))
