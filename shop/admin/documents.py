"""Entries as JSON documents: merging, comparing, and where a fault stands in one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from shop.kit.problems import InvalidRequest
from shop.seeding.amend import Path
from shop.seeding.errors import Fault, SeedRefused
from shop.seeding.exporting.stored import Entry

#: Where the entries of a file begin: ``("products", 0)``.
_OF_FILE = 2


def merged(entry: Any, patch: Any) -> Any:
    """Return a document changed by a merge patch: null takes a key away, lists are replaced whole.

    Source: RFC 7396.
    """
    if not isinstance(patch, dict):
        return patch
    result = dict(entry) if isinstance(entry, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


def differing(before: Entry, after: Entry) -> tuple[Entry, Entry]:
    """Return the keys that differ between two entries, and of lists the members that do."""
    was: Entry = {}
    became: Entry = {}
    for key in before.keys() | after.keys():
        old, new = before.get(key), after.get(key)
        if old == new:
            continue
        if isinstance(old, list) and isinstance(new, list):
            old, new = [one for one in old if one not in new], [one for one in new if one not in old]
        was[key], became[key] = old, new
    return was, became


def variant_in(entry: Entry, sku: str) -> int:
    """Return which of a product's variants has a SKU."""
    codes = [one["style_code"].replace(" ", "") for one in entry["variants"]]
    return codes.index(sku)


def located(refused: SeedRefused, within: Path) -> InvalidRequest:
    """Return a refused entry as the refusal of a request: every fault by JSON pointer.

    Args:
        refused: With the faults of one entry.
        within: Where in that entry the body of the request stands.
    """
    return InvalidRequest(errors=[fault_in(fault, within) for fault in refused.faults])


def fault_in(fault: Fault, within: Path) -> dict[str, str]:
    """Return a fault with its JSON pointer into the document that stands somewhere in an entry."""
    problem = fault.problem if fault.got is None else f"{fault.problem} (got {fault.got})"
    path = fault.path[_OF_FILE:] if len(fault.path) >= _OF_FILE else fault.path
    if path[: len(within)] == within:
        return {"pointer": pointer(path[len(within) :]), "detail": problem}
    return {"pointer": "", "detail": f"{fault.field}: {problem}" if fault.field else problem}


def pointer(path: Iterable[str | int]) -> str:
    """Return a path as a JSON pointer.

    Source: RFC 6901.
    """
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)
