"""What is refused of pictures."""

from __future__ import annotations

from http import HTTPStatus

from shop.kit.problems import Busy, Problem


class UnknownPicture(Problem):
    """There is no such picture, or it shows what is not published.

    Addresses of pictures stand in the ``images`` of products and variants.
    """

    status = HTTPStatus.NOT_FOUND


class UnknownImage(Problem):
    """No picture with this hash was given to the shop, or it was swept.

    ``hash`` names it; upload the file and use the hash that is answered.
    """

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class UnusableImage(Problem):
    """The file cannot be taken as a picture.

    Nothing was stored. ``reason`` says why: ``not_an_image`` (JPEG, PNG and WebP are taken),
    ``too_large``, ``too_many_pixels``, ``too_small``, ``animated``, ``truncated``, ``trailing_data``
    (something follows the picture in its file: save it anew), ``unreadable``.
    """

    status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail, reason=reason)
        self.reason = reason


class PicturesUnavailable(Busy):
    """The place where pictures are kept does not answer right now.

    Send the same request again after ``Retry-After`` seconds, with the same ``Idempotency-Key`` where it
    carried one: a picture is kept once, however often it is given, and none is noted before its files are
    stored.
    """
