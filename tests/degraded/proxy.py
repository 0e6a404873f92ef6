"""A line to a server that a test can cut, hold or hush."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Proxy:
    """Passes bytes between clients and a server on this machine, as long as it is told to.

    Attributes:
        target: Port of the server.
        hushed: Whether what the server says is kept from its clients, who wait for it: a
            machine that hangs, or a network that swallows packets.
    """

    target: int
    hushed: threading.Event = field(default_factory=threading.Event)
    _listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    _lines: list[socket.socket] = field(default_factory=list)

    @property
    def port(self) -> int:
        """Where clients connect."""
        return int(self._listener.getsockname()[1])

    def cut(self) -> None:
        """End every connection, as a restarted router does."""
        for line in self._lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.target))
            self._lines += [client, server]
            for source, sink, muted in ((client, server, None), (server, client, self.hushed)):
                threading.Thread(target=self._pass_on, args=(source, sink, muted), daemon=True).start()

    @staticmethod
    def _pass_on(source: socket.socket, sink: socket.socket, muted: threading.Event | None) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if muted is None or not muted.is_set():
                    sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Stop it all."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        for line in self._lines:
            line.close()


@contextmanager
def proxy_to(port: int) -> Iterator[Proxy]:
    """Run a proxy to a server for the block."""
    proxy = Proxy(port)
    thread = threading.Thread(target=proxy._serve, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.close()
        thread.join(10)
