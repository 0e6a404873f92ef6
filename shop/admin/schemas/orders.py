"""Orders, as their owner sees and decides on them."""

from __future__ import annotations

from typing import Any, get_args

from marshmallow import Schema, ValidationError, fields, validates_schema

from shop.admin.queries import OrderBooks
from shop.admin.schemas.prices import DayOrMoment
from shop.kit.fields import Int, Moment, MoneyView, QueryBool, Str, StrictSchema
from shop.kit.money import Money
from shop.kit.pages import PageQuery, page_of
from shop.orders.schemas import OrderView, order_document
from shop.orders.states import Status


class OrdersQuery(PageQuery):
    """Which orders; all that is given must hold."""

    status = Str(maximum=32, choices=get_args(Status), load_default=None)
    to_send = QueryBool(
        load_default=None,
        metadata={"description": "`true`: paid, and pieces of it are still to be sent; `false`: the others."},
    )
    email = Str(maximum=254, load_default=None, metadata={"description": "The shopper's, in any case."})
    market = Str(maximum=2, load_default=None, metadata={"example": "US"})
    sku = Str(maximum=32, load_default=None, metadata={"description": "Of a variant that was bought."})
    placed_from = DayOrMoment(load_default=None, metadata={"example": "2026-01-15"})
    placed_before = DayOrMoment(load_default=None, metadata={"example": "2026-02-01"})


class OrderSummaryView(Schema):
    """An order as a list shows it."""

    number = fields.String(required=True)
    status = fields.String(required=True, metadata={"enum": list(get_args(Status))})
    market = fields.String(required=True)
    email = fields.String(required=True)
    total = fields.Nested(MoneyView, required=True)
    pieces = fields.Integer(required=True, metadata={"description": "Pieces that were bought."})
    to_send = fields.Integer(required=True, metadata={"description": "Pieces that are still to be sent."})
    created_at = Moment(required=True)


OrderSummaryPage = page_of(OrderSummaryView)


class ParcelLineInput(StrictSchema):
    """Pieces of a line in a parcel."""

    sku = Str(maximum=32, required=True)
    quantity = Int(minimum=1, maximum=1_000, required=True)


class ParcelInput(StrictSchema):
    """A parcel that left."""

    carrier = Str(maximum=64, required=True, metadata={"example": "DHL Express"})
    tracking_number = Str(maximum=64, required=True)
    tracking_url = Str(maximum=500, pattern=r"https://[^\s]+\Z", load_default=None)
    lines = fields.List(
        fields.Nested(ParcelLineInput),
        load_default=list,
        metadata={"description": "Without them all that is still to be sent."},
    )
    replaces = fields.UUID(
        load_default=None,
        metadata={"description": "The parcel whose facts were wrong; it is shown no more."},
    )

    @validates_schema
    def check_lines(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse a SKU that stands twice."""
        skus = [line["sku"] for line in data["lines"]]
        if len(skus) != len(set(skus)):
            raise ValidationError("Must name each SKU once.", "lines")


class RefundLineInput(StrictSchema):
    """Pieces of a line whose money goes back."""

    sku = Str(maximum=32, required=True)
    quantity = Int(minimum=1, maximum=1_000, required=True)


class RefundInput(StrictSchema):
    """What is to be given back; an empty document means all that is left."""

    amount = Int(minimum=1, load_default=None, metadata={"description": "Minor units, regardless of lines."})
    lines = fields.List(
        fields.Nested(RefundLineInput),
        load_default=list,
        metadata={"description": "Each piece gives back its share of its line, tax included."},
    )
    shipping = fields.Boolean(load_default=False, truthy={True}, falsy={False})
    restock = fields.Boolean(
        load_default=False,
        truthy={True},
        falsy={False},
        metadata={"description": "The pieces came back and can be sold again."},
    )
    reason = Str(maximum=64, load_default="requested")

    @validates_schema
    def check_together(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse what contradicts itself."""
        if data["amount"] is not None and (data["lines"] or data["shipping"]):
            raise ValidationError("Give an amount, or lines and shipping.", "amount")
        if data["restock"] and not data["lines"]:
            raise ValidationError("Needs lines: which pieces came back?", "restock")
        skus = [line["sku"] for line in data["lines"]]
        if len(skus) != len(set(skus)):
            raise ValidationError("Must name each SKU once.", "lines")


class CaptureInput(StrictSchema):
    """How much of the authorized money is taken."""

    amount = Int(minimum=1, load_default=None, metadata={"description": "Minor units; without it all."})


class DecisionView(Schema):
    """What was decided on authorized money; an amount of 0 lets it go."""

    amount = fields.Nested(MoneyView, required=True)
    status = fields.String(required=True, metadata={"enum": ["requested", "succeeded", "failed"]})
    actor = fields.String(required=True)
    created_at = Moment(required=True)


class RefundView(Schema):
    """A refund of an order."""

    id = fields.UUID(required=True)
    amount = fields.Nested(MoneyView, required=True)
    status = fields.String(required=True, metadata={"enum": ["requested", "pending", "succeeded", "failed"]})
    reason = fields.String(required=True)
    actor = fields.String(required=True)
    created_at = Moment(required=True)


class PaymentDisputeView(Schema):
    """A dispute of an order's payment."""

    id = fields.String(required=True)
    amount = fields.Nested(MoneyView, required=True)
    status = fields.String(required=True, metadata={"enum": ["open", "won", "lost"]})
    reason = fields.String(required=True)
    opened_at = Moment(required=True)


class LedgerEntryView(Schema):
    """A movement of money."""

    kind = fields.String(required=True)
    effect = fields.String(required=True, metadata={"enum": ["in", "out"]})
    amount = fields.Nested(MoneyView, required=True)
    at = Moment(required=True)


class TimelineView(Schema):
    """Something that happened to the order, in the words of the books."""

    kind = fields.String(required=True)
    at = Moment(required=True, attribute="happened_at")
    detail = fields.String(required=True, allow_none=True)


class AdminOrderView(Schema):
    """An order with its timeline and all that happened to its money."""

    order = fields.Nested(OrderView, required=True)
    timeline = fields.List(fields.Nested(TimelineView), required=True)
    captured = fields.Nested(MoneyView, required=True)
    given_back = fields.Nested(MoneyView, required=True)
    decisions = fields.List(fields.Nested(DecisionView), required=True)
    refunds = fields.List(fields.Nested(RefundView), required=True)
    disputes = fields.List(fields.Nested(PaymentDisputeView), required=True)
    ledger = fields.List(fields.Nested(LedgerEntryView), required=True)


def admin_order_document(books: OrderBooks) -> dict[str, Any]:
    """Return what :class:`AdminOrderView` shows of an order."""
    payment = books.found.payment

    def money(amount_minor: int) -> Money:
        return Money(amount_minor, payment.currency)

    def shown(rows: Any, *names: str) -> list[dict[str, Any]]:
        return [
            {"amount": money(row.amount_minor), **{name: getattr(row, name) for name in names}}
            for row in rows
        ]

    return {
        "order": order_document(books.found),
        "timeline": books.found.order.events,
        "captured": money(payment.captured_minor),
        "given_back": money(payment.refunded_minor),
        "decisions": shown(books.captures, "status", "actor", "created_at"),
        "refunds": shown(books.refunds, "id", "status", "reason", "actor", "created_at"),
        "disputes": shown(books.disputes, "id", "status", "reason", "opened_at"),
        "ledger": [
            {"kind": e.kind, "effect": e.effect, "amount": money(e.amount_minor), "at": e.happened_at}
            for e in books.ledger
        ],
    }
