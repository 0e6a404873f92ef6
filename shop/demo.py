"""``make demo``: the shop with its catalogue and a Stripe stand-in, offline, in one command."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import flask_migrate

from shop.app import INSTANCE, PROJECT, create_app
from shop.config import Settings
from shop.payments.double import DoubleServer, StateInUseError, StripeDouble
from shop.seeding.cli import apply_and_tell
from shop.serving import exit_with_parent, serve

PORT_WAIT_SECONDS = 5.0


def run(port: int) -> None:
    """Prepare the database, start the stand-in, and serve until Ctrl-C.

    Args:
        port: Of the shop, on the loop-back interface.

    Raises:
        click.ClickException: The port is taken, or payments are not the stand-in's.
    """
    _wait_until_free(port)
    settings = Settings.for_instance(INSTANCE)
    if settings.payments != "double":
        raise click.ClickException(
            "the demo pays through the stand-in; unset SHOP_PAYMENTS, or use `shop serve`"
        )
    os.environ.setdefault("SHOP_LOG_FORMAT", "text")
    os.environ.setdefault("SHOP_PUBLIC_URL", f"http://127.0.0.1:{port}")
    app = create_app(settings)
    with app.app_context():
        flask_migrate.upgrade()
        apply_and_tell(PROJECT / "seed")
    with _stand_in(f"http://127.0.0.1:{port}/webhooks/stripe") as address:
        os.environ["SHOP_STRIPE_API_BASE"] = address
        _greet(port, address)
        serve(host="127.0.0.1", port=port, workers=1, threads=4)


def run_stand_in(state: Path, webhook_url: str) -> None:
    """Run the stand-in in this process until it is stopped; print its address first.

    It takes the port it had before, where that is free, so that pay links handed out before a
    restart still work.
    """
    exit_with_parent()
    try:
        double = StripeDouble(state, webhook_url=webhook_url)
    except StateInUseError:
        raise click.ClickException(f"another demo is running with the data in {state.parent}") from None
    server = _server(double)
    server.start()
    click.echo(server.base_url)
    sys.stdout.flush()
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            time.sleep(3600)
    server.stop()
    double.close()


def _server(double: StripeDouble) -> DoubleServer:
    if double.last_port:
        with contextlib.suppress(OSError):
            return DoubleServer(double, port=double.last_port, deliver=True)
    return DoubleServer(double, deliver=True)


@contextmanager
def _stand_in(webhook_url: str) -> Iterator[str]:
    """Start the stand-in in a process of its own; yield its address."""
    command = [sys.executable, "-m", "shop", "double", str(INSTANCE / "stripe.db"), webhook_url]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        if not address:
            raise click.ClickException("the Stripe stand-in did not start")
        yield address
    finally:
        process.terminate()
        process.wait(timeout=10)


def _wait_until_free(port: int) -> None:
    """Wait for a shop that was just killed to let go of its port."""
    deadline = time.monotonic() + PORT_WAIT_SECONDS
    while True:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                if time.monotonic() > deadline:
                    raise click.ClickException(
                        f"port {port} is in use; try PORT={port + 1} make demo"
                    ) from None
                time.sleep(0.1)
            else:
                return


def _greet(port: int, stand_in: str) -> None:
    shop = f"http://127.0.0.1:{port}"
    bag = "family=le-city&material=arena&detail=large-studs&hardware=zip-pull-laced&colour=black"
    click.echo(
        f"""
  Shop       {shop}/   <- open it in a browser, put a bag in, and pay with a button:
                                      the payment page is a stand-in, no money moves
  API        {shop}/v1/products
  API docs   {shop}/docs/
  OpenAPI    {shop}/openapi.json
  Stripe     {stand_in}  (the stand-in)

  A first look without a browser:
    curl -s '{shop}/v1/products?{bag}'

  The README buys this bag in ten commands. Ctrl-C stops everything.
"""
    )
