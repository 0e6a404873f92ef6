"""A cart becoming an order: two short transactions around one call to Stripe.

1. *Freeze*: the key is claimed, lines and total are frozen into an order, stock is held, and
   the payment is written down with exactly what Stripe will be asked. Commit.
2. *Ask*: Stripe is asked under the payment's own key; no transaction is open.
3. *Record*: Stripe's id is stored unless one is, and the answer with it. Commit.

A crash at any point leaves a state that the same request, sent again, goes on from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.cart.messages import Severity
from shop.cart.queries import Line
from shop.catalogue.models import Variant
from shop.checkout import queries, settlement
from shop.checkout.errors import CheckoutClosed, CheckoutNotReady, ReturnNotAllowed, TotalChanged
from shop.checkout.service import begin_paying
from shop.checkout.sold_out import refuse_sold_out
from shop.config import Settings
from shop.inventory import service as inventory
from shop.inventory.queries import shortage
from shop.kit import idempotency, repeats
from shop.kit.db import db
from shop.kit.stored_answers import Answer
from shop.kit.tokens import hashed
from shop.orders import service as orders
from shop.orders.models import Order
from shop.payments import service as payments
from shop.payments.asking import Ask, CaptureMethod, Item, Ui
from shop.payments.errors import PaymentNotOpened
from shop.payments.gateway import StripeGateway
from shop.payments.models import Payment
from shop.payments.results import OpenedCheckout
from shop.pricing.breakdown import Effect, Kind


@dataclass(frozen=True, slots=True)
class Completion:
    """A request to complete a checkout.

    Attributes:
        checkout_id: From the address.
        token_hash: Hash of the cart's presented token.
        ui: Stripe's own page, or Elements in a page of the storefront's.
        return_url: Page of the storefront to send the shopper back to, None for the shop's.
    """

    checkout_id: UUID
    token_hash: str
    ui: Ui
    return_url: str | None


#: Renders the answer from the payment, the status of its order and the order's token.
Render = Callable[[Payment, str, str], Answer]


def complete(
    asked: Completion,
    attempt: idempotency.Attempt,
    settings: Settings,
    gateway: StripeGateway,
    render: Render,
) -> Answer:
    """Turn a checkout into an order that waits for its payment.

    Args:
        asked: What the caller wants.
        attempt: The key of the request; a repeat goes on where the first try stopped.
        settings: For addresses and times.
        gateway: To Stripe.
        render: Makes the answer, which is stored with its effect.

    Raises:
        ReturnNotAllowed: The shop does not send shoppers to that address.
        UnknownCheckout: No checkout of that id opens with that token.
        CheckoutClosed: It was completed before, under another key, or its order has ended.
        CheckoutNotReady: Something is missing.
        TotalChanged: The total is not the one the shopper saw last.
        OutOfStock: Someone else got there first; nothing was taken.
        PaymentNotOpened: Stripe refuses the payment; nothing is held any more.
        PaymentProviderUnavailable: Send the same request with the same key.
    """
    _check_return(asked.return_url, settings)
    refuse_sold_out(db.session(), asked.checkout_id, asked.token_hash, attempt)

    new_payment_id = uuid4()

    def freeze(session: Session, claim: idempotency.Claim) -> tuple[UUID, dict[str, Any] | None]:
        return new_payment_id, _freeze(session, asked, settings, new_payment_id, token=claim.secret())

    def ask(payment: tuple[UUID, dict[str, Any] | None]) -> tuple[UUID, OpenedCheckout]:
        payment_id, written = payment
        try:
            return payment_id, payments.ask_stripe(gateway, payment_id, written)
        except PaymentNotOpened:
            settlement.abandon(payment_id)
            raise

    def record(session: Session, claim: idempotency.Claim, asked: tuple[UUID, OpenedCheckout]) -> Answer:
        payment = payments.record_opened(session, *asked)
        status = orders.record_unless_ended(session, payment.reference, "payment_opened")
        if status is None:
            ended = session.scalars(select(Order.status).where(Order.number == payment.reference)).one()
            raise CheckoutClosed(f"The order was {ended} meanwhile.", checkout_status=ended)
        return render(payment, status, claim.secret())

    return repeats.in_two_steps(
        attempt,
        first=freeze,
        again=lambda subject: (UUID(subject), None),
        between=ask,
        last=record,
        subject=str(new_payment_id),
    )


def _check_return(return_url: str | None, settings: Settings) -> None:
    """Refuse to become a stepping stone to any address but the operator's own."""
    if return_url is None:
        return
    own = _origin(settings.public_url)
    # On a developer's machine the shop has two names, and a browser keeps cookies for each.
    allowed = {own, own.replace("//127.0.0.1:", "//localhost:"), *settings.return_origins}
    if _origin(return_url) not in allowed or "\\" in return_url:
        raise ReturnNotAllowed(errors=[{"pointer": "/return_url", "detail": "The origin is not allowed."}])


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _freeze(
    session: Session, asked: Completion, settings: Settings, payment_id: UUID, *, token: str
) -> dict[str, Any]:
    """Write the order and its payment down, and hold its stock; return what Stripe will be asked."""
    found, cart, moment = begin_paying(
        session, asked.checkout_id, asked.token_hash, return_url=asked.return_url
    )
    now = queries.to_be_paid(session, found, cart)
    _require_ready(session, now)
    ends_at = (moment + timedelta(minutes=settings.payment_minutes)).replace(microsecond=0)
    held_until = ends_at + timedelta(minutes=settings.hold_grace_minutes)
    lines = [line for line in now.priced.lines if line.priced is not None]
    order = orders.place(
        session,
        _draft(now, token, held_until, moment),
        [_frozen(line) for line in lines],
        now.priced.breakdown,
    )
    ask = Ask(
        payment_id=payment_id,
        reference=order.number,
        items=_items(now, lines),
        total=order.total_minor,
        currency=order.currency,
        email=order.email,
        ui=asked.ui,
        return_url=f"{settings.public_url}/checkout/return?session_id={{CHECKOUT_SESSION_ID}}",
        leave_url=f"{settings.public_url}/checkout/left?payment={payment_id}",
        ends_at=ends_at,
        capture=cast(CaptureMethod, settings.capture),
    )
    written = payments.request(session, ask)
    # Last, with nothing but the commit behind it: other buyers wait for these rows.
    variants = [line.offer.variant for line in lines]
    inventory.hold(
        session,
        Counter({line.offer.variant.sku: line.quantity for line in lines}),
        owner=order.id,
        until=held_until,
        ids={variant.sku: variant.id for variant in variants},
    )
    return written


def _require_ready(session: Session, now: queries.CheckoutNow) -> None:
    """Refuse what cannot be paid, in the words of its one reason where it has one."""
    if now.ready:
        return
    errors = [message for message in now.messages if message.severity is Severity.ERROR]
    codes = {message.code for message in errors}
    if codes == {"total_changed"}:
        raise TotalChanged(errors[0].text, **errors[0].facts)
    if codes <= {"sold_out", "fewer_available"}:
        line = next(each for each in now.priced.lines if each.offer.available < each.quantity)
        variant = line.offer.variant
        raise shortage(session, variant.sku, variant.id, line.quantity)
    listed = [message.as_json() for message in errors]
    raise CheckoutNotReady(" ".join(message.text for message in errors), messages=listed)


def _draft(now: queries.CheckoutNow, token: str, held_until: Any, moment: Any) -> orders.Draft:
    found, chosen = now.checkout, now.chosen
    assert chosen is not None
    assert found.email is not None
    assert found.shipping_address is not None
    return orders.Draft(
        token_hash=hashed(token),
        cart_id=found.cart_id,
        checkout_id=found.id,
        market_code=now.priced.market.code,
        currency=now.priced.market.currency,
        email=found.email,
        shipping_address=found.shipping_address,
        billing_address=found.billing_address or found.shipping_address,
        shipping_option={
            "id": chosen.slug,
            "name": chosen.name,
            "min_days": chosen.min_days,
            "max_days": chosen.max_days,
        },
        held_until=held_until,
        created_at=moment,
    )


def _frozen(line: Line) -> orders.FrozenLine:
    offer = line.offer
    assert offer.price is not None
    assert offer.list_price is not None
    return orders.FrozenLine(
        variant_id=offer.variant.id,
        sku=offer.variant.sku,
        style_code=offer.variant.style_code,
        description=_described(offer.variant),
        quantity=line.quantity,
        list_minor=offer.list_price.amount,
        charged_minor=offer.price.amount,
    )


def _described(variant: Variant) -> dict[str, Any]:
    parts = {
        "product": variant.product,
        "family": variant.product.family,
        "material": variant.material,
        "colour": variant.colour,
        "hardware": variant.hardware,
    }
    described: dict[str, Any] = {
        name: {"slug": part.slug, "name": part.name} if part else None for name, part in parts.items()
    }
    return {**described, "label": variant.label}


def _items(now: queries.CheckoutNow, lines: Sequence[Line]) -> list[Item]:
    """Return what Stripe's page lists; together exactly the order's total."""
    items = []
    for line in lines:
        assert line.offer.price is not None
        variant = line.offer.variant
        words = [variant.product.name, *(part.name for part in (variant.colour, variant.material) if part)]
        items.append(Item(", ".join(words), line.offer.price.amount, line.quantity))
    assert now.chosen is not None
    items.append(Item(f"Shipping: {now.chosen.name}", now.priced.breakdown.amount(Kind.SHIPPING)))
    added_tax = sum(
        entry.amount
        for entry in now.priced.breakdown.entries
        if entry.kind is Kind.TAX and entry.effect is Effect.ADDS
    )
    items.append(Item("Tax", added_tax))
    return items
