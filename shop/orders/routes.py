"""Reading an order, for whoever holds its token."""

from __future__ import annotations

from typing import Any

from shop.kit import access
from shop.kit.api import Blueprint
from shop.kit.db import db
from shop.kit.tokens import presented_hash
from shop.orders import queries
from shop.orders.errors import UnknownOrder
from shop.orders.schemas import OrderView, order_document

orders = Blueprint("orders", __name__, url_prefix="/v1/orders", description="What was bought.")


@orders.route("/<number>")
@orders.response(200, OrderView)
@orders.refuses(UnknownOrder)
@orders.private
@access.owner("order")
def get_order(number: str) -> dict[str, Any]:
    """Read an order with its lines, totals and payment; poll it until it is paid."""
    return order_document(queries.order(db.session(), number, presented_hash()))
