"""``create_app``: the map of the shop - every part, in the order it is attached."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from flask import Flask, Response, g, request
from flask_cors import CORS
from flask_migrate import Migrate

import shop
from shop import docs
from shop.admin import keys
from shop.admin import routes as admin
from shop.admin.pages import pages as admin_pages
from shop.cart import routes as cart
from shop.catalogue import routes as catalogue
from shop.checkout import pages as checkout_pages
from shop.checkout import routes as checkout
from shop.checkout import webhooks
from shop.config import Settings, SettingsError
from shop.discovery import routes as discovery
from shop.discovery.bitmaps.keeper import Keeper, keep_with
from shop.discovery.standing import Shown
from shop.feeds import routes as feeds
from shop.health import health
from shop.kit import db as database
from shop.kit import logs
from shop.kit.access import PUBLIC, init_access
from shop.kit.browser_sessions import init_browser_sessions
from shop.kit.client_address import ClientAddresses, networks
from shop.kit.counters import MemoryCounter, RedisCounter
from shop.kit.db import db
from shop.kit.deadline import init_deadlines
from shop.kit.engines import UnsuitableDatabaseError
from shop.kit.hot import layer as hot
from shop.kit.openapi import init_api
from shop.kit.problems import init_problems
from shop.kit.rate_limits import RateLimits, init_rate_limits
from shop.kit.request_ids import request_id
from shop.kit.security_headers import init_security_headers
from shop.kit.slow_bodies import init_slow_bodies
from shop.kit.tokens import presented_hash
from shop.media import routes as media
from shop.media.intake import MOST_BYTES as MOST_PICTURE_BYTES
from shop.media.store import open_store
from shop.metrics import init_metrics
from shop.orders import routes as orders
from shop.payments.gateway import StripeGateway
from shop.payments.guarded import Transport
from shop.pricing import routes as pricing
from shop.storefront import visitor
from shop.storefront.bag import bag
from shop.storefront.checkout import checkout as buying
from shop.storefront.order import order as bought
from shop.storefront.setting import init_storefront

PROJECT = Path(__file__).resolve().parent.parent

#: Where a shop without settings keeps its database and its secret.
INSTANCE = Path(os.environ.get("SHOP_INSTANCE") or PROJECT / "instance")
MAX_BODY_BYTES = 64 * 1024

#: Where more may be sent, and how much.
_LARGER_BODIES = {"/v1/admin/media": MOST_PICTURE_BYTES}

#: Views that libraries bring.
_OTHERS = {"api-docs.openapi_json": PUBLIC, "swagger_ui.show": PUBLIC}


#: What `/openapi.json` tells of.
_API = (
    *discovery.BLUEPRINTS,
    feeds.feeds,
    catalogue.catalogue,
    catalogue.materials,
    catalogue.colours,
    catalogue.hardware,
    catalogue.details,
    catalogue.sources,
    pricing.markets,
    cart.carts,
    checkout.checkouts,
    orders.orders,
    admin.admin,
    webhooks.webhooks,
)


def create_app(
    settings: Settings | None = None, *, stripe_client: Transport | None = None, threads: int | None = None
) -> Flask:
    """Build the application.

    Args:
        settings: What the operator decided; read from ``SHOP_*`` variables when not given.
        stripe_client: Transport to Stripe, when it is not the network.
        threads: Requests that this process works on at a time; a quarter may wait for Stripe, half
            for a bucket of pictures.

    Raises:
        SettingsError: The settings contradict each other, or the shop must not run on their
            database.
    """
    settings = settings or Settings.for_instance(INSTANCE)
    app = Flask("shop", static_folder=None)
    app.config |= {
        "SECRET_KEY": settings.secret_key,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "MAX_CONTENT_LENGTH": MAX_BODY_BYTES,
        "PROPAGATE_EXCEPTIONS": False,
    }
    app.extensions["shop.settings"] = settings
    init_security_headers(app, hsts_seconds=settings.hsts_seconds)
    _init_requests(app)
    if threads:
        init_slow_bodies(app, threads=threads, larger=_LARGER_BODIES)
    init_deadlines(app)
    init_rate_limits(app, _rate_limits(settings))
    _init_database(app)
    keep_with(app, Keeper())
    init_problems(app)
    api = init_api(app, title="Closet", version=shop.__version__, description=docs.INTRODUCTION)
    _init_cors(app, settings)

    at_once = max(threads // 4, 1) if threads else None
    app.extensions["shop.gateway"] = StripeGateway(settings, http_client=stripe_client, at_once=at_once)

    app.extensions["shop.media"] = open_store(settings.media, at_once=at_once and 2 * at_once)
    app.extensions["shop.shown"] = Shown()
    for blueprint in _API:
        api.register_blueprint(blueprint)
    app.register_blueprint(checkout_pages.pages)
    app.register_blueprint(media.media)
    app.register_blueprint(admin_pages)
    app.register_blueprint(health)
    docs.init_docs(app)
    init_storefront(app)
    init_browser_sessions(
        app,
        paths=visitor.PATHS,
        secure=settings.public_url.startswith("https://"),
        origin=settings.public_url,
    )
    for pages in (bag, buying, bought):
        app.register_blueprint(pages)
    init_metrics(app, hot_bytes=settings.hot_bytes)  # in front of everything
    init_access(app, require_key=_require_key, others=_OTHERS)  # behind every route
    return app


def _require_key(scope: str) -> object:
    return keys.require(db.session(), presented_hash(), scope)


def _rate_limits(settings: Settings) -> RateLimits:
    names = ("reads", "carts", "checkouts", "admin", "failures")
    try:
        counter = RedisCounter(settings.redis_url) if settings.redis_url else MemoryCounter()
    except ValueError as error:
        raise SettingsError(f"SHOP_REDIS_URL: {error}") from error
    return RateLimits(
        {name: getattr(settings, f"limit_{name}") for name in names},
        counter,
        ClientAddresses(hops=settings.proxy_hops, unlimited=networks(settings.unlimited_networks)),
        settings.secret_key,
    )


def _init_database(app: Flask) -> None:
    try:
        database.init_db(app)
    except UnsuitableDatabaseError as error:
        raise SettingsError(f"SHOP_DATABASE_URL: {error}") from error
    Migrate(app, db, directory=str(PROJECT / "migrations"))


def _init_cors(app: Flask, settings: Settings) -> None:
    CORS(
        app,
        origins=list(settings.cors_origins),
        expose_headers=list(docs.EXPOSED_HEADERS),
        max_age=600,
        always_send=False,  # who names no origin needs to be told none
    )

    @app.after_request
    def tell_caches(response: Response) -> Response:
        # The library says it where several origins are allowed only; but with one, too, a cache that
        # met a caller without an origin must not answer the boutique with what it kept.
        response.vary.add("Origin")
        return response


def _init_requests(app: Flask) -> None:
    """Give each request an id, told to the caller and to the log."""
    logging.getLogger("shop").setLevel(logging.INFO)
    logs.hush()

    @app.before_request
    def name_request() -> None:
        g.request_id = request_id(request.environ)
        # Flask forgets the request before its answer is sent; the log and the metrics come later.
        request.environ[hot.ROUTE] = request.url_rule.rule if request.url_rule else None

    @app.after_request
    def tell_request_id(response: Response) -> Response:
        response.headers["X-Request-Id"] = g.get("request_id", "")
        return response
