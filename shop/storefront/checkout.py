"""From the bag to the payment page: address and delivery, a last look, and *Pay*.

A purchase has one key, its checkout: whatever is pressed twice, in two windows, or after an answer was
lost, is one order and one payment.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, NamedTuple
from uuid import UUID

from flask import Response, g, jsonify, redirect, render_template, request
from sqlalchemy.orm import Session

from shop.cart.errors import CartFrozen, UnknownCart
from shop.checkout import cancellation, completion, queries, service
from shop.checkout.errors import CheckoutClosed, CheckoutNotReady, TotalChanged, UnknownCheckout
from shop.checkout.queries import CheckoutNow
from shop.config import current_settings
from shop.inventory.errors import OutOfStock
from shop.kit import access, idempotency, repeats
from shop.kit.db import db
from shop.kit.idempotency import Attempt, Claim, RequestInProgress
from shop.kit.problems import InvalidRequest, Problem
from shop.kit.security_headers import allow_form_action
from shop.kit.tokens import hashed
from shop.orders import queries as orders
from shop.orders.schemas import payment_document
from shop.payments.current import current_gateway
from shop.payments.errors import PaymentNotOpened, PaymentProviderUnavailable
from shop.payments.models import Payment
from shop.storefront import address_form
from shop.storefront.setting import page_url
from shop.storefront.thumbnails import pictures_of_lines
from shop.storefront.visitor import (
    CartKey,
    cart_key,
    current_cart,
    keep_order,
    order_of,
    order_token,
    time_left,
    visitors_blueprint,
)
from shop.storefront.wording import refused, said, sum_of

checkout = visitors_blueprint("checkout")

#: Nothing tells a repeat of the request from a new one, because doing it twice is doing it once.
_REPEATABLE = Attempt(None, "")

#: What *Pay* may meet that a page says beside the button.
_SAID_AT_PAY = (
    *(CheckoutNotReady, OutOfStock, PaymentNotOpened, PaymentProviderUnavailable),
    *(RequestInProgress, TotalChanged),
)


class _Live(NamedTuple):
    """The visitor's checkout that is open or being paid."""

    key: CartKey
    now: CheckoutNow


@checkout.post("/checkout/opening")
@access.visitor("cart")
def open_checkout() -> Any:
    """Open the checkout of the visitor's bag, or go on with the one that is open."""
    key = cart_key()
    if key is None:
        return _to("bag.show_bag")

    def work(session: Session, _claim: Claim) -> Response:
        service.open_checkout(session, key.id, key.token_hash)
        return Response()

    try:
        repeats.once(_REPEATABLE, work)
    except (CartFrozen, UnknownCart):
        return _to("bag.show_bag")
    return _to("checkout.show_details")


@checkout.get("/checkout")
@access.visitor("cart")
def show_details() -> Any:
    """Ask where the parcel goes, and how."""
    live = _live()
    if live is None:
        return _to("bag.show_bag")
    if live.now.checkout.stage != "open":
        return waiting_page()
    known = live.now.checkout
    values = address_form.stored(known.email, known.shipping_address, known.shipping_option)
    return _details(live.now, values, {})


@checkout.post("/checkout")
@access.visitor("cart")
def save_details() -> Any:
    """Note where the parcel goes, or say beside each field what is wrong with it."""
    live = _live()
    if live is None:
        return _to("bag.show_bag")
    values = address_form.typed(request.form)
    countries = live.now.priced.market.countries
    if "other_country" in request.form:
        return _details(live.now, values, {})
    errors = address_form.faults_of(values, countries)
    if not errors:
        try:
            service.update(live.now.checkout.id, live.key.token_hash, address_form.changes_of(values))
        except CheckoutClosed:
            return _to("bag.show_bag")
        except InvalidRequest as problem:
            errors = address_form.refused_fields(problem, values)
    if errors:
        return _details(live.now, values, errors), HTTPStatus.UNPROCESSABLE_ENTITY
    return _to("checkout.review")


@checkout.get("/checkout/review")
@access.visitor("cart")
def review() -> Any:
    """Show what will be ordered, to whom it goes and what it costs, before it is paid."""
    return _review()


@checkout.post("/checkout/acceptance")
@access.visitor("cart")
def accept() -> Any:
    """Accept today's prices and total."""
    live = _live()
    if live is not None:
        try:
            service.update(live.now.checkout.id, live.key.token_hash, {})
        except CheckoutClosed:
            return _to("bag.show_bag")
    return _to("checkout.review")


@checkout.post("/checkout/payment")
@access.visitor("cart", limit="checkouts")
def pay() -> Any:
    """Place the order, which holds its bags, and lead to the page where it is paid."""
    key = cart_key()
    asked = _asked_checkout()
    if key is None or asked is None:
        return _after(asked)
    settings = current_settings()

    def answer(payment: Payment, _order_status: str, token: str) -> Response:
        return jsonify(number=payment.reference, token=token)

    back = _own_origin(settings.public_url) + page_url("order.come_back")
    attempt = idempotency.attempt_of("buy", key=str(asked), credential=key.token)
    try:
        wish = completion.Completion(asked, key.token_hash, "hosted", back)
        placed = completion.complete(wish, attempt, settings, current_gateway(), answer).get_json()
    except (CheckoutClosed, UnknownCheckout):
        return _after(asked)
    except _SAID_AT_PAY as problem:
        return _review(problem)
    number, token = placed["number"], placed["token"]
    keep_order(number, token)
    # A repeat may come when the order is paid, or has ended.
    found = orders.order(db.session(), number, hashed(token))
    url = payment_document(found.payment, found.order.status)["url"]
    return redirect(url, HTTPStatus.SEE_OTHER) if url else _to("order.show_order", number=number)


@checkout.post("/checkout/cancellation")
@access.visitor("cart")
def cancel() -> Any:
    """Give the order up that waits for its payment, so that the bag can change again."""
    live = _live()
    if live is not None:
        try:
            cancellation.cancel(
                live.now.checkout.id,
                live.key.token_hash,
                _REPEATABLE,
                settings=current_settings(),
                gateway=current_gateway(),
                render=lambda _session: Response(),
            )
        except CheckoutClosed:
            return _to("bag.show_bag")  # paid before it could be given up
        except PaymentProviderUnavailable as problem:
            return waiting_page(problem)
    return _to("bag.show_bag")


def waiting_page(problem: Problem | None = None) -> Any:
    """Show that the bag is held for an order that waits for its payment, and the two ways on."""
    live = _live()
    if live is None or live.now.placed is None:
        return _to("bag.show_bag")
    placed = live.now.placed
    allow_form_action(current_settings().pay_origin)
    page = render_template(
        "storefront/buying/waiting.html",
        checkout_id=live.now.checkout.id,
        number=placed.order.number,
        has_page=order_token(placed.order.number) is not None,
        refusal=refused(problem) if problem else None,
        rows=sum_of(live.now.priced.breakdown.entries, live.now.priced.market.currency),
        **time_left(placed.payment.ends_at),
    )
    return page, int(problem.status) if problem else HTTPStatus.OK


def _live() -> _Live | None:
    key = cart_key()
    if key is None or current_cart() is None:
        return None
    now = queries.live_checkout(db.session(), key.id, key.token_hash)
    return _Live(key, now) if now else None


def _after(checkout_id: UUID | None) -> Any:
    """Lead whoever pressed the button of an old page to what became of it."""
    number = order_of(checkout_id) if checkout_id else None
    return _to("order.show_order", number=number) if number else _to("bag.show_bag")


def _own_origin(public_url: str) -> str:
    """Return where this browser reaches the shop: on a developer's machine by either of its names."""
    public = public_url.rstrip("/")
    other = public.replace("//127.0.0.1:", "//localhost:")
    return other if request.host_url.rstrip("/") == other else public


def _asked_checkout() -> UUID | None:
    """Return the checkout whose page the form stood on, which need not be the latest."""
    try:
        return UUID(request.form.get("checkout", ""))
    except ValueError:
        return None


def _details(now: CheckoutNow, values: dict[str, str], errors: dict[str, str]) -> str:
    market = now.priced.market
    country = values["country"] if values["country"] in market.countries else market.countries[0]
    values = {**values, "country": country}
    return render_template(
        "storefront/buying/details.html",
        email=address_form.email_field(values, errors),
        fields=address_form.fields_of(country, values, errors),
        country=country,
        countries=[(code, g.locale.country(code)) for code in market.countries],
        country_error=errors.get("country", ""),
        options=now.options,
        chosen=values["shipping_option"] or (now.options[0].slug if now.options else ""),
        option_error=errors.get("shipping_option", ""),
        errors=errors,
        rows=sum_of(now.priced.breakdown.entries, market.currency),
        currency=market.currency,
        lines=now.priced.lines,
    )


def _review(problem: Problem | None = None) -> Any:
    live = _live()
    if live is None:
        return _to("bag.show_bag")
    now = live.now
    if now.checkout.stage != "open":
        return waiting_page(problem)
    codes = {each.code for each in now.messages}
    if any(code.startswith("missing_") for code in codes):
        return _to("checkout.show_details")
    allow_form_action(current_settings().pay_origin)
    page = render_template(
        "storefront/buying/review.html",
        now=now,
        lines=now.priced.lines,
        pictures=pictures_of_lines(now.priced.lines),
        sent_to=address_form.lines_of(now.checkout.shipping_address),
        country=g.locale.country((now.checkout.shipping_address or {}).get("country", "")),
        currency=now.priced.market.currency,
        rows=sum_of(now.priced.breakdown.entries, now.priced.market.currency),
        refusal=refused(problem) if problem else None,
        told={
            line.offer.variant.sku: [
                said(each) for each in now.messages if each.facts.get("sku") == line.offer.variant.sku
            ]
            for line in now.priced.lines
        },
        notes=[said(each) for each in now.messages if "sku" not in each.facts],
        only_changed=not now.ready and not now.priced.blocked,
    )
    return page, int(problem.status) if problem else HTTPStatus.OK


def _to(endpoint: str, **values: str) -> Any:
    return redirect(page_url(endpoint, **values), HTTPStatus.SEE_OTHER)
