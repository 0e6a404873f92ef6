"""Pictures: given to the shop, and shown at products and variants."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from sqlalchemy.orm import Session

from shop.admin.routes.door import KEYED, SHUT, admin, bearer
from shop.admin.routes.entries import takes_body
from shop.admin.schemas.media import ImagesInput, ImagesView, ImageView
from shop.catalogue.errors import NotInCatalogue
from shop.kit import access, idempotency, repeats
from shop.kit.api import render
from shop.kit.db import db
from shop.kit.problems import BodyTooLarge
from shop.media import service
from shop.media.errors import PicturesUnavailable, UnknownImage, UnusableImage
from shop.media.intake import MOST_BYTES, take
from shop.media.placements import StoredPicture, shown_at
from shop.media.queries import Rendition, address_of
from shop.media.store import current_store

_BODY = {
    "required": True,
    "description": f"The file itself, at most {MOST_BYTES // 1024**2} MiB. Its first bytes tell what it is, "
    "and not its `Content-Type`.",
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
}


@admin.route("/media", methods=["POST"])
@takes_body(MOST_BYTES)
@admin.doc(requestBody=_BODY)
@admin.response(201, ImageView)
@admin.refuses(*KEYED, UnusableImage, BodyTooLarge, PicturesUnavailable)
@admin.takes_idempotency_key(required=True)
@admin.private
@access.key("catalogue:write")
def upload_image() -> Response:
    """Give the shop a picture: a JPEG, PNG or WebP file as the body.

    It is turned upright, put into sRGB and encoded anew, so nothing but its pixels is kept: no place,
    no camera, no comment. The same picture twice is one. What is shown nowhere is swept after a day.
    """
    attempt = idempotency.read_attempt("upload-image", required=True)
    store, actor = current_store(), bearer().actor
    taken = take(request.get_data())
    rows = service.put_files(store, taken)

    def write_down(session: Session, _claim: idempotency.Claim) -> Response:
        service.keep(session, rows, actor=actor)
        return render(ImageView, _picture(rows), 201)

    answer = repeats.once(attempt, write_down)
    if service.missing_files(store, rows):
        service.put_files(store, taken)
    return answer


def _picture(rows: service.ImageRows) -> StoredPicture:
    renditions = tuple(Rendition(address_of(each["hash"]), each["width"]) for each in rows.renditions)
    return StoredPicture(rows.image["hash"], rows.image["width"], rows.image["height"], renditions)


@admin.route("/products/<slug>/images")
@admin.response(200, ImagesView)
@admin.refuses(*SHUT, NotInCatalogue)
@admin.private
@access.key("catalogue:read")
def get_product_images(slug: str) -> dict[str, Any]:
    """Read the pictures that were given for a product, published or not."""
    return {"images": shown_at(db.session(), "product", slug)}


@admin.route("/variants/<sku>/images")
@admin.response(200, ImagesView)
@admin.refuses(*SHUT, NotInCatalogue)
@admin.private
@access.key("catalogue:read")
def get_variant_images(sku: str) -> dict[str, Any]:
    """Read the pictures that were given for a variant, published or not."""
    return {"images": shown_at(db.session(), "variant", sku)}


@admin.route("/products/<slug>/images", methods=["PUT"])
@admin.arguments(ImagesInput)
@admin.response(200, ImagesView)
@admin.refuses(*KEYED, NotInCatalogue, UnknownImage)
@admin.takes_idempotency_key(required=True)
@admin.private
@access.key("catalogue:write")
def put_product_images(body: dict[str, Any], slug: str) -> Response:
    """Show these pictures at a product, in this order, and no others."""
    return _show("product", slug, body)


@admin.route("/variants/<sku>/images", methods=["PUT"])
@admin.arguments(ImagesInput)
@admin.response(200, ImagesView)
@admin.refuses(*KEYED, NotInCatalogue, UnknownImage)
@admin.takes_idempotency_key(required=True)
@admin.private
@access.key("catalogue:write")
def put_variant_images(body: dict[str, Any], sku: str) -> Response:
    """Show these pictures at a variant, in this order, and no others."""
    return _show("variant", sku, body)


def _show(place: str, name: str, body: dict[str, Any]) -> Response:
    actor = bearer().actor
    pictures = [service.Shown(each["hash"], each["alt"]) for each in body["images"]]

    def write_down(session: Session, _claim: idempotency.Claim) -> Response:
        service.show(session, place, name, pictures, actor=actor)
        return render(ImagesView, {"images": shown_at(session, place, name)}, 200)

    return repeats.once(idempotency.read_attempt(f"show-{place}-images", required=True), write_down)
