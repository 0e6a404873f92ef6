"""The storefront's texts: English in the source, other languages in gettext catalogues.

``translations/fr.po`` is edited by hand and read at start; nothing is compiled. A test compares it with
every text of the templates and of this package.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from shop.storefront.locale import LANGUAGES, current_locale

PACKAGE = Path(__file__).parent
TRANSLATIONS = PACKAGE / "translations"

#: A text, or its singular and plural.
Message = str | tuple[str, ...]


@cache
def catalogue(language: str) -> NullTranslations:
    """Return the texts of a language; those of the source for English."""
    path = TRANSLATIONS / f"{language}.po"
    if not path.exists():
        return NullTranslations()
    with path.open("rb") as file:
        found = read_po(file, locale=language, abort_invalid=True)
    compiled = io.BytesIO()
    write_mo(compiled, found)
    compiled.seek(0)
    return GNUTranslations(compiled)


def read_all() -> None:
    """Read every catalogue, so that a broken one stops the start and not a page."""
    for language in LANGUAGES:
        catalogue(language)


def _current() -> NullTranslations:
    locale = current_locale()
    return catalogue(locale.language if locale else "en")


def gettext(message: str) -> str:
    """Return a text in the language of the page."""
    return _current().gettext(message)


def ngettext(singular: str, plural: str, number: int) -> str:
    """Return a text in the language of the page, by how many there are."""
    return _current().ngettext(singular, plural, number)


def later(message: str) -> str:
    """Mark a text that is kept in English and shown by :func:`gettext` later."""
    return message


def texts_of_source() -> Iterator[Message]:
    """Find every text that templates and code of the storefront show."""
    found = extract_from_dir(
        PACKAGE,
        method_map=[("**.py", "python"), ("**.html", "jinja2.ext:babel_extract")],
        options_map={"**.html": {"silent": "false", "newstyle_gettext": "true"}},
        keywords={"_": None, "gettext": None, "later": None, "ngettext": (1, 2)},
    )
    for _, _, message, _, _ in found:
        yield message
