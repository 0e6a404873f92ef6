"""One request at a time, each pausing where another process could come in between.

Every request runs in a thread of its own, but only one thread runs: it hands the turn back when
it pauses or ends. What runs when is decided by the seed and by nothing else.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

#: Seconds of real time after which a turn counts as stuck.
PATIENCE = 60.0


class Killed(BaseException):
    """The process is dead: it runs nothing any more, neither handlers nor statements."""


@dataclass(eq=False)
class Task:
    """One request or command at work in a process of the shop.

    Attributes:
        operation: What it is, for the counters: ``complete``, ``webhook``, ...
        subject: Whose purchase it is about.
        pid: The process that works on it.
        work: The request itself.
        dead: Whether its process was killed.
        failure: What it raised, other than its death.
        at: The point where it is paused.
        hurt: Whether Stripe failed it: only then may it answer 503.
    """

    operation: str
    subject: str
    pid: int
    work: Callable[[Task], None]
    dead: bool = False
    done: bool = False
    failure: BaseException | None = None
    at: str = ""
    hurt: bool = False
    #: Whether a transaction of it is open: nobody may come in between.
    inside: bool = False
    go: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))


class Schedule:
    """Whose turn it is.

    Attributes:
        paused: Tasks that stopped at a point, oldest first.
        current: The task whose turn it is, None while the world itself acts.
    """

    def __init__(self) -> None:
        self.paused: list[Task] = []
        self.current: Task | None = None
        self._back = threading.Semaphore(0)

    def start(self, task: Task) -> None:
        """Give a new task its first turn; returns when it pauses or ends."""
        threading.Thread(target=self._live, args=(task,), daemon=True).start()
        self._turn(task)

    def resume(self, task: Task) -> None:
        """Give a paused task another turn."""
        self.paused.remove(task)
        self._turn(task)

    def pause(self, point: str) -> None:
        """Stop the current task here until it is resumed.

        Raises:
            Killed: Its process died meanwhile.
        """
        task = self.current
        assert task is not None
        task.at = point
        self.paused.append(task)
        self._back.release()
        task.go.acquire()
        if task.dead:
            raise Killed

    def kill(self, pid: int) -> None:
        """Let a process die, and with it everything that it has at work."""
        for task in [each for each in self.paused if each.pid == pid]:
            task.dead = True
        if self.current is not None and self.current.pid == pid:
            self.current.dead = True

    def end(self) -> None:
        """Let all that is at work die."""
        for task in self.paused:
            task.dead = True
        self.bury()

    def bury(self) -> None:
        """Let the threads of dead tasks end; they can do nothing on their way."""
        for task in [each for each in self.paused if each.dead]:
            self.resume(task)

    def _turn(self, task: Task) -> None:
        self.current = task
        task.go.release()
        if not self._back.acquire(timeout=PATIENCE):
            raise RuntimeError(f"{task.operation} of {task.subject} is stuck after {task.at or 'its start'}")
        self.current = None

    def _live(self, task: Task) -> None:
        task.go.acquire()
        try:
            task.work(task)
        except Killed:
            task.dead = True
        except BaseException as failure:
            task.failure = failure
        finally:
            task.done = True
            self._back.release()
