"""Windows in which failures are counted, as long as a test needs them."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest

from shop.kit import counters, rate_limits
from shop.kit.clock import clock


@pytest.fixture
def lasting_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let time pass for what is counted only where a test moves the clock: no window ends by itself."""
    began = time.time()
    monkeypatch.setattr(rate_limits, "time", SimpleNamespace(time=lambda: began))
    monkeypatch.setattr(counters, "seconds_passed", lambda: began + clock.offset_seconds)
