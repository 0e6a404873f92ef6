"""Pictures over HTTP: each address stands for one file for good."""

from __future__ import annotations

import re

from flask import Blueprint, Response, request

from shop.kit import access
from shop.kit.db import db
from shop.media import drawings
from shop.media.errors import UnknownPicture
from shop.media.queries import MEDIA_TYPE, artwork_facts
from shop.media.store import current_store, image_key

media = Blueprint("media", __name__, url_prefix="/media")

#: A year is the most that caches are told; what is at such an address never changes.
CACHE_CONTROL = "public, max-age=31536000, immutable"

_HASH = re.compile(r"[0-9a-f]{64}")


@media.get("/<name>.webp")
@access.public
def get_image(name: str) -> Response:
    """Send a picture that was given to the shop, in one of its widths, by the hash of its file."""
    if not _HASH.fullmatch(name):
        raise UnknownPicture
    data = current_store().read(image_key(name))
    if data is None:
        raise UnknownPicture
    return _picture(data, name)


@media.get("/artwork/<sku>/<digest>-<int:width>.webp")
@access.public
def get_artwork(sku: str, digest: str, width: int) -> Response:
    """Send the shop's drawing of a variant; the first who asks waits until it is drawn.

    Only what the variant looks like now is drawn: nobody can have the shop draw what it does not sell.
    """
    if width not in drawings.WIDTHS:
        raise UnknownPicture
    facts = artwork_facts(db.session(), sku)
    if facts is None or facts.digest != digest:
        raise UnknownPicture
    return _picture(drawings.drawn(current_store(), facts, width), f"{digest}-{width}")


def _picture(data: bytes, name: str) -> Response:
    response = Response(data, mimetype=MEDIA_TYPE)
    response.headers["Cache-Control"] = CACHE_CONTROL
    # Shown by other people's storefronts, on their own origins.
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.set_etag(name)
    response.make_conditional(request)
    return response
