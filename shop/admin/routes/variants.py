"""Variants and their prices, each as the entry of a seed file with its version."""

from __future__ import annotations

from typing import Any

from flask import Response

from shop.admin import catalogue, edits, listing
from shop.admin.errors import AlreadyInCatalogue, PartOfAccessory
from shop.admin.routes.door import KEYED, SHUT, admin, bearer
from shop.admin.routes.entries import PATCH, read_entry, shown, takes_entry, written
from shop.admin.schemas.catalogue import PRICE, VARIANT, EndedView, OwnedVariantPage, VariantsQuery
from shop.catalogue.errors import NotInCatalogue
from shop.kit import access
from shop.kit.db import db
from shop.kit.pages import BadCursor, Page
from shop.kit.preconditions import PreconditionFailed, PreconditionRequired, read_if_match
from shop.kit.problems import InvalidRequest
from shop.kit.stored_answers import Answer

_STALE = (PreconditionRequired, PreconditionFailed)


@admin.route("/variants")
@admin.arguments(VariantsQuery, location="query")
@admin.response(200, OwnedVariantPage)
@admin.refuses(*SHUT, InvalidRequest, BadCursor)
@admin.private
@access.key("catalogue:read")
def list_admin_variants(query: dict[str, Any]) -> Page[dict[str, Any]]:
    """List variants with what is on hand, by SKU."""
    return listing.page_of_variants(db.session(), **query)


@admin.route("/products/<slug>/variants", methods=["POST"])
@takes_entry(VARIANT)
@admin.response(201, VARIANT)
@admin.refuses(*KEYED, NotInCatalogue, AlreadyInCatalogue, PartOfAccessory)
@admin.private
@access.key("catalogue:write")
def create_variant(slug: str) -> Answer:
    """Add a variant with its prices to a bag, behind its others."""
    body, actor = read_entry(), bearer().actor

    def work(session: Any) -> tuple[Any, str]:
        sku, entry = catalogue.add_variant(session, slug, body, actor=actor)
        return entry, f"variants/{sku}"

    return written("create-variant", work, status=201)


@admin.route("/variants/<sku>")
@admin.response(200, VARIANT)
@admin.refuses(*SHUT, NotInCatalogue, PartOfAccessory)
@admin.private
@access.key("catalogue:read")
def get_admin_variant(sku: str) -> Response:
    """Read a variant with all its prices as its entry; `ETag` is its version."""
    return shown(edits.variant(edits.entries_now(db.session()), sku))


@admin.route("/variants/<sku>", methods=["PUT"])
@takes_entry(VARIANT, versioned=True)
@admin.response(200, VARIANT)
@admin.refuses(*KEYED, *_STALE, NotInCatalogue, PartOfAccessory)
@admin.private
@access.key("catalogue:write")
def replace_variant(sku: str) -> Answer:
    """Let a variant be what is sent: prices that are left out are taken away."""
    body = read_entry()
    return _changes(sku, lambda _: dict(body))


@admin.route("/variants/<sku>", methods=["PATCH"])
@takes_entry(PATCH, versioned=True)
@admin.response(200, VARIANT)
@admin.refuses(*KEYED, *_STALE, NotInCatalogue, PartOfAccessory)
@admin.private
@access.key("catalogue:write")
def change_variant(sku: str) -> Answer:
    """Change some keys of a variant; lists are replaced whole."""
    body = read_entry()
    return _changes(sku, edits.patched(body))


@admin.route("/variants/<sku>", methods=["DELETE"])
@takes_entry(None, versioned=True)
@admin.response(200, EndedView)
@admin.refuses(*KEYED, *_STALE, NotInCatalogue, PartOfAccessory)
@admin.private
@access.key("catalogue:write")
def retire_variant(sku: str) -> Answer:
    """Retire a variant: no longer sold or listed, still told to old orders."""
    actor, if_match = bearer().actor, read_if_match()

    def work(session: Any) -> tuple[Any, None]:
        catalogue.retire_variant(session, sku, if_match, actor=actor)
        return {"kind": "variant", "slug": sku}, None

    return written("retire-variant", work)


@admin.route("/variants/<sku>/prices", methods=["POST"])
@takes_entry(PRICE)
@admin.response(201, VARIANT)
@admin.refuses(*KEYED, PreconditionFailed, NotInCatalogue, PartOfAccessory)
@admin.private
@access.key("catalogue:write")
def set_price(sku: str) -> Answer:
    """Set what a variant costs in a currency, or in one market, from `valid_from` on.

    It takes the place of the price of the same currency, market and `valid_from`; others stay, so
    that one of a day to come is announced beside today's. With `If-Match` it is set only if the
    variant is that version.
    """
    price, actor, if_match = read_entry(), bearer().actor, read_if_match(required=False)

    def work(session: Any) -> tuple[Any, str]:
        return catalogue.set_price(session, sku, price, if_match, actor=actor), f"variants/{sku}"

    return written("set-price", work, status=201)


def _changes(sku: str, edit: edits.Edit) -> Answer:
    actor, if_match = bearer().actor, read_if_match()

    def work(session: Any) -> tuple[Any, None]:
        return catalogue.change_variant(session, sku, edit, if_match, actor=actor), None

    return written("change-variant", work)
