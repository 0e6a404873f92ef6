"""Products: their lists, and each as the entry of a seed file with its version."""

from __future__ import annotations

from typing import Any

from flask import Response

from shop.admin import catalogue, edits, listing
from shop.admin.errors import AlreadyInCatalogue
from shop.admin.routes.door import KEYED, SHUT, admin, bearer
from shop.admin.routes.entries import PATCH, read_entry, shown, takes_entry, written
from shop.admin.schemas.catalogue import PRODUCT, EndedView, OwnedProductPage, ProductsQuery
from shop.catalogue.errors import NotInCatalogue
from shop.kit import access
from shop.kit.db import db
from shop.kit.pages import BadCursor, Page
from shop.kit.preconditions import PreconditionFailed, PreconditionRequired, read_if_match
from shop.kit.problems import InvalidRequest
from shop.kit.stored_answers import Answer

_STALE = (PreconditionRequired, PreconditionFailed)


@admin.route("/products")
@admin.arguments(ProductsQuery, location="query")
@admin.response(200, OwnedProductPage)
@admin.refuses(*SHUT, InvalidRequest, BadCursor)
@admin.private
@access.key("catalogue:read")
def list_admin_products(query: dict[str, Any]) -> Page[dict[str, Any]]:
    """List products, published or not, by slug."""
    return listing.page_of_products(db.session(), **query)


@admin.route("/products", methods=["POST"])
@takes_entry(PRODUCT)
@admin.response(201, PRODUCT)
@admin.refuses(*KEYED, AlreadyInCatalogue)
@admin.private
@access.key("catalogue:write")
def create_product() -> Answer:
    """Add a product with its parts, variants and prices: an entry of a seed file.

    One that was retired comes back under its slug.
    """
    body, actor = read_entry(), bearer().actor

    def work(session: Any) -> tuple[Any, str]:
        slug, entry = catalogue.create(session, "product", body, actor=actor)
        return entry, f"products/{slug}"

    return written("create-product", work, status=201)


@admin.route("/products/<slug>")
@admin.response(200, PRODUCT)
@admin.refuses(*SHUT, NotInCatalogue)
@admin.private
@access.key("catalogue:read")
def get_admin_product(slug: str) -> Response:
    """Read a product as its entry; `ETag` is its version, which a change has to name."""
    return shown(edits.product(edits.entries_now(db.session()), slug))


@admin.route("/products/<slug>", methods=["PUT"])
@takes_entry(PRODUCT, versioned=True)
@admin.response(200, PRODUCT)
@admin.refuses(*KEYED, *_STALE, NotInCatalogue)
@admin.private
@access.key("catalogue:write")
def replace_product(slug: str) -> Answer:
    """Let a product be what is sent: variants that are left out are retired, prices taken away."""
    return _changes(slug, read_entry(), merge=False)


@admin.route("/products/<slug>", methods=["PATCH"])
@takes_entry(PATCH, versioned=True)
@admin.response(200, PRODUCT)
@admin.refuses(*KEYED, *_STALE, NotInCatalogue)
@admin.private
@access.key("catalogue:write")
def change_product(slug: str) -> Answer:
    """Change some keys of a product; lists are replaced whole."""
    return _changes(slug, read_entry(), merge=True)


def _changes(slug: str, body: dict[str, Any], *, merge: bool) -> Answer:
    actor, if_match = bearer().actor, read_if_match()

    def work(session: Any) -> tuple[Any, None]:
        edit = edits.patched(body) if merge else (lambda _: dict(body))
        return catalogue.change_product(session, slug, edit, if_match, actor=actor), None

    return written("change-product", work)


@admin.route("/products/<slug>", methods=["DELETE"])
@takes_entry(None, versioned=True)
@admin.response(200, EndedView)
@admin.refuses(*KEYED, *_STALE, NotInCatalogue)
@admin.private
@access.key("catalogue:write")
def retire_product(slug: str) -> Answer:
    """Retire a product with its variants: no longer sold or listed, still told to old orders."""
    actor, if_match = bearer().actor, read_if_match()

    def work(session: Any) -> tuple[Any, None]:
        catalogue.end(session, "product", slug, if_match, actor=actor)
        return {"kind": "product", "slug": slug}, None

    return written("retire-product", work)
