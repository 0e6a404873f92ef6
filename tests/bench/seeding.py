"""Tables of a million rows through ``shop seed``, each in a process of its own, and bad files.

The catalogue holds ten thousand generated products. The first table gives them a million variants
more, which the others are about.
"""

from __future__ import annotations

import multiprocessing
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from shop.catalogue.models import Colour, HardwareSet, Material, Product
from shop.kit.db import db
from shop.seeding import service
from shop.seeding.errors import SeedRefused
from tests.bench.bench import Bench
from tests.bench.running import Ran, shop
from tests.bench.stores import PROJECT
from tests.campaign.figures import Figure
from tests.crowd import owner_of

ROWS = 1_000_000
#: Of one table of so many rows.
MOST_SECONDS, MOST_MB = 60.0, 300.0
#: Of one bad file.
MOST_BAD_SECONDS, MOST_BAD_MB = 2.0, 200.0

BAD = PROJECT / "tests" / "seeds" / "bad"

#: Products of the catalogue: of the bench's sizes the nearest.
PRODUCTS = 10_000


@dataclass(frozen=True)
class Words:
    """What the catalogue has that rows name: slugs."""

    products: Sequence[str]
    material: str
    colour: str
    hardware: str


def run(bench: Bench) -> list[Figure]:
    """Measure each kind of table on each engine, and every bad file."""
    size = min(bench.sizes, key=lambda size: abs(size - PRODUCTS))
    rows = max(round(ROWS * bench.scale), 1_000)
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="shop-bench-") as home:
        for store in bench.stores:
            with store.copy(size) as url:
                words = words_of(url)
                for name, lines in TABLES.items():
                    told = f"{name}, {rows:,} rows, {store.engine}"
                    path = Path(home) / f"{name.split()[-1]}.csv"
                    figures += _measured(path, url, told, lines(rows, words), rows)
        with bench.stores[0].copy(bench.sizes[0]) as url:
            figures.append(_bad_files(url))
    return figures


def words_of(url: str) -> Words:
    """Read what the rows of tables name."""
    with owner_of(url) as app, app.app_context():
        bags = select(Product.slug).where(Product.kind == "bag", Product.sellable).order_by(Product.id)
        first = [
            db.session.scalars(select(model.slug).order_by(model.id).limit(1)).one()
            for model in (Material, Colour, HardwareSet)
        ]
        return Words(db.session.scalars(bags).all(), *first)


def _code(number: int) -> str:
    return f"{600000 + number // 10000} 2AA9S {number % 10000:04}"


def sku(number: int) -> str:
    """Return the SKU of one of the added variants."""
    return _code(number).replace(" ", "")


def _variants(rows: int, words: Words) -> Iterator[str]:
    yield "product,style_code,slug,material,colour,hardware,evidence,sellable"
    made_of = f"{words.material},{words.colour},{words.hardware},line,false"
    for number in _mixed(rows):
        yield f"{words.products[number % len(words.products)]},{_code(number)},new-{number},{made_of}"


def _prices(rows: int, _words: Words) -> Iterator[str]:
    yield "sku,currency,amount_minor,is_illustrative,valid_from,confidence"
    for number in _mixed(rows):
        yield f"{sku(number)},EUR,{200_000 + number % 999},true,2026-01-01T00:00:00Z,made up"


def _changed_prices(rows: int, words: Words) -> Iterator[str]:
    for line in _prices(rows, words):
        yield line.replace(",2", ",3", 1)


def _changed_variants(rows: int, words: Words) -> Iterator[str]:
    yield "product,style_code,material,colour,hardware,evidence,sellable,note"
    made_of = f"{words.material},{words.colour},{words.hardware},line,true,looked at again"
    for number in _mixed(rows):
        yield f"{words.products[number % len(words.products)]},{_code(number)},{made_of}"


def _stock(rows: int, _words: Words) -> Iterator[str]:
    yield "sku,location,pieces"
    for number in _mixed(rows):
        yield f"{sku(number)},milan-01,{number % 9}"


def _mixed(rows: int) -> Iterator[int]:
    """Yield every number once, in no order."""
    numbers = list(range(rows))
    random.Random(1).shuffle(numbers)
    return iter(numbers)


#: In this order, on one database: what is sold has a price, and stock is of what is sold.
TABLES: dict[str, Callable[[int, Words], Iterator[str]]] = {
    "variants": _variants,
    "prices": _prices,
    "changed prices": _changed_prices,
    "changed variants": _changed_variants,
    "stock": _stock,
}


def _measured(path: Path, url: str, told: str, lines: Iterable[str], rows: int) -> Iterator[Figure]:
    with path.open("w") as file:
        file.writelines(f"{line}\n" for line in lines)
    with path.open("ab") as file:
        file.write(b"0,\n")
    bad = shop("seed", "apply", str(path), url=url)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 3)
    first = shop("seed", "apply", str(path), url=url)
    again = shop("seed", "apply", str(path), url=url)
    right = "nothing was written" in bad.said and bad.code == 1
    yield _figure(f"{told}: a bad last row", bad, rows, right)
    # Beside the rows, what they bring with them: others of a product that close a gap, sets of details.
    yield _figure(told, first, rows, f" {rows:,} " in first.said or f"{rows:,} changes" in first.said)
    yield _figure(f"{told}: again", again, rows, "0 changes" in again.said)
    path.unlink()


def _figure(name: str, ran: Ran, rows: int, right: bool) -> Figure:
    value = (
        f"{ran.seconds:,.1f} s, {rows / ran.seconds:,.0f} rows/s, "
        f"CPU {ran.cpu_seconds:,.1f} + {ran.server_seconds:,.1f} s, {ran.peak_mb:,.0f} MB"
    )
    if not right:
        value += f"; said: {ran.said!r:.200}"
    bar = f"<= {MOST_SECONDS:.0f} s, <= {MOST_MB:.0f} MB"
    return Figure(name, value, bar, met=right and ran.seconds <= MOST_SECONDS and ran.peak_mb <= MOST_MB)


def _bad_files(url: str) -> Figure:
    """Refuse each bad file of the corpus, all in one process: its memory is more than any one takes."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        seconds, slowest, peak_mb, count = process.submit(_refuse_all, url).result()
    value = (
        f"{count} files, at most {seconds:.2f} s of CPU ({slowest}), {peak_mb:,.0f} MB with the shop itself"
    )
    met = seconds <= MOST_BAD_SECONDS and peak_mb <= MOST_BAD_MB
    bar = f"each <= {MOST_BAD_SECONDS:.0f} s, <= {MOST_BAD_MB:.0f} MB"
    return Figure("bad seed files refused", value, bar, met=met)


def _refuse_all(url: str) -> tuple[float, str, float, int]:
    found = []
    with owner_of(url) as app, app.app_context():
        for path in sorted(path for path in BAD.iterdir() if path.suffix != ".txt"):
            started = time.process_time()
            with suppress(SeedRefused):
                service.apply(path)
                raise AssertionError(f"{path.name} was not refused")
            found.append((time.process_time() - started, path.name))
    return *max(found), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, len(found)
