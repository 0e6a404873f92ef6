"""Where tests keep what they make: in memory, where there is room.

Each test has a database of its own. To make and drop two thousand of them on a disk takes more time
than what is tested in them, and what they survive is a process that is killed, not a machine.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

#: A file system in memory, on Linux.
MEMORY = Path("/dev/shm")

#: A whole run needs a part of it.
NEEDED_BYTES = 3 * 2**30


def use_memory() -> None:
    """Let temporary files of this process and its children be in memory, unless ``TMPDIR`` says where."""
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK):
        return
    if shutil.disk_usage(MEMORY).free >= NEEDED_BYTES:
        # The second because pytest has asked for it by now, and Python remembers the answer.
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)
