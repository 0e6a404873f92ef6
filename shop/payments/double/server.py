"""A loop-back server for the double, on threads of its own."""

from __future__ import annotations

import io
import logging
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import unquote

from .double import StripeDouble
from .faults import DroppedConnectionError
from .http_messages import MAX_BODY_BYTES
from .loopback import is_loopback

_log = logging.getLogger(__name__)
_DELIVERY_PAUSE_SECONDS = 0.1


class DoubleServer:
    """Serves a double on the loop-back and, on request, delivers its webhooks in the background."""

    def __init__(
        self, double: StripeDouble, host: str = "127.0.0.1", port: int = 0, *, deliver: bool = False
    ) -> None:
        """Prepare the server; nothing listens before ``start``.

        Args:
            double: What to serve.
            host: A loop-back address.
            port: A free one is taken for 0.
            deliver: Whether a thread applies the time and delivers webhooks, with retries.

        Raises:
            ValueError: For a host that other machines could reach.
        """
        if not is_loopback(host):
            raise ValueError(f"the Stripe double listens on loop-back addresses only, not {host!r}")
        self._double = double
        self._address = host, port
        self._deliver = deliver
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._http: _HTTPServer | None = None

    @property
    def port(self) -> int:
        """The port it listens on.

        Raises:
            RuntimeError: Before ``start``.
        """
        if self._http is None:
            raise RuntimeError("the server is not started")
        return int(self._http.server_address[1])

    @property
    def base_url(self) -> str:
        """Its address, without a slash at the end."""
        host = self._address[0]
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    def start(self) -> DoubleServer:
        """Listen, tell the double its address and remember the port.

        Raises:
            OSError: When the port is taken.
        """
        self._stopping.clear()
        self._http = _HTTPServer(self._address, self._double)
        self._double.base_url = self.base_url
        self._double.last_port = self.port
        # The poll interval is how long ``stop`` waits for the accepting thread.
        serve = threading.Thread(
            target=self._http.serve_forever, args=(0.02,), name="stripe-double", daemon=True
        )
        self._threads = [serve]
        if self._deliver:
            self._threads.append(
                threading.Thread(target=self._run, name="stripe-double-webhooks", daemon=True)
            )
        for thread in self._threads:
            thread.start()
        return self

    def stop(self) -> None:
        """Stop listening, hang up and wait for the threads; a second call does nothing."""
        if self._http is None:
            return
        self._stopping.set()
        self._http.shutdown()
        self._http.hang_up()
        self._double.end_waits()
        self._http.server_close()
        for thread in self._threads:
            thread.join()
        self._http = None

    def _run(self) -> None:
        while not self._stopping.wait(_DELIVERY_PAUSE_SECONDS):
            try:
                self._double.tick()
                # One at a time, so that stopping never waits for a long queue.
                while not self._stopping.is_set() and self._double.deliver_webhooks(limit=1):
                    pass
            except Exception:
                _log.exception("the Stripe double could not deliver")

    def __enter__(self) -> DoubleServer:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _HTTPServer(ThreadingHTTPServer):
    """Threads per connection, all joined at the end."""

    daemon_threads = False
    block_on_close = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], double: StripeDouble) -> None:
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, _Handler)
        self.double = double
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        _log.debug("a client of the Stripe double went away", exc_info=True)

    def hang_up(self) -> None:
        """End the connections that clients keep open between requests."""
        with self._lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue


class _Handler(BaseHTTPRequestHandler):
    """One connection: reads requests, writes headers and body in one piece."""

    server: _HTTPServer
    protocol_version = "HTTP/1.1"
    server_version = "StripeDouble"
    # Without these two, Nagle and delayed ACK cost some 45 ms a request.
    disable_nagle_algorithm = True
    wbufsize = -1

    def handle_one_request(self) -> None:
        """Serve one request; a dropped connection ends without a byte."""
        try:
            super().handle_one_request()
        except DroppedConnectionError:
            self.close_connection = True

    def _serve(self) -> None:
        host = self.headers.get("Host", "").rsplit(":", 1)[0]
        if not is_loopback(host):
            # A foreign name that points here is a web page reaching for this machine.
            self._refuse(403)
            return
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdigit():
            self._refuse(411)
            return
        if int(length) > MAX_BODY_BYTES:
            self._refuse(413)
            return
        environ = self._environ(self.rfile.read(int(length)))
        try:
            chunks = self.server.double(environ, self._start)
        except DroppedConnectionError:
            raise
        except Exception:
            _log.exception("the Stripe double broke on %s %s", self.command, environ["PATH_INFO"])
            self._refuse(500)
            return
        for chunk in chunks:
            self.wfile.write(chunk)

    do_GET = do_HEAD = do_POST = do_DELETE = do_PUT = do_PATCH = _serve  # noqa: N815 - the base's names

    def _environ(self, body: bytes) -> dict[str, Any]:
        path, _, query = self.path.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.command,
            "PATH_INFO": unquote(path),
            "QUERY_STRING": query,
            "CONTENT_LENGTH": str(len(body)),
            "SERVER_PROTOCOL": self.request_version,
            "wsgi.input": io.BytesIO(body),
            "wsgi.url_scheme": "http",
        }
        for name, value in self.headers.items():
            environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
        return environ

    def _start(self, status: str, headers: list[tuple[str, str]], *_: object) -> Any:
        code, _space, phrase = status.partition(" ")
        self.send_response(int(code), phrase)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()

    def _refuse(self, status: int) -> None:
        self.close_connection = True
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.send_header("Connection", "close")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's signature
        """Log to the debug level: a demo's terminal stays readable."""
        _log.debug(format, *args)
