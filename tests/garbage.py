"""A pytest plugin that looks for garbage seldom: half of collecting and a sixth of testing went there.

Loaded by ``addopts``, before the shop and its tests are imported.
"""

from __future__ import annotations

import gc

gc.disable()


def pytest_collection_finish() -> None:
    """Never look among what was imported, and seldom among the rest."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
    gc.enable()
