"""What templates of pages may call, and where the storefront is attached to the application."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from babel.numbers import format_currency
from flask import Flask, g, request, url_for
from sqlalchemy import select

from shop.catalogue.models import HouseNote
from shop.kit.db import db
from shop.kit.money import Money
from shop.pricing.models import Market
from shop.storefront import texts, words
from shop.storefront.bags import pages
from shop.storefront.files import files, static_url
from shop.storefront.locale import LANGUAGES, LocaleConverter, current_locale, tag_of
from shop.storefront.routes import root


def money(amount_minor: int, currency: str, *, whole: bool = False) -> str:
    """Return an amount as it is written in the market.

    Args:
        amount_minor: Minor units of the currency.
        currency: ISO 4217 code.
        whole: Leave out decimals that are all noughts, as price tags do.
    """
    locale = current_locale()
    amount = Decimal(Money(amount_minor, currency).decimal)
    bare = whole and amount == amount.to_integral_value()
    text = format_currency(
        amount.to_integral_value() if bare else amount,
        currency,
        format=_whole_pattern(locale.formats if locale else None) if bare else None,
        locale=locale.formats if locale else "en_US",
        currency_digits=not bare,
    )
    # Letters keep off digits, as CLDR's currencySpacing has it: AED 11,250.
    return re.sub(r"(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])", "\N{NO-BREAK SPACE}", text)


def _whole_pattern(formats: Any) -> str | None:
    if formats is None:
        return None
    pattern: str = formats.currency_formats["standard"].pattern
    return pattern.replace(".00", "")


def page_url(endpoint: str, **values: Any) -> str:
    """Return the address of a page in the locale of the one at work: ``page_url("family", slug=...)``."""
    name = endpoint if "." in endpoint else f"{pages.name}.{endpoint}"
    return url_for(name, **{"locale": g.locale.tag, **values})


def switched(*, language: str | None = None, market: Market | None = None) -> str:
    """Return the address of the same page in another language or market; of the home page after a form."""
    locale = g.locale
    tag = tag_of(language or locale.language, market or locale.where)
    if request.method != "GET" or request.endpoint in (None, f"{pages.name}.missing"):
        return page_url("home", locale=tag)
    # Whether a cursor goes on with a list depends on the market.
    asked = {name: value for name, value in request.args.to_dict(flat=False).items() if name != "cursor"}
    return url_for(request.endpoint or "", **{**asked, **(request.view_args or {}), "locale": tag})


def trademark_note() -> str:
    """Return what the house's data say of its trademarks."""
    body = db.session().scalar(select(HouseNote.body).where(HouseNote.slug == "meta"))
    return str(body.get("trademark_note", "")) if isinstance(body, dict) else ""


def init_storefront(app: Flask) -> None:
    """Attach the storefront: pages, styles, texts, and what templates may call."""
    texts.read_all()
    app.url_map.converters["locale"] = LocaleConverter
    app.jinja_env.add_extension("jinja2.ext.i18n")
    install = app.jinja_env.install_gettext_callables  # type: ignore[attr-defined]
    install(texts.gettext, texts.ngettext, newstyle=True)
    app.jinja_env.globals |= {
        "LANGUAGES": LANGUAGES,
        "money": money,
        "page_url": page_url,
        "static_url": static_url,
        "switched": switched,
        "trademark_note": trademark_note,
        "words": words,
    }
    for blueprint in (root, pages, files):
        app.register_blueprint(blueprint)
