"""The log: one line of JSON a record, with the request's name; readable text where that is wished.

What is written about a request is its route and never its address: an address may hold what
somebody typed, and a query may hold a secret. Statements that fail are logged without their
values (``hide_parameters``, :mod:`shop.kit.engines`). What libraries write at DEBUG is what passes
through them, rows and bodies and addresses; they are not heard there, however far a logger is
turned up (:func:`hush`).
"""

from __future__ import annotations

import logging
import os
import re
import sys
from datetime import UTC, datetime
from typing import Any

import orjson
from flask import g, has_request_context

_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")
_QUOTED_ROW = re.compile(r"DETAIL: .*")

#: Loggers of libraries that write down what passes through them, and the level from which each is
#: heard: statements without their values, but no rows; nothing that is sent to Stripe or comes back;
#: no address that somebody asked for.
_TALKATIVE = {
    "flask_cors.core": logging.INFO,
    "flask_cors.extension": logging.INFO,
    "sqlalchemy.engine.Engine": logging.INFO,
    "stripe": logging.WARNING,
    "urllib3.connectionpool": logging.INFO,
}

#: Requests, one by one.
access = logging.getLogger("shop.access")


class _StandardError(logging.StreamHandler[Any]):
    """Writes to what ``sys.stderr`` is at the time, as Python's own last resort does."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> Any:
        return sys.stderr


def _facts(record: logging.LogRecord) -> dict[str, Any]:
    """Return what a record says beside its message; the request's name where there is a request."""
    facts: dict[str, Any] = getattr(record, "facts", {})
    if "request_id" not in facts and has_request_context() and "request_id" in g:
        facts = {"request_id": g.request_id, **facts}
    return facts


def _hide(text: str) -> str:
    """Return a text without e-mail addresses, and without the rows that PostgreSQL quotes."""
    return _ADDRESS.sub("(e-mail)", _QUOTED_ROW.sub("DETAIL: (hidden)", text))


class _Formatter(logging.Formatter):
    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's own name
        """Render a traceback."""
        return _hide(super().formatException(ei))


class JsonFormatter(_Formatter):
    """One line of JSON: time, level, logger, message, worker, and facts."""

    def format(self, record: logging.LogRecord) -> str:
        """Render a record; a traceback is one of its members."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _hide(record.getMessage()),
            "worker": os.getpid(),
            **_facts(record),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()


class TextFormatter(_Formatter):
    """The same for people: the facts behind the message."""

    def format(self, record: logging.LogRecord) -> str:
        """Render a record."""
        moment = datetime.fromtimestamp(record.created, UTC)
        facts = " ".join(f"{name}={value}" for name, value in _facts(record).items())
        text = f"{moment:%H:%M:%S} {record.levelname.lower():7} {_hide(record.getMessage())} {facts}".rstrip()
        return f"{text}\n{self.formatException(record.exc_info)}" if record.exc_info else text


class _From(logging.Filter):
    """Lets through what is of a level at least, whatever level its logger is set to."""

    def __init__(self, level: int) -> None:
        super().__init__()
        self._level = level

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is heard."""
        return record.levelno >= self._level


def hush() -> None:
    """Keep libraries from writing what is somebody's, at any level and to any handler."""
    for name, level in _TALKATIVE.items():
        logger = logging.getLogger(name)
        if not any(isinstance(each, _From) for each in logger.filters):
            logger.addFilter(_From(level))


FORMATS: dict[str, type[logging.Formatter]] = {"json": JsonFormatter, "text": TextFormatter}


def start(form: str) -> None:
    """Send what the shop logs to standard error from now on, in one of ``FORMATS``."""
    handler = _StandardError()
    handler.setFormatter(FORMATS[form]())
    shop = logging.getLogger("shop")
    shop.handlers = [handler]
    shop.propagate = False
