"""Signing in with a key and out again, and the style sheet of all pages."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from flask import Response, current_app, make_response, request, url_for

from shop.admin import sessions
from shop.admin.errors import KeyRequired
from shop.admin.pages.door import ANY_KEY, COOKIE, give_cookie, go, page, pages, take_cookie
from shop.kit import access
from shop.kit.db import db
from shop.kit.rate_limits import LockedOut, current_limits

#: Longer than any key is.
_LONGEST_KEY = 200

_STYLE = (Path(__file__).with_name("static") / "admin.css").read_bytes()
_VERSION = hashlib.sha256(_STYLE).hexdigest()[:12]


@pages.get("/sign-in")
@access.public
def ask_for_key() -> Response:
    """Ask for a key."""
    return page("sign_in.html", next=_next(request.args.get("next")))


@pages.post("/sign-in")
@access.public
def sign_in() -> Response:
    """Sign in, under a new token; a wrong key counts towards the lock-out."""
    limits = current_limits()
    there = _next(request.form.get("next"))
    try:
        limits.check_sign_in()
        key = request.form.get("key", "").strip()[:_LONGEST_KEY]
        token = sessions.sign_in(db.session(), key, instead_of=request.cookies.get(COOKIE, ""))
    except KeyRequired:
        limits.note_failed_sign_in()
        current_app.logger.info("a sign-in to the admin pages failed")
        return page(
            "sign_in.html", status=KeyRequired.status, next=there, refused="That key does not open this door."
        )
    except LockedOut as locked:
        minutes = -(-locked.facts["retry_after"] // 60)
        told = (
            f"Too many keys were tried. Nobody is let in for {minutes} minutes, not with a right key either."
        )
        response = page("sign_in.html", status=locked.status, next=there, refused=told)
        response.headers["Retry-After"] = str(locked.facts["retry_after"])
        return response
    response = go(there or url_for("admin_pages.overview"))
    give_cookie(response, token)
    return response


@pages.post("/sign-out")
@access.session(ANY_KEY)
def sign_out() -> Response:
    """End the session."""
    sessions.sign_out(request.cookies.get(COOKIE, ""))
    response = go(url_for("admin_pages.ask_for_key"), notice="signed-out")
    take_cookie(response)
    return response


def _next(address: str | None) -> str | None:
    """Return where to go after the sign-in, if that is one of these pages."""
    return address if address and re.fullmatch(r"/admin(/[\w./-]*)?(\?[\w./=&%+:-]*)?", address) else None


@pages.get("/admin.css")
@access.public
def style() -> Response:
    """Send the one style sheet."""
    response = make_response(_STYLE)
    response.mimetype = "text/css"
    response.set_etag(_VERSION)
    # Pages name it with its version, so what is kept is never out of date.
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.make_conditional(request)
    return response


@pages.context_processor
def style_address() -> dict[str, str]:
    """Give templates the address of the style sheet, with its version."""
    return {"style_url": url_for("admin_pages.style", v=_VERSION)}
