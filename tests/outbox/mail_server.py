"""A mail server on the loop-back that takes everything, for tests."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class _Session(socketserver.StreamRequestHandler):
    """One SMTP session, as far as a client needs it. Source: RFC 5321."""

    def handle(self) -> None:
        """Take one message after the other until the client quits."""
        self._say("220 ready")
        for line in self.rfile:
            verb = line.split()[0].upper() if line.split() else b""
            if verb == b"DATA":
                self._say("354 go on")
                self.server.messages.append(self._message())  # type: ignore[attr-defined]
            if verb == b"QUIT":
                self._say("221 bye")
                return
            self._say("250 ok")

    def _message(self) -> str:
        lines = []
        for line in self.rfile:
            if line.rstrip() == b".":
                break
            lines.append(line.decode())
        return "".join(lines)

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def mail_server() -> Iterator[tuple[str, list[str]]]:
    """Run a server for the block; yield its address and the messages it took."""
    server: Any = socketserver.TCPServer(("127.0.0.1", 0), _Session)
    server.messages = []
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"smtp://127.0.0.1:{server.server_address[1]}", server.messages
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
