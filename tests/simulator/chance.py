"""Chance that repeats: every random byte of a history comes from its seed."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tests.simulator.replacing import replaced


@contextmanager
def repeatable_bytes(seed: object) -> Iterator[None]:
    """Let ids, tokens and order numbers be the same in each run of a seed.

    ``uuid`` and ``secrets`` ask the operating system, at these two places.
    """
    source = random.Random(f"bytes of {seed}").randbytes
    with ExitStack() as stack:
        stack.enter_context(replaced(os, urandom=source))
        stack.enter_context(replaced(random, _urandom=source))
        yield
