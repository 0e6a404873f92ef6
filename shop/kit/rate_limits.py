"""How often a caller may ask: by its address and by its token, in windows of a minute.

Which class a route counts in follows from its access (:mod:`shop.kit.access`):

=============  ==============================  ==================================================
class          counted                         routes
=============  ==============================  ==================================================
``reads``      by address                      what everybody may read; unknown addresses, too
``carts``      by token, or by address         opening, filling and reading carts, checkouts, orders
``checkouts``  by token                        completing a checkout
``admin``      by key                          the admin API and its pages
``failures``   by address, in ten minutes      wrong tokens, keys, passwords; then it is locked out
``sign-ins``   in all, in ten minutes          failures at the admin pages; then no sign-in is looked at
``names``      by name, in ten minutes         wrong passwords; then none is looked at for that name
=============  ==============================  ==================================================

A visitor of the pages counts by the cookie as callers of the API do by their token. A caller with
a token also counts for its address, which may ask ``TOKENS_PER_ADDRESS`` times as
often: several shoppers stand behind one, and a caller that makes tokens up gains nothing. Health
checks and signed webhooks are never limited. Nor is an answer from memory: the layer in front of
Flask (:mod:`shop.kit.hot`) answers in a microsecond, before anything is counted, and what it costs
to answer is what is limited here.

Answers that were counted say so in ``RateLimit-Policy`` and ``RateLimit``; those that a cache may
keep do not, because they would tell one caller of another. A refusal has ``Retry-After``. Without
Redis each worker process counts for itself. With it, and Redis away, everybody is let through,
within :data:`~shop.kit.counters.REDIS_SECONDS` a question.

Source: IETF draft-ietf-httpapi-ratelimit-headers-11.
"""

from __future__ import annotations

import hashlib
import hmac
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, current_app, g, request

from shop.kit import tokens
from shop.kit.access import Access, current_access
from shop.kit.browser_sessions import visitor_id
from shop.kit.client_address import ClientAddresses
from shop.kit.clock import clock
from shop.kit.counters import Counter, UncountableError
from shop.kit.hot.layer import MARK
from shop.kit.metrics import Metrics
from shop.kit.problems import Problem

#: How many times as often an address may ask as one of its tokens.
TOKENS_PER_ADDRESS = 5

#: How many times as many sign-ins may fail in all as from one address, before none is looked at.
FAILURES_OVERALL = 20

WINDOW_SECONDS = 60
LOCK_OUT_SECONDS = 600

#: The class of a route whose declaration names none.
_CLASSES = {
    "public": "reads",
    "owner": "carts",
    "visitor": "carts",
    "key": "admin",
    "session": "admin",
    "secret": "admin",
}


class TooManyRequests(Problem):
    """You ask more often than one caller may.

    ``policy`` names the limit, which ``RateLimit-Policy`` explains. Ask again after ``Retry-After``
    seconds; nothing was changed.
    """

    status = HTTPStatus.TOO_MANY_REQUESTS


class LockedOut(Problem):
    """Too many wrong tokens, keys or passwords came from your address, for a name, or in all at the sign-in.

    For a while none is looked at, right ones neither. What needs no token is still answered.
    ``Retry-After`` tells how many seconds are left.
    """

    status = HTTPStatus.TOO_MANY_REQUESTS


@dataclass(frozen=True, slots=True)
class Policy:
    """So many requests in so many seconds.

    Attributes:
        name: In headers and metrics.
        quota: Requests.
        seconds: Length of the window.
    """

    name: str
    quota: int
    seconds: int = WINDOW_SECONDS


@dataclass(frozen=True, slots=True)
class Left:
    """What a caller has left under a policy."""

    policy: Policy
    requests: int
    seconds: int


class RateLimits:
    """The limits of one application; attached by :func:`init_rate_limits`.

    Args:
        quotas: Requests of each class; 0 sets no limit.
        counter: Where it is counted.
        addresses: Tells callers apart.
        secret: Addresses and tokens are counted under names derived with it, never as they are.
    """

    def __init__(
        self, quotas: Mapping[str, int], counter: Counter, addresses: ClientAddresses, secret: str
    ) -> None:
        self._quotas, self._counter, self._addresses = quotas, counter, addresses
        self._secret = hashlib.sha256(secret.encode()).digest()
        self._failures = Policy("failures", quotas["failures"], LOCK_OUT_SECONDS)
        self._names = Policy("names", quotas["failures"], LOCK_OUT_SECONDS)
        self._sign_ins = Policy("sign-ins", quotas["failures"] * FAILURES_OVERALL, LOCK_OUT_SECONDS)

    def check(self, access: Access | None) -> None:
        """Count the current request.

        Raises:
            TooManyRequests: The caller asked too often.
            LockedOut: Too many wrong credentials came from its address.
        """
        address = self._addresses.of(request.environ)
        token = visitor_id() if access is not None and access.who == "visitor" else tokens.presented()
        g.rate_limits = found = []
        try:
            if address and token and access is not None and access.takes_credentials:
                self._refuse_locked_out(address)
            for policy, whose in self._partitions(access, address, token):
                left = self._count(policy, whose)
                found.append(left)
                if left.requests < 0:
                    _metrics().limited(policy.name)
                    raise TooManyRequests(
                        f"More than {policy.quota} requests in {policy.seconds} seconds.",
                        policy=policy.name,
                        retry_after=left.seconds,
                    )
        except UncountableError:
            found.clear()
            _metrics().not_limited()

    def note_failure(self) -> None:
        """Count a wrong credential."""
        address = self._addresses.of(request.environ)
        if address and self._failures.quota:
            try:
                self._count(self._failures, address)
            except UncountableError:
                _metrics().not_limited()

    def check_sign_in(self, name: str | None = None) -> None:
        """Refuse a sign-in where too many failed before; :func:`note_failed_sign_in` counts them.

        Counted by address and, because addresses are cheap, in all; by name, too, where a person
        signs in, whether there is one of that name or not. Who is signed in stays so, and keys of
        the API are not looked at less often because of the latter two.

        Args:
            name: Who is said to sign in, folded; None for a key.

        Raises:
            LockedOut: Too many failed.
        """
        address = self._addresses.of(request.environ)
        try:
            if address:
                self._refuse_locked_out(address)
            if name is not None:
                self._refuse_failed(self._names, name)
            self._refuse_failed(self._sign_ins, "all")
        except UncountableError:
            _metrics().not_limited()

    def note_failed_sign_in(self, name: str | None = None) -> None:
        """Count a sign-in with a wrong key, or with a wrong password for a name."""
        self.note_failure()
        if self._sign_ins.quota:
            try:
                if name is not None:
                    self._count(self._names, name)
                self._count(self._sign_ins, "all")
            except UncountableError:
                _metrics().not_limited()

    def _refuse_locked_out(self, address: str) -> None:
        self._refuse_failed(self._failures, address)

    def _refuse_failed(self, policy: Policy, whose: str) -> None:
        if not policy.quota:
            return
        key, left_seconds = self._window(policy, whose)
        if self._counter.read(key) >= policy.quota:
            _metrics().limited(policy.name)
            raise LockedOut(policy=policy.name, retry_after=left_seconds)

    def _partitions(
        self, access: Access | None, address: str | None, token: str | None
    ) -> list[tuple[Policy, str]]:
        """Return which policies the request counts under, and for whom."""
        name = _class_of(access)
        quota = self._quotas.get(name, 0)
        if not quota:
            return []
        if name == "reads" or token is None:
            return [(Policy(name, quota), address)] if address else []
        found = [(Policy(name, quota), f"token {token}")]
        if address:
            found.append((Policy(f"{name}-of-address", quota * TOKENS_PER_ADDRESS), address))
        return found

    def _count(self, policy: Policy, whose: str) -> Left:
        key, left_seconds = self._window(policy, whose)
        return Left(policy, policy.quota - self._counter.add(key, left_seconds), left_seconds)

    def _window(self, policy: Policy, whose: str) -> tuple[str, int]:
        """Return the name of a caller's window, and the seconds until it ends."""
        name = hmac.digest(self._secret, f"{policy.name} {whose}".encode(), "sha256").hex()[:32]
        # Windows of different callers end at different times, or all would come back at once.
        now = time.time() + clock.offset_seconds + zlib.crc32(name.encode()) % policy.seconds
        number, passed = divmod(int(now), policy.seconds)
        return f"{policy.name}:{name}:{number}", policy.seconds - passed


def current_limits() -> RateLimits:
    """Return the limits of the application at work."""
    found: RateLimits = current_app.extensions["shop.rate_limits"]
    return found


def init_rate_limits(app: Flask, limits: RateLimits) -> None:
    """Count each request of the application before it is worked on, and tell what is left."""
    app.extensions["shop.rate_limits"] = limits

    @app.before_request
    def count() -> None:
        if request.method != "OPTIONS":
            limits.check(current_access())

    @app.after_request
    def tell(response: Response) -> Response:
        if "rate_limits" in g and _is_wrong_credential(response):
            limits.note_failure()
        found: list[Left] = g.get("rate_limits", [])
        if found and MARK not in request.environ:
            response.headers["RateLimit-Policy"] = ", ".join(
                f'"{left.policy.name}";q={left.policy.quota};w={left.policy.seconds}' for left in found
            )
            response.headers["RateLimit"] = ", ".join(
                f'"{left.policy.name}";r={max(left.requests, 0)};t={left.seconds}' for left in found
            )
        return response


def _class_of(access: Access | None) -> str:
    if access is None:
        return "reads"
    if access.who == "public" and request.method not in ("GET", "HEAD"):
        return "carts"
    return access.limit or _CLASSES.get(access.who, "")


def _is_wrong_credential(response: Response) -> bool:
    """Return whether a token was sent and refused: none at all is nobody's guess."""
    access = current_access()
    if access is None or tokens.presented() is None:
        return False
    match access.who:
        case "key":  # whoever has a key may ask for an order that is none
            return response.status_code == HTTPStatus.UNAUTHORIZED
        case "owner":  # a cart that is there may be asked for a bag that is none
            return bool(g.get("refused_credential"))
        case "secret":
            return response.status_code == HTTPStatus.NOT_FOUND
    return False


def _metrics() -> Metrics:
    found: Any = current_app.extensions["shop.metrics"]
    return found  # type: ignore[no-any-return]
