"""``/metrics``: what Prometheus collects, for whoever has the token that the operator set.

It tells how much is sold and how well, so it is nobody else's: without ``SHOP_METRICS_TOKEN``
the address does not exist, and a wrong token is answered alike. In Prometheus::

    scrape_configs:
      - job_name: shop
        authorization: {credentials: <SHOP_METRICS_TOKEN>}
        static_configs: [{targets: ["shop.example:8000"]}]
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator

from flask import Blueprint, Flask, Response, current_app, request
from prometheus_client import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from shop.config import current_settings
from shop.kit import access
from shop.kit.db import db
from shop.kit.failures import is_outage
from shop.kit.hot.layer import init_hot
from shop.kit.metrics import Metrics
from shop.kit.observed import Observation
from shop.kit.problems import NotFound
from shop.outbox import service as outbox
from shop.payments import inbox

metrics = Blueprint("metrics", __name__)


def init_metrics(app: Flask, *, hot_bytes: int) -> None:
    """Observe every request of an application, and answer hot ones from memory.

    Args:
        app: With everything else already around its ``wsgi_app``.
        hot_bytes: Memory that answers may take in this process.
    """
    observation = Observation(Metrics())
    app.extensions["shop.metrics"] = observation.metrics
    with app.app_context():
        observation.metrics.watch(db.engine)
    layer = init_hot(app, most_bytes=hot_bytes, observer=observation, observed=observation.around)
    app.extensions["shop.hot"] = layer
    app.register_blueprint(metrics)


class Waiting(Collector):
    """How much work waits in the database; left out while that is away."""

    def collect(self) -> Iterator[Metric]:
        """Look now."""
        up = 1
        try:
            events, messages = inbox.backlog(db.session()), outbox.backlog(db.session())
        except Exception as error:
            if not is_outage(error):
                raise
            up = 0
        yield GaugeMetricFamily("shop_database_up", "Whether the database answered.", value=up)
        if up:
            yield GaugeMetricFamily("shop_inbox_waiting", "Events of Stripe's not worked on.", value=events)
            yield GaugeMetricFamily("shop_outbox_waiting", "Messages not sent.", value=messages)


@metrics.get("/metrics")
@access.secret("SHOP_METRICS_TOKEN")
def collect() -> Response:
    """Tell Prometheus what was counted."""
    wanted, given = current_settings().metrics_token, request.authorization
    token = given.token if given is not None and given.type == "bearer" else None
    if not wanted or not hmac.compare_digest((token or "").encode(), wanted.encode()):
        raise NotFound
    current_app.extensions["shop.hot"].tell()
    counted: Metrics = current_app.extensions["shop.metrics"]
    response = Response(counted.text(Waiting()), content_type=CONTENT_TYPE_LATEST)
    response.headers["Cache-Control"] = "no-store"
    return response
