"""``shop`` with every logger turned all the way up, and with mistakes in it, for test_log_no_secrets.py.

Run as ``python -m tests.security.talkative serve ...``. Nothing of the shop's own log is left out:
the root logger writes beside it, in its plain form.
"""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, request
from sqlalchemy import update

from shop import serving
from shop.checkout.models import Checkout
from shop.cli import main
from shop.kit.db import transaction

#: Header that makes a request meet a mistake of ours.
CRASH = "X-Crash"


def turn_up() -> None:
    """Let everybody say everything."""
    logging.getLogger().setLevel(logging.DEBUG)
    for name in (
        "shop",
        "sqlalchemy",
        "sqlalchemy.engine",
        "sqlalchemy.pool",
        "stripe",
        "urllib3",
        "granian",
    ):
        logging.getLogger(name).setLevel(logging.DEBUG)
    for logger in list(logging.Logger.manager.loggerDict.values()):
        if isinstance(logger, logging.Logger):
            logger.setLevel(logging.DEBUG)
            logger.disabled = False


def worker() -> Flask:
    """Build the application of a worker, whose shop's log goes to the root logger, too."""
    turn_up()
    app = _worker()
    turn_up()
    logging.getLogger("shop").propagate = True
    change = app.view_functions["checkouts.change_checkout"]

    def mistaken(*args: Any, **kwargs: Any) -> Any:
        match request.headers.get(CRASH):
            case "statement":
                values = {
                    "email": request.json["email"],
                    "shipping_address": request.json["shipping_address"],
                }
                with transaction() as session:  # a row that no checkout can be, with somebody in it
                    session.execute(update(Checkout).values(**values, version=None))
            case "program":
                raise RuntimeError("a mistake with a buyer in its hands")
        return change(*args, **kwargs)

    app.view_functions["checkouts.change_checkout"] = mistaken
    return app


_worker = serving.worker

if __name__ == "__main__":
    logging.basicConfig(level=logging.DEBUG)
    turn_up()
    serving.worker = worker
    main()
