"""Which of two formats a caller likes better."""

from __future__ import annotations

import pytest
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from shop.kit.negotiation import prefers

LINKED = "application/ld+json"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, False),
        ("", False),
        ("*/*", False),
        ("application/*", False),
        ("application/json", False),
        ("text/html", False),
        ("text/html, */*;q=0.1", False),
        ("application/ld+json", True),
        ("Application/LD+JSON", True),
        ("application/ld+json, */*;q=0.8", True),
        ("application/ld+json;q=0.5", True),
        ("application/ld+json, application/json", False),  # a tie
        ("application/ld+json;q=0.5, application/json", False),
        ("application/ld+json, application/json;q=0.9", True),
        ("application/ld+json;q=0, */*", False),
        ("application/json;q=0, */*", True),
        ("application/json;q=0", False),
        ('application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted"', True),
        ("application/ld+json;q=nonsense", False),
    ],
)
def test_linked_data_is_for_who_likes_it_better_than_json(header: str | None, expected: bool) -> None:
    accept = parse_accept_header(header, MIMEAccept)

    assert prefers(accept, LINKED, over="application/json") is expected
