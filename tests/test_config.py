"""Settings: every contradiction stops the start, and no secret is ever printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from shop.config import Settings, SettingsError

GOOD = {"SHOP_DATABASE_URL": "sqlite:////tmp/x.db", "SHOP_SECRET_KEY": "s" * 32}
SANDBOX = {
    **GOOD,
    "SHOP_PAYMENTS": "sandbox",
    "SHOP_STRIPE_SECRET_KEY": "sk_test_abc",
    "SHOP_STRIPE_WEBHOOK_SECRET": "whsec_abc",
}


def test_a_demo_needs_nothing_set(tmp_path: Path) -> None:
    first = Settings.for_instance(tmp_path, {})
    second = Settings.for_instance(tmp_path, {})

    assert first == second
    assert first.payments == "double"
    assert len(first.secret_key) >= 32
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


def test_variables_are_read_with_their_types() -> None:
    settings = Settings.from_environment(
        {**SANDBOX, "SHOP_MAX_LINES": "7", "SHOP_CORS_ORIGINS": "https://a.example, https://b.example"}
    )

    assert settings.max_lines == 7
    assert settings.cors_origins == ("https://a.example", "https://b.example")
    assert settings.livemode is False


def test_two_webhook_secrets_serve_while_one_is_rolled() -> None:
    settings = Settings.from_environment({**SANDBOX, "SHOP_STRIPE_WEBHOOK_SECRET": "whsec_old,whsec_new"})

    assert settings.stripe_webhook_secrets == ("whsec_old", "whsec_new")


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"SHOP_SECRET_KEY": "short"}, "SHOP_SECRET_KEY"),
        ({"SHOP_PAYMENTS": "free"}, "SHOP_PAYMENTS"),
        ({"SHOP_STRIPE_SECRET_KEY": "sk_live_abc"}, "SHOP_STRIPE_SECRET_KEY"),
        ({"SHOP_STRIPE_SECRET_KEY": "rk_live_abc"}, "SHOP_STRIPE_SECRET_KEY"),
        ({"SHOP_STRIPE_SECRET_KEY": "sk_test_double"}, "SHOP_STRIPE_SECRET_KEY"),
        ({"SHOP_STRIPE_SECRET_KEY": ""}, "SHOP_STRIPE_SECRET_KEY"),
        ({"SHOP_STRIPE_SECRET_KEY": "nonsense"}, "SHOP_STRIPE_SECRET_KEY"),
        ({"SHOP_PAYMENTS": "live"}, "SHOP_STRIPE_SECRET_KEY"),
        ({"SHOP_PAYMENTS": "double"}, "SHOP_STRIPE_SECRET_KEY"),
        ({"SHOP_STRIPE_WEBHOOK_SECRET": ""}, "SHOP_STRIPE_WEBHOOK_SECRET"),
        ({"SHOP_STRIPE_API_BASE": "http://127.0.0.1:9"}, "SHOP_STRIPE_API_BASE"),
        ({"SHOP_PAYMENT_MINUTES": "29"}, "SHOP_PAYMENT_MINUTES"),
        ({"SHOP_PAYMENT_MINUTES": "soon"}, "SHOP_PAYMENT_MINUTES"),
        ({"SHOP_HOLD_GRACE_MINUTES": "0"}, "SHOP_HOLD_GRACE_MINUTES"),
        ({"SHOP_METRICS_TOKEN": "guessable"}, "SHOP_METRICS_TOKEN"),
        ({"SHOP_LOG_FORMAT": "xml"}, "SHOP_LOG_FORMAT"),
        ({"SHOP_HOT_BYTES": "plenty"}, "SHOP_HOT_BYTES"),
    ],
)
def test_a_contradiction_stops_the_start_and_is_named(changes: dict[str, str], names: str) -> None:
    with pytest.raises(SettingsError, match=names):
        Settings.from_environment({**SANDBOX, **changes})


@pytest.mark.parametrize("key", ["sk_live_abc", "rk_live_abc"])
def test_live_keys_need_to_be_asked_for(key: str) -> None:
    live = {**SANDBOX, "SHOP_STRIPE_SECRET_KEY": key, "SHOP_PAYMENTS": "live"}

    assert Settings.from_environment(live).livemode is True


@pytest.mark.parametrize(
    "base", ["http://evil.example", "https://127.0.0.1:1", "http://127.0.0.1", "http://127.0.0.1:1/x"]
)
def test_the_stand_in_lives_on_the_loop_back_only(base: str) -> None:
    with pytest.raises(SettingsError, match="SHOP_STRIPE_API_BASE"):
        Settings.from_environment({**GOOD, "SHOP_STRIPE_API_BASE": base})


def test_the_stand_ins_key_never_leaves_the_machine() -> None:
    assert Settings.from_environment(GOOD).stripe_host == "http://127.0.0.1:9"
    there = {**GOOD, "SHOP_STRIPE_API_BASE": "http://127.0.0.1:4242"}
    assert Settings.from_environment(there).stripe_host == "http://127.0.0.1:4242"
    assert Settings.from_environment(SANDBOX).stripe_host is None


def test_secrets_are_not_printed() -> None:
    printed = repr(Settings.from_environment(SANDBOX))

    assert "sk_test_abc" not in printed
    assert "whsec_abc" not in printed
    assert GOOD["SHOP_SECRET_KEY"] not in printed
