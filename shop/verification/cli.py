"""The command ``shop verify``."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from shop.config import current_settings
from shop.kit.commands import NotRun
from shop.kit.db import db
from shop.payments.current import current_gateway
from shop.payments.errors import PaymentProviderUnavailable
from shop.verification.at_stripe import verify_at_stripe
from shop.verification.promises import Breach
from shop.verification.service import INVARIANTS, verify_each


@click.command()
@click.option("--stripe", "at_stripe", is_flag=True, help="Compare payments and refunds with Stripe too.")
@click.option(
    "--days", default=30, show_default=True, type=click.IntRange(1), help="How far back, with --stripe."
)
@with_appcontext
def verify(at_stripe: bool, days: int) -> None:
    """Prove that stock, orders and money agree; each breach is named with its repair.

    Ends with 1 where one is broken, with 2 where nothing could be said.
    """
    breaches: list[Breach] = []
    for invariant, found in verify_each(db.session()):
        click.echo(f"{invariant.id:<4}{'broken' if found else 'holds '}  {invariant.promise}")
        breaches += found
    if at_stripe:
        try:
            found = verify_at_stripe(db.session(), current_settings(), current_gateway(), days=days)
        except PaymentProviderUnavailable:
            raise NotRun("Stripe does not answer; nothing was compared with it") from None
        click.echo(f"    {'broken' if found else 'holds '}  Stripe holds the same payments and refunds.")
        breaches += found
    for breach in breaches:
        click.echo(str(breach), err=True)
    if breaches:
        raise SystemExit(1)
    click.echo(f"{len(INVARIANTS)} invariants hold")
