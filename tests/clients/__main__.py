"""``python -m tests.clients``: generate the typed clients into ``clients/``."""

from __future__ import annotations

import json

import click

from shop.app import create_app
from shop.config import Settings
from tests.clients.generating import (
    CLIENTS,
    GenerationError,
    install_for_typescript,
    missing_for_typescript,
    python_client,
    typescript_client,
)


@click.command()
def generate() -> None:
    """Generate both clients from the document of this version of the shop."""
    app = create_app(
        Settings(database_url="sqlite://", secret_key="of no shop that is ever served" + "-" * 8)
    )
    CLIENTS.mkdir(exist_ok=True)
    document = CLIENTS / "openapi.json"
    document.write_text(json.dumps(app.test_client().get("/openapi.json").json, indent=1))
    try:
        click.echo(f"Python      {python_client(document, CLIENTS / 'python')}")
        if missing := missing_for_typescript():
            click.echo(f"TypeScript  left out: {missing} is not installed")
            return
        folder = CLIENTS / "typescript"
        install_for_typescript(folder)
        typescript_client(document, folder, installed=folder)
        click.echo(f"TypeScript  {folder}")
    except GenerationError as error:
        raise click.ClickException(str(error)) from None


if __name__ == "__main__":
    generate()
