"""Hot reads: the same question again and again, against servers that only hand out the answer's bytes."""

from __future__ import annotations

import itertools
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.bench.bench import REPORTED, Bench, cpu_seconds, in_words, missing, shop_on, side_by_side
from tests.bench.floors import bare, nginx
from tests.bench.load import again_and_again, asking, drive, once
from tests.bench.questions import Question, catalogue_of
from tests.bench.variants import TAG
from tests.campaign.figures import Figure
from tests.served import ServedShop

HOT = ("list", "facets", "detail", "campaign")
CLIENTS = 16
WORKERS, THREADS = 1, 4
SECONDS, ROUNDS = 0.5, 5

LEAST_OF_FLASK, LEAST_OF_NGINX = 2.0, 0.5
NO_NGINX = "NOT MEASURED: no nginx here (apt-get install nginx-light)"


@dataclass(frozen=True)
class Read:
    """A question with what the shop answered.

    Attributes:
        name: As the table says it.
        path: What is asked.
        file: What the floors call it.
        tag: The answer's ETag.
    """

    name: str
    path: str
    file: str
    tag: str | None


@dataclass(frozen=True)
class Floors:
    """Ports of what the shop is compared with.

    Attributes:
        flask: Routes that return bytes.
        plain: A WSGI function that does: as fast as anything of Python's can be under this server.
        nginx: None where this machine has none.
    """

    flask: int
    plain: int
    nginx: int | None


def run(bench: Bench) -> list[Figure]:
    """Measure on the first engine: nothing hot asks a database."""
    store = bench.stores[0]
    url = store.url(bench.sizes[-1])
    questions = [each for each in catalogue_of(url).questions() if each.name in HOT]
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="shop-floor-")))
        bodies = home / "bodies"
        bodies.mkdir()
        shop = stack.enter_context(shop_on(url, workers=WORKERS, threads=THREADS))
        reads = [_read(shop, question, bodies) for question in questions]
        size = {"workers": WORKERS, "threads": THREADS}
        floors = Floors(
            stack.enter_context(bare("bare", bodies, home, **size)),
            stack.enter_context(bare("plain", bodies, home, **size)),
            stack.enter_context(nginx(bodies, home, workers=WORKERS)),
        )
        return [figure for read in reads for figure in _figures(bench, shop, read, floors)]


def _read(shop: ServedShop, question: Question, bodies: Path) -> Read | str:
    path, file = question.paths[0], question.name
    answer = once(shop.port, asking("GET", path))
    if answer.status != 200:
        return question.name
    (bodies / file).write_bytes(answer.body)
    return Read(question.name, path, file, answer.header("ETag"))


def _figures(bench: Bench, shop: ServedShop, read: Read | str, floors: Floors) -> Iterator[Figure]:
    if isinstance(read, str):
        yield missing(f"hot {read}", f">= {LEAST_OF_FLASK:.0f} of bare Flask")
        return
    yield _alone(bench, shop, read)
    for status in (200, 304):
        if status == 304 and read.tag is None:
            yield missing(f"hot {read.name}, 304", f">= {LEAST_OF_FLASK:.0f} of bare Flask")
            continue
        yield _compared(bench, shop, read, status, floors.flask, LEAST_OF_FLASK, "bare Flask")
        yield _compared(bench, shop, read, status, floors.plain, None, "a bare WSGI function")
        if floors.nginx is None:
            name = f"hot {read.name}, {status}, of nginx"
            yield Figure(name, NO_NGINX, f">= {LEAST_OF_NGINX}: not measured", met=True)
        else:
            yield _compared(bench, shop, read, status, floors.nginx, LEAST_OF_NGINX, "nginx")


def _alone(bench: Bench, shop: ServedShop, read: Read) -> Figure:
    """Measure one client and many, and what an answer costs the server's processor."""
    found = []
    for count in (1, CLIENTS):
        used, own = cpu_seconds(shop), time.process_time()
        seen = drive(shop.port, _clients(read.path, {}, count), bench.seconds(2 * SECONDS), warm=0)[""]
        each = 1e6 / max(1, len(seen.waits))
        cost = f"processor {(cpu_seconds(shop) - used) * each:,.0f} µs each"
        cost += f" and {(time.process_time() - own) * each:,.0f} µs for asking"
        found.append(f"{count}: {in_words(seen)}")
    return Figure(f"hot {read.name}", "; ".join([*found, cost]), REPORTED, met=True)


def _compared(
    bench: Bench, shop: ServedShop, read: Read, status: int, floor: int, least: float | None, name: str
) -> Figure:
    """Measure the shop and a floor in turn."""
    floor_path = f"/{read.file.replace(' ', '%20')}"
    floor_tag = TAG
    if name == "nginx":
        floor_tag = once(floor, asking("GET", floor_path)).header("ETag") or ""
    ours = {"If-None-Match": read.tag or ""} if status == 304 else {}
    theirs = {"If-None-Match": floor_tag} if status == 304 else {}
    rate = partial(_rate, seconds=bench.seconds(SECONDS), status=status)
    ratio, shops, floors = side_by_side(
        partial(rate, shop.port, read.path, ours),
        partial(rate, floor, floor_path, theirs),
        bench.rounds(ROUNDS),
    )
    return Figure(
        f"hot {read.name}, {status}, of {name}",
        f"{ratio:.2f} ({shops:,.0f}/s of {floors:,.0f}/s)",
        REPORTED if least is None else f">= {least}",
        met=least is None or ratio >= least,
    )


def _rate(port: int, path: str, headers: Mapping[str, str], *, seconds: float, status: int) -> float:
    seen = drive(port, _clients(path, headers, CLIENTS), seconds, warm=0.1)[""]
    assert set(seen.statuses) == {status}, f"{path} was answered {dict(seen.statuses)} and not {status}"
    return seen.rate


def _clients(path: str, headers: Mapping[str, str], count: int) -> list[object]:
    request = asking("GET", path, headers=headers)
    return [again_and_again(itertools.repeat(request)) for _ in range(count)]
