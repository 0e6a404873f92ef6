"""Cold reads as the catalogue grows: in process, no answer kept, sizes in turn."""

from __future__ import annotations

import json
import math
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

from flask import Flask
from flask.testing import FlaskClient

from shop.config import current_settings
from shop.discovery.bitmaps.keeper import keeper_of
from shop.kit.db import db
from tests.bench.bench import Bench, missing
from tests.bench.questions import Catalogue, catalogue_of
from tests.bench.stores import Stores
from tests.campaign.figures import Figure
from tests.crowd import owner_of

#: How much longer a read may take in the largest catalogue than in the smallest.
MOST_GROWTH = 1.5
#: Facets and search in the largest catalogue, however large. Milliseconds.
MOST_MS = 150.0

ROUNDS = 41
#: Each read of facets and each search is done so often.
REPEATS = 5
#: A read that takes seconds is not done as often as one that takes milliseconds. Seconds.
BUDGET_SECONDS = 12.0

PAGE, PAGE_SIZE = 2_000, 24
#: Pages of this size lead there sooner.
STRIDE = 100


@dataclass(frozen=True)
class Shop:
    """The shop on a catalogue of one size."""

    size: int
    client: FlaskClient
    catalogue: Catalogue

    def get(self, path: str) -> int:
        """Read, and return the status."""
        return self.client.get(path).status_code


def run(bench: Bench) -> list[Figure]:
    """Measure on each engine."""
    return [figure for store in bench.stores for figure in _grown(bench, store)]


def _grown(bench: Bench, store: Stores) -> list[Figure]:
    sizes = [bench.sizes[0], bench.sizes[-1]]
    with ExitStack() as stack:
        small, large = (_open(stack, store, size) for size in sizes)
        lists = f"/v1/products?limit={PAGE_SIZE}"
        (far, page), (near, first) = _cursor_to(large, PAGE), _cursor_to(small, PAGE)
        return [
            _flat(bench, store, "list", small, large, lambda _shop, _number: lists),
            _flat(bench, store, "detail", small, large, _detail),
            _flat(
                bench,
                store,
                f"keyset page {page:,} against {first:,}",
                small,
                large,
                lambda shop, _number: f"{lists}&cursor={far if shop is large else near}",
            ),
            *(_bounded(bench, store, name, large) for name in ("facets", "search")),
        ]


def _open(stack: ExitStack, store: Stores, size: int) -> Shop:
    url = store.url(size)
    app: Flask = stack.enter_context(owner_of(url))
    # What a server's own thread does before long: see shop.discovery.bitmaps.
    with app.app_context():
        keeper = keeper_of(app)
        keeper.expect([current_settings().default_market])
        keeper.keep_up(db.session())
    return Shop(size, app.test_client(), catalogue_of(url))


def _detail(shop: Shop, number: int) -> str:
    return f"/v1/products/{shop.catalogue.slugs[number % len(shop.catalogue.slugs)]}"


def _cursor_to(shop: Shop, page: int) -> tuple[str, int]:
    """Walk to a page, or as far as the list and the time go; return its cursor and its number.

    A cursor goes on with pages of any size.
    """
    until, cursor, seen = time.monotonic() + BUDGET_SECONDS, "", 0
    while seen < (page - 1) * PAGE_SIZE and time.monotonic() < until:
        limit = min(STRIDE, (page - 1) * PAGE_SIZE - seen)
        going_on = f"&cursor={cursor}" if cursor else ""
        answer = json.loads(shop.client.get(f"/v1/products?limit={limit}{going_on}").data)
        if answer.get("next") is None:  # the last page, or none at all
            break
        cursor, seen = answer["next"], seen + limit
    return cursor, seen // PAGE_SIZE + 1


def _flat(
    bench: Bench,
    store: Stores,
    name: str,
    small: Shop,
    large: Shop,
    path: Callable[[Shop, int], str],
) -> Figure:
    """Measure a read in both catalogues in turn, and compare."""
    times: dict[int, list[float]] = {small.size: [], large.size: []}
    until = time.monotonic() + BUDGET_SECONDS
    for number in range(bench.rounds(ROUNDS) + 1):
        for shop in (small, large):
            taken = _ms(partial(shop.get, path(shop, number)))
            if number:  # the first opens a connection and compiles the statement
                times[shop.size].append(taken)
        if time.monotonic() > until and number:
            break
    before, after = (statistics.median(times[shop.size]) for shop in (small, large))
    growth = after / before
    return Figure(
        f"cold {name}, {store.engine}, {large.size:,} products against {small.size:,}",
        f"{growth:.2f} times ({before:,.1f} ms; {after:,.1f} ms, slowest {max(times[large.size]):,.1f} ms)",
        f"<= {MOST_GROWTH} times",
        met=growth <= MOST_GROWTH,
    )


def _bounded(bench: Bench, store: Stores, name: str, shop: Shop) -> Figure:
    """Measure every variety of a read; the slowest one counts, by its median."""
    title, bar = f"cold {name}, {store.engine}, {shop.size:,} products", f"<= {MOST_MS:.0f} ms"
    question = next(each for each in shop.catalogue.questions() if each.name == name)
    if shop.get(question.paths[0]) in (404, 422):
        return missing(title, bar)
    medians = {path: _median(bench, shop, path) for path in question.paths}
    slowest = max(medians, key=lambda path: medians[path])
    usual = statistics.median(medians.values())
    value = f"{medians[slowest]:,.1f} ms at worst (`{_short(slowest)}`), {usual:,.1f} ms in the middle"
    return Figure(title, value, bar, met=medians[slowest] <= MOST_MS)


def _median(bench: Bench, shop: Shop, path: str) -> float:
    until = time.monotonic() + BUDGET_SECONDS / 4
    times: list[float] = []
    while len(times) < bench.rounds(REPEATS) and (not times or time.monotonic() < until):
        times.append(_ms(partial(shop.get, path)))
    return statistics.median(times)


def _ms(read: Callable[[], int]) -> float:
    started = time.perf_counter()
    status = read()
    taken = (time.perf_counter() - started) * 1000
    return taken if status == 200 else math.inf


def _short(path: str) -> str:
    query = path.partition("?")[2].split("&")
    kept: Sequence[str] = [part for part in query if not part.startswith(("limit=", "facets="))]
    return "&".join(kept) or "no filter"
