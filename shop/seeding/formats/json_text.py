"""JSON read as strictly as YAML, with a place for everything."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any

from shop.seeding.formats.documents import Document, Mark, TreeBuilder, UnreadableError, mark_at, text_of

_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_WORD = re.compile(r"[A-Za-z]+")
_WORDS = {"true": True, "false": False, "null": None}

#: Digits of a number; nothing a shop counts has more.
_MOST_DIGITS = 60


def read_json(document: Document, data: bytes) -> TreeBuilder:
    """Read a JSON file into a document.

    Raises:
        UnreadableError: It is no JSON, or more than this shop reads.
    """
    reader = _Reader(document, text_of(data, tabs=True))
    reader.read()
    return reader.builder


class _Reader:
    """Walks the text once; the containers are the builder's, so nothing is recursive."""

    def __init__(self, document: Document, text: str) -> None:
        self.builder = TreeBuilder(document)
        self._text, self._at = text, 0
        # Lines are counted on from where the last mark was: a file is read in one pass.
        self._line, self._line_start, self._counted = 1, 0, 0

    def read(self) -> None:
        while True:
            self._value()
            if self._after_value():
                break
        if self._peek():
            raise self._error("nothing may follow the document")

    def _mark(self) -> Mark:
        newlines = self._text.count("\n", self._counted, self._at)
        if newlines:
            self._line += newlines
            self._line_start = self._text.rfind("\n", 0, self._at) + 1
        self._counted = self._at
        return self._line, self._at - self._line_start + 1

    def _error(self, problem: str) -> UnreadableError:
        found = self._text[self._at : self._at + 1]
        return UnreadableError(self._mark(), f"not JSON: {problem}", repr(found) if found else "the end")

    def _peek(self) -> str:
        match = _SPACE.match(self._text, self._at)
        assert match is not None
        self._at = match.end()
        return self._text[self._at : self._at + 1]

    def _value(self) -> None:
        """Read a value, and of containers the start; the first key of a mapping too."""
        while True:
            found = self._peek()
            mark = self._mark()
            if found not in ("{", "["):
                self.builder.put(self._scalar(found), mark)
                return
            self.builder.start({} if found == "{" else [], mark)
            self._at += 1
            if self._peek() == ("}" if found == "{" else "]"):
                self._at += 1
                self.builder.end()
                return
            if found == "{":
                self._key()

    def _after_value(self) -> bool:
        """Read what stands between two values; return whether the document is complete."""
        while self.builder.open:
            is_mapping = isinstance(self.builder.open[-1][0], dict)
            found = self._peek()
            if found == ",":
                self._at += 1
                if is_mapping:
                    self._key()
                return False
            if found != ("}" if is_mapping else "]"):
                raise self._error("a comma or the closing bracket is missing")
            self._at += 1
            self.builder.end()
        return True

    def _key(self) -> None:
        if self._peek() != '"':
            raise self._error("a key in double quotes is missing")
        mark = self._mark()
        self.builder.key(self._string(), mark)
        if self._peek() != ":":
            raise self._error("a colon is missing after the key")
        self._at += 1

    def _scalar(self, found: str) -> Any:
        if found == '"':
            return self._string()
        if word := _WORD.match(self._text, self._at):
            if word[0] not in _WORDS:
                raise self._error("only true, false and null stand without quotes")
            self._at = word.end()
            return _WORDS[word[0]]
        number = _NUMBER.match(self._text, self._at)
        if number is None:
            raise self._error("a value is missing")
        if number[2] or len(number[0]) > _MOST_DIGITS:
            raise self._error(f"numbers are written out, with at most {_MOST_DIGITS} digits")
        self._at = number.end()
        return Decimal(number[0]) if number[1] else int(number[0])

    def _string(self) -> str:
        try:
            value, end = scanstring(self._text, self._at + 1, True)
        except json.JSONDecodeError as error:
            self._at = min(error.pos, len(self._text))
            mark = mark_at(self._text, self._at)
            raise UnreadableError(mark, f"not JSON: {error.msg}") from None
        self._at = end
        return str(value)
