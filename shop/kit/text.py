"""Text folded for comparison: accents, case and punctuation put aside."""

from __future__ import annotations

import re
import unicodedata


def fold(text: str) -> str:
    """Return text as it is searched: lower case, no accents, words apart by one space.

    ``"Ghesquière, 25-panel"`` becomes ``"ghesquiere 25 panel"``.
    """
    plain = text
    if not text.isascii():  # most is, and as it stands
        plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(re.findall(r"[a-z0-9]+", plain.casefold()))


def fuzzy_date_start(text: str) -> str:
    """Return the first day a date written by an editor can mean, as ``YYYY-MM-DD``.

    Known forms: ``2000``, ``2024-07``, ``2024-01-23``, ``2003/2004``, ``2022-04/06``,
    ``2019-end``, ``2021-spring``, ``2021-prefall``.

    Raises:
        ValueError: The text is none of these.
    """
    match = re.fullmatch(
        r"(?P<year>\d{4})(?:/\d{4}|-(?P<month>\d{2})(?:/\d{2}|-(?P<day>\d{2}))?|-(?P<word>[a-z]+))?", text
    )
    words = {"spring": "03", "summer": "06", "prefall": "06", "fall": "09", "winter": "12", "end": "12"}
    if match is None or (match["word"] and match["word"] not in words):
        raise ValueError(f"not a date: {text!r}")
    month = match["month"] or words.get(match["word"] or "", "01")
    if not 1 <= int(month) <= 12 or not 1 <= int(match["day"] or 1) <= 31:
        raise ValueError(f"not a date: {text!r}")
    return f"{match['year']}-{month}-{match['day'] or '01'}"
