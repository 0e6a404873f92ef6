"""The commands ``shop stock ...``."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from shop.inventory import deliveries
from shop.inventory.errors import UnknownPlace
from shop.kit.commands import operator

stock = AppGroup("stock", help="Pieces arriving.")


@stock.command("receive")
@click.argument("sku")
@click.argument("pieces", type=click.IntRange(1, 1_000_000))
@click.option("--location", default="milan-01", show_default=True, help="Code of the location.")
@click.option("--reason", default="delivery", show_default=True, help="For the stock ledger.")
def receive_command(sku: str, pieces: int, location: str, reason: str) -> None:
    """Book PIECES of the variant SKU that arrived; they can be bought at once."""
    try:
        on_hand = deliveries.receive(sku, pieces, location=location, reason=reason, actor=operator())
    except UnknownPlace as error:
        raise click.ClickException(error.detail) from None
    click.echo(f"{sku}: {pieces} received at {location}, {on_hand} on hand there")
