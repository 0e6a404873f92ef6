"""Words for what the catalogue keeps as codes: closed vocabularies, relations, roles, inexact dates.

What is not here is shown as the catalogue has it. The order is the vocabularies' own.
"""

from __future__ import annotations

import re
from datetime import date

from babel.dates import format_date

from shop.storefront.locale import current_locale
from shop.storefront.texts import gettext as _
from shop.storefront.texts import later

#: Labels of closed vocabularies that catalogues of texts translate; the label itself is the text.
LABELS = (
    *(later("Nano"), later("Mini"), later("XS"), later("Small"), later("Medium"), later("Large")),
    *(later("One size"), later("Handbag"), later("Shoulder bag"), later("Hobo"), later("Top handle")),
    *(later("Tote"), later("Sling"), later("Duffle"), later("Bucket"), later("Backpack")),
    *(later("Wallet on chain"), later("Chain bag"), later("Multipouch"), later("Boot bag"), later("Heart")),
    *(later("East west"), later("Clutch"), later("Wallet"), later("Belt")),
    *(later("Hand"), later("Shoulder"), later("Crossbody"), later("Back"), later("Wrist")),
    *(later("Zip top"), later("Two-way zip top"), later("Flap with B and magnet"), later("Flap magnet")),
    *(later("Turn lock"), later("Double lock"), later("Drawstring"), later("Snap")),
    *(later("Black"), later("White"), later("Grey"), later("Metallic"), later("Brown"), later("Blue")),
    *(later("Pink"), later("Red"), later("Yellow"), later("Green"), later("Purple"), later("Orange")),
    *(later("Beige"), later("Multi"), later("Brass"), later("Aged brass"), later("Pewter")),
    *(later("Polished silver"), later("Polished gold"), later("Rose gold"), later("Leather covered")),
    *(later("Palladium"), later("Palladium vibrato"), later("Gold"), later("Silver"), later("Two tone")),
    *(later("Aged silver"), later("Aged gold"), later("Galvanised tonal"), later("Tonal"), later("None")),
)

_RELATIONS = {
    "model_of": later("a model of"),
    "spin_off": later("a spin-off of"),
    "reinterpretation": later("a reinterpretation of"),
    "shares_details": later("shares details with"),
}

_ROLES = {
    "designer": later("Drawn by"),
    "redesigner": later("Drawn again by"),
    "current": later("Looked after by"),
    "photographer": later("Photographs"),
    "director": later("Film"),
    "creative_director": later("Creative direction"),
}

_GROUPS = {
    "family": later("Family"),
    "material": later("Material"),
    "colour_family": later("Colour"),
    "colour": later("Shade"),
    "hardware": later("Hardware"),
    "finish": later("Metal"),
    "detail": later("Details"),
    "size": later("Size"),
    "silhouette": later("Shape"),
    "version": later("Version"),
}

_UNAVAILABLE = {
    "not_for_sale": later("From the archive, not for sale"),
    "not_priced_in_market": later("Not sold in this market"),
    "sold_out": later("Sold out"),
}

_PERIODS = {
    "prefall": later("Pre-Fall %(year)s"),
    "spring": later("Spring %(year)s"),
    "summer": later("Summer %(year)s"),
    "fall": later("Fall %(year)s"),
    "winter": later("Winter %(year)s"),
    "end": later("end of %(year)s"),
}

_SORTS = {
    "featured": later("Our order"),
    "relevance": later("Best match"),
    "newest": later("Newest"),
    "price_asc": later("Price, low to high"),
    "price_desc": later("Price, high to low"),
    "name": later("Name"),
}


def word(label: str) -> str:
    """Return a label of a vocabulary in the language of the page."""
    return _(label) if label in LABELS else label


def is_translated(label: str) -> bool:
    """Return whether a label is in the language of the page, or else in English."""
    locale = current_locale()
    return label in LABELS or locale is None or locale.language == "en"


def relation(code: str) -> str:
    """Return how a family comes from another, as the middle of a sentence."""
    return _(_RELATIONS[code]) if code in _RELATIONS else code.replace("_", " ")


def role(code: str) -> str:
    """Return what somebody did, as a label before the name."""
    return _(_ROLES[code]) if code in _ROLES else code.replace("_", " ").capitalize()


def group(code: str) -> str:
    """Return the heading of a filter or a choice."""
    return _(_GROUPS[code]) if code in _GROUPS else code.replace("_", " ").capitalize()


def sort(code: str) -> str:
    """Return the name of an order of the list."""
    return _(_SORTS.get(code, code))


def unavailable(code: str) -> str:
    """Return why something cannot be bought."""
    return _(_UNAVAILABLE.get(code, code))


def when(text: str) -> str:
    """Return a date of the catalogue, as exact as its sources, for people.

    ``2024-01-23`` is a day, ``2024-07`` a month, ``2021-prefall`` a season; others stand as they are.
    """
    locale = current_locale()
    language = locale.language if locale else "en"
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return format_date(date.fromisoformat(text), "long", locale=language)
    if re.fullmatch(r"\d{4}-\d\d", text):
        return format_date(date.fromisoformat(f"{text}-01"), "MMMM y", locale=language)
    year, _dash, period = text.partition("-")
    if period in _PERIODS:
        return _(_PERIODS[period]) % {"year": year}
    return text
