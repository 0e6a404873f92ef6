"""How a command starts: Python's search for garbage is kept out of its way, and comes back after."""

from __future__ import annotations

import subprocess
import sys

_SAYING_HELP = """
import gc, sys
from shop.__main__ import main

sys.argv = ["shop", "--help"]
before = gc.get_stats()[2]["collections"]
try:
    main()
finally:
    print(gc.get_stats()[2]["collections"] - before, gc.get_freeze_count() > 100_000, gc.isenabled())
"""


def test_nobody_looks_for_garbage_among_what_is_imported() -> None:
    run = subprocess.run([sys.executable, "-c", _SAYING_HELP], capture_output=True, text=True, check=True)

    assert "Usage: " in run.stdout
    assert run.stdout.splitlines()[-1] == "0 True True"
