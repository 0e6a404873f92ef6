"""What tests of a degraded shop are given."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask

from shop.kit.clock import clock
from shop.payments.double import StripeDouble
from tests.degraded.doors import Doors


@pytest.fixture
def double() -> Iterator[StripeDouble]:
    """Stripe's stand-in; its clock moves with the test's, and stays right where the shop's is wrong."""

    def right() -> float:
        return (datetime.now(UTC) + clock.offset).timestamp()

    with StripeDouble(seed=1, now=right, webhook_url="http://127.0.0.1:1/webhooks/stripe") as stand_in:
        yield stand_in


@pytest.fixture
def doors(app: Flask, double: StripeDouble) -> Doors:
    """The ways into a shop that is well."""
    return Doors(app, double)
