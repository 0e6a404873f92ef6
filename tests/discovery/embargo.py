"""The real catalogue with something that is not out yet in every place that could tell of it.

Everything secret has :data:`SECRET` in its slug, name and style code, and nothing else has.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask

from shop.app import create_app
from shop.kit.clock import clock
from shop.payments.double import InProcessHTTPClient, StripeDouble
from shop.seeding import service as seeding
from tests.conftest import SEED, Databases, _running, dispose, migrate, settings_for

SECRET = "wibble"
#: Style codes are upper case and of a fixed length.
CODES = ("ZWIBBL EZ001 Z001", "ZWIBBL EZ001 Z002", "ZWIBBL EZ002 Z001", "ZWIBBL EZ003 Z001")
SKUS = tuple(code.replace(" ", "") for code in CODES)
#: Of each kind, the slugs that only the future knows.
PRODUCTS = ("wibble-bag", "wibble-city-bag", "wibble-strap")
FAMILY, CAMPAIGN = "wibble-family", "wibble-campaign"

#: When all of it comes out; whole seconds, as a seed has it.
COMES_OUT = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)

FAMILY_ENTRY = """
  - slug: wibble-family
    name: "Wibble"
    role: core
    sellable_new: true
    launched: {year: 2026, is_disputed: false}
    derives_from:
      - {family: le-city, relation: spin_off}
"""
PRODUCT_ENTRY = """
  - slug: %(slug)s
    name: "%(name)s"
    aliases: ["wibblewobble"]
    silhouette: handbag
    size: small
    sellable: true
    %(times)s
    variants:
"""
VARIANT_ENTRY = """
      - style_code: "%s"
        code_is_assigned: true
        material: arena-lambskin-le-city
        colour: %s
        hardware: le-city-brass
        evidence: illustrative
        prices:
          - {currency: USD, amount_minor: 259000, is_illustrative: true}
          - {currency: KRW, amount_minor: 3245000, is_illustrative: true}
"""
ACCESSORY_ENTRY = """
  - slug: wibble-strap
    name: "Wibble Strap"
    kind: strap
    family: le-city
    style_code: "%s"
    code_is_assigned: true
    evidence: illustrative
    sellable: true
    %s
    prices:
      - {currency: USD, amount_minor: 29000, is_illustrative: true}

pairings:
  - slug: wibble-pairing
    products: [wibble-bag]
    accessories: [wibble-strap]
    relation: "same line"
"""
CAMPAIGN_ENTRY = """
  - slug: wibble-campaign
    name: "Wibble Campaign"
    season: "2027"
    hero_family: le-city
    %s
    shelves:
      - family: le-city
"""
STOCK_ENTRY = '  - {sku: "%s", location: milan-01, pieces: 4}\n'


def written(moment: datetime) -> str:
    """Return a moment as a seed has it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def write_seed(folder: Path, times: str) -> None:
    """Write a seed whose secrets have these times of publication."""
    shutil.copytree(SEED, folder)

    def edit(file: str, old: str, new: str) -> None:
        """Replace a text where it stands first."""
        text = (folder / file).read_text()
        assert old in text, (file, old)
        (folder / file).write_text(text.replace(old, new, 1))

    def append(file: str, text: str) -> None:
        with (folder / file).open("a") as seed:
            seed.write(text)

    append("families.yaml", FAMILY_ENTRY)
    bag = PRODUCT_ENTRY % {"slug": "wibble-bag", "name": "Wibble Bag", "times": times}
    variants = VARIANT_ENTRY % (CODES[0], "black") + VARIANT_ENTRY % (CODES[1], "navy")
    file = f'schema: "closet-seed/1"\nfamily: wibble-family\nproducts:{bag}{variants}'
    (folder / "products/wibble.yaml").write_text(file)
    city = PRODUCT_ENTRY % {"slug": "wibble-city-bag", "name": "Wibble City Bag", "times": times}
    append("products/le-city.yaml", city + VARIANT_ENTRY % (CODES[2], "black"))
    edit("accessories.yaml", "\npairings:\n", ACCESSORY_ENTRY % (CODES[3], times))
    strap = '        finish: "lacquered leather"\n        sources: [S01, S12, S15]'
    edit("products/le-city.yaml", strap, f"{strap}\n        accessory: wibble-strap")
    edit(
        "campaigns.yaml",
        '      - family: le-city\n        note: "worn / carried; archive and 2024"',
        '      - family: le-city\n        note: "worn / carried; archive and 2024"\n'
        "      - family: le-city\n        products: [le-city-bag-medium, wibble-city-bag]\n"
        "      - family: wibble-family",
    )
    edit(
        "campaigns.yaml",
        "      - {family: rodeo, person: kim-kardashian, sources: [S10, S62]}",
        "      - {family: rodeo, person: kim-kardashian, sources: [S10, S62]}\n"
        "      - {family: wibble-family, person: kim-kardashian}",
    )
    append("campaigns.yaml", CAMPAIGN_ENTRY % times)
    append("stock.yaml", "".join(STOCK_ENTRY % sku for sku in SKUS))


def prepare(url: str, folder: Path) -> None:
    """Prepare an empty database with everything secret."""
    write_seed(folder, f'publish_at: "{written(COMES_OUT)}"')
    migrate(url)
    app = create_app(settings_for(url))
    with app.app_context():
        seeding.apply(folder)
    dispose(app)


def running(databases: Databases, folder: Path, double: StripeDouble) -> Iterator[Flask]:
    """Run the shop on a copy of a database with everything secret."""
    name = databases.template("embargoed", lambda url: prepare(url, folder / "seed"))
    with databases.copy(name) as url:
        yield from _running(url, InProcessHTTPClient(double))


def wait_until(moment: datetime, *, but: timedelta = timedelta()) -> None:
    """Move every clock to a moment, or to a little before it."""
    clock.advance(moment - but - clock.now())
