"""A visitor's cookie, and forms that only the shop's own pages can send.

API routes know neither: who calls them shows a token. Pages on the paths given to
:func:`init_browser_sessions` have Flask's session in one signed cookie that no script reads; it keeps
the secrets of the visitor's cart and orders (:func:`keep`), so that none is ever in an address or in a
page. Nothing is set before a page has something to keep, and pages that caches may hold never look at it.

Two guards stand in front of writes, because a browser sends the cookie with forms of strangers, too:

* :func:`protect_pages`, for pages that nobody may store: their forms carry a token, which
  ``{{ csrf_field() }}`` writes; and
* :func:`require_same_origin`, for forms on pages that everybody is sent alike from a cache and that
  can carry no token: the browser itself says which page a form came from.

Source: OWASP, Cross-Site Request Forgery Prevention Cheat Sheet; W3C Fetch Metadata; RFC 6265bis.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Request, Response, current_app, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_wtf.csrf import generate_csrf, validate_csrf
from markupsafe import Markup

from shop.kit.clock import clock
from shop.kit.problems import Problem

#: How long a visitor is known after the last page that had to know.
LIFETIME = timedelta(days=14)

#: Most secrets of one kind that a cookie keeps, the latest; a browser takes 4 kB.
MOST_KEPT = 8

#: Browsers refuse a cookie of such a name unless it is Secure, for this host alone and for every path.
SECURE_NAME = "__Host-visit"
PLAIN_NAME = "visit"

_EXTENSION = "shop.browser_sessions"
_KEPT = "kept"
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class FormRefused(Problem):
    """The form did not come from a page of this shop, or from one that is too old.

    Nothing was changed. Open the page again and send the form from there; cookies must be allowed.
    """

    status = HTTPStatus.FORBIDDEN


@dataclass(frozen=True, slots=True)
class Kept:
    """What opens something of a visitor's.

    Attributes:
        id: Of the cart or order.
        token: Its secret.
    """

    id: str
    token: str


class _PageSessions(SecureCookieSessionInterface):
    """Flask's signed cookie, on the paths of pages and nowhere else."""

    digest_method = staticmethod(hashlib.sha256)

    def __init__(self, paths: Sequence[str]) -> None:
        self._pages = re.compile("|".join(f"(?:{path})" for path in paths))

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Open the session of a page; elsewhere there is none, and writing to it is a mistake of ours."""
        if not self._pages.match(request.path):
            return None
        return super().open_session(app, request)

    def get_expiration_time(self, app: Flask, session: SessionMixin) -> datetime:
        """Return when the browser forgets the cookie."""
        return clock.now() + app.permanent_session_lifetime

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        """Say whether an answer renews the cookie: those that looked at it do, cached ones never."""
        return session.modified or session.accessed


def init_browser_sessions(app: Flask, *, paths: Sequence[str], secure: bool, origin: str = "") -> None:
    """Give pages a session.

    Args:
        app: The application.
        paths: Regular expressions that match the beginning of their paths, such as ``r"/admin(/|$)"``.
        secure: Whether shoppers come by TLS.
        origin: Where shoppers reach the shop, behind whatever proxy, e.g. ``https://shop.example``.
    """
    app.session_interface = _PageSessions(paths)
    app.config |= {
        "SESSION_COOKIE_NAME": SECURE_NAME if secure else PLAIN_NAME,
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_PATH": "/",
        "SESSION_COOKIE_DOMAIN": None,
        "PERMANENT_SESSION_LIFETIME": LIFETIME,
        # A form may be filled in slowly; its token ends with the session it belongs to.
        "WTF_CSRF_TIME_LIMIT": None,
    }
    app.extensions[_EXTENSION] = {origin.rstrip("/")} - {""}
    app.jinja_env.globals["csrf_field"] = csrf_field


def csrf_field() -> Markup:
    """Return the hidden field with the token of this visitor's forms; for pages that nobody stores."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


def protect_pages(
    blueprint: Blueprint,
    *,
    refused: Callable[[FormRefused], Any] | None = None,
    tokenless: Sequence[str] = (),
) -> None:
    """Have a blueprint's forms come from its own pages only, and its pages be stored by nobody.

    Args:
        blueprint: Of pages that are made for one visitor.
        refused: Renders the page that answers a refused form; a plain one where not given.
        tokenless: Names of views whose forms stand on pages that caches hold: the browser's word
            about where they come from must do.
    """
    free = {f"{blueprint.name}.{name}" for name in tokenless}

    @blueprint.before_request
    def refuse_strangers_forms() -> None:
        if request.method in _SAFE_METHODS:
            return
        require_same_origin()
        if request.endpoint not in free:
            _require_token()

    @blueprint.after_request
    def keep_private(response: Response) -> Response:
        response.headers["Cache-Control"] = "no-store"
        # Without it a browser hides where a form comes from even from the page's own shop.
        response.headers.setdefault("Referrer-Policy", "same-origin")
        return response

    blueprint.register_error_handler(FormRefused, refused or _plain_page)


def require_same_origin() -> None:
    """Refuse a form that does not come from a page of this shop's, by what the browser says of it.

    Raises:
        FormRefused: It comes from elsewhere, or the browser does not say.
    """
    told = request.headers.get("Sec-Fetch-Site")
    if told is not None:
        if told != "same-origin":
            raise FormRefused
        return
    # Browsers of before 2023, and those that do not trust a plain http address with the header above.
    parts = urlsplit(request.headers.get("Origin", ""))
    ours = {*current_app.extensions.get(_EXTENSION, ()), f"{request.scheme}://{request.host}"}
    if f"{parts.scheme}://{parts.netloc}" not in ours:
        raise FormRefused


def visitor_id() -> str | None:
    """Return what tells this visitor from others while the cookie lasts; None of one without a cookie."""
    found: str | None = session.get("csrf_token")
    return found


def keep(kind: str, key: str, kept: Kept) -> None:
    """Remember what opens something of this visitor's; the oldest of a kind give way.

    Args:
        kind: ``cart`` or ``order``, say.
        key: Under which :func:`find_kept` finds it, such as the market of a cart.
        kept: Its id and secret.
    """
    others = [(name, pair) for name, pair in _all_kept(kind).items() if name != key]
    latest = [*others, (key, [kept.id, kept.token])][-MOST_KEPT:]
    session[_KEPT] = {**session.get(_KEPT, {}), kind: dict(latest)}


def find_kept(kind: str, key: str) -> Kept | None:
    """Return what this visitor's browser keeps under a key, None where it keeps nothing."""
    pair = _all_kept(kind).get(key)
    return Kept(*pair) if pair else None


def list_kept(kind: str) -> list[Kept]:
    """Return all of a kind that this visitor's browser keeps, the latest last."""
    return [Kept(*pair) for pair in _all_kept(kind).values()]


def forget(kind: str, key: str) -> None:
    """Forget what is kept under a key; the thing itself stays as it is."""
    left = {name: pair for name, pair in _all_kept(kind).items() if name != key}
    everything = {**session.get(_KEPT, {}), kind: left}
    kinds = {name: pairs for name, pairs in everything.items() if pairs}
    if kinds:
        session[_KEPT] = kinds
    else:
        session.pop(_KEPT, None)


def _all_kept(kind: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = session.get(_KEPT, {}).get(kind, {})
    return found


def _require_token() -> None:
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValueError:
        raise FormRefused from None


def _plain_page(problem: FormRefused) -> tuple[str, int]:
    page = Markup(
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>'
        "<main><h1>{title}</h1><p>{detail}</p>"
        "<p>Nothing was changed. Go back, load the page again and repeat what you did.</p></main></html>"
    )
    return page.format(title=problem.title(), detail=problem.detail), int(problem.status)
