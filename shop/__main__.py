"""The ``shop`` command, and ``python -m shop``, which is the same."""

from __future__ import annotations

import gc


def main() -> None:
    """Import the shop, and run what the command line says."""
    # Importing makes half a million objects and no garbage to speak of. Looking for it among them,
    # again and again, took more than half of the time in which a command starts; what is frozen is
    # not gone through at the end either, and stays shared with the workers that a server forks.
    gc.disable()
    from shop.cli import main as run  # noqa: PLC0415 - its import is what this is about

    gc.freeze()
    gc.enable()
    run()


if __name__ == "__main__":
    main()
