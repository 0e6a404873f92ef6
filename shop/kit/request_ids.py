"""The name of a request: told to the caller, and written beside everything the log says of it."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

#: Where a request keeps its name, for whoever answers it.
KEY = "shop.request_id"

_OF_A_CALLER = re.compile(r"[\w.-]{8,64}", re.ASCII)


def request_id(environ: WSGIEnvironment) -> str:
    """Return the request's name: the caller's own where it is a plain one, a new one otherwise."""
    found: str | None = environ.get(KEY)
    if found is None:
        given = environ.get("HTTP_X_REQUEST_ID")
        if given is None or not _OF_A_CALLER.fullmatch(given):
            # No secret, so no call of the kernel: a tenth of its time, on every hot answer.
            given = f"{random.getrandbits(64):016x}"
        environ[KEY] = found = given
    return found
