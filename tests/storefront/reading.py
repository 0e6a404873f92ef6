"""Reading pages as a program sees them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient

#: Elements that have no end.
_VOID = {"meta", "link", "input", "img", "br", "source"}


@dataclass
class Document(HTMLParser):
    """The elements of a page, each with its attributes, and its text."""

    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    _open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._open[-1:] not in (["style"], ["script"]):
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split()).replace(" ,", ",")

    def all(self, tag: str, **attributes: str) -> list[dict[str, str]]:
        """Return the attributes of every element of a kind."""
        return [
            found
            for name, found in self.elements
            if name == tag and all(found.get(key.strip("_")) == value for key, value in attributes.items())
        ]

    def links(self, start: str = "") -> list[str]:
        """Return where links lead, in their order, each once."""
        return list(dict.fromkeys(each["href"] for each in self.all("a") if each["href"].startswith(start)))


def read(client: FlaskClient, path: str, *, status: int = 200, **headers: Any) -> Document:
    """Read a page."""
    answer = client.get(path, headers=headers)
    assert (answer.status_code, answer.mimetype) == (status, "text/html"), answer.text
    document = Document()
    document.feed(answer.text)
    return document


def slugs_of(document: Document, locale: str = "en-us") -> list[str]:
    """Return the slugs of bags that a page links to, in their order."""
    prefix = f"/{locale}/bags/"
    return list(dict.fromkeys(link[len(prefix) :].partition("?")[0] for link in document.links(prefix)))
