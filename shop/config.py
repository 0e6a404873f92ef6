"""Settings: read once from ``SHOP_*`` variables, typed, each explained where it stands.

``repr`` masks secrets, so that a traceback or a log line cannot leak one.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from flask import current_app

from shop.kit import client_address, logs

#: Sent by the demo's stand-in only; never to a host of Stripe's.
DOUBLE_KEY = "sk_test_double"


class SettingsError(ValueError):
    """A setting is missing or contradicts another; the message names it."""


def _secret(default: str = "") -> Any:
    return field(default=default, repr=False, metadata={"secret": True})


@dataclass(frozen=True)
class Settings:
    """What an operator decides.

    Attributes:
        database_url: ``sqlite:///<absolute path>`` or ``postgresql+psycopg://...``.
        secret_key: At least 32 characters; tokens in stored answers are derived with it.
        public_url: Where shoppers reach this shop, for the links that Stripe returns to.
        default_market: Market of a catalogue request that names none.
        cors_origins: Browsers on these origins may call the API.
        return_origins: A frontend's own pages that a shopper may be sent back to.
        max_per_line: Largest quantity of one variant in a cart.
        max_lines: Largest number of different variants in a cart.
        payments: ``double`` (the offline stand-in), ``sandbox`` (Stripe's test mode), ``live``.
        stripe_secret_key: ``sk_`` or, better, a restricted ``rk_`` key.
        stripe_webhook_secrets: ``whsec_`` secrets; two while one is being rolled.
        stripe_api_base: Loop-back address of the stand-in; only with ``payments=double``.
        payment_minutes: How long a shopper may take to pay. Stripe's least is 30; the five on top
            leave room to go on after a crash.
        hold_grace_minutes: How much longer than the payment the stock stays held.
        capture: ``automatic`` takes the money when it is paid; ``manual`` lets the bank hold it until
            ``shop order capture``, for seven days at most cards.
        reconcile_seconds: How often a served shop asks Stripe about what webhooks may have lost.
        mail_url: Where messages go: ``smtp://user:password@host:587`` or ``file:///folder``;
            without one they wait in the outbox.
        mail_from: Sender of messages.
        answers_hours: How long an answer is kept for its Idempotency-Key.
        hot_bytes: Memory for answers that everybody may read, in each worker; 0 keeps none.
        metrics_token: Whoever sends it as ``Authorization: Bearer`` may read ``/metrics``; without one
            the address does not exist. 16 characters or more.
        log_format: ``json`` (a line a record) or ``text`` for people.
        proxy_hops: Proxies in front of the shop, each of which adds an address to ``X-Forwarded-For``;
            with 0 nothing in that header is believed.
        unlimited_networks: Callers from here are not limited by their address: this machine, and a
            storefront's own servers, where many shoppers come from one address.
        limit_reads: Requests a minute from one address for what everybody may read and memory does not
            answer. 0 sets no limit, here and below.
        limit_carts: Requests a minute of one token for carts, checkouts and orders, or of one address
            without a token. All tokens of an address together may ask five times as often.
        limit_checkouts: Attempts a minute of one token to complete a checkout.
        limit_admin: Requests a minute of one admin key.
        limit_failures: Wrong tokens, keys and passwords in ten minutes after which an address, or the
            name of a user, is locked out.
        redis_url: ``redis://:password@host:6379/0`` (also ``rediss``, ``redis+unix``,
            ``redis+sentinel``, ``redis+cluster``): all workers count there together; without one each
            counts for itself.
        hsts_seconds: Behind TLS: how long browsers are told to use nothing else; needs an ``https``
            ``public_url``. 0 tells them nothing.
        media: Where files of pictures are kept: ``file:///<absolute folder>`` or ``s3://bucket/prefix``
            (also ``gs``, ``az``). A bucket's keys, region and endpoint are read from the variables that
            its own tools read (``AWS_ACCESS_KEY_ID``, ``AWS_ENDPOINT_URL`` ...; README, "Pictures").
        seed_folder: Folder of the seed files that the admin pages plan and apply; the project's own where
            empty.
        pg_bin: Folder of ``pg_dump`` and ``pg_restore`` of the server's version, for backups;
            found on the PATH when empty.
    """

    database_url: str
    secret_key: str = _secret()
    public_url: str = "http://127.0.0.1:8000"
    default_market: str = "US"
    cors_origins: tuple[str, ...] = ()
    return_origins: tuple[str, ...] = ()
    max_per_line: int = 10
    max_lines: int = 50
    payments: str = "double"
    stripe_secret_key: str = _secret(DOUBLE_KEY)
    stripe_webhook_secrets: tuple[str, ...] = field(default=("whsec_double",), repr=False)
    stripe_api_base: str = ""
    payment_minutes: int = 45
    hold_grace_minutes: int = 10
    capture: str = "automatic"
    reconcile_seconds: int = 300
    mail_url: str = _secret()
    mail_from: str = "shop@localhost"
    answers_hours: int = 48
    hot_bytes: int = 64 * 1024 * 1024
    metrics_token: str = _secret()
    log_format: str = "json"
    proxy_hops: int = 0
    unlimited_networks: tuple[str, ...] = ("127.0.0.0/8", "::1")
    limit_reads: int = 600
    limit_carts: int = 120
    limit_checkouts: int = 20
    limit_admin: int = 600
    limit_failures: int = 20
    redis_url: str = _secret()
    hsts_seconds: int = 0
    media: str = "memory:///"
    seed_folder: str = ""
    pg_bin: str = ""

    def __post_init__(self) -> None:
        if len(self.secret_key) < 32:
            raise SettingsError("SHOP_SECRET_KEY: at least 32 characters (`shop` makes one for a demo)")
        if not 35 <= self.payment_minutes <= 24 * 60:
            raise SettingsError("SHOP_PAYMENT_MINUTES: 35 minutes to 24 hours")
        if self.hold_grace_minutes < 1:
            raise SettingsError("SHOP_HOLD_GRACE_MINUTES: stock must outlive the payment it waits for")
        if self.capture not in ("automatic", "manual"):
            raise SettingsError(f"SHOP_CAPTURE: automatic or manual (got {self.capture!r})")
        if self.reconcile_seconds < 1:
            raise SettingsError("SHOP_RECONCILE_SECONDS: at least 1")
        if self.mail_url and not re.match(r"(smtps?://[^/]+|file:///)", self.mail_url):
            raise SettingsError("SHOP_MAIL_URL: smtp://user:password@host:587, smtps:// or file:///folder")
        if not re.match(r"(file:///|memory:///|(s3|gs|az)://[^/])", self.media):
            raise SettingsError("SHOP_MEDIA: file:///folder or s3://bucket/prefix")
        if self.metrics_token and len(self.metrics_token) < 16:
            raise SettingsError("SHOP_METRICS_TOKEN: at least 16 characters")
        if self.log_format not in logs.FORMATS:
            raise SettingsError(f"SHOP_LOG_FORMAT: json or text (got {self.log_format!r})")
        self._check_door()
        self._check_payments()

    def _check_door(self) -> None:
        try:
            client_address.networks(self.unlimited_networks)
        except ValueError as error:
            raise SettingsError(f"SHOP_UNLIMITED_NETWORKS: {error}") from None
        if self.proxy_hops > 10:
            raise SettingsError("SHOP_PROXY_HOPS: 10 at most")
        if self.redis_url and not re.match(
            r"(redis|rediss|redis\+(unix|sentinel|cluster))://.", self.redis_url
        ):
            raise SettingsError(
                "SHOP_REDIS_URL: redis://:password@host:6379/0, or another of limits' schemes"
            )
        if self.hsts_seconds and not self.public_url.startswith("https://"):
            raise SettingsError("SHOP_HSTS_SECONDS: only with an https SHOP_PUBLIC_URL")

    def _check_payments(self) -> None:
        key = self.stripe_secret_key
        modes = {"double": re.escape(DOUBLE_KEY), "sandbox": r"[sr]k_test_\w+", "live": r"[sr]k_live_\w+"}
        if self.payments not in modes:
            raise SettingsError(f"SHOP_PAYMENTS: one of {', '.join(modes)} (got {self.payments!r})")
        if not re.fullmatch(modes[self.payments], key) or (self.payments != "double" and key == DOUBLE_KEY):
            wanted = {
                "double": "no key of its own",
                "sandbox": "sk_test_ or rk_test_",
                "live": "sk_live_ or rk_live_",
            }
            raise SettingsError(
                f"SHOP_STRIPE_SECRET_KEY: SHOP_PAYMENTS={self.payments} takes {wanted[self.payments]}; "
                "live keys need SHOP_PAYMENTS=live"
            )
        if not self.stripe_webhook_secrets or not all(self.stripe_webhook_secrets):
            raise SettingsError("SHOP_STRIPE_WEBHOOK_SECRET: without it a webhook cannot be believed")
        loopback = re.fullmatch(r"http://127\.0\.0\.1:\d+", self.stripe_api_base)
        if self.payments == "double" and self.stripe_api_base and not loopback:
            raise SettingsError("SHOP_STRIPE_API_BASE: the stand-in lives on http://127.0.0.1:<port> only")
        if self.payments != "double" and self.stripe_api_base:
            raise SettingsError("SHOP_STRIPE_API_BASE: only with SHOP_PAYMENTS=double")

    @property
    def stripe_host(self) -> str | None:
        """Where requests to Stripe go, None for Stripe's own host.

        The stand-in's key never leaves the machine: without a stand-in running it goes to a
        port where nobody listens.
        """
        if self.payments == "double":
            return self.stripe_api_base or "http://127.0.0.1:9"
        return None

    @property
    def pay_origin(self) -> str:
        """Origin of the pages where shoppers pay: Stripe's own, or the stand-in's."""
        return self.stripe_host or "https://checkout.stripe.com"

    @property
    def livemode(self) -> bool:
        """Whether money is real."""
        return self.payments == "live"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None, **defaults: Any) -> Settings:
        """Read settings from ``SHOP_<NAME>`` variables.

        Args:
            environ: Instead of the process's own variables.
            **defaults: Used where no variable is set.

        Raises:
            SettingsError: A value is missing, unknown or contradicts another.
        """
        environ = os.environ if environ is None else environ
        values = dict(defaults)
        for each in fields(cls):
            name = "SHOP_" + each.name.upper().replace("_WEBHOOK_SECRETS", "_WEBHOOK_SECRET")
            text = environ.get(name)
            if text:
                values[each.name] = _parse(name, text, str(each.type))
        if values.get("payments", "double") != "double":
            # The stand-in's secrets must not be what a real mode falls back to.
            values.setdefault("stripe_secret_key", "")
            values.setdefault("stripe_webhook_secrets", ())
        return cls(**values)

    @classmethod
    def for_instance(cls, instance: Path, environ: Mapping[str, str] | None = None) -> Settings:
        """Read settings, with an SQLite file and a kept random secret where none are set."""
        environ = os.environ if environ is None else environ
        defaults: dict[str, Any] = {}
        if not environ.get("SHOP_DATABASE_URL"):
            instance.mkdir(parents=True, exist_ok=True)
            defaults["database_url"] = f"sqlite:///{(instance / 'shop.db').resolve()}"
        if not environ.get("SHOP_SECRET_KEY"):
            instance.mkdir(parents=True, exist_ok=True)
            defaults["secret_key"] = _kept_secret(instance)
        if not environ.get("SHOP_MAIL_URL") and environ.get("SHOP_PAYMENTS", "double") == "double":
            # The demo's messages can be read as files.
            defaults["mail_url"] = (instance / "mail").resolve().as_uri()
        if not environ.get("SHOP_MEDIA"):
            defaults["media"] = (instance / "media").resolve().as_uri()
        return cls.from_environment(environ, **defaults)


def current_settings() -> Settings:
    """Return the settings of the application at work."""
    found: Settings = current_app.extensions["shop.settings"]
    return found


def _parse(name: str, text: str, kind: str) -> Any:
    if kind == "int":
        if not re.fullmatch(r"[0-9]{1,9}", text):
            raise SettingsError(f"{name}: a whole number (got {text!r})")
        return int(text)
    if kind.startswith("tuple"):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    return text


def _kept_secret(instance: Path) -> str:
    """Return the instance's secret, made at its first use and readable by its owner only."""
    path = instance / "secret_key"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text()
    with os.fdopen(descriptor, "w") as file:
        secret = secrets.token_urlsafe(32)
        file.write(secret)
    return secret
