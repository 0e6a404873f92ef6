"""The shop is a plain WSGI application: any server may run it."""

from __future__ import annotations

import threading
import urllib.request
from wsgiref.simple_server import WSGIRequestHandler, make_server
from wsgiref.validate import validator

import pytest
from flask import Flask

from tests.databases import SqliteDatabases


class Quiet(WSGIRequestHandler):
    def log_request(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def databases(sqlite_databases: SqliteDatabases) -> SqliteDatabases:
    return sqlite_databases


def test_the_standard_librarys_server_runs_it_and_its_validator_finds_no_fault(app: Flask) -> None:
    with make_server("127.0.0.1", 0, validator(app), handler_class=Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/v1/markets"
        try:
            with urllib.request.urlopen(address) as answer:
                first, etag = answer.read(), answer.headers["ETag"]
            with urllib.request.urlopen(address) as answer:  # from memory
                assert answer.read() == first
            with urllib.request.urlopen(urllib.request.Request(address, method="HEAD")) as answer:
                assert (answer.read(), answer.headers["ETag"]) == (b"", etag)
        finally:
            server.shutdown()
