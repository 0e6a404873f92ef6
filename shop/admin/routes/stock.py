"""Stock: what is where, what moved, and putting a count right."""

from __future__ import annotations

from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from shop.admin import stock
from shop.admin.routes.door import KEYED, SHUT, admin, bearer
from shop.admin.schemas.stock import AdjustmentInput, MovementPage, VariantStockView
from shop.catalogue.errors import NotInCatalogue
from shop.inventory.adjustments import Adjustment
from shop.inventory.errors import PiecesHeld, StockDiffers, UnknownPlace
from shop.kit import access, idempotency, repeats
from shop.kit.api import render
from shop.kit.db import db
from shop.kit.pages import BadCursor, Page, PageQuery
from shop.kit.problems import InvalidRequest


@admin.route("/variants/<sku>/stock")
@admin.response(200, VariantStockView)
@admin.refuses(*SHUT, NotInCatalogue)
@admin.private
@access.key("stock:read")
def get_variant_stock(sku: str) -> stock.VariantStock:
    """Read how many pieces of a variant are where."""
    return stock.stock_of(db.session(), sku)


@admin.route("/variants/<sku>/stock/movements")
@admin.arguments(PageQuery, location="query")
@admin.response(200, MovementPage)
@admin.refuses(*SHUT, NotInCatalogue, InvalidRequest, BadCursor)
@admin.private
@access.key("stock:read")
def list_variant_movements(query: dict[str, Any], sku: str) -> Page[stock.Moved]:
    """Read a variant's stock ledger, newest first."""
    return stock.page_of_movements(db.session(), sku, **query)


@admin.route("/variants/<sku>/stock/adjustments", methods=["POST"])
@admin.arguments(AdjustmentInput)
@admin.response(201, VariantStockView)
@admin.refuses(*KEYED, UnknownPlace, StockDiffers, PiecesHeld)
@admin.takes_idempotency_key(required=True)
@admin.private
@access.key("stock:write")
def adjust_variant_stock(body: dict[str, Any], sku: str) -> Response:
    """Put a count right: so many pieces more or fewer than you saw there."""
    ask, actor = Adjustment(sku, **body), bearer().actor

    def work(session: Session, _claim: idempotency.Claim) -> Response:
        stock.put_right(session, ask, actor=actor)
        return render(VariantStockView, stock.stock_of(session, sku), 201)

    return repeats.once(idempotency.read_attempt("adjust-stock", required=True), work)
