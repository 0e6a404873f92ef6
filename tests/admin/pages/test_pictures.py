"""Pictures of a product at the admin pages: given, shown, and taken away."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shop.media.models import ProductImage
from tests.admin.pages.browsing import Merchant, a_picture, form, words

BAG = "/products/le-city-bag-medium"


@pytest.fixture
def merchant(app: Flask) -> Merchant:
    return Merchant.of(app).signed_in()


def shown(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(ProductImage)) or 0


def test_a_picture_takes_the_place_of_the_drawing_and_is_taken_away_again(
    merchant: Merchant, session: Session
) -> None:
    before = merchant.opens(BAG)
    assert "The shop's own drawing, while it has no picture." in words(before)
    found = form(before, "/pictures")

    for _ in range(2):
        answer = merchant.sends_file(found, "bag.png", a_picture(), alt="A <b>navy</b> bag")
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/admin{BAG}#pictures")

    page = merchant.opens(BAG)
    assert "The pictures are changed." in words(page)
    assert 'alt="A &lt;b&gt;navy&lt;/b&gt; bag"' in page.text
    assert shown(session) == 1
    (address,) = re.findall(r'<figure>\s*<img class="picture" src="([^"]+)"', page.text)
    assert merchant.client.get(address).mimetype == "image/webp"
    assert merchant.sends(form(page, "/pictures/remove")).status_code == 303
    assert "The shop's own drawing" in words(merchant.opens(BAG))
    assert shown(session) == 0


def test_what_is_no_picture_or_has_no_words_is_refused(merchant: Merchant, session: Session) -> None:
    for name, content, alt in (
        ("bag.png", b"<svg onload=alert(1)>", "A bag"),
        ("bag.png", a_picture() + b"PK\x03\x04", "A bag"),
        ("bag.png", a_picture()[:-40], "A bag"),
        ("bag.png", a_picture(), ""),
        ("bag.png", a_picture(), "x" * 201),
        ("", b"", "A bag"),
    ):
        answer = merchant.sends_file(form(merchant.opens(BAG), "/pictures"), name, content, alt=alt)
        assert answer.status_code == 422, (name, alt)
        assert "Nothing was changed." in words(answer)
    assert shown(session) == 0


def test_a_key_that_reads_only_gives_no_picture(app: Flask, merchant: Merchant, session: Session) -> None:
    found = form(merchant.opens(BAG), "/pictures")
    reader = Merchant.of(app, "catalogue:read", name="reader").signed_in()
    page = reader.opens(BAG)
    found.fields["csrf_token"] = form(page, "/sign-out").fields["csrf_token"]

    assert "One more picture" not in words(page)
    assert reader.sends_file(found, "bag.png", a_picture(), alt="A bag").status_code == 403
    assert shown(session) == 0
