"""Making the generated databases that are not there yet: each engine in a process, with a bar for each."""

from __future__ import annotations

import multiprocessing
import resource
import time
from collections.abc import Sequence
from multiprocessing.queues import Queue
from queue import Empty

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tests.bench.stores import Stores

#: Engine, size and how many products are written.
_Told = tuple[str, int, int]

LOOK_SECONDS = 0.5


def make(stores: Sequence[Stores], sizes: Sequence[int]) -> None:
    """Make every database that is missing."""
    missing = {store.engine: [size for size in sizes if not store.has(size)] for store in stores}
    if not any(missing.values()):
        return
    spawn = multiprocessing.get_context("spawn")
    told: Queue[_Told] = spawn.Queue()
    started = time.monotonic()
    makers = [
        spawn.Process(target=_make, args=(store, missing[store.engine], told), daemon=True)
        for store in stores
    ]
    for maker in makers:
        maker.start()
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        tasks = {
            (engine, size): bar.add_task(f"{engine}, {size:,} products", total=size, start=False)
            for engine, wanted in missing.items()
            for size in wanted
        }
        while any(maker.is_alive() for maker in makers):
            try:
                engine, size, done = told.get(timeout=LOOK_SECONDS)
            except Empty:
                continue
            if done == 0:
                bar.start_task(tasks[engine, size])
            bar.update(tasks[engine, size], completed=done)
    if any(maker.exitcode for maker in makers):
        raise RuntimeError("a generated database could not be made; see above")
    peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    console.print(
        f"made {sum(map(len, missing.values()))} databases in {time.monotonic() - started:,.0f} s,"
        f" the largest process with {peak_mb:,.0f} MB",
        highlight=False,
    )


def _make(stores: Stores, sizes: Sequence[int], told: Queue[_Told]) -> None:
    for size in sizes:
        told.put((stores.engine, size, 0))
        stores.url(size, lambda done, size=size: told.put((stores.engine, size, done)))
