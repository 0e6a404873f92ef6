"""What a shopper waits and a server bears: every read and every step of a purchase, over HTTP.

Cold reads are asked of a server that keeps no answers; purchases of the shop as it is, with
Stripe's stand-in beside it.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Sequence

from shop.kit.db import transaction
from tests.bench.bench import REPORTED, Bench, cpu_seconds, in_words, memory_mb, missing, shop_on
from tests.bench.buyers import buyer
from tests.bench.load import Seen, again_and_again, asking, drive, once
from tests.bench.questions import Question, catalogue_of, skus_to_sell
from tests.bench.stores import Stores
from tests.campaign.figures import Figure
from tests.crowd import leave_in_stock, owner_of
from tests.served import ServedShop

CLIENTS = (1, 16)
READ_SECONDS = 1.0
BUY_SECONDS = 3.0
#: A read that takes one client so long is not asked by many at once.
TOO_LONG_MS = 1000.0
#: Different bags that are bought, and pieces of each: nobody finds one sold out.
BAGS, PIECES = 200, 100_000
STEPS = {"add to cart": (200,), "complete": (201,)}


def run(bench: Bench) -> list[Figure]:
    """Measure each size on each engine."""
    return [
        figure
        for store in bench.stores
        for size in bench.sizes
        for figure in (*_reads(bench, store, size), *_purchases(bench, store, size))
    ]


def _where(store: Stores, size: int) -> str:
    return f"{store.engine}, {size:,} products"


def _reads(bench: Bench, store: Stores, size: int) -> Iterator[Figure]:
    url = store.url(size)
    catalogue = catalogue_of(url)
    with shop_on(url, hot=False) as shop:
        for question in catalogue.questions():
            name = f"{question.name}, cold, {_where(store, size)}"
            if once(shop.port, asking("GET", question.paths[0])).status in (404, 422):
                yield missing(name)
            else:
                yield Figure(name, _asked(bench, shop, question), REPORTED, met=True)


def _asked(bench: Bench, shop: ServedShop, question: Question) -> str:
    found = []
    for count in CLIENTS:
        requests = [asking("GET", path) for path in question.paths]
        clients = [again_and_again(_from(requests, number)) for number in range(count)]
        used = cpu_seconds(shop)
        seen = drive(shop.port, clients, bench.seconds(READ_SECONDS), warm=0)[""]
        each_ms = 1000 * (cpu_seconds(shop) - used) / max(1, len(seen.waits))
        found.append(f"{count}: {in_words(seen)}")
        if count < CLIENTS[-1] and seen.ms(0.5) > TOO_LONG_MS:
            found.append("more clients were not tried")
            break
    return "; ".join([*found, f"processor {each_ms:.1f} ms each"])


def _from(requests: Sequence[object], first: int) -> Iterator[object]:
    start = first * 7 % len(requests)
    return itertools.cycle([*requests[start:], *requests[:start]])


def _purchases(bench: Bench, store: Stores, size: int) -> Iterator[Figure]:
    where = _where(store, size)
    with store.copy(size) as url:
        skus = skus_to_sell(url, BAGS)
        with owner_of(url) as app, app.app_context(), transaction() as session:
            leave_in_stock(session, dict.fromkeys(skus, PIECES))
        with shop_on(url) as shop:
            idle = memory_mb(shop)
            found = {
                count: drive(
                    shop.port, [buyer(skus, each) for each in range(count)], bench.seconds(BUY_SECONDS)
                )
                for count in CLIENTS
            }
            for step, allowed in STEPS.items():
                seen = [
                    f"{count}: {in_words(steps.get(step, Seen()), allowed)}" for count, steps in found.items()
                ]
                yield Figure(f"{step}, {where}", "; ".join(seen), REPORTED, met=True)
            value = f"{memory_mb(shop):,.0f} MB after the purchases, {idle:,.0f} MB before; "
            yield Figure(
                f"memory of the server, {where}", value + "parent and one worker", REPORTED, met=True
            )
            yield Figure(
                f"start-up, {where}", f"{_start_seconds(shop):.2f} s to the first answer", REPORTED, met=True
            )


def _start_seconds(shop: ServedShop) -> float:
    shop.kill9()
    started = time.perf_counter()
    shop.start()
    return time.perf_counter() - started
