"""The gateway: the official SDK, pinned, bounded and translated."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import stripe
from flask import Flask
from sqlalchemy import text

from shop.kit import deadline
from shop.kit.breaker import FAILURES, PAUSE_SECONDS
from shop.kit.clock import clock, now
from shop.kit.db import db
from shop.payments import answers, guarded
from shop.payments.asking import Ask, Item, session_params
from shop.payments.double import DoubleServer, Fault, InProcessHTTPClient, StripeDouble
from shop.payments.errors import PaymentNotOpened, PaymentProviderUnavailable
from shop.payments.gateway import API_VERSION, StripeGateway
from tests.conftest import settings_for


def ask(**changes: Any) -> Ask:
    values = {
        "payment_id": uuid4(),
        "reference": "ABCDE-12345",
        "items": [Item("A bag", 285_000), Item("Shipping", 0)],
        "total": 285_000,
        "currency": "USD",
        "email": "ada@example.com",
        "ui": "hosted",
        "return_url": "https://shop.example/return?session_id={CHECKOUT_SESSION_ID}",
        "leave_url": "https://shop.example/left",
        "ends_at": now() + timedelta(minutes=45),
    }
    return Ask(**{**values, **changes})


@pytest.fixture
def gateway(double: StripeDouble) -> StripeGateway:
    return StripeGateway(settings_for("sqlite://"), http_client=InProcessHTTPClient(double))


@pytest.fixture
def over_a_socket(double: StripeDouble) -> Iterator[StripeGateway]:
    with DoubleServer(double) as server:
        yield StripeGateway(settings_for("sqlite://", stripe_api_base=server.base_url))


def test_the_pinned_version_is_the_sdks() -> None:
    assert stripe.api_version == API_VERSION


def test_a_payment_is_opened_and_read(gateway: StripeGateway) -> None:
    opened = gateway.open_checkout(session_params(ask()), key="k1")

    state = gateway.read_payment(opened.session_id)

    assert (state.status, state.amount, state.currency, state.reference) == (
        "open",
        285_000,
        "USD",
        "ABCDE-12345",
    )
    assert opened.url is not None
    assert state.livemode is False


def test_the_same_key_opens_one_payment(gateway: StripeGateway) -> None:
    params = session_params(ask())

    assert gateway.open_checkout(params, key="k1") == gateway.open_checkout(params, key="k1")


def test_a_closed_payment_is_expired_and_closing_again_says_so(gateway: StripeGateway) -> None:
    opened = gateway.open_checkout(session_params(ask()), key="k1")

    assert gateway.close_checkout(opened.session_id).status == "expired"
    assert gateway.close_checkout(opened.session_id).status == "expired"


def test_items_that_do_not_add_up_are_never_charged() -> None:
    with pytest.raises(ValueError, match="do not add up"):
        session_params(ask(total=285_001))


def test_the_same_code_works_over_a_socket(over_a_socket: StripeGateway) -> None:
    opened = over_a_socket.open_checkout(session_params(ask()), key="k1")

    assert over_a_socket.read_payment(opened.session_id).status == "open"


@pytest.mark.parametrize(
    "fault",
    [
        Fault(kind="status", status=500, times=None),
        Fault(kind="status", status=429, times=None),
        Fault(kind="status", status=503, times=None, html=True),
        Fault(kind="drop", times=None),
    ],
    ids=["500", "429", "html", "drop"],
)
def test_a_stripe_that_fails_is_unavailable_in_our_words(
    gateway: StripeGateway, double: StripeDouble, fault: Fault
) -> None:
    double.faults.add(fault)

    with pytest.raises(PaymentProviderUnavailable) as failed:
        gateway.open_checkout(session_params(ask()), key="k1")

    assert failed.value.facts["retry_after"] >= 1


def test_one_failure_is_repeated_by_the_sdk_and_not_seen(
    gateway: StripeGateway, double: StripeDouble
) -> None:
    double.faults.add(Fault(kind="drop", times=2))

    assert gateway.open_checkout(session_params(ask()), key="k1").session_id


def test_a_slow_stripe_keeps_nobody_longer_than_ten_seconds(
    over_a_socket: StripeGateway, double: StripeDouble
) -> None:
    """Two calls of three tries each: what is left of the request's time bounds them together."""
    double.faults.add(Fault(kind="slow", delay=30, times=None))

    before = time.monotonic()
    with deadline.within(deadline.REQUEST_SECONDS):
        for _ in range(2):
            with pytest.raises(PaymentProviderUnavailable):
                over_a_socket.read_payment("cs_1")

    assert time.monotonic() - before < 10


def test_time_is_kept_for_writing_down_what_stripe_answered(
    gateway: StripeGateway, double: StripeDouble
) -> None:
    with deadline.within(guarded.KEPT_SECONDS), pytest.raises(PaymentProviderUnavailable):
        gateway.open_checkout(session_params(ask()), key="k1")

    assert gateway.open_checkout(session_params(ask()), key="k1").session_id


@pytest.mark.parametrize(
    "fault",
    [
        Fault(kind="status", status=500, times=None),
        Fault(kind="status", status=429, times=None),
        Fault(kind="drop", times=None),
    ],
    ids=["500", "429", "drop"],
)
def test_a_stripe_that_keeps_failing_is_not_asked_for_a_while(double: StripeDouble, fault: Fault) -> None:
    asked: list[str] = []

    class Counting(InProcessHTTPClient):
        def request(self, *args: Any, **kwargs: Any) -> Any:
            asked.append(args[1])
            return super().request(*args, **kwargs)

    gateway = StripeGateway(settings_for("sqlite://"), http_client=Counting(double))
    double.faults.add(fault)
    for _ in range(FAILURES):
        with pytest.raises(PaymentProviderUnavailable):
            gateway.read_payment("cs_1")
    double.faults.clear()
    asked.clear()

    with pytest.raises(PaymentProviderUnavailable) as refused:
        gateway.read_payment("cs_1")

    assert asked == []
    assert refused.value.facts["retry_after"] >= 1
    clock.advance(timedelta(seconds=PAUSE_SECONDS + 1))
    assert gateway.open_checkout(session_params(ask()), key="k1").session_id


def test_a_payment_that_stripe_refuses_does_not_count_against_it(gateway: StripeGateway) -> None:
    for _ in range(FAILURES + 1):
        with pytest.raises(PaymentNotOpened):
            gateway.open_checkout({"mode": "nonsense"}, key=str(uuid4()))


@pytest.mark.parametrize(
    ("intent", "status"),
    [
        ("processing", "processing"),
        ("requires_action", "processing"),  # a voucher to be paid at a till
        ("requires_payment_method", "failed"),
        ("canceled", "failed"),
        ("requires_capture", "authorized"),
    ],
)
def test_a_completed_session_without_money_waits_or_has_failed(intent: str, status: str) -> None:
    session = {"status": "complete", "payment_status": "unpaid"}

    assert answers._status(session, {"status": intent}) == status


def test_no_connection_is_kept_while_stripe_is_asked(empty_app: Flask, double: StripeDouble) -> None:
    held: list[int] = []

    class Watching(InProcessHTTPClient):
        def request(self, *args: Any, **kwargs: Any) -> Any:
            held.append(db.engine.pool.checkedout())  # type: ignore[attr-defined]
            return super().request(*args, **kwargs)

    gateway = StripeGateway(settings_for("sqlite://"), http_client=Watching(double))
    with empty_app.app_context():
        db.session().execute(text("SELECT 1"))
        gateway.open_checkout(session_params(ask()), key="k1")

    assert held == [0]


def test_without_a_stand_in_nobody_is_asked() -> None:
    gateway = StripeGateway(settings_for("sqlite://"))

    with pytest.raises(PaymentProviderUnavailable):
        gateway.open_checkout(session_params(ask()), key="k1")


def test_a_wrong_key_is_the_operators_trouble_and_not_the_shoppers(double: StripeDouble) -> None:
    settings = settings_for(
        "sqlite://",
        payments="sandbox",
        stripe_secret_key="sk_test_other",
        stripe_webhook_secrets=("whsec_x",),
    )
    gateway = StripeGateway(settings, http_client=InProcessHTTPClient(double))

    with pytest.raises(PaymentProviderUnavailable):
        gateway.open_checkout(session_params(ask()), key="k1")
