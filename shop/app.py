"""``create_app``: the map of the shop - every part, in the order it is attached."""

from __future__ import annotations

import logging
import os
import re
import secrets
from pathlib import Path

from flask import Flask, Response, g, request
from flask_cors import CORS
from flask_migrate import Migrate

import shop
from shop import docs
from shop.cart import routes as cart
from shop.catalogue import routes as catalogue
from shop.checkout import pages as checkout_pages
from shop.checkout import routes as checkout
from shop.checkout import webhooks
from shop.config import Settings
from shop.discovery import routes as discovery
from shop.kit import db as database
from shop.kit.api import init_api
from shop.kit.db import db
from shop.kit.problems import init_problems
from shop.orders import routes as orders
from shop.payments.gateway import StripeGateway, Transport
from shop.pricing import routes as pricing

PROJECT = Path(__file__).resolve().parent.parent

#: Where a shop without settings keeps its database and its secret.
INSTANCE = Path(os.environ.get("SHOP_INSTANCE") or PROJECT / "instance")
MAX_BODY_BYTES = 64 * 1024


def create_app(settings: Settings | None = None, *, stripe_client: Transport | None = None) -> Flask:
    """Build the application.

    Args:
        settings: What the operator decided; read from ``SHOP_*`` variables when not given.
        stripe_client: Transport to Stripe, when it is not the network.
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

    _init_requests(app)
    database.init_db(app)
    Migrate(app, db, directory=str(PROJECT / "migrations"))
    init_problems(app)
    api = init_api(app, title="Closet", version=shop.__version__, description=docs.INTRODUCTION)
    CORS(app, origins=list(settings.cors_origins), expose_headers=list(docs.EXPOSED_HEADERS), max_age=600)

    app.extensions["shop.gateway"] = StripeGateway(settings, http_client=stripe_client)

    for blueprint in (
        discovery.families,
        discovery.products,
        discovery.variants,
        discovery.campaigns,
        catalogue.materials,
        catalogue.colours,
        catalogue.hardware,
        catalogue.details,
        catalogue.sources,
        pricing.markets,
        cart.carts,
        checkout.checkouts,
        orders.orders,
        webhooks.webhooks,
    ):
        api.register_blueprint(blueprint)
    app.register_blueprint(checkout_pages.pages)
    docs.init_docs(app)
    return app


def _init_requests(app: Flask) -> None:
    """Give each request an id, told to the caller and to the log."""
    logging.getLogger("shop").setLevel(logging.INFO)

    @app.before_request
    def name_request() -> None:
        given = request.headers.get("X-Request-Id", "")
        g.request_id = given if re.fullmatch(r"[\w.-]{8,64}", given) else secrets.token_hex(8)

    @app.after_request
    def tell_request_id(response: Response) -> Response:
        response.headers["X-Request-Id"] = g.get("request_id", "")
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response
