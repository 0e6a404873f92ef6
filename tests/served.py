"""The shop as its operator runs it: a group of server processes, and Stripe's stand-in beside it.

Real processes and real sockets, for what a test in one process cannot show: races between
workers, and what is left when all of them are killed at once.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from shop.payments.double import StripeDouble
from tests.shopper import Shopper
from tests.sockets import ESTABLISHED, connections, free_port, listening
from tests.wire import WireClient, WireLine

PROJECT = Path(__file__).resolve().parents[1]
START_SECONDS = 30.0
STOP_SECONDS = 15.0
#: Nobody listens there.
NOWHERE = "http://127.0.0.1:9"
SECRET_KEY = "a secret of the tests, long enough"


@dataclass
class ServedShopper(Shopper):
    """A shopper of a running server; what Stripe tells the shop is told by itself."""

    client: WireClient
    double: WireClient

    def at_stripe(self) -> WireClient:
        return self.double

    def through(self, line: WireLine) -> ServedShopper:
        """Return the same shopper in another tab, served by one process from now on."""
        return replace(self, client=line)


@dataclass
class Group:
    """A process with all its children, in a session of its own."""

    command: list[str]
    log: Path
    environment: dict[str, str]
    module: str = "shop"
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, adding to its log."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", self.module, *self.command],
                cwd=PROJECT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def send(self, how: signal.Signals) -> None:
        """Send a signal to every process of the group."""
        assert self.process is not None
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, how)

    def stop(self) -> None:
        """Ask the first process to end, and end by force what is left of the group."""
        if self.process is None:
            return
        if self.alive:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_SECONDS)
        self.send(signal.SIGKILL)
        self.process.wait(STOP_SECONDS)

    def open_files(self) -> Iterator[tuple[int, str]]:
        """Look at what the processes of the group have open: a process and a file, one by one."""
        assert self.process is not None
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):  # it ended, or is another user's
                if os.getpgid(int(folder.name)) == self.process.pid:
                    for entry in (folder / "fd").iterdir():
                        with suppress(OSError):
                            yield int(folder.name), str(entry.readlink())

    def told(self) -> str:
        """Everything it has printed."""
        return self.log.read_text() if self.log.exists() else ""


@dataclass
class ServedShop:
    """A shop on a migrated and seeded database, served by worker processes.

    Attributes:
        database_url: SQLite file or PostgreSQL database.
        home: An empty folder for logs and the stand-in's state.
        workers: Server processes.
        threads: Requests that each works on at a time; with one, two requests at work are
            certain to be in two processes.
        hears: Whether Stripe's webhooks reach it. A deaf shop, which does not ask Stripe by itself
            either, learns of a payment when its payer comes back: a test decides when.
        settings: More ``SHOP_*`` variables.
        module: What is run with the arguments of ``shop serve``.
    """

    database_url: str
    home: Path
    workers: int = 2
    threads: int = 4
    hears: bool = True
    settings: dict[str, str] = field(default_factory=dict)
    module: str = "shop"
    port: int = field(default_factory=free_port)
    stripe_port: int = field(default_factory=free_port)
    _groups: dict[str, Group] = field(default_factory=dict)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def stripe_url(self) -> str:
        return f"http://127.0.0.1:{self.stripe_port}"

    @property
    def server(self) -> Group:
        """The shop's processes."""
        return self._groups["shop"]

    @property
    def stand_in(self) -> Group:
        """Stripe's stand-in."""
        return self._groups["stripe"]

    def start(self) -> ServedShop:
        """Start what does not run, and wait until it answers."""
        if not self._groups:
            self._prepare()
        if not self.stand_in.alive:
            self.stand_in.start()
        if not self.server.alive:
            self.server.start()
        self._wait(self.stand_in, lambda: f"{self.stripe_url}\n" in self.stand_in.told())
        self.wait_until_ready()
        return self

    def wait_until_ready(self) -> None:
        """Wait until the shop says that it may be asked."""
        self._wait(self.server, self._answers)

    def kill9(self, *, stripe: bool = False) -> None:
        """End every process of the server at once, as a power switch would.

        Args:
            stripe: End the stand-in too. Stripe does not die with the shop, so it stays
                otherwise.
        """
        self.server.send(signal.SIGKILL)
        if stripe:
            self.stand_in.send(signal.SIGKILL)
        for group in [self.server, *([self.stand_in] if stripe else [])]:
            assert group.process is not None
            group.process.wait(STOP_SECONDS)
        self._wait_until_silent()

    def restart(self) -> None:
        """Start again on the same port what was killed; kill the server first where it runs."""
        if self.server.alive:
            self.kill9()
        self.start()

    def stop(self) -> None:
        """Stop everything; a second call does nothing."""
        for group in self._groups.values():
            group.stop()

    def log(self) -> str:
        """Everything that the processes have printed."""
        return "\n".join(f"--- {name}\n{group.told()[-6000:]}" for name, group in self._groups.items())

    @contextmanager
    def running(self) -> Iterator[ServedShop]:
        """Run for the block; what fails in it carries the log."""
        try:
            yield self.start()
        except BaseException as failure:
            failure.add_note(self.log())
            raise
        finally:
            self.stop()

    def shopper(self) -> ServedShopper:
        """Someone who buys here over HTTP and pays at the stand-in."""
        return ServedShopper(WireClient(self.base_url), WireClient(self.stripe_url))

    @contextmanager
    def lines(self) -> Iterator[list[WireLine]]:
        """Lend a connection to each worker process, when all of them have started."""
        found: dict[int, WireLine] = {}
        deadline = time.monotonic() + START_SECONDS
        with ExitStack() as stack:
            while len(found) < self.workers:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"connections reached {len(found)} of {self.workers} processes")
                line = WireLine(self.base_url)
                line.get("/v1/markets")
                if found.setdefault(self.process_behind(line), line) is line:
                    stack.callback(line.connection.close)
                else:
                    line.connection.close()
            yield list(found.values())

    @contextmanager
    def stripe_silent(self) -> Iterator[None]:
        """Stop the stand-in for the block: whoever asks Stripe waits, outside any transaction."""
        self.stand_in.send(signal.SIGSTOP)
        try:
            yield
        finally:
            self.stand_in.send(signal.SIGCONT)

    def lines_to_stripe(self) -> set[str]:
        """Return the shop's ends of its connections to the stand-in, idle ones too."""
        there = f":{self.stripe_port:04X}"
        return {row[1] for row in connections() if row[2].endswith(there) and row[3] == ESTABLISHED}

    def process_behind(self, line: WireLine) -> int:
        """Return the process that has the other end of a connection."""
        ends = f":{self.port:04X}", f":{line.port:04X}"
        inode = next(row[9] for row in connections() if (row[1][-5:], row[2][-5:]) == ends)
        return next(process for process, file in self.server.open_files() if file == f"socket:[{inode}]")

    def _prepare(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        state = self.home / "stripe.db"
        webhook = f"{self.base_url if self.hears else NOWHERE}/webhooks/stripe"
        # The stand-in takes the port it had before: with one known, both can start at once.
        double = StripeDouble(state)
        double.last_port = self.stripe_port
        double.close()
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("SHOP_")}
        environment = {
            **inherited,
            "SHOP_DATABASE_URL": self.database_url,
            "SHOP_SECRET_KEY": SECRET_KEY,
            "SHOP_PUBLIC_URL": self.base_url,
            "SHOP_STRIPE_API_BASE": self.stripe_url,
            # Tests look at once at what they did.
            "SHOP_HOT_BYTES": "0",
            "SHOP_INSTANCE": str(self.home),
            **({} if self.hears else {"SHOP_RECONCILE_SECONDS": str(24 * 3600)}),
            **self.settings,
        }
        size = ["--workers", str(self.workers), "--threads", str(self.threads)]
        commands = {
            "stripe": ["double", str(state), webhook],
            "shop": ["serve", "--port", str(self.port), *size],
        }
        for name, command in commands.items():
            module = self.module if name == "shop" else "shop"
            self._groups[name] = Group(command, self.home / f"{name}.log", environment, module)

    def _answers(self) -> bool:
        try:
            return WireClient(self.base_url, timeout=5).get("/readyz").status_code == 200
        except OSError:
            return False

    def _wait(self, group: Group, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not ready():
            if not group.alive or time.monotonic() > deadline:
                raise RuntimeError(f"{' '.join(group.command)} did not start:\n{group.told()[-6000:]}")
            time.sleep(0.02)

    def _wait_until_silent(self) -> None:
        deadline = time.monotonic() + STOP_SECONDS
        while listening(self.port):
            if time.monotonic() > deadline:
                raise RuntimeError("a worker still listens after its group was killed")
            time.sleep(0.01)
