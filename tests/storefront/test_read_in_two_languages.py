"""Texts, locales and amounts."""

from __future__ import annotations

from babel.messages.pofile import read_po
from flask.testing import FlaskClient

from shop.storefront.texts import TRANSLATIONS, texts_of_source


def test_no_text_is_missing_in_french_and_none_is_left_over() -> None:
    with (TRANSLATIONS / "fr.po").open("rb") as file:
        french = {message.id: message for message in read_po(file, abort_invalid=True) if message.id}
    source = set(texts_of_source())

    assert source - set(french) == set()
    assert set(french) - source == set()
    for message in french.values():
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(texts), message.id
        assert not message.fuzzy
        # What a text leaves room for is left room for in French.
        assert not list(message.check(None)), message.id


def test_the_front_door_leads_to_the_locale_that_the_browser_asks_for(client: FlaskClient) -> None:
    for wishes, locale in {
        "": "en-us",
        "fr": "fr-fr",
        "fr-FR,fr;q=0.9,en;q=0.8": "fr-fr",
        "en-GB,en;q=0.9": "en-gb",
        "ja-JP,ja;q=0.9,fr;q=0.5": "fr-jp",
        "de": "en-de",
        "fr-CA": "fr-us",
        "tlh": "en-us",
    }.items():
        answer = client.get("/", headers={"Accept-Language": wishes} if wishes else {})

        assert (answer.status_code, answer.location) == (303, f"/{locale}/"), wishes


def test_a_page_that_is_not_there_says_so_as_a_page(client: FlaskClient) -> None:
    for path in ("/en-us/nothing", "/xx-us/", "/en-xx/", "/fr-fr/closet/none/at/all"):
        answer = client.get(path)

        assert (answer.status_code, answer.mimetype) == (404, "text/html")
        assert answer.headers["Cache-Control"] == "no-store"
        words = "a rien ici" if path.startswith("/fr") else "There is nothing here"
        assert words in answer.text, path


def test_amounts_are_written_as_in_the_market_and_words_as_in_the_language(client: FlaskClient) -> None:
    for locale, price, made in (
        ("en-us", "$2,850", "Italy"),
        ("fr-fr", "2\u202f400\xa0€", "Italie"),
        ("en-de", "2.400\xa0€", "Italy"),
        ("en-gb", "£2,100", "Italy"),
        ("fr-jp", "￥428,000", "Italie"),
        ("en-ae", "AED\xa011,250", "Italy"),
    ):
        answer = client.get(f"/{locale}/bags/le-city-bag-medium?variant=8230582AA9S1000")

        assert price in answer.text, locale
        assert made in answer.text, locale
        assert f'<html lang="{locale[:2]}">' in answer.text


def test_what_the_catalogue_says_in_english_is_marked_on_a_french_page(client: FlaskClient) -> None:
    page = client.get("/fr-fr/bags/le-city-bag-medium").text

    assert '<span lang="en">cotton canvas</span>' in page
    assert '<span lang="en">' not in client.get("/en-us/bags/le-city-bag-medium").text
    # A colour has a French name of the house's own, a shape the one of the storefront's texts.
    assert "Sac à main" in page
    assert "Noir" in page
