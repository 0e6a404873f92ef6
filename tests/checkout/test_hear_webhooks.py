"""Webhooks: believed only when signed now and for this shop; each has its effect once."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
import stripe
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.checkout import inbox
from shop.config import current_settings
from shop.kit.db import transaction
from shop.orders.models import OrderEvent
from shop.payments.current import current_gateway
from shop.payments.double import DOUBLE_API_KEY, Fault, InProcessHTTPClient, StripeDouble
from shop.payments.models import Payment, StripeEvent
from tests.shopper import PIECES, Shopper

SECRET = "whsec_double"


def event(session_id: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": "evt_test_1",
        "object": "event",
        "type": "checkout.session.completed",
        "livemode": False,
        "data": {"object": {"id": session_id, "object": "checkout.session"}},
        **changes,
    }


def signed(body: str, *, secret: str = SECRET, at: int | None = None) -> str:
    return stripe.WebhookSignature.generate_signature_header(body, secret, timestamp=at or int(time.time()))


def send(shopper: Shopper, body: str | bytes, header: str | None) -> int:
    headers = {"Stripe-Signature": header} if header is not None else {}
    return shopper.client.post("/webhooks/stripe", data=body, headers=headers, buffered=True).status_code


def test_a_signed_event_settles_the_order(shopper: Shopper) -> None:
    shopper.places_order()
    shopper.pays()
    body = json.dumps(event(shopper.session_id))

    assert send(shopper, body, signed(body)) == 204
    assert shopper.order()["status"] == "paid"


def test_an_event_says_nothing_that_stripe_does_not_confirm(shopper: Shopper) -> None:
    shopper.places_order()
    body = json.dumps(event(shopper.session_id))

    assert send(shopper, body, signed(body)) == 204
    assert shopper.order()["status"] == "pending_payment"


def forgeries() -> dict[str, tuple[str | bytes, str | None]]:
    """Return bodies with headers that prove nothing, made at this moment."""
    body = json.dumps(event("cs_x"))
    now = int(time.time())
    good = signed(body)
    old, ahead = signed(body, at=now - 4_000), signed(body, at=now + 4_000)
    stamp, signature = good.split(",")
    return {
        "no header": (body, None),
        "empty header": (body, ""),
        "nonsense header": (body, "nonsense"),
        "another secret": (body, signed(body, secret="whsec_other")),
        "empty secret": (body, signed(body, secret=" ")),
        "a changed body": (body.replace("cs_x", "cs_y"), good),
        "an old one": (body, old),
        "one of the future": (body, ahead),
        "a fresh stamp on an old signature": (body, f"{stamp},{old}"),
        "an old stamp behind a fresh one": (body, f"{old},{stamp}"),
        "a stamp without a signature": (body, stamp),
        "a stamp of a thousand digits": (body, f"t={'1' * 1000},{signature}"),
        "a signature without a stamp": (body, signature),
        "an unknown scheme": (body, good.replace("v1=", "v0=")),
        "bytes that are not text": (b"\xff\xfe{}", good),
        "signed nonsense": ("nonsense", signed("nonsense")),
        "a signed list": ("[]", signed("[]")),
        "a signed event without an object": ('{"id":"evt_1"}', signed('{"id":"evt_1"}')),
    }


@pytest.mark.parametrize("what", list(forgeries()))
def test_a_forged_event_is_refused_and_leaves_no_trace(shopper: Shopper, session: Session, what: str) -> None:
    body, header = forgeries()[what]

    assert send(shopper, body, header) == 400
    assert session.scalars(select(StripeEvent.id)).all() == []


def test_an_event_of_real_money_is_refused_in_test_mode(shopper: Shopper, session: Session) -> None:
    body = json.dumps(event("cs_x", livemode=True))

    assert send(shopper, body, signed(body)) == 400
    assert session.scalars(select(StripeEvent.id)).all() == []


def test_a_duplicate_has_no_second_effect(shopper: Shopper, session: Session) -> None:
    shopper.places_order()
    shopper.pays()
    body = json.dumps(event(shopper.session_id))

    assert [send(shopper, body, signed(body)) for _ in range(3)] == [204, 204, 204]
    assert [kind for kind in session.scalars(select(OrderEvent.kind)) if kind == "paid"] == ["paid"]


def test_an_event_that_stripe_cannot_explain_now_waits_in_the_inbox(
    shopper: Shopper, app: Flask, double: StripeDouble, session: Session
) -> None:
    shopper.places_order()
    shopper.pays()
    body = json.dumps(event(shopper.session_id))
    double.faults.add(Fault(kind="drop", times=None))

    assert send(shopper, body, signed(body)) == 204
    assert session.scalars(select(StripeEvent.handled_at)).all() == [None]
    assert shopper.order()["status"] == "pending_payment"

    double.faults.clear()
    with app.app_context():
        assert inbox.drain(current_settings(), current_gateway()) == 0
    assert shopper.order()["status"] == "paid"


def test_an_event_that_overtakes_the_answer_settles_by_asking_again(shopper: Shopper, app: Flask) -> None:
    """Stripe opened the payment, was paid, and its first answer never arrived."""
    shopper.places_order()
    shopper.pays()
    session_id = shopper.session_id
    with app.app_context(), transaction() as session:
        payment = session.scalars(select(Payment)).one()
        payment.session_id, payment.status = None, "opening"
    body = json.dumps(event(session_id))

    assert send(shopper, body, signed(body)) == 204
    assert shopper.order()["status"] == "paid"


def test_a_strangers_payment_on_the_same_account_is_taken_and_ignored(
    shopper: Shopper, double: StripeDouble
) -> None:
    shopper.places_order()
    client = stripe.StripeClient(DOUBLE_API_KEY, http_client=InProcessHTTPClient(double))
    theirs = client.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "success_url": "https://other.example",
            "client_reference_id": "theirs",
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {"currency": "usd", "unit_amount": 100, "product_data": {"name": "x"}},
                }
            ],
        }
    )
    body = json.dumps(event(theirs.id))

    assert send(shopper, body, signed(body)) == 204
    assert shopper.order()["status"] == "pending_payment"


@pytest.mark.parametrize(
    ("kind", "object_id"),
    [
        ("refund.created", "re_1"),
        ("checkout.session.completed", "cs_unknown"),
        ("payment_intent.succeeded", "pi_unknown"),
        ("a.type.of.tomorrow", "x_1"),
    ],
)
def test_an_event_that_concerns_no_payment_of_ours_is_taken(
    shopper: Shopper, kind: str, object_id: str
) -> None:
    body = json.dumps(event(object_id, type=kind))

    assert send(shopper, body, signed(body)) == 204


def test_a_thin_event_is_understood(shopper: Shopper) -> None:
    shopper.places_order()
    shopper.pays()
    thin = {
        "id": "evt_thin",
        "object": "v2.core.event",
        "type": "checkout.session.completed",
        "livemode": False,
        "related_object": {"id": shopper.session_id, "type": "checkout.session"},
    }
    body = json.dumps(thin)

    assert send(shopper, body, signed(body)) == 204
    assert shopper.order()["status"] == "paid"


def test_an_event_of_the_intent_settles_too(shopper: Shopper, double: StripeDouble) -> None:
    shopper.places_order()
    shopper.pays()
    shopper.comes_back()

    answers = shopper.hears_webhooks()

    assert answers
    assert set(answers) == {204}


def test_a_payment_of_another_amount_is_never_paid(shopper: Shopper, app: Flask, session: Session) -> None:
    shopper.places_order()
    with app.app_context(), transaction() as writing:
        writing.scalars(select(Payment)).one().amount_minor += 1
    shopper.pays()

    shopper.hears_webhooks()

    assert shopper.order()["status"] == "expired"
    assert shopper.sees_available() == PIECES
    payment = session.scalars(select(Payment)).one()
    assert payment.status == "quarantined"
    assert "amount: ours 285001, Stripe's 285000" in str(payment.reason)
    assert "payment_quarantined" in [event["kind"] for event in shopper.order()["events"]]


def test_a_payment_for_another_order_is_never_paid(shopper: Shopper, app: Flask, session: Session) -> None:
    shopper.places_order()
    cheap = shopper.session_id
    other = Shopper(app.test_client(), shopper.double).places_order(quantity=2)
    with app.app_context(), transaction() as writing:
        # Someone pairs the dear order with the cheap payment.
        writing.scalars(select(Payment).where(Payment.session_id == cheap)).one().session_id = "cs_gone"
        dear = writing.scalars(select(Payment).where(Payment.session_id == other.session_id)).one()
        dear.session_id = cheap
    shopper.pays()

    shopper.hears_webhooks()

    assert other.order()["status"] == "expired"
    assert other.order()["payment"]["status"] == "quarantined"


def test_a_large_body_is_not_read(shopper: Shopper) -> None:
    assert send(shopper, b"x" * (1024 * 1024 + 1), signed("x")) == 413
