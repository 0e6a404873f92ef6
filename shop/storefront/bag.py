"""The bag: what the visitor means to buy, with everything that stands in the way."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

from flask import g, redirect, render_template, request

from shop.cart import service as carts
from shop.cart.errors import CartFrozen
from shop.cart.queries import PricedCart
from shop.config import current_settings
from shop.kit import access
from shop.kit.problems import Problem
from shop.storefront import checkout
from shop.storefront.setting import page_url
from shop.storefront.texts import gettext
from shop.storefront.thumbnails import pictures_of_lines
from shop.storefront.visitor import (
    CartKey,
    cart_key,
    current_cart,
    open_cart,
    placed_orders,
    visitors_blueprint,
)
from shop.storefront.wording import refused, said, sum_of

#: The forms of pages that caches hold carry no token.
bag = visitors_blueprint("bag", tokenless=("add_line",))


@bag.get("/bag")
@access.visitor("cart")
def show_bag() -> Any:
    """Show what is in the bag, at today's prices."""
    return _page(current_cart())


@bag.post("/bag/lines")
@access.visitor("cart")
def add_line() -> Any:
    """Put a bag into the visitor's bag.

    One that is in it already stays as it is, or becomes as many as were asked for: whoever presses
    twice wants one.
    """
    sku, quantity = request.form.get("sku", ""), _whole(request.form.get("quantity", "1"))
    found = current_cart()
    known = {line.offer.variant.sku: line.quantity for line in found.lines} if found else {}
    key = cart_key() or open_cart()
    try:
        _set(key, sku, max(quantity or 1, known.get(sku, 0)))
    except Problem as problem:
        return _refusal(problem, sku)
    return _to_bag(f"line-{sku}")


@bag.post("/bag/lines/<sku>")
@access.visitor("cart")
def set_line(sku: str) -> Any:
    """Set how many pieces of a bag the visitor wants; nought takes it out."""
    key = cart_key()
    if key is None:
        return _to_bag()
    quantity = _whole(request.form.get("quantity", ""))
    if quantity is None:
        return _page(current_cart(), errors={sku: gettext("Enter a whole number.")}, status=422)
    try:
        if quantity == 0:
            carts.remove_line(key.id, key.token_hash, sku=sku)
        else:
            _set(key, sku, quantity)
    except Problem as problem:
        return _refusal(problem, sku)
    return _to_bag(f"line-{sku}" if quantity else "")


@bag.post("/bag/lines/<sku>/removal")
@access.visitor("cart")
def remove_line(sku: str) -> Any:
    """Take a bag out of the visitor's bag."""
    key = cart_key()
    if key is not None:
        try:
            carts.remove_line(key.id, key.token_hash, sku=sku)
        except Problem as problem:
            return _refusal(problem, sku)
    return _to_bag()


def _set(key: CartKey, sku: str, quantity: int) -> None:
    settings = current_settings()
    carts.set_line(
        key.id,
        key.token_hash,
        sku=sku,
        quantity=quantity,
        max_per_line=settings.max_per_line,
        max_lines=settings.max_lines,
    )


def _whole(text: str) -> int | None:
    text = text.strip()
    return int(text) if re.fullmatch(r"[0-9]{1,6}", text) else None


def _to_bag(anchor: str = "") -> Any:
    where = page_url("bag.show_bag") + (f"#{anchor}" if anchor else "")
    return redirect(where, HTTPStatus.SEE_OTHER)


def _refusal(problem: Problem, sku: str) -> Any:
    """Show the bag as it is, and beside the line why it is not otherwise."""
    if isinstance(problem, CartFrozen):
        return _to_bag()
    return _page(current_cart(), errors={sku: refused(problem)}, status=int(problem.status))


def _page(found: PricedCart | None, *, errors: dict[str, str] | None = None, status: int = 200) -> Any:
    if found is not None and found.cart.status == "paying":
        return checkout.waiting_page()
    errors = dict(errors or {})
    lines = list(found.lines) if found else []
    shown = {line.offer.variant.sku for line in lines}
    messages = list(found.messages) if found else []
    page = render_template(
        "storefront/buying/bag.html",
        lines=lines,
        orders=placed_orders() if not lines else [],
        pictures=pictures_of_lines(lines),
        currency=g.locale.currency,
        most=current_settings().max_per_line,
        errors=errors,
        typed=request.form.get("quantity", ""),
        # What was refused of a bag that is not in the list.
        refusal=next((text for sku, text in errors.items() if sku not in shown), None),
        told={
            line.offer.variant.sku: [
                said(each) for each in messages if each.facts.get("sku") == line.offer.variant.sku
            ]
            for line in lines
        },
        notes=[said(each) for each in messages if "sku" not in each.facts and each.code != "cart_empty"],
        rows=sum_of(found.breakdown.entries, found.market.currency) if found else [],
        blocked=found is None or found.blocked,
    )
    return page, status
