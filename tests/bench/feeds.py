"""The product feed as a stream: its rows a second, and that neither memory nor a log grows with it.

A client that fetches it whole is beside a writer who commits all the time: on SQLite, a reader that
kept one transaction for the whole feed would let the write-ahead log grow until it ends.
"""

from __future__ import annotations

import http.client
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import make_url

from tests.bench.bench import Bench, memory_mb, shop_on
from tests.bench.stores import Stores
from tests.campaign.figures import Figure
from tests.served import ServedShop

FEED = "/feeds/google.tsv?market=US"
#: How much more memory than for the first batch a whole feed may take. Megabytes.
MOST_MB = 32.0
#: How long SQLite's log may become, which is cut at four megabytes where nobody reads on. Megabytes.
MOST_LOG_MB = 32.0
#: Between two commits of the writer, and between two looks at memory. Seconds.
PAUSE_SECONDS, LOOK_SECONDS = 0.002, 0.25
CHUNK = 64 * 1024


@dataclass
class Stream:
    """What was seen of a feed.

    Attributes:
        before_mb: The server's memory once it had sent a first part.
        peak_mb: At most, from then on.
    """

    rows: int = 0
    sent: int = 0
    seconds: float = 0.0
    first_ms: float = 0.0
    before_mb: float = 0.0
    peak_mb: float = 0.0


@dataclass
class Written:
    """What a writer did meanwhile."""

    commits: int = 0
    log_mb: float = 0.0


def run(bench: Bench) -> list[Figure]:
    """Fetch the feed of each size on each engine."""
    return [figure for store in bench.stores for size in bench.sizes for figure in _fed(store, size)]


def _fed(store: Stores, size: int) -> Iterator[Figure]:
    url = store.url(size)
    where = f"{store.engine}, {size:,} products"
    # A writer needs a database that may be written to; what PostgreSQL keeps for readers is no log.
    with shop_on(url) as shop, writing(url if store.engine == "sqlite" else None) as written:
        stream = _fetch(shop)
    per_row = stream.seconds / max(1, stream.rows) * 1e6
    grown = stream.peak_mb - stream.before_mb
    yield Figure(
        f"product feed, {where}",
        f"{stream.rows:,} rows, {stream.sent / 2**20:,.0f} MB in {stream.seconds:,.1f} s: "
        f"{per_row:,.0f} µs a row, the first part after {stream.first_ms:,.0f} ms",
        "reported",
        met=True,
    )
    yield Figure(
        f"memory while it is sent, {where}",
        f"{grown:+,.1f} MB on {stream.before_mb:,.0f} MB",
        f"<= {MOST_MB:.0f} MB more",
        met=grown <= MOST_MB,
    )
    if store.engine == "sqlite":
        yield Figure(
            f"write-ahead log while it is sent, {where}",
            f"{written.log_mb:,.1f} MB at most, {written.commits:,} commits",
            f"<= {MOST_LOG_MB:.0f} MB",
            met=written.log_mb <= MOST_LOG_MB,
        )


def _fetch(shop: ServedShop) -> Stream:
    """Read the feed to its end."""
    with closing(http.client.HTTPConnection("127.0.0.1", shop.port, timeout=120)) as connection:
        stream, started = Stream(), time.monotonic()
        connection.request("GET", FEED)
        answer = connection.getresponse()
        assert answer.status == 200, answer.status
        looked = 0.0
        while part := answer.read1(CHUNK):
            now = time.monotonic()
            stream.rows += part.count(b"\n")
            stream.sent += len(part)
            if not stream.first_ms:
                stream.first_ms = (now - started) * 1000
            elif not stream.before_mb:
                stream.before_mb = memory_mb(shop)
            if now - looked > LOOK_SECONDS:
                stream.peak_mb, looked = max(stream.peak_mb, memory_mb(shop)), now
        stream.seconds = time.monotonic() - started
        stream.peak_mb = max(stream.peak_mb, memory_mb(shop))
        stream.before_mb = stream.before_mb or stream.peak_mb
        stream.rows -= 1  # the header
        return stream


@contextmanager
def writing(url: str | None) -> Iterator[Written]:
    """Commit to a SQLite database all the time, what is there already, and watch its log."""
    written, ended = Written(), threading.Event()
    if url is None:
        yield written
        return
    path = Path(make_url(url).database or "")
    log = path.with_name(f"{path.name}-wal")

    def write() -> None:
        with closing(sqlite3.connect(path, timeout=30)) as connection:
            while not ended.wait(PAUSE_SECONDS):
                connection.execute("UPDATE market SET name = name")
                connection.commit()
                written.commits += 1
                written.log_mb = max(written.log_mb, log.stat().st_size / 2**20 if log.exists() else 0.0)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield written
    finally:
        ended.set()
        writer.join()
