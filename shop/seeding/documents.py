"""YAML as a merchandiser means it: read strictly, with a place for everything.

Only a small, unsurprising part of YAML is allowed. Measured with the usual loaders: a
duplicate key silently wins, ``NO`` is False, ``12:30`` is 750, ``1_000`` is 1000, and a
chain of aliases explodes. Here a plain word is text unless it is exactly ``true``,
``false``, ``null``, a decimal whole number or a simple decimal; everything else is either
the text it looks like or refused.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from shop.seeding.errors import Fault, Faults, shown

MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 32

#: The C parser where it was built, the same events more slowly where it was not.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,18})")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,18})\.[0-9]{1,40}")
_WORDS = {"true": True, "false": False, "null": None}

Mark = tuple[int, int]
Step = str | int


class _UnreadableError(Exception):
    def __init__(self, mark: Mark, problem: str, got: str | None = None) -> None:
        self.mark, self.problem, self.got = mark, problem, got
        super().__init__(problem)


@dataclass
class Document:
    """A file's content as plain Python, and where each part of it stands."""

    name: str
    tree: Any = None
    #: By ``id`` of a container of ``tree``: the marks of its parts, and of its keys.
    marks: dict[int, dict[Step, Mark]] = field(default_factory=dict)
    key_marks: dict[int, dict[str, Mark]] = field(default_factory=dict)

    @property
    def root(self) -> Place:
        """Return the place of the whole document."""
        return Place(self, ())


@dataclass(frozen=True)
class Place:
    """A part of a document, e.g. ``products[2].variants[0]``."""

    document: Document
    path: tuple[Step, ...]

    def __truediv__(self, step: Step) -> Place:
        return Place(self.document, (*self.path, step))

    def fault(self, problem: str, *, at_key: bool = False, show: bool = True) -> Fault:
        """Return a fault at this place.

        Args:
            problem: What is wrong.
            at_key: Point at the key and not at its value.
            show: Add what stands here.
        """
        here: Any = self.document.tree
        mark, known = (1, 1), True
        for step in self.path:
            marks: dict[Any, Mark] = self.document.marks.get(id(here), {})
            if step not in marks:  # something that should be here and is not
                known = False
                break
            mark = marks[step]
            if at_key and step == self.path[-1] and isinstance(step, str):
                mark = self.document.key_marks[id(here)][step]
            here = here[step]
        name = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.path)
        got = shown(here) if show and known and self.path and not at_key else None
        return Fault(self.document.name, *mark, name.lstrip("."), problem, got)


def read(path: Path, name: str, faults: Faults) -> Document | None:
    """Read one seed file.

    Args:
        path: The file.
        name: What faults call it: its path within the seed's folder.
        faults: Gets what is wrong with it.

    Returns:
        None if the file cannot be read at all.
    """
    document = Document(name)
    try:
        text = _text_of(path)
        builder = _Builder(document)
        builder.build(text)
    except _UnreadableError as error:
        faults.add(Fault(name, *error.mark, "", error.problem, error.got))
        return None
    for fault in builder.faults:
        faults.add(fault)
    return None if builder.faults else document


def _text_of(path: Path) -> str:
    if path.stat().st_size > MAX_BYTES:
        raise _UnreadableError((1, 1), f"a seed file may have at most {MAX_BYTES // 2**20} MB")
    data = path.read_bytes()
    if data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        raise _UnreadableError((1, 1), "the file starts with a byte order mark; save it as UTF-8 without one")
    try:
        text = data.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        good = data[: error.start].decode("utf-8")
        raise _UnreadableError(
            _mark_at(good, len(good)), "not UTF-8", f"byte {data[error.start]:#04x}"
        ) from None
    for match in re.finditer(r"[^\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\U0010ffff]", text):
        mark = _mark_at(text, match.start())
        problem = "control characters are not allowed"
        if match[0] == "\t":
            problem = "YAML is indented with spaces, not with tabs"
        raise _UnreadableError(mark, problem, f"U+{ord(match[0]):04X}")
    return unicodedata.normalize("NFC", text)


def _mark_at(text: str, index: int) -> Mark:
    return text.count("\n", 0, index) + 1, index - (text.rfind("\n", 0, index) + 1) + 1


class _Builder:
    """Turns the parser's events into plain Python without recursion."""

    def __init__(self, document: Document) -> None:
        self._document = document
        #: Open containers, each with the key that waits for its value.
        self._open: list[tuple[Any, str | None]] = []
        self._documents = 0
        self.faults: list[Fault] = []

    def _refuse(self, mark: Mark, problem: str, got: str | None = None) -> None:
        self.faults.append(Fault(self._document.name, *mark, "", problem, got))

    def build(self, text: str) -> None:
        try:
            for event in yaml.parse(text, Loader=_LOADER):
                self._take(event)
        except yaml.MarkedYAMLError as error:
            at = error.problem_mark or error.context_mark
            mark = (at.line + 1, at.column + 1) if at else (1, 1)
            hint = "; check the indentation here and above, and quotes that were never closed"
            raise _UnreadableError(mark, f"not YAML: {error.problem or error.context}{hint}") from None
        except yaml.YAMLError as error:
            raise _UnreadableError((1, 1), f"not YAML: {error}") from None
        if not isinstance(self._document.tree, dict):
            raise _UnreadableError((1, 1), "a seed file is a mapping that starts with `schema:`")

    def _take(self, event: Any) -> None:
        mark = (event.start_mark.line + 1, event.start_mark.column + 1)
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1 or event.tags or event.version:
                raise _UnreadableError(mark, "a file holds one document, without directives")
        elif isinstance(event, yaml.AliasEvent):
            self._refuse(mark, "aliases are not allowed: write the value out", f"*{event.anchor}")
            self._place(None, mark)
        elif isinstance(event, (yaml.ScalarEvent, yaml.CollectionStartEvent)):
            if event.anchor is not None:
                self._refuse(mark, "anchors are not allowed: write the value out", f"&{event.anchor}")
            if event.tag is not None:
                self._refuse(mark, "tags are not allowed", event.tag)
            if isinstance(event, yaml.ScalarEvent):
                self._scalar(event, mark)
            else:
                self._start({} if isinstance(event, yaml.MappingStartEvent) else [], mark)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            self._open.pop()

    def _scalar(self, event: yaml.ScalarEvent, mark: Mark) -> None:
        container, key = self._open[-1] if self._open else (None, None)
        if isinstance(container, dict) and key is None:
            self._key(container, event.value, mark)
        else:
            if not event.style and event.value == "":
                self._refuse(mark, "nothing stands here; leave the line out, or write null")
            self._place(_value_of(event), mark)

    def _key(self, container: dict[str, Any], key: str, mark: Mark) -> None:
        earlier = self._document.key_marks[id(container)].setdefault(key, mark)
        if earlier != mark:
            self._refuse(mark, f"the key stands here twice (first on line {earlier[0]})", repr(key))
        self._open[-1] = (container, key)

    def _start(self, container: Any, mark: Mark) -> None:
        if len(self._open) >= MAX_DEPTH:
            raise _UnreadableError(mark, f"more than {MAX_DEPTH} levels deep")
        if self._open and isinstance(self._open[-1][0], dict) and self._open[-1][1] is None:
            raise _UnreadableError(mark, "a key must be a word")
        self._place(container, mark)
        self._document.marks[id(container)] = {}
        if isinstance(container, dict):
            self._document.key_marks[id(container)] = {}
        self._open.append((container, None))

    def _place(self, value: Any, mark: Mark) -> None:
        if not self._open:
            self._document.tree = value
            return
        container, key = self._open[-1]
        if isinstance(container, list):
            self._document.marks[id(container)][len(container)] = mark
            container.append(value)
        else:
            assert key is not None
            self._document.marks[id(container)][key] = mark
            container[key] = value
            self._open[-1] = (container, None)


def _value_of(event: yaml.ScalarEvent) -> Any:
    text: str = event.value
    if event.style:  # in quotes, or a block of text; the two parsers name "plain" differently
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return Decimal(text)
    return text
