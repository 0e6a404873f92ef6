"""Metrics and logs of the shop as its operator runs it: several processes, real sockets."""

from __future__ import annotations

import json
import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from shop import serving
from tests.degraded.test_slow_clients import HALF
from tests.observing.conftest import TOKEN
from tests.observing.test_count import collected, requests, value
from tests.races import until
from tests.served import ServedShop
from tests.wire import WireClient


@pytest.fixture
def served(seeded_url: str, tmp_path: Path) -> Iterator[ServedShop]:
    """Two worker processes with hot answers and metrics."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    settings = {"SHOP_HOT_BYTES": "8000000", "SHOP_METRICS_TOKEN": TOKEN, "TMPDIR": str(temporary)}
    with ServedShop(seeded_url, tmp_path / "served", settings=settings).running() as shop:
        yield shop


def all_serve(served: ServedShop) -> bool:
    try:
        with served.lines():
            return True
    except (OSError, RuntimeError):
        return False


def test_workers_count_together_and_one_that_is_killed_takes_no_count_along(served: ServedShop) -> None:
    temporary = Path(served.settings["TMPDIR"])
    client = WireClient(served.base_url)
    with served.lines() as lines:
        for line in lines:
            for _ in range(3):
                line.get("/v1/products/nothing")
        before = collected(client)
        assert requests(before, "/v1/products/<slug>", "GET", 404) == 6
        [folder] = temporary.glob(f"{serving._FOLDERS}*")
        files = sorted(path.name for path in folder.iterdir())
        # Killed in the middle of a request, it never says that it is no longer at work.
        lines[0].connection.sock.sendall(HALF)
        until(lambda: value(collected(client), "shop_requests_in_flight") == 2, "a request is at work")
        os.kill(served.process_behind(lines[0]), signal.SIGKILL)
    until(lambda: all_serve(served), "it is replaced")
    with served.lines() as lines:
        for line in lines:
            line.get("/v1/products/nothing")
    after = collected(client)

    assert requests(after, "/v1/products/<slug>", "GET", 404) == 8
    assert value(after, "shop_requests_in_flight") == 1
    assert sorted(path.name for path in folder.iterdir()) == files
    served.stop()
    assert not folder.exists()
    lines = [json.loads(line) for line in served.server.told().splitlines() if line.startswith("{")]
    routes = [line["route"] for line in lines if line["message"] == "request"]
    assert routes.count("/v1/products/<slug>") == 8


def test_the_folder_of_a_server_that_was_killed_is_removed_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
    left = tmp_path / f"{serving._FOLDERS}left"
    young = tmp_path / f"{serving._FOLDERS}young"
    for folder in (left, young):
        folder.mkdir()
    os.utime(left, (1, 1))

    with serving._folder_for_counts():
        own = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
        os.utime(own, (1, 1))
        with serving._folder_for_counts():  # the operator named one: nothing is made
            assert {path.name for path in tmp_path.iterdir()} == {young.name, own.name}
        serving._remove_left_folders()
        assert own.exists()  # held

    assert list(tmp_path.iterdir()) == [young]
