"""The ``shop`` command."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import FlaskGroup

from shop.admin.cli import key, order, user
from shop.app import create_app
from shop.backup.cli import backup, restore
from shop.checkout.reconciliation import reconcile as reconcile_payments
from shop.config import SettingsError, current_settings
from shop.inventory.cli import stock
from shop.kit.commands import NotRun
from shop.kit.db import db
from shop.kit.engines import tell_version
from shop.kit.failures import is_outage
from shop.kit.migrations import NotMigratedError, require_migrated
from shop.kit.problems import Busy
from shop.media.cli import media
from shop.payments.current import current_gateway
from shop.search.cli import search
from shop.search.service import ensure_index
from shop.seeding.cli import seed
from shop.serving import serve as run_server
from shop.verification.cli import verify


def _create_app() -> object:
    try:
        return create_app()
    except SettingsError as error:
        raise NotRun(str(error)) from None


@click.group(
    cls=FlaskGroup,
    create_app=_create_app,
    add_default_commands=False,
    add_version_option=False,
    set_debug_flag=False,
    load_dotenv=False,
)
def cli() -> None:
    """A catalogue, cart and checkout for a leather-goods house."""


cli.add_command(seed)
cli.add_command(search)
cli.add_command(stock)
cli.add_command(media)
cli.add_command(key)
cli.add_command(user)
cli.add_command(order)
cli.add_command(verify)
cli.add_command(backup)
cli.add_command(restore)
# Flask's own options say how to find an application; this command has one.
cli.params = []


@cli.command(with_appcontext=False)
@click.option("--port", envvar="PORT", default=8000, show_default=True, help="Port of the shop.")
def demo(port: int) -> None:
    """Try the shop offline: catalogue, cart, checkout and a Stripe stand-in."""
    # Imported where it runs: it takes the stand-in along, a tenth of the time in which a shop that
    # was killed is back.
    from shop import demo as demonstration  # noqa: PLC0415

    try:
        demonstration.run(port)
    except SettingsError as error:
        raise NotRun(str(error)) from None


@cli.command(with_appcontext=False)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", envvar="PORT", default=8000, show_default=True)
@click.option("--workers", default=1, show_default=True, help="Processes.")
@click.option("--threads", default=4, show_default=True, help="Requests at a time in each process.")
def serve(host: str, port: int, workers: int, threads: int) -> None:
    """Serve the shop with its production server."""
    try:
        with create_app().app_context():
            settings = current_settings()
            if settings.payments == "double" and not settings.stripe_api_base:
                text = "nobody takes payments: set SHOP_PAYMENTS=sandbox, or use `shop demo`"
                raise SettingsError(text)
            require_migrated()
            ensure_index()
            tell_version(db.engine)
    except (SettingsError, NotMigratedError) as error:
        raise NotRun(str(error)) from None
    run_server(host=host, port=port, workers=workers, threads=threads)


@cli.command()
def reconcile() -> None:
    """Ask Stripe about every payment that is not settled yet, and for events that never arrived."""
    report = reconcile_payments(current_settings(), current_gateway())
    click.echo(
        f"{report.asked} payments asked about, {report.failed} not settled;"
        f" {report.fetched} missed events fetched, {report.waiting} waiting"
    )
    for number in report.quarantined:
        click.echo(f"order {number}: its payment differs from what was asked for; look at it in Stripe")
    if report.failed or report.waiting or report.quarantined:
        raise SystemExit(1)


@cli.command(with_appcontext=False, hidden=True)
@click.argument("state", type=click.Path(path_type=Path))
@click.argument("webhook_url")
def double(state: Path, webhook_url: str) -> None:
    """Run the Stripe stand-in; the demo starts it by itself."""
    from shop import demo as demonstration  # noqa: PLC0415 - see above

    demonstration.run_stand_in(state, webhook_url)


def main() -> None:
    """Run the command line."""
    try:
        cli()
    except Busy as error:
        # As below: Stripe, or a bucket of pictures.
        click.echo(f"Error: {error.detail}", err=True)
        raise SystemExit(NotRun.exit_code) from None
    except Exception as error:
        if not is_outage(error):
            raise
        # For whoever runs it on a timer: no mistake of ours, and worth another try.
        click.echo(f"Error: the database is not available: {error}", err=True)
        raise SystemExit(NotRun.exit_code) from None
