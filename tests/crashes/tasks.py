"""The commands that change a whole database at once, each with the database it starts from."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import flask_migrate

from shop.app import create_app
from shop.payments.double import InProcessHTTPClient, StripeDouble
from tests.conftest import SEED, dispose, migrate, migrate_and_seed, settings_for
from tests.crashes.interruptions import Databases, Task
from tests.shopper import Shopper

#: The first release's schema.
FIRST = "0001"


def _untouched(url: str) -> None:
    """Make a database without anything in it."""
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).touch()


def migrating(databases: Databases) -> Task:
    """Migrate a database from nothing."""
    return Task("migrating from nothing", ["db", "upgrade"], databases.template("untouched", _untouched))


def _sold_with_the_first_schema(url: str) -> None:
    """Make a shop that sold and refunded, with the schema of the first release."""
    migrate_and_seed(url)
    double = StripeDouble(seed=1, webhook_url="http://127.0.0.1:1/webhooks/stripe")
    app = create_app(settings_for(url), stripe_client=InProcessHTTPClient(double))
    for step in (Shopper.pays, Shopper.pays, Shopper.cancels, Shopper.looks_at_cart):
        shopper = Shopper(app.test_client(), double).places_order()
        step(shopper)
        shopper.hears_webhooks()
    with app.app_context():
        flask_migrate.downgrade(revision=FIRST)
    dispose(app)
    double.close()


def migrating_sales(databases: Databases) -> Task:
    """Migrate a shop of the first release that has sold."""
    template = databases.template("sold_with_the_first_schema", _sold_with_the_first_schema)
    return Task("migrating a shop that has sold", ["db", "upgrade"], template)


def seeding(databases: Databases) -> Task:
    """Apply the real catalogue to an empty shop."""
    return Task("seeding an empty shop", ["seed", "apply", str(SEED)], databases.template("empty", migrate))


def seeding_anew(databases: Databases, folder: Path) -> Task:
    """Bring a seeded shop to a changed seed: every price differs, and a bag is gone.

    Args:
        databases: Where.
        folder: For the changed seed.
    """
    changed = folder / "changed-seed"
    if not changed.exists():
        shutil.copytree(SEED, changed)
        for path in (changed / "products").glob("*.yaml"):
            path.write_text(re.sub(r"(amount_minor: )(\d+)", _dearer, path.read_text()))
        rodeo, stock = changed / "products" / "rodeo.yaml", changed / "stock.yaml"
        kept, _, gone = rodeo.read_text().partition("  - slug: rodeo-handbag-mini")
        rodeo.write_text(kept)
        skus = [code.replace(" ", "") for code in re.findall(r'style_code: "([\w ]+)"', gone)]
        assert skus
        lines = stock.read_text().splitlines(keepends=True)
        stock.write_text("".join(line for line in lines if not any(sku in line for sku in skus)))
    return Task(
        "seeding a changed seed",
        ["seed", "apply", str(changed)],
        databases.template("seeded", migrate_and_seed),
    )


def _dearer(found: re.Match[str]) -> str:
    return f"{found[1]}{int(found[2]) + 10_000}"
