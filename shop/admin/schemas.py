"""How the owner's door speaks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema

from shop.admin.queries import OrderBooks
from shop.catalogue.schemas import text
from shop.discovery.schemas import MarketQuery
from shop.kit.fields import Int, Moment, MoneyView, Reference, Str, StrictSchema
from shop.kit.money import Money
from shop.kit.pages import PageQuery, page_of
from shop.orders.schemas import OrderView, order_document


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


class AdminOrderView(Schema):
    """An order with all that happened to its money."""

    order = fields.Nested(OrderView, required=True)
    captured = fields.Nested(MoneyView, required=True)
    given_back = fields.Nested(MoneyView, required=True)
    decisions = fields.List(fields.Nested(DecisionView), required=True)
    refunds = fields.List(fields.Nested(RefundView), required=True)
    disputes = fields.List(fields.Nested(PaymentDisputeView), required=True)
    ledger = fields.List(fields.Nested(LedgerEntryView), required=True)


class DayOrMoment(fields.String):
    """A day, which means its first moment in UTC, or a moment in UTC."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = Str(maximum=20).deserialize(value)
        for form in ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"):
            try:
                return datetime.strptime(text, form).replace(tzinfo=UTC)
            except ValueError:
                continue
        raise ValidationError("Must be a day like 2026-01-15 or a moment like 2026-01-15T09:00:00Z.")


class PricesQuery(MarketQuery):
    """Where, and on which day."""

    as_of = DayOrMoment(
        load_default=None,
        metadata={
            "description": "The day whose prices are shown: as they were in force at 00:00 UTC, or at the "
            "moment given, e.g. `2026-01-15T09:00:00Z`. Now, if absent.",
            "example": "2026-01-15",
        },
    )


class PricedVariantView(Schema):
    """What a variant cost."""

    sku = fields.String(required=True, attribute="variant.sku")
    style_code = fields.String(required=True, attribute="variant.style_code")
    label = text(attribute="variant.label")
    sellable = fields.Boolean(required=True, attribute="variant.sellable")
    is_retired = fields.Boolean(required=True, attribute="variant.is_retired")
    price = fields.Nested(MoneyView, required=True, allow_none=True)
    list_price = fields.Nested(
        MoneyView, required=True, allow_none=True, metadata={"description": "Above `price` during a sale."}
    )
    price_is_illustrative = fields.Boolean(required=True, allow_none=True)


class PriceListView(Schema):
    """What a product cost at a moment, and when it is shown."""

    product = fields.Nested(Reference, required=True)
    market = fields.String(required=True, attribute="market.code")
    as_of = Moment(required=True)
    publish_at = Moment(required=True, allow_none=True, attribute="product.publish_at")
    unpublish_at = Moment(required=True, allow_none=True, attribute="product.unpublish_at")
    is_published = fields.Boolean(
        required=True, metadata={"description": "Whether shoppers see the product at that moment."}
    )
    variants = fields.List(fields.Nested(PricedVariantView), required=True)


class AuditQuery(PageQuery):
    """Whose doings, and on what."""

    object = Str(
        maximum=200,
        load_default=None,
        metadata={
            "description": "Only what was done to this: `variant:<sku>`, `order:<number>`, `key:<name>`.",
            "example": "variant:8230582AA9S1000",
        },
    )
    actor = Str(maximum=120, load_default=None, metadata={"description": "Only what this one did."})
    action = Str(maximum=64, load_default=None, metadata={"example": "stock.receive"})


class AuditEntryView(Schema):
    """A change by somebody who runs the shop."""

    number = fields.Integer(required=True, metadata={"description": "From 1, without gaps."})
    at = Moment(required=True, attribute="happened_at")
    actor = fields.String(required=True, metadata={"example": "key:ada"})
    action = fields.String(required=True, metadata={"example": "stock.receive"})
    object = fields.String(required=True)
    before = fields.Dict(
        required=True, allow_none=True, metadata={"description": "The fields that changed, as they were."}
    )
    after = fields.Dict(required=True, allow_none=True, metadata={"description": "As they are since."})
    previous_hash = fields.String(required=True, metadata={"description": "SHA-256 of the entry before."})
    hash = fields.String(required=True)


AuditPage = page_of(AuditEntryView)


class BreachView(Schema):
    """One place where stock, orders and money do not agree."""

    invariant = fields.String(required=True, metadata={"example": "I3"})
    object = fields.String(required=True)
    found = fields.String(required=True)
    repair = fields.String(required=True)


class InvariantView(Schema):
    """A promise, and whether it is kept."""

    id = fields.String(required=True)
    promise = fields.String(required=True)
    breaches = fields.List(fields.Nested(BreachView), required=True)


class InvariantsView(Schema):
    """Every promise of the books, checked now."""

    holds = fields.Boolean(required=True)
    invariants = fields.List(fields.Nested(InvariantView), required=True)


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
