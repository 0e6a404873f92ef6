"""Who may call a route: one line at each view, without which the shop does not start.

The line stands anywhere under the route::

    @orders.route("/<number>")
    @orders.response(200, OrderView)
    @access.owner("order")
    def get_order(number: str) -> ...

============================  ========================================================================
``@access.public``            anybody
``@access.owner("cart")``     whoever has the token of what is addressed; a stranger meets a 404
``@access.key("scope")``      an admin key with the scope; checked here, before the request is read
``@access.session("scope")``  a person signed in to the admin pages; the view checks it
``@access.visitor("cart")``   whoever's browser keeps what opens it (:mod:`shop.kit.browser_sessions`);
                              the view checks it, and shows a stranger a page without it
``@access.secret("name")``    a secret of the operator's, such as that of ``/metrics``; the view checks it
``@access.signed("Stripe")``  a sender that signs what it sends; the view checks it
``@access.probe``             whoever watches that the shop lives: anybody, as often as they like
============================  ========================================================================

What stands here also decides how often the route may be asked (:mod:`shop.kit.rate_limits`), and
``tests/security/access.txt`` holds what each of six callers is answered.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, current_app, g, request

F = TypeVar("F", bound=Callable[..., Any])

_NAME = "shop_access"
_EXTENSION = "shop.access"


class UndeclaredRouteError(RuntimeError):
    """A route does not say who may call it; the message names it."""


@dataclass(frozen=True, slots=True)
class Access:
    """Who may call a route.

    Attributes:
        who: ``public``, ``owner``, ``key``, ``session``, ``visitor``, ``secret``, ``signed``
            or ``probe``.
        of: What the token opens, the scope that the key needs, whose secret or signature it is.
        limit: Class of :mod:`shop.kit.rate_limits` that its requests count in; empty: that of ``who``.
    """

    who: str
    of: str = ""
    limit: str = ""

    @property
    def takes_credentials(self) -> bool:
        """Whether a wrong credential can be tried here."""
        return self.who in ("owner", "key", "session", "secret")

    def __str__(self) -> str:
        return f"{self.who} {self.of}".strip()


PUBLIC = Access("public")


def public(view: F) -> F:
    """Let anybody call the view."""
    return _declaring(PUBLIC)(view)


def probe(view: F) -> F:
    """Let whoever watches the shop call the view, without a limit."""
    return _declaring(Access("probe"))(view)


def owner(of: str, *, limit: str = "") -> Callable[[F], F]:
    """Let whoever has the token of a cart or an order call the view, which checks it itself."""
    return _declaring(Access("owner", of, limit))


def key(scope: str) -> Callable[[F], F]:
    """Let whoever has an admin key with a scope call the view; checked before the request is read.

    The scope is named here only: what the view's documentation says of it is added to it.
    """

    def declare(view: F) -> F:
        view.__doc__ = f"{inspect.cleandoc(view.__doc__ or '')}\n\nNeeds a key with `{scope}`."
        return _declaring(Access("key", scope))(view)

    return declare


def session(scope: str) -> Callable[[F], F]:
    """Let a person signed in to the admin pages call the view, which checks it itself."""
    return _declaring(Access("session", scope))


def visitor(of: str, *, limit: str = "") -> Callable[[F], F]:
    """Let whoever's browser keeps the token of a cart or an order call the view, which checks it itself."""
    return _declaring(Access("visitor", of, limit))


def secret(name: str) -> Callable[[F], F]:
    """Let whoever has a secret of the operator's call the view, which checks it itself."""
    return _declaring(Access("secret", name))


def signed(by: str) -> Callable[[F], F]:
    """Let a sender call the view, which checks its signature itself."""
    return _declaring(Access("signed", by))


def _declaring(access: Access) -> Callable[[F], F]:
    def declare(view: F) -> F:
        # ``functools.wraps`` of the decorators above hands it on.
        view.__dict__[_NAME] = access
        return view

    return declare


def init_access(
    app: Flask, *, require_key: Callable[[str], object], others: Mapping[str, Access] | None = None
) -> None:
    """Refuse to start with a route that nobody declared, and check keys where they are needed.

    Args:
        app: With all its routes.
        require_key: Refuses a request whose key lacks a scope; what it returns is ``g.bearer`` of the
            request.
        others: Access of views that are not ours to decorate, by endpoint.

    Raises:
        UndeclaredRouteError: A route does not say who may call it.
    """
    declared = {
        endpoint: getattr(view, _NAME, None) or (others or {}).get(endpoint)
        for endpoint, view in app.view_functions.items()
    }
    bare = [rule for rule in app.url_map.iter_rules() if declared.get(rule.endpoint) is None]
    if bare:
        named = ", ".join(f"{rule.rule} ({rule.endpoint})" for rule in bare)
        raise UndeclaredRouteError(
            f"who may call {named}? Put @access.public, @access.owner(...), @access.key(...) or another "
            "of shop.kit.access under its route."
        )
    app.extensions[_EXTENSION] = declared

    @app.before_request
    def check_key() -> None:
        access = current_access()
        if access is not None and access.who == "key" and request.method != "OPTIONS":
            g.bearer = require_key(access.of)


def access_of(app: Flask, endpoint: str) -> Access:
    """Return who may call an endpoint."""
    found: Access = app.extensions[_EXTENSION][endpoint]
    return found


def current_access() -> Access | None:
    """Return who may make the current request; None where no route answers it."""
    if request.url_rule is None:
        return None
    found: Access | None = current_app.extensions[_EXTENSION].get(request.url_rule.endpoint)
    return found
