"""Plain Python as the text of a seed file: one way to write each value, so diffs are short."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

#: Words that stand without quotes and mean text to every reader of YAML.
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-_][A-Za-z0-9]+)*")
_NOT_TEXT = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}

#: What YAML takes for the end of a line, or no reader of ours lets pass raw.
_ESCAPED = re.compile(r"[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\uffff]")

#: A list or mapping that fits is written in one line. Characters.
_WIDTH = 110


def as_yaml(tree: dict[str, Any]) -> str:
    """Return a document as YAML."""
    return "\n".join(_block(tree, "")) + "\n"


def as_json(tree: dict[str, Any]) -> str:
    """Return a document as JSON."""
    return _json(tree, "\n") + "\n"


def as_csv(rows: Iterable[Sequence[str]]) -> str:
    """Return a table as CSV.

    Args:
        rows: The text of each cell; the first row names the columns.
    """
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(rows)
    return file.getvalue()


def _json(value: Any, margin: str) -> str:
    if isinstance(value, (dict, list)) and value:
        inner = f"{margin}  "
        if isinstance(value, dict):
            parts = [
                f"{json.dumps(key, ensure_ascii=False)}: {_json(one, inner)}" for key, one in value.items()
            ]
        else:
            parts = [_json(one, inner) for one in value]
        opening, closing = "{}" if isinstance(value, dict) else "[]"
        return opening + inner + f",{inner}".join(parts) + margin + closing
    return format(value, "f") if isinstance(value, Decimal) else _quoted(value)


def _quoted(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _scalar(value: Any) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _NOT_TEXT:
        return value
    return _quoted(value)


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_scalar(key)}: {_flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(one) for one in value) + "]"
    return _scalar(value)


def _is_short(value: Any, room: int) -> bool:
    if not isinstance(value, (dict, list)) or not value:
        return True
    parts = value.values() if isinstance(value, dict) else value
    if any(isinstance(part, dict) or (isinstance(part, list) and isinstance(value, list)) for part in parts):
        return False
    return len(_flow(value)) <= room


def _block(value: dict[str, Any] | list[Any], margin: str) -> list[str]:
    lines = []
    if isinstance(value, dict):
        for key, one in value.items():
            name = f"{margin}{_scalar(key)}:"
            # An entry's own keys stand one below the other; what they hold stands beside them.
            if (
                (isinstance(one, list) and _is_short(one, _WIDTH - len(name)))
                or not isinstance(one, (dict, list))
            ) or not one:
                lines.append(f"{name} {_flow(one)}")
            else:
                lines += [name, *_block(one, f"{margin}  ")]
        return lines
    for one in value:
        if _is_short(one, _WIDTH - len(margin)):
            lines.append(f"{margin}- {_flow(one)}")
        else:
            first, *rest = _block(one, f"{margin}  ")
            lines += [f"{margin}- {first.lstrip()}", *rest]
    return lines
