"""Giving pictures to a product, and taking them away."""

from __future__ import annotations

from flask import Response, request, url_for
from sqlalchemy.orm import Session

from shop.admin import product_pictures
from shop.admin.pages.catalogue import show_product
from shop.admin.pages.door import go, pages, signed_in
from shop.admin.pages.forms import attempt, read
from shop.kit import access, idempotency, repeats
from shop.kit.fields import Str, StrictSchema
from shop.kit.problems import InvalidRequest, NotFound, Problem
from shop.media import service as media
from shop.media.intake import take
from shop.media.store import current_store


class PictureForm(StrictSchema):
    """What a picture shows, for whoever does not see it."""

    alt = Str(maximum=200, required=True)


class PictureName(StrictSchema):
    """Which picture."""

    picture = Str(maximum=64, required=True)


@pages.post("/products/<slug>/pictures")
@access.session("catalogue:write")
def add_picture(slug: str) -> Response:
    """Show one more picture of a product."""
    actor = signed_in().actor
    try:
        alt = read(PictureForm())["alt"]
        sent = request.files.get("file")
        if sent is None or not sent.filename:
            raise InvalidRequest(errors=[{"parameter": "file", "detail": "Choose a picture."}])
        store, taken = current_store(), take(sent.read())
        rows = media.put_files(store, taken)

        def work(session: Session, _claim: idempotency.Claim) -> Response:
            product_pictures.add(session, slug, rows, alt, actor=actor)
            return go(_address(slug))

        repeats.once(attempt("add-picture"), work)
        if media.missing_files(store, rows):  # a sweep found them before they were named
            media.put_files(store, taken)
    except NotFound:
        raise
    except Problem as refused:
        return show_product(slug, refused, form="pictures")
    return go(_address(slug), notice="picture")


@pages.post("/products/<slug>/pictures/remove")
@access.session("catalogue:write")
def remove_picture(slug: str) -> Response:
    """Show a picture of a product no more; its file stays for whoever shows it elsewhere."""
    actor, name = signed_in().actor, read(PictureName())["picture"]

    def work(session: Session, _claim: idempotency.Claim) -> Response:
        product_pictures.take_away(session, slug, name, actor=actor)
        return go(_address(slug))

    repeats.once(attempt("remove-picture"), work)
    return go(_address(slug), notice="picture")


def _address(slug: str) -> str:
    return url_for("admin_pages.product", slug=slug, _anchor="pictures")
