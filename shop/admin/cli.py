"""The commands ``shop key ...``, ``shop user ...`` and ``shop order ...``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from uuid import UUID

import click
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from shop.admin import keys, users
from shop.admin.passwords import PasswordRefusedError
from shop.admin.queries import order_summary
from shop.checkout import decisions
from shop.config import current_settings
from shop.kit.commands import operator
from shop.kit.db import db
from shop.kit.problems import Problem
from shop.orders.refunds import RefundAsk
from shop.payments.current import current_gateway

key = AppGroup("key", help="Keys of the admin API.")
user = AppGroup("user", help="Users of the admin pages: people with a name and a password.")
order = AppGroup("order", help="An order's money: look at it, take it, let it go, give it back.")

_scopes = click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice(keys.SCOPES))


@key.command("create")
@click.argument("name")
@_scopes
@click.option(
    "--days", default=90, show_default=True, type=click.IntRange(1, 3650), help="How long it lasts."
)
def create_command(name: str, scopes: tuple[str, ...], days: int) -> None:
    """Make a key for NAME and show it, once."""
    click.echo(keys.create(name, scopes, days=days, actor=operator()))
    click.echo("This key is not shown again: only its hash is kept.", err=True)


@key.command("list")
def list_command() -> None:
    """Show who has keys, what for and until when."""
    for each in keys.known(db.session()):
        state = "revoked" if each.revoked_at else f"until {each.expires_at:%Y-%m-%d}"
        click.echo(f"{each.name}: {', '.join(each.scopes)}; {state}")


@key.command("revoke")
@click.argument("name")
def revoke_command(name: str) -> None:
    """Put every key of NAME out of use, at once."""
    count = keys.revoke(name, actor=operator())
    if not count:
        raise click.ClickException(f"{name} has no key in use")
    click.echo(f"{count} revoked")


def _asked_password() -> str:
    """Ask for a password twice at a terminal, and read one line from anything else: no argument shows it."""
    if sys.stdin.isatty():
        asked: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return asked
    return sys.stdin.readline().rstrip("\r\n")


@user.command("create")
@click.argument("name")
@_scopes
def create_user_command(name: str, scopes: tuple[str, ...]) -> None:
    """Make a user NAME; the password is asked for, or is a line of standard input."""
    try:
        name = users.accepted(name)
        users.create(name, _asked_password(), scopes, actor=operator())
    except users.NameRefusedError as refused:
        raise click.BadParameter(str(refused), param_hint="NAME") from None
    except PasswordRefusedError as refused:
        raise click.ClickException(str(refused)) from None
    except users.NameTakenError:
        raise click.ClickException(f"there is a user {name} already") from None
    click.echo(f"{name} can sign in")


@user.command("list")
def list_users_command() -> None:
    """Show who are users, what for and since when."""
    for each in users.known(db.session()):
        state = "disabled" if each.disabled_at else f"since {each.created_at:%Y-%m-%d}"
        click.echo(f"{each.name}: {', '.join(each.scopes)}; {state}")


@user.command("password")
@click.argument("name")
def password_command(name: str) -> None:
    """Give NAME another password, which is asked for, and end its sessions."""
    if not users.is_known(db.session(), name):  # before anybody types a password twice for nothing
        raise _unknown(name)
    try:
        ended = users.set_password(name, _asked_password(), actor=operator())
    except PasswordRefusedError as refused:
        raise click.ClickException(str(refused)) from None
    click.echo(f"the password is changed; {ended} signed out")


@user.command("scopes")
@click.argument("name")
@_scopes
def scopes_command(name: str, scopes: tuple[str, ...]) -> None:
    """Let NAME do what these scopes allow and nothing else, at once, also where it is signed in."""
    try:
        changed = users.set_scopes(name, scopes, actor=operator())
    except users.NoSuchUserError:
        raise _unknown(name) from None
    click.echo("the scopes are changed" if changed else "it has these scopes already")


@user.command("disable")
@click.argument("name")
def disable_command(name: str) -> None:
    """Put NAME out of use and end its sessions, at once."""
    try:
        ended = users.disable(name, actor=operator())
    except users.NoSuchUserError:
        raise _unknown(name) from None
    click.echo(f"disabled; {ended} signed out")


@user.command("enable")
@click.argument("name")
def enable_command(name: str) -> None:
    """Put NAME back into use, with the password and scopes it had."""
    try:
        changed = users.enable(name, actor=operator())
    except users.NoSuchUserError:
        raise _unknown(name) from None
    click.echo("enabled" if changed else "it is in use already")


def _unknown(name: str) -> click.ClickException:
    return click.ClickException(f"there is no user {name}")


@order.command("show")
@click.argument("number")
def show_command(number: str) -> None:
    """Show how an order and its money stand."""
    try:
        click.echo("\n".join(order_summary(db.session(), number)))
    except Problem as problem:
        raise click.ClickException(problem.detail) from None


def _pieces(texts: tuple[str, ...]) -> dict[str, int]:
    pieces: dict[str, int] = {}
    for text in texts:
        sku, _, count = text.partition("=")
        if not count.isdecimal() or not int(count) or sku in pieces:
            raise click.BadParameter(f"SKU=PIECES, each SKU once (got {text!r})", param_hint="--line")
        pieces[sku] = int(count)
    return pieces


@order.command("refund")
@click.argument("number")
@click.option("--amount", type=click.IntRange(1), help="Minor units (cents, yen).")
@click.option("--line", "lines", multiple=True, metavar="SKU=PIECES", help="Pieces whose money goes back.")
@click.option("--shipping", is_flag=True, help="Shipping goes back too.")
@click.option("--restock", is_flag=True, help="The pieces came back and can be sold again.")
@click.option("--reason", default="requested", show_default=True)
def refund_command(
    *, number: str, amount: int | None, lines: tuple[str, ...], shipping: bool, restock: bool, reason: str
) -> None:
    """Give back money of order NUMBER: all that is left, an amount, or lines."""
    pieces = _pieces(lines)
    if amount is not None and (pieces or shipping):
        raise click.UsageError("--amount, or --line and --shipping")
    if restock and not pieces:
        raise click.UsageError("--restock needs the pieces: --line SKU=PIECES")
    ask = RefundAsk(amount, pieces, shipping, restock, reason[:64], operator())
    _decide(number, lambda session: decisions.decide_refund(session, number, ask)[0])


@order.command("capture")
@click.argument("number")
@click.option("--amount", type=click.IntRange(1), help="Minor units; without it all that is authorized.")
def capture_command(number: str, amount: int | None) -> None:
    """Take the authorized money of order NUMBER; what is not taken is let go."""
    _decide(number, lambda session: decisions.decide_capture(session, number, amount, actor=operator()))


@order.command("void")
@click.argument("number")
def void_command(number: str) -> None:
    """Let the authorized money of order NUMBER go; the order is canceled."""
    _decide(number, lambda session: decisions.decide_void(session, number, actor=operator()))


def _decide(number: str, decide: Callable[[Session], UUID]) -> None:
    """Write a decision down, send it, and show how the order stands."""
    try:
        payment_id = decisions.write_down(decide)
    except Problem as problem:
        raise click.ClickException(problem.detail) from None
    if not decisions.carry_out(payment_id, current_settings(), current_gateway()):
        click.echo("Stripe does not answer; the decision is kept and sent by `shop reconcile`", err=True)
    click.echo("\n".join(order_summary(db.session(), number)))
