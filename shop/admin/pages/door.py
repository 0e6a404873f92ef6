"""What stands before and behind every admin page: who is signed in, forms, and readable refusals."""

from __future__ import annotations

import base64
import hmac
import secrets
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import orjson
from flask import (
    Blueprint,
    Response,
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)

from shop.admin import sessions, uploads
from shop.admin.errors import ScopeMissing
from shop.admin.sessions import SignedIn
from shop.config import current_settings
from shop.kit.access import current_access
from shop.kit.browser_sessions import FormRefused, require_same_origin
from shop.kit.db import db
from shop.kit.money import Money
from shop.kit.problems import CONTENT_TYPE
from shop.media.intake import MOST_BYTES

pages = Blueprint("admin_pages", __name__, url_prefix="/admin", template_folder="templates")

#: What a page asks for that every signed-in person may see.
ANY_KEY = "any scope"

COOKIE = "shop_admin"
_NOTICE = "shop_admin_notice"
_PATH = "/admin"
_SAFE = ("GET", "HEAD", "OPTIONS")

#: The most that a form may hold that holds files, by endpoint; read for who is signed in only. Bytes.
LARGEST = {
    "admin_pages.upload_seed": uploads.MAX_BYTES + 64 * 1024,
    "admin_pages.add_picture": MOST_BYTES + 64 * 1024,
}

#: Names of a form's own fields; the rest is what was filled in.
CSRF_FIELD, KEY_FIELD = "csrf_token", "idempotency_key"

#: What a page may tell of the write before it; a cookie names one.
NOTICES = {
    "signed-out": "You are signed out.",
    "refunded": "The refund is written down and sent. The timeline tells how it goes.",
    "captured": "The decision is written down and sent. The timeline tells how it goes.",
    "sent": "The parcel is noted, and its shopper is told.",
    "canceled": "The order is being given up. The timeline tells how it goes.",
    "picture": "The pictures are changed.",
    "publication": "When it is shown is changed.",
    "price": "The price is set.",
    "retired": "It is retired.",
    "adjusted": "The count is changed and written down.",
    "waiting": "It is written down. Stripe does not answer just now; it is sent again by itself.",
}


@pages.before_request
def let_in() -> Any:
    """Let only those in who are signed in and whose key or user is good for the page; check each form."""
    access = current_access()
    if access is not None and access.who == "session":
        found = sessions.find(db.session(), request.cookies.get(COOKIE, ""))
        if found is None:
            there = request.full_path.rstrip("?") if request.method in _SAFE else None
            return redirect(url_for("admin_pages.ask_who", next=there), HTTPStatus.SEE_OTHER)
        g.signed_in = found
        if found.is_to_note:
            sessions.note_use(found.token_hash)
        if request.endpoint in LARGEST:
            request.max_content_length = LARGEST[request.endpoint]
        if access.of != ANY_KEY and access.of not in found.scopes:
            raise ScopeMissing(f"Your {found.held} lacks {access.of}.", scope=access.of)
    if request.method not in _SAFE:
        _check_form()
    return None


def signed_in() -> SignedIn:
    """Return who is signed in, on a page that asks for it."""
    found: SignedIn = g.signed_in
    return found


def _check_form() -> None:
    """Refuse a form that another site sent: by its token, and by what the browser says of its origin."""
    require_same_origin()
    if not hmac.compare_digest(request.form.get(CSRF_FIELD, "").encode(), csrf_token().encode()):
        raise FormRefused


def csrf_token() -> str:
    """Return the token of this browser's forms: derived from its cookie, which it renews at sign-in."""
    cookie = request.cookies.get(COOKIE) or g.setdefault("new_cookie", secrets.token_urlsafe(32))
    key = str(current_app.config["SECRET_KEY"]).encode()
    digest = hmac.digest(key, b"admin-form" + cookie.encode(), "sha256")
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def give_cookie(response: Response, token: str) -> None:
    """Have the browser keep a token for the admin pages, until it is closed."""
    response.set_cookie(COOKIE, token, **_cookie())


def take_cookie(response: Response) -> None:
    """Have the browser forget its token."""
    response.delete_cookie(COOKIE, **_cookie())


def _cookie() -> dict[str, Any]:
    is_tls = current_settings().public_url.startswith("https://")
    return {"path": _PATH, "httponly": True, "samesite": "Strict", "secure": is_tls}


def page(template: str, *, status: int = HTTPStatus.OK, **values: Any) -> Response:
    """Render a page with what the write before it has to tell."""
    notice = NOTICES.get(request.cookies.get(_NOTICE, ""))
    response = make_response(render_template(f"admin/{template}", notice=notice, **values), status)
    if notice:
        response.delete_cookie(_NOTICE, **_cookie())
    return response


def go(address: str, *, notice: str | None = None) -> Response:
    """Lead from a write to the page that shows it."""
    response = make_response(redirect(address, HTTPStatus.SEE_OTHER))
    if notice:
        response.set_cookie(_NOTICE, notice, max_age=60, **_cookie())
    return response


@pages.after_request
def never_keep(response: Response) -> Response:
    """Have nobody keep a page, and give a newcomer the cookie that its form belongs to."""
    response.headers.setdefault("Cache-Control", "no-store")
    # Without it a browser hides where a form comes from even from its own shop.
    response.headers.setdefault("Referrer-Policy", "same-origin")
    if "new_cookie" in g and COOKIE not in response.headers.get("Set-Cookie", ""):
        give_cookie(response, g.new_cookie)
    return response


@pages.after_request
def refuse_readably(response: Response) -> Response:
    """Turn whatever was refused, by whichever part of the shop, into a page."""
    if response.mimetype != CONTENT_TYPE:
        return response
    problem = orjson.loads(response.get_data())
    response.set_data(render_template("admin/refused.html", problem=problem, back=_back()))
    response.mimetype = "text/html"
    return response


def _back() -> str | None:
    """Return the address of the page that a refused form stands on, where the browser tells."""
    if request.method in _SAFE or not request.referrer:
        return None
    parts = urlsplit(request.referrer)
    return parts.path if parts.netloc == request.host and parts.path.startswith(_PATH + "/") else None


#: The navigation: endpoint, name, and the scope without which it is not shown.
SECTIONS = (
    ("admin_pages.overview", "Overview", ""),
    ("admin_pages.orders", "Orders", "orders:read"),
    ("admin_pages.products", "Products", "catalogue:read"),
    ("admin_pages.stock", "Stock", "stock:read"),
    ("admin_pages.seed", "Seed", "catalogue:read"),
    ("admin_pages.audit", "Audit", "audit:read"),
)


@pages.context_processor
def say() -> dict[str, Any]:
    """Give templates what they write with."""
    who: SignedIn | None = g.get("signed_in")
    return {
        "who": who,
        "may": lambda scope: who is not None and scope in who.scopes,
        "csrf_token": csrf_token,
        "new_key": lambda: secrets.token_urlsafe(24),
        "amount": lambda minor, currency: str(Money(minor, currency)),
        "decimal": lambda minor, currency: Money(minor, currency).decimal,
        "moment": _moment,
        "input_moment": _input_moment,
        "sections": SECTIONS,
        "section": _section(),
    }


def _section() -> str | None:
    """Return which part of the navigation the page belongs to: the one that its address begins with."""
    found = [(url_for(endpoint), label) for endpoint, label, _ in SECTIONS]
    here = [label for address, label in found if request.path.startswith(address)]
    return here[-1] if here else None


@pages.app_template_filter("words")
def _words(value: Any) -> str:
    """Return the name of what a frozen line refers to, ``{"slug": .., "name": ..}`` or a text."""
    return str(value.get("name", "")) if isinstance(value, dict) else str(value or "")


def _moment(at: datetime | None) -> str:
    """Return a moment for people: a day and minute of UTC."""
    return at.strftime("%Y-%m-%d %H:%M") if at else ""


def _input_moment(at: datetime | None) -> str:
    """Return a moment as a field for one holds it, in UTC."""
    return at.strftime("%Y-%m-%dT%H:%M:%S" if at.second else "%Y-%m-%dT%H:%M") if at else ""
