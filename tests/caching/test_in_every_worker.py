"""Hot answers of several processes: none is told of a change by another, and all show it in time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.served import ServedShop
from tests.shopper import BAG, PIECES


@pytest.fixture
def served(seeded_url: str, tmp_path: Path) -> Iterator[ServedShop]:
    """Two worker processes that keep what everybody may read."""
    shop = ServedShop(seeded_url, tmp_path / "served", settings={"SHOP_HOT_BYTES": "8000000"})
    with shop.running():
        yield shop


def test_a_sale_is_seen_in_every_worker_within_a_second(served: ServedShop) -> None:
    path = f"/v1/variants/{BAG}"
    with served.lines() as lines:
        for line in lines:
            assert line.get(path).json["available"] == PIECES
        served.shopper().places_order()
        time.sleep(1)  # what is stated, and not a moment more

        assert [line.get(path).json["available"] for line in lines] == [PIECES - 1] * 2
        etag = lines[0].get(path).headers["ETag"]
        assert [line.get(path, headers={"If-None-Match": etag}).status_code for line in lines] == [304, 304]
        head = lines[0].open(path, method="HEAD")
        assert (head.data, head.headers["ETag"]) == (b"", etag)
        assert int(head.headers["Content-Length"]) == len(lines[0].get(path).data)
