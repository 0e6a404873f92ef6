"""How often a caller may ask: by address and by token, in memory and in a real Redis."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from shop.app import create_app
from shop.config import SettingsError
from shop.kit.clock import clock
from shop.kit.counters import MemoryCounter
from tests.conftest import dispose, settings_for
from tests.databases import SqliteDatabases
from tests.owner import Owner
from tests.security.redis_server import RedisServer, redis_server

STRANGER = "203.0.113.7"
QUOTAS = {
    "limit_reads": 4,
    "limit_carts": 3,
    "limit_checkouts": 2,
    "limit_admin": 3,
    "limit_failures": 3,
    "metrics_token": "a token of the tests",
}

Make = Callable[..., Flask]


@pytest.fixture
def databases(sqlite_databases: SqliteDatabases) -> SqliteDatabases:
    """One engine: nothing of this is in the database."""
    return sqlite_databases


@pytest.fixture
def make(seeded_url: str) -> Iterator[Make]:
    """Builds shops of one database, with small quotas."""
    made: list[Flask] = []

    def build(**changes: Any) -> Flask:
        made.append(create_app(settings_for(seeded_url, **{**QUOTAS, **changes})))
        return made[-1]

    yield build
    for app in made:
        dispose(app)


@pytest.fixture(params=["memory", "redis"])
def limited(request: pytest.FixtureRequest, make: Make, tmp_path: Path) -> Iterator[Make]:
    """Builds shops that count in memory, then those that count in Redis."""
    if request.param == "memory":
        yield make
        return
    with redis_server(tmp_path) as server:
        yield lambda **changes: make(redis_url=server.url, **changes)


def asks(app: Flask, path: str = "/v1/markets", *, of: str = STRANGER, **sent: Any) -> TestResponse:
    """Ask once, from an address."""
    method = sent.pop("method", "GET")
    return app.test_client().open(path, method=method, environ_base={"REMOTE_ADDR": of}, **sent)


def statuses(times: int, ask: Callable[[], TestResponse]) -> list[int]:
    return [ask().status_code for _ in range(times)]


def opens_cart(app: Flask, *, of: str = STRANGER) -> tuple[str, dict[str, str]]:
    found = asks(app, "/v1/carts", of=of, method="POST", json={"market": "US"}).json or {}
    return f"/v1/carts/{found['id']}", {"Authorization": f"Bearer {found['token']}"}


def test_an_address_may_ask_so_often_and_is_told(limited: Make) -> None:
    app = limited()
    first, *_, last = [asks(app, "/openapi.json") for _ in range(4)]
    refused = asks(app, "/openapi.json")

    assert first.headers["RateLimit-Policy"] == '"reads";q=4;w=60'
    assert re.fullmatch(r'"reads";r=3;t=\d+', first.headers["RateLimit"])
    assert re.fullmatch(r'"reads";r=0;t=\d+', last.headers["RateLimit"])
    assert (refused.status_code, refused.mimetype) == (429, "application/problem+json")
    assert (refused.json or {})["code"] == "too_many_requests"
    assert (refused.json or {})["policy"] == "reads"
    left = re.fullmatch(r'"reads";r=0;t=(\d+)', refused.headers["RateLimit"])
    assert left is not None
    # Never earlier than the end of the window.
    assert int(refused.headers["Retry-After"]) >= int(left[1]) > 0
    # Others are not concerned, and the next window is a new one.
    assert asks(app, of="203.0.113.8").status_code == 200
    clock.advance(timedelta(seconds=int(refused.headers["Retry-After"])))
    assert asks(app).status_code == 200


def test_a_token_has_a_limit_of_its_own_and_its_address_five_times_that(limited: Make) -> None:
    app = limited(limit_failures=0)
    path, held = opens_cart(app)

    answers = [asks(app, path, headers=held) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[0].headers["RateLimit-Policy"] == '"carts";q=3;w=60, "carts-of-address";q=15;w=60'
    assert (answers[3].json or {})["policy"] == "carts"
    # Tokens that are made up help until the address has had enough.
    made_up = [asks(app, path, headers={"Authorization": f"Bearer {n}"}).status_code for n in range(13)]
    assert made_up == [404] * 12 + [429]
    # Checkouts and other addresses count apart.
    elsewhere = asks(app, path, of="203.0.113.8", headers={"Authorization": "Bearer x"})
    assert elsewhere.status_code == 404


def test_carts_are_opened_so_often_by_an_address_without_a_token(limited: Make) -> None:
    app = limited()

    assert statuses(
        4, lambda: asks(app, "/v1/carts", method="POST", json={"market": "US"})
    ) == [201, 201, 201, 429]  # fmt: skip


def test_completing_counts_apart_and_a_key_for_itself(limited: Make) -> None:
    app = limited()
    path, held = opens_cart(app)
    checkout = "/v1/checkouts/00000000-0000-4000-8000-000000000000/complete"
    key = Owner.of(app).key

    completed = [asks(app, checkout, method="POST", json={}, headers=held) for _ in range(3)]
    assert [(answer.json or {})["code"] for answer in completed][:1] == ["idempotency_key_missing"]
    assert completed[2].status_code == 429
    assert asks(app, path, headers=held).status_code == 200
    admin = {"Authorization": f"Bearer {key}"}
    assert statuses(4, lambda: asks(app, "/v1/admin/invariants", headers=admin)) == [200, 200, 200, 429]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/admin/invariants", 401),
        ("/v1/orders/B-123", 404),
        ("/v1/carts/00000000-0000-4000-8000-000000000000", 404),
        ("/metrics", 404),
    ],
)
def test_wrong_credentials_lock_an_address_out(make: Make, path: str, status: int) -> None:
    app = make(limit_carts=0, limit_admin=0)
    key = {"Authorization": f"Bearer {Owner.of(app).key}"}
    right = path.startswith("/v1/admin")

    # Without a credential nothing is guessed; a right one is no failure.
    assert statuses(5, lambda: asks(app, path)) == [status] * 5
    assert statuses(5, lambda: asks(app, "/v1/admin/orders/none", headers=key)) == [404] * 5
    wrong = {"Authorization": "Bearer adm_guessed"}
    answers = [asks(app, path, headers=wrong) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [status] * 3 + [429]
    assert (answers[3].json or {})["code"] == "locked_out"
    assert 0 < int(answers[3].headers["Retry-After"]) <= 600
    # Not even the right key is looked at, from there; everybody else's is.
    assert asks(app, "/v1/admin/invariants", headers=key).status_code == 429
    assert asks(app, "/v1/admin/invariants", of="203.0.113.8", headers=key).status_code == 200
    assert asks(app, "/v1/markets").status_code == 200
    clock.advance(timedelta(seconds=int(answers[3].headers["Retry-After"])))
    assert asks(app, path, headers=key if right else wrong).status_code == (200 if right else status)


def test_workers_count_together_in_redis_and_apart_without(make: Make, tmp_path: Path) -> None:
    with redis_server(tmp_path) as server:
        one, other = make(redis_url=server.url), make(redis_url=server.url)
        assert statuses(2, lambda: asks(one)) + statuses(3, lambda: asks(other)) == [200] * 4 + [429]
        with server.client() as client:
            names = [name.decode() for name in client.scan_iter()]
            # Nobody's address or token stands there, and everything is forgotten.
            assert names
            assert not [name for name in names if STRANGER in name]
            assert all(0 < client.ttl(name) <= 60 for name in names)

    one, other = make(), make()
    assert statuses(4, lambda: asks(one)) + statuses(4, lambda: asks(other)) == [200] * 8


def told(app: Flask, name: str) -> float:
    """Read a metric, from this machine."""
    text = asks(
        app, "/metrics", of="127.0.0.1", headers={"Authorization": f"Bearer {QUOTAS['metrics_token']}"}
    )
    return sum(
        float(line.rsplit(" ", 1)[1]) for line in text.text.splitlines() if line.startswith(f"{name}_total")
    )


def test_without_its_redis_the_shop_serves_and_says_so(
    make: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with redis_server(tmp_path) as server:
        app = make(redis_url=server.url)
        assert statuses(5, lambda: asks(app)) == [200] * 4 + [429]
        assert told(app, "shop_limited") == 1

        server.stop()
        let_through = [asks(app) for _ in range(20)]
        assert [answer.status_code for answer in let_through] == [200] * 20
        assert not [answer for answer in let_through if "RateLimit" in answer.headers]
        assert told(app, "shop_not_limited") == 21  # and the one that asks
        # Five failures in a row, and then nobody asks for a while.
        warnings = [record.getMessage() for record in caplog.records if "Redis" in record.getMessage()]
        assert len(warnings) == 5
        assert "nobody is limited" in warnings[0]

        server.start()
        clock.advance(timedelta(seconds=11))
        assert statuses(5, lambda: asks(app)) == [200] * 4 + [429]


def test_a_redis_that_hangs_is_waited_for_a_moment_only(make: Make, tmp_path: Path) -> None:
    """The bound is generous for a busy machine; what is tried once more would be seen by its number."""
    with redis_server(tmp_path) as server:
        app = make(redis_url=server.url)
        assert asks(app).status_code == 200
        assert server.process is not None
        server.process.send_signal(signal.SIGSTOP)
        begun = time.monotonic()
        assert statuses(30, lambda: asks(app)) == [200] * 30
        assert time.monotonic() - begun < 8
        assert told(app, "shop_not_limited") == 31


def test_this_machine_and_trusted_networks_are_not_limited(make: Make) -> None:
    app = make(unlimited_networks=("127.0.0.0/8", "::1", "10.0.0.0/8"))

    for address in ("127.0.0.1", "::1", "10.1.2.3", "::ffff:127.0.0.1"):
        assert statuses(6, lambda address=address: asks(app, of=address)) == [200] * 6  # type: ignore[misc]


def test_an_ipv6_caller_is_its_network(make: Make) -> None:
    app = make()

    assert statuses(4, lambda: asks(app, of="2001:db8::1")) == [200] * 4
    assert asks(app, of="2001:db8::ffff").status_code == 429
    assert asks(app, of="2001:db8:0:1::1").status_code == 200


def test_a_forwarded_address_is_believed_as_far_as_there_are_proxies(
    make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    def forwarded(app: Flask, *, times: int, real: str = STRANGER) -> list[int]:
        """Each request makes up another address in front of what the proxy adds."""
        return [
            asks(app, of="192.0.2.1", headers={"X-Forwarded-For": f"198.51.100.{n}, {real}"}).status_code
            for n in range(times)
        ]

    behind_one = make(proxy_hops=1)
    assert forwarded(behind_one, times=5) == [200] * 4 + [429]
    assert forwarded(behind_one, times=1, real="203.0.113.9") == [200]
    behind_two = make(proxy_hops=2)
    assert forwarded(behind_two, times=6) == [200] * 6
    assert "SHOP_PROXY_HOPS" not in caplog.text

    direct = make()
    assert forwarded(direct, times=5, real="203.0.113.10") == [200] * 4 + [429]
    assert caplog.text.count("SHOP_PROXY_HOPS is 0") == 1
    # Fewer addresses than proxies, or none that is one: the peer's own, and all such together.
    assert asks(behind_two, headers={"X-Forwarded-For": "198.51.100.1"}).status_code == 200
    nonsense = {"X-Forwarded-For": "not an address"}
    assert statuses(5, lambda: asks(behind_one, headers=nonsense)) == [200] * 4 + [429]


def test_what_a_cache_may_keep_tells_nobody_of_another(make: Make) -> None:
    app = make(hot_bytes=1024 * 1024)

    answers = [asks(app) for _ in range(10)]

    # From memory it is answered without a count, by what Flask was asked once.
    assert [answer.status_code for answer in answers] == [200] * 10
    assert not [answer for answer in answers if "RateLimit" in answer.headers]
    assert asks(app, "/openapi.json").headers["RateLimit"].startswith('"reads";r=2;')


def test_probes_webhooks_and_preflights_are_never_limited(make: Make) -> None:
    app = make()
    preflight = {"Origin": "https://boutique.example", "Access-Control-Request-Method": "POST"}

    assert statuses(8, lambda: asks(app, "/healthz")) == [200] * 8
    assert statuses(8, lambda: asks(app, "/webhooks/stripe", method="POST")) == [400] * 8
    options = statuses(8, lambda: asks(app, "/v1/carts", method="OPTIONS", headers=preflight))
    assert options == [200] * 8


def test_counts_in_memory_are_bounded() -> None:
    counter = MemoryCounter(most=100)

    for number in range(1000):
        counter.add(f"made up {number}", 60)

    assert len(counter) <= 100
    assert counter.read("made up 999") == 1
    clock.advance(timedelta(seconds=61))
    assert counter.read("made up 999") == 0


def test_an_address_of_no_redis_stops_the_start(make: Make) -> None:
    with pytest.raises(SettingsError, match="SHOP_REDIS_URL"):
        make(redis_url="redis://host:not-a-port/0")


def test_redis_server_is_a_real_one(tmp_path: Path) -> None:
    with redis_server(tmp_path) as server, RedisServer(tmp_path).client() as client:
        assert server.process is not None
        assert str(client.info("server")["redis_version"]).startswith("6.2")
