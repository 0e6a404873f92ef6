"""What is decided of a product at its page: when it is shown, what it costs from when, that it is retired.

Through the services of the admin API, under the version that the page showed: of two who saw the same,
only the first is followed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, url_for
from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from shop.admin import catalogue, edits
from shop.admin.pages.catalogue import show_product
from shop.admin.pages.door import go, pages, signed_in
from shop.admin.pages.forms import FormMoment, attempt, minor_units, read
from shop.kit import access, idempotency, repeats
from shop.kit.fields import Str, StrictSchema
from shop.kit.money import EXPONENTS
from shop.kit.preconditions import IfMatch
from shop.kit.problems import InvalidRequest, NotFound, Problem
from shop.pricing.models import Market

#: Fields of the forms that are named otherwise than the keys of an entry.
_FIELD_OF_KEY = {
    "amount_minor": "amount",
    "sale_amount_minor": "sale",
    "currency": "where",
    "market": "where",
    "is_illustrative": "source",
}


class VersionedForm(StrictSchema):
    """A form that says which version of the catalogue's entry it means."""

    version = Str(maximum=64, required=True)


class PublicationForm(VersionedForm):
    """From when until when a product is shown; what is left out is without end."""

    publish_at = FormMoment(load_default=None)
    unpublish_at = FormMoment(load_default=None)


class OfVariantForm(VersionedForm):
    """A form about a variant; of an accessory, which is one with its variant, ``sku`` is left out."""

    sku = Str(maximum=32, load_default=None)


class PriceForm(OfVariantForm):
    """What a variant costs from a moment on; ``where`` is a currency, or a market alone."""

    where = Str(maximum=3, required=True)
    amount = Str(maximum=32, required=True)
    sale = Str(maximum=32, load_default=None)
    valid_from = FormMoment(required=True)
    valid_to = FormMoment(load_default=None)
    source = Str(maximum=16, load_default=None)


class RetireForm(OfVariantForm):
    """That a product, or a variant of it, is sold no more: there is no button that takes it back."""

    sure = fields.Boolean(required=True, truthy={"yes"}, falsy=set())


@pages.post("/products/<slug>/publication")
@access.session("catalogue:write")
def set_publication(slug: str) -> Response:
    """Say from when until when a product is shown."""

    def work(session: Session, form: dict[str, Any]) -> None:
        times = edits.patched({name: form[name] for name in ("publish_at", "unpublish_at")})
        catalogue.change_product(session, slug, times, IfMatch.of(form["version"]), actor=signed_in().actor)

    return _written(slug, PublicationForm(), work, "publication", at="publication")


@pages.post("/products/<slug>/prices")
@access.session("catalogue:write")
def set_price(slug: str) -> Response:
    """Set what a variant costs from a moment on, beside its prices of other moments."""

    def work(session: Session, form: dict[str, Any]) -> None:
        price, if_match = _price(session, form), IfMatch.of(form["version"])
        if form["sku"]:
            catalogue.set_price(session, form["sku"], price, if_match, actor=signed_in().actor)
        else:
            edit = edits.with_price(price)
            catalogue.change_product(session, slug, edit, if_match, actor=signed_in().actor)

    return _written(slug, PriceForm(), work, "price", at="prices")


@pages.post("/products/<slug>/retire")
@access.session("catalogue:write")
def retire(slug: str) -> Response:
    """Retire a product with its variants, or one of them."""

    def work(session: Session, form: dict[str, Any]) -> None:
        if_match, actor = IfMatch.of(form["version"]), signed_in().actor
        if form["sku"]:
            catalogue.retire_variant(session, form["sku"], if_match, actor=actor)
        else:
            catalogue.end(session, "product", slug, if_match, actor=actor)

    return _written(slug, RetireForm(), work, "retired", at="retire")


def _price(session: Session, form: dict[str, Any]) -> dict[str, Any]:
    """Return the entry of a price that a person wrote.

    Raises:
        InvalidRequest: Something of it is of no such form.
    """
    where = form["where"]
    market = session.get(Market, where)
    currency = market.currency if market else where
    if currency not in EXPONENTS:
        raise InvalidRequest(errors=[{"parameter": "where", "detail": "Choose one of the list."}])
    price = {"currency": currency, "market": where if market else None}
    price |= {name: form[name] for name in ("valid_from", "valid_to", "source")}
    price["is_illustrative"] = None if form["source"] else True
    errors: list[dict[str, str]] = []
    for field, key in (("amount", "amount_minor"), ("sale", "sale_amount_minor")):
        try:
            price[key] = form[field] and minor_units(form[field], currency, field=field)
        except InvalidRequest as refused:
            errors += refused.facts["errors"]
    if errors:
        raise InvalidRequest(errors=errors)
    return {key: value for key, value in price.items() if value is not None}


def _written(
    slug: str, form: Schema, work: Callable[[Session, dict[str, Any]], None], notice: str, *, at: str
) -> Response:
    """Do what a form asks for once, and lead to where the page shows it; or show what was refused there.

    Args:
        slug: Of the product.
        form: What was filled in.
        work: Joins the transaction.
        notice: What the page tells of it afterwards.
        at: Which section of the page it is in.
    """
    address = url_for("admin_pages.product", slug=slug, _anchor=at)
    try:
        filled = read(form)

        def once(session: Session, _claim: idempotency.Claim) -> Response:
            work(session, filled)
            return go(address)

        repeats.once(attempt(f"product-{notice}"), once)
    except NotFound:
        raise
    except InvalidRequest as refused:
        located = InvalidRequest(errors=[_in_form(one) for one in refused.facts["errors"]])
        return show_product(slug, located, form=at)
    except Problem as refused:
        return show_product(slug, refused, form=at)
    return go(address, notice=notice)


def _in_form(error: dict[str, str]) -> dict[str, str]:
    """Return a fault of an entry with the form's field that the key was filled in from."""
    key = error.get("parameter") or error.get("pointer", "").rpartition("/")[2]
    return {"parameter": _FIELD_OF_KEY.get(key, key), "detail": error["detail"]}
