"""In which language and market a page is read: the first part of its address, such as ``en-us``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import babel
from flask import g
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import LanguageAccept
from werkzeug.routing import BaseConverter

from shop.kit.problems import NotFound
from shop.pricing.models import Market

#: Languages with a complete catalogue of texts, each under its own name; the first is the source.
LANGUAGES = {"en": "English", "fr": "Français"}


class LocaleConverter(BaseConverter):
    """Two letters of a language and two of a market; whether both are known is asked of the database."""

    regex = "[a-z]{2}-[a-z]{2}"


@dataclass(frozen=True, slots=True)
class Locale:
    """Who a page is for.

    Attributes:
        language: One of ``LANGUAGES``.
        where: The market's row.
        markets: Every market, in the merchandiser's order.
    """

    language: str
    where: Market
    markets: Sequence[Market]

    @property
    def market(self) -> str:
        """Return the market's code, e.g. ``US``."""
        return self.where.code

    @property
    def currency(self) -> str:
        """Return the ISO 4217 code of the market's currency."""
        return self.where.currency

    @property
    def tag(self) -> str:
        """Return the locale as addresses have it, e.g. ``en-us``."""
        return tag_of(self.language, self.where)

    @property
    def formats(self) -> babel.Locale:
        """Return how amounts are written: as in the market, but left to right as the texts are."""
        of_market = babel.Locale.parse(self.where.locale, sep="-")
        return of_market if of_market.text_direction == "ltr" else babel.Locale.parse(self.language)

    @property
    def words(self) -> babel.Locale:
        """Return how names of countries and dates are written: in the language of the page."""
        return babel.Locale.parse(self.language)

    def country(self, code: str) -> str:
        """Return what a country is called in the language of the page.

        Args:
            code: ISO 3166-1 alpha-2.
        """
        return str(self.words.territories.get(code, code))


def tag_of(language: str, market: Market) -> str:
    """Return a language and a market as addresses have them."""
    return f"{language}-{market.code.lower()}"


def all_markets(session: Session) -> Sequence[Market]:
    """Read every market, in the merchandiser's order."""
    return session.scalars(select(Market).order_by(Market.position)).all()


def locale_of(session: Session, tag: str) -> Locale:
    """Read the locale that an address names.

    Raises:
        NotFound: There are no texts in that language, or the shop does not sell there.
    """
    language, _, code = tag.partition("-")
    markets = all_markets(session)
    where = next((each for each in markets if each.code == code.upper()), None)
    if language not in LANGUAGES or where is None:
        raise NotFound
    return Locale(language, where, markets)


def preferred(wishes: LanguageAccept, markets: Sequence[Market], default_market: str) -> str | None:
    """Return the locale that suits a browser best; None where the shop sells nowhere.

    ``fr-FR`` names both parts. Where a language alone is named, its own market is meant (``fr`` is
    France), and where that is unknown, the shop's default.
    """
    if not markets:
        return None
    by_code = {each.code: each for each in markets}
    default = by_code.get(default_market, markets[0])
    named = [value.replace("_", "-").split("-") for value in wishes.values()]
    language = next((parts[0].lower() for parts in named if parts[0].lower() in LANGUAGES), "en")
    # The market is the best wish's, though there may be no texts in its language: ja-JP reads English.
    for parts in named:
        if len(parts) > 1 and parts[-1].upper() in by_code:
            return tag_of(language, by_code[parts[-1].upper()])
        if len(parts) == 1 and parts[0].upper() in by_code:
            return tag_of(language, by_code[parts[0].upper()])
        if parts[0].lower() in LANGUAGES:
            break
    return tag_of(language, default)


def current_locale() -> Locale | None:
    """Return the locale of the page at work; None where the address names none that is known."""
    found: Any = g.get("locale")
    return found if isinstance(found, Locale) else None
