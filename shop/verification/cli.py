"""The command ``shop verify``."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from shop.audit import chain
from shop.config import current_settings
from shop.kit.commands import NotRun
from shop.kit.db import db
from shop.media import upkeep
from shop.media.store import current_store
from shop.payments.current import current_gateway
from shop.payments.errors import PaymentProviderUnavailable
from shop.verification.at_stripe import verify_at_stripe
from shop.verification.promises import Breach
from shop.verification.service import INVARIANTS, verify_each


@click.group(invoke_without_command=True)
@click.option("--stripe", "at_stripe", is_flag=True, help="Compare payments and refunds with Stripe too.")
@click.option(
    "--days", default=30, show_default=True, type=click.IntRange(1), help="How far back, with --stripe."
)
@click.pass_context
@with_appcontext
def verify(context: click.Context, at_stripe: bool, days: int) -> None:
    """Prove that stock, orders and money agree; each breach is named with its repair.

    Ends with 1 where one is broken, with 2 where nothing could be said.
    """
    if context.invoked_subcommand:
        return
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


@verify.command("audit")
@click.option("--noted", metavar="NUMBER:HASH", help="What this command printed last, from a note of yours.")
@with_appcontext
def audit_command(noted: str | None) -> None:
    """Prove that no entry of the audit log was edited, removed or put in; each one is named.

    Prints the last entry's number and hash. Noted outside the database, they show a log that was
    forged as a whole as well. Ends with 1 where an entry is not what was written.
    """
    number, last = chain.head(db.session())
    found = list(chain.findings(db.session()))
    if noted:
        then, _, its_hash = noted.partition(":")
        if not then.isdecimal() or not its_hash:
            raise click.BadParameter("as it was printed: NUMBER:HASH", param_hint="--noted")
        if chain.hash_at(db.session(), int(then)) != its_hash:
            found.append((f"audit entry {then}", "it is not the one that was noted", chain.REPAIR))
    for what, problem, repair in found:
        click.echo(f"{what}: {problem}. {repair}", err=True)
    if found:
        raise SystemExit(1)
    click.echo(f"{number:,} entries hold; the last is {number}:{last}")


@verify.command("media")
@with_appcontext
def media_command() -> None:
    """Prove that every picture has its files, and that each file is what was stored.

    Reads all of them. `shop backup` holds no files: after a restore, this tells which are missing.
    Ends with 1 where one is gone or damaged.
    """
    found = list(upkeep.findings(db.session(), current_store()))
    for what, problem, repair in found:
        click.echo(f"{what}: {problem}. {repair}", err=True)
    if found:
        raise SystemExit(1)
    click.echo("Every picture has its files.")
