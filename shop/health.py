"""Two questions of whoever keeps the shop running, each answered from this machine alone.

``/healthz``: is the process alive? Anything but 200 means: start it anew. It stays 200 while
only a dependency is down, because a new process would not find it up either.

``/readyz``: may shoppers be sent here? 503 while the database cannot be reached or has
another release's schema, and while a process that just started builds what counts a large catalogue:
until then SQL would count it, for seconds a question. Stripe is not asked: without it the shop still
shows, and fills carts.
"""

from __future__ import annotations

import logging

from flask import Blueprint, Response, current_app, jsonify

from shop.discovery.bitmaps.keeper import keeper_of
from shop.kit import access
from shop.kit.migrations import NotMigratedError, require_migrated
from shop.kit.problems import Busy

logger = logging.getLogger("shop")

health = Blueprint("health", __name__)


class NotReady(Busy):
    """The shop cannot serve yet.

    Its database has the schema of another release: the operator has to run ``shop db upgrade``, and the
    log says from where to where. Or it has just started and still reads its catalogue: wait.
    """


@health.get("/healthz")
@access.probe
def alive() -> Response:
    """Say that the process is alive."""
    return jsonify(status="alive")


@health.get("/readyz")
@access.probe
def ready() -> Response:
    """Say whether the database can be reached, has this release's schema and was read; 503 where not."""
    try:
        require_migrated()
    except NotMigratedError as error:
        logger.warning("not ready: %s", error)
        raise NotReady(retry_after=5) from None
    if keeper_of(current_app).is_starting:
        raise NotReady(retry_after=1)
    return jsonify(status="ready")


@health.after_request
def never_kept(response: Response) -> Response:
    """Have nobody answer for the shop."""
    response.headers["Cache-Control"] = "no-store"
    return response
