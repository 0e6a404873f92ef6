"""Signing in with a name and a password, or with a key, and out again, and the style sheet of all pages."""

from __future__ import annotations

import hashlib
import re
from http import HTTPStatus
from pathlib import Path

from flask import Response, current_app, make_response, request, url_for

from shop.admin import sessions, users
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
def ask_who() -> Response:
    """Ask for a name and a password, or for a key."""
    return page("sign_in.html", next=_next(request.args.get("next")))


@pages.post("/sign-in")
@access.public
def sign_in() -> Response:
    """Sign in, under a new token; what is wrong counts towards the lock-out."""
    limits = current_limits()
    there = _next(request.form.get("next"))
    typed = request.form.get("name")
    name = None if typed is None else users.folded(typed)
    try:
        limits.check_sign_in(name)
        token = _token(typed)
    except (KeyRequired, sessions.PasswordWrongError):
        limits.note_failed_sign_in(name)
        current_app.logger.info("a sign-in to the admin pages failed")
        what = "That key does" if name is None else "That name and that password do"
        return _refused(f"{what} not open this door.", HTTPStatus.UNAUTHORIZED, there)
    except LockedOut as locked:
        seconds, what = locked.facts["retry_after"], "key" if name is None else "password"
        who = "Nobody is let in by that name" if locked.facts["policy"] == "names" else "Nobody is let in"
        told = (
            f"Too many {what}s were tried. {who} for {-(-seconds // 60)} minutes,"
            f" not with a right {what} either."
        )
        response = _refused(told, locked.status, there)
        response.headers["Retry-After"] = str(seconds)
        return response
    response = go(there or url_for("admin_pages.overview"))
    give_cookie(response, token)
    return response


def _token(name: str | None) -> str:
    """Return the token of a new session, of a user where the form has a name, else with its key."""
    before = request.cookies.get(COOKIE, "")
    if name is not None:
        password = request.form.get("password", "")
        return sessions.sign_in_user(db.session(), name, password, instead_of=before)
    key = request.form.get("key", "").strip()[:_LONGEST_KEY]
    return sessions.sign_in(db.session(), key, instead_of=before)


def _refused(told: str, status: int, there: str | None) -> Response:
    """Show the forms again with what was refused, and the name that was typed."""
    return page(
        "sign_in.html",
        status=status,
        next=there,
        refused=told,
        way="user" if "name" in request.form else "key",
        name=request.form.get("name", "")[: users.LONGEST_NAME],
    )


@pages.post("/sign-out")
@access.session(ANY_KEY)
def sign_out() -> Response:
    """End the session."""
    sessions.sign_out(request.cookies.get(COOKIE, ""))
    response = go(url_for("admin_pages.ask_who"), notice="signed-out")
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
