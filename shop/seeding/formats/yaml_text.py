"""YAML as a merchandiser means it: read strictly, with a place for everything.

Only a small, unsurprising part of YAML is allowed. Measured with the usual loaders: a
duplicate key silently wins, ``NO`` is False, ``12:30`` is 750, ``1_000`` is 1000, and a
chain of aliases explodes. Here a plain word is text unless it is exactly ``true``,
``false``, ``null``, a decimal whole number or a simple decimal; everything else is either
the text it looks like or refused.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import yaml

from shop.seeding.formats.documents import Document, Mark, TreeBuilder, UnreadableError, text_of

#: The C parser where it was built, the same events more slowly where it was not.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,18})")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,18})\.[0-9]{1,40}")
_WORDS = {"true": True, "false": False, "null": None}


def read_yaml(document: Document, data: bytes) -> TreeBuilder:
    """Read a YAML file into a document.

    Raises:
        UnreadableError: It is no YAML, or more than this shop reads.
    """
    builder = _Builder(document)
    builder.build(text_of(data, tabs=False))
    return builder


class _Builder(TreeBuilder):
    """Turns the parser's events into plain Python."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self._documents = 0

    def build(self, text: str) -> None:
        try:
            for event in yaml.parse(text, Loader=_LOADER):
                self._take(event)
        except yaml.MarkedYAMLError as error:
            at = error.problem_mark or error.context_mark
            mark = (at.line + 1, at.column + 1) if at else (1, 1)
            hint = "; check the indentation here and above, and quotes that were never closed"
            raise UnreadableError(mark, f"not YAML: {error.problem or error.context}{hint}") from None
        except yaml.YAMLError as error:
            raise UnreadableError((1, 1), f"not YAML: {error}") from None

    def _take(self, event: Any) -> None:
        mark = (event.start_mark.line + 1, event.start_mark.column + 1)
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1 or event.tags or event.version:
                raise UnreadableError(mark, "a file holds one document, without directives")
        elif isinstance(event, yaml.AliasEvent):
            self.refuse(mark, "aliases are not allowed: write the value out", f"*{event.anchor}")
            if self.wants_key:
                raise UnreadableError(mark, "a key must be a word")
            self.put(None, mark)
        elif isinstance(event, (yaml.ScalarEvent, yaml.CollectionStartEvent)):
            if event.anchor is not None:
                self.refuse(mark, "anchors are not allowed: write the value out", f"&{event.anchor}")
            if event.tag is not None:
                self.refuse(mark, "tags are not allowed", event.tag)
            if isinstance(event, yaml.ScalarEvent):
                self._scalar(event, mark)
            else:
                self.start({} if isinstance(event, yaml.MappingStartEvent) else [], mark)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            self.end()

    def _scalar(self, event: yaml.ScalarEvent, mark: Mark) -> None:
        if self.wants_key:
            self.key(event.value, mark)
            return
        if not event.style and event.value == "":
            self.refuse(mark, "nothing stands here; leave the line out, or write null")
        self.put(_value_of(event), mark)


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
