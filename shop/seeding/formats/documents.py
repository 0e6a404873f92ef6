"""A seed file as plain Python, with a place for everything in it."""

from __future__ import annotations

import bisect
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from shop.seeding.errors import Fault, shown
from shop.seeding.formats.limits import MAX_DEPTH, MAX_PARTS

Mark = tuple[int, int]
Step = str | int

#: What text may be made of. Not the marks that make a line read in another order than it is kept.
_FORBIDDEN = re.compile(
    r"[^\t\n\x20-\x7e\xa0-\u2029\u202f-\u2065\u206a-\ud7ff\ue000-\ufefe\uff00-\U0010ffff]"
)


class UnreadableError(Exception):
    """A file cannot be read any further."""

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
    #: By ``id`` of a list of ``tree``: its entries that are wrong in themselves, in order. Places
    #: count the others only.
    dropped: dict[int, list[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, tree: Any) -> Document:
        """Return a document of what came from elsewhere than a file: its parts stand on no line."""
        document, waiting = cls(name, tree), [tree]
        while waiting:
            node = waiting.pop()
            if isinstance(node, dict | list):
                steps: Iterable[Any] = node if isinstance(node, dict) else range(len(node))
                document.marks[id(node)] = dict.fromkeys(steps, (1, 1))
                document.key_marks[id(node)] = document.marks[id(node)]  # type: ignore[assignment]
                waiting += node.values() if isinstance(node, dict) else node
        return document

    @property
    def root(self) -> Place:
        """Return the place of the whole document."""
        return Place(self, ())

    def drop(self, entries: list[Any], index: int) -> None:
        """Leave an entry of a list out from now on."""
        bisect.insort(self.dropped.setdefault(id(entries), []), index)

    def remaining(self, node: Any = None) -> Any:
        """Return a copy of the tree, or of a part of it, without what was dropped."""
        node = self.tree if node is None else node
        if isinstance(node, dict):
            return {key: self.remaining(value) if value is not None else None for key, value in node.items()}
        if isinstance(node, list):
            gone = self.dropped.get(id(node), ())
            kept = [value for index, value in enumerate(node) if index not in gone]
            return [self.remaining(value) if value is not None else None for value in kept]
        return node

    def true_index(self, entries: Any, step: Step) -> Step:
        """Return which entry of a list a place means, those that were dropped counted."""
        if isinstance(step, int):
            for gone in self.dropped.get(id(entries), ()):
                if gone <= step:
                    step += 1
        return step


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
        mark, known, name = (1, 1), True, ""
        path: list[Step] = []
        for number, given in enumerate(self.path, 1):
            step = self.document.true_index(here, given)
            path.append(step)
            name += f"[{step}]" if isinstance(step, int) else f".{step}"
            marks: dict[Any, Mark] = self.document.marks.get(id(here), {})
            if not known or step not in marks:  # something that should be here and is not
                known = False
                continue
            mark = marks[step]
            if at_key and number == len(self.path) and isinstance(step, str):
                mark = self.document.key_marks[id(here)][step]
            here = here[step]
        got = shown(here) if show and known and self.path and not at_key else None
        return Fault(self.document.name, *mark, name.lstrip("."), problem, got, tuple(path))


def text_of(data: bytes, *, tabs: bool) -> str:
    """Return a file's bytes as text in NFC.

    Args:
        data: All of them.
        tabs: Whether tabs may stand there.

    Raises:
        UnreadableError: A byte order mark, not UTF-8, or characters that do not show.
    """
    if data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        raise UnreadableError((1, 1), "the file starts with a byte order mark; save it as UTF-8 without one")
    try:
        text = data.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        good = data[: error.start].decode("utf-8")
        raise UnreadableError(
            mark_at(good, len(good)), "not UTF-8", f"byte {data[error.start]:#04x}"
        ) from None
    refuse_characters(text, tabs=tabs)
    return unicodedata.normalize("NFC", text)


def refuse_characters(text: str, *, tabs: bool, line: int = 1) -> None:
    """Refuse characters that nobody sees.

    Args:
        text: As it stands in the file.
        tabs: Whether tabs may stand there.
        line: Of the file, where the text begins.

    Raises:
        UnreadableError: At the first of them.
    """
    match = _FORBIDDEN.search(text)
    tab = -1 if tabs else text.find("\t")
    if match is None and tab < 0:
        return
    at = min(place for place in (match.start() if match else -1, tab) if place >= 0)
    mark = mark_at(text, at)
    problem = "control characters are not allowed"
    if text[at] == "\t":
        problem = "YAML is indented with spaces, not with tabs"
    elif "\u202a" <= text[at] <= "\u2069":
        problem = "characters that turn the direction of writing are not allowed"
    raise UnreadableError((mark[0] + line - 1, mark[1]), problem, f"U+{ord(text[at]):04X}")


def mark_at(text: str, index: int) -> Mark:
    """Return the line and column of an index."""
    return text.count("\n", 0, index) + 1, index - (text.rfind("\n", 0, index) + 1) + 1


class TreeBuilder:
    """Puts values and containers into a document as a parser meets them, without recursion."""

    def __init__(self, document: Document) -> None:
        self.document = document
        #: Open containers, each with the key that waits for its value.
        self.open: list[tuple[Any, str | None]] = []
        self.faults: list[Fault] = []
        self._parts = 0

    @property
    def wants_key(self) -> bool:
        """Tell whether the next thing is a key of a mapping."""
        return bool(self.open) and isinstance(self.open[-1][0], dict) and self.open[-1][1] is None

    def refuse(self, mark: Mark, problem: str, got: str | None = None) -> None:
        """Remember a fault, and go on."""
        self.faults.append(Fault(self.document.name, *mark, "", problem, got))

    def key(self, key: str, mark: Mark) -> None:
        """Take a key of the open mapping."""
        container = self.open[-1][0]
        earlier = self.document.key_marks[id(container)].setdefault(key, mark)
        if earlier != mark:
            self.refuse(mark, f"the key stands here twice (first on line {earlier[0]})", repr(key))
        self.open[-1] = (container, key)

    def start(self, container: Any, mark: Mark) -> None:
        """Open a mapping or a list."""
        if len(self.open) >= MAX_DEPTH:
            raise UnreadableError(mark, f"more than {MAX_DEPTH} levels deep")
        if self.wants_key:
            raise UnreadableError(mark, "a key must be a word")
        self.put(container, mark)
        self.document.marks[id(container)] = {}
        if isinstance(container, dict):
            self.document.key_marks[id(container)] = {}
        self.open.append((container, None))

    def end(self) -> None:
        """Close what was opened last."""
        self.open.pop()

    def put(self, value: Any, mark: Mark) -> None:
        """Put a value where one is expected."""
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise UnreadableError(
                mark, f"more than {MAX_PARTS:,} values; part the file, or use tables (.csv)"
            )
        if not self.open:
            self.document.tree = value
            return
        container, key = self.open[-1]
        if isinstance(container, list):
            self.document.marks[id(container)][len(container)] = mark
            container.append(value)
        else:
            assert key is not None
            self.document.marks[id(container)][key] = mark
            container[key] = value
            self.open[-1] = (container, None)


#: Where rows stand that no file speaks of.
THE_DATABASE = Place(Document("the database"), ())
