"""What a measure is given, and the few things that all of them do."""

from __future__ import annotations

import os
import statistics
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.bench.load import Seen
from tests.bench.stores import Stores
from tests.bench.variants import WORKER
from tests.campaign.figures import Figure
from tests.served import ServedShop

REPORTED = "reported"
NOT_THERE = "not there"

#: Memory for hot answers: the shop's own default.
HOT_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Bench:
    """What is measured, and how long.

    Attributes:
        stores: Of each engine.
        sizes: Generated products of a catalogue, smallest first.
        scale: Share of the full time; 0.1 for a look.
    """

    stores: Sequence[Stores]
    sizes: Sequence[int]
    scale: float

    def seconds(self, full: float) -> float:
        """Return how long to measure what takes so long at full scale."""
        return max(0.2, full * self.scale)

    def rounds(self, full: int) -> int:
        """Return how often to repeat what is repeated so often at full scale; odd, for a median."""
        return max(1, round(full * self.scale)) | 1


@contextmanager
def shop_on(
    url: str, *, hot: bool = True, worker: str = "", workers: int = 1, threads: int = 4
) -> Iterator[ServedShop]:
    """Serve a database with the production server.

    Args:
        url: Migrated and seeded.
        hot: Whether answers are kept in front of Flask.
        worker: One of :mod:`tests.bench.variants`; the shop itself when empty.
        workers: Processes.
        threads: Of each.
    """
    with tempfile.TemporaryDirectory(prefix="shop-bench-", ignore_cleanup_errors=True) as home:
        settings = {"SHOP_HOT_BYTES": str(HOT_BYTES if hot else 0)}
        module = "tests.bench.variants" if worker else "shop"
        shop = ServedShop(
            url,
            Path(home),
            workers=workers,
            threads=threads,
            hears=False,
            settings={**settings, WORKER: worker},
            module=module,
        )
        with shop.running():
            yield shop


def in_words(seen: Seen, allowed: Sequence[int] = (200,)) -> str:
    """Return what clients saw, as people read it."""
    return f"{seen.ms(0.5):,.1f} / {seen.ms(0.99):,.1f} ms, {seen.rate:,.0f}/s{seen.refused(allowed)}"


def side_by_side(
    one: Callable[[], float], other: Callable[[], float], rounds: int
) -> tuple[float, float, float]:
    """Measure two rates in turn, so that both live through the same noise.

    Returns:
        The median of the rounds' ratios, and the median of each.
    """
    pairs = [(one(), other()) for _ in range(rounds)]
    ratios = [first / second if second else 0.0 for first, second in pairs]
    return statistics.median(ratios), *(statistics.median(column) for column in zip(*pairs, strict=True))


def missing(name: str, bar: str = REPORTED) -> Figure:
    """Say that the shop does not have what was to be measured; a bar is not met by that."""
    return Figure(name, NOT_THERE, bar, met=bar == REPORTED)


def memory_mb(shop: ServedShop) -> float:
    """Return the resident memory of the server's processes, each as the kernel counts it. Megabytes."""
    return sum(_status_kb(pid, "VmRSS") for pid in _processes(shop)) / 1024


def cpu_seconds(shop: ServedShop) -> float:
    """Return the processor time that the server's processes have used."""
    ticks = 0
    for pid in _processes(shop):
        with suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _processes(shop: ServedShop) -> list[int]:
    assert shop.server.process is not None
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended, or is another user's
            if os.getpgid(int(folder.name)) == shop.server.process.pid:
                found.append(int(folder.name))
    return found


def _status_kb(pid: int, name: str) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1])
    return 0
