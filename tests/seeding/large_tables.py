"""Random small tables, sound and faulty, for reading them both ways."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from sqlalchemy import select

from shop.catalogue.models import Colour, HardwareSet, Lining, Material, Product, Source, Variant
from shop.inventory.models import Location
from shop.kit.db import db
from shop.pricing.models import Market, Price
from shop.seeding.kinds import RETIRED_PLACES

#: Cells that are wrong almost everywhere, and some that are only unusual.
CELLS = [
    "", " ", "-1", "+5", "=SUM(A1)", "'=SUM(A1)", "@x", "0", "007", "1e3", "9" * 20, "1 000", "yes", "TRUE",
    "false", "nope", "x" * 2100, '"a, ""b"""', "é", "e\u0301", "a|b", "|", "\uff11\uff10\uff10", "2024-01-01",
    "\tx", "2024-01-01T00:00:00Z", "2020-02-30T00:00:00Z", "S01|S02", "S01|S01",
    "label_is_inferred|is_illustrative",
    '"two\nlines"', "8230582AA9S1001", "823058 2AA9S 9999", "le-city-bag-medium", "sellable",
]  # fmt: skip

#: Lines that are no rows.
LINES = ["", "   ", "a,b", "a" + ",b" * 40, ",", '"', 'a"b,c', "\x00", "a\u202eb"]


class Names:
    """What the database holds that a table can name."""

    def __init__(self) -> None:
        def of(column: object, *where: object) -> list[str]:
            return sorted(db.session.scalars(select(column).where(*where)))  # type: ignore[call-overload, arg-type]

        self.sold = of(Variant.sku, Variant.sellable)
        self.bags = of(Variant.sku, Variant.sellable, Variant.material_id.is_not(None))
        self.of_accessories = of(Variant.style_code, Variant.material_id.is_(None))
        self.others = of(Variant.sku, ~Variant.sellable)
        self.retired = of(Variant.sku, Variant.is_retired)
        self.codes = dict(db.session.execute(select(Variant.sku, Variant.style_code)).all())
        self.products = of(Product.slug, Product.sellable, Product.kind == "bag")
        self.accessories = of(Product.slug, Product.kind == "accessory")
        self.gone = of(Product.slug, Product.position >= RETIRED_PLACES)
        self.materials, self.colours = of(Material.slug), of(Colour.slug)
        self.hardware, self.linings = of(HardwareSet.slug), of(Lining.slug)
        self.sources, self.locations = of(Source.id), of(Location.code)
        self.markets = dict(db.session.execute(select(Market.code, Market.currency)).all())
        self.slugs = of(Variant.slug)
        self.prices = db.session.execute(
            select(Variant.sku, Price.currency, Price.market_code, Price.valid_from, Price.amount_minor)
            .join(Variant, Variant.id == Price.variant_id)
            .where(~Variant.is_retired)
            .order_by(Price.id)
        ).all()


def typo(random: Random, word: str) -> str:
    """Return a word with one letter that is wrong."""
    at = random.randrange(len(word))
    return word[:at] + random.choice("0123456789ABCDXYZ" if word.isupper() else "abcxyz") + word[at + 1 :]


def moment(random: Random) -> str:
    return f"20{random.randrange(20, 30)}-0{random.randrange(1, 9)}-01T00:00:00Z"


def stock(random: Random, names: Names) -> dict[str, str]:
    sku = random.choice(names.sold if random.random() < 0.97 else names.others)
    return {"sku": sku, "location": random.choice(names.locations), "pieces": str(random.randrange(0, 9))}


def price(random: Random, names: Names) -> dict[str, str]:
    row = {"sku": random.choice(names.sold), "currency": random.choice([*names.markets.values()])}
    row["amount_minor"] = str(random.randrange(1000, 500_000))
    if random.random() < 0.5:
        held = random.choice(names.prices)
        row |= {"sku": held.sku, "currency": held.currency, "market": held.market_code or ""}
        row["valid_from"] = f"{held.valid_from:%Y-%m-%dT%H:%M:%SZ}"
        row["amount_minor"] = str(held.amount_minor + random.choice([0, 0, 100]))
    elif random.random() < 0.3:
        market = random.choice([*names.markets])
        row |= {"market": market, "currency": names.markets[market]}
    if random.random() < 0.2:
        row["sale_amount_minor"] = str(max(int(row["amount_minor"]) - random.randrange(1, 900), 1))
    if random.random() < 0.2:
        row |= {"valid_from": moment(random)}
    if random.random() < 0.1:
        row |= {"valid_to": f"203{random.randrange(9)}-01-01T00:00:00Z"}
    if random.random() < 0.7:
        row |= {"source": random.choice(names.sources), "as_of": random.choice(["", "2026, page"])}
    else:
        row |= {"is_illustrative": "true", "confidence": random.choice(["", "a guess"])}
    return row


def variant(random: Random, names: Names) -> dict[str, str]:
    row = {
        "product": random.choice(names.products[:3]),
        "material": random.choice(names.materials),
        "colour": random.choice(names.colours),
        "hardware": random.choice(names.hardware),
        "evidence": random.choice(["exact", "line", "illustrative"]),
    }
    if random.random() < 0.5:
        sku = random.choice(names.bags if random.random() < 0.7 else names.others or names.bags)
        row |= {"style_code": names.codes[sku], "sellable": random.choice(["", "", "false"])}
    else:
        number = random.randrange(10**6)
        row |= {"style_code": f"ZZ{number:04}"[:6].ljust(6, "0") + f" Z{number % 9999:04} Z{number % 997:03}"}
        row |= {"sellable": "false", "code_is_assigned": random.choice(["true", ""])}
        row |= {"slug": random.choice(["", f"a-slug-{number}"])}
    for key, held, share in (
        ("label", ["second black", "the third"], 0.2),
        ("lining", names.linings, 0.2),
        ("sources", ["|".join(random.sample(names.sources, 2))], 0.3),
        ("flags", ["label_is_inferred|is_illustrative", "evidence_is_disputed"], 0.2),
        ("hs", ["4202.21"], 0.2),
        ("note", ["words of an editor"], 0.1),
    ):
        row[key] = random.choice(held) if random.random() < share else ""
    return row


def unknown(random: Random, row: dict[str, str], names: Names) -> None:
    """Let a row name something that is not there, or contradict another."""
    key = random.choice([*row])
    if random.random() < 0.3 and names.gone:
        others = [random.choice(names.gone), random.choice(names.accessories)]
        row |= {"product": random.choice(others)} if "product" in row else {}
    elif "sku" in row and random.random() < 0.2:
        row["sku"] = random.choice(names.retired)
    elif "amount_minor" in row and random.random() < 0.4:
        row |= random.choice([{"market": "FR"}, {"valid_to": "2001-01-01T00:00:00Z"}, {"amount_minor": "1"}])
    elif "style_code" in row and random.random() < 0.5:
        row |= random.choice(
            [
                {"sellable": "true"},
                {"slug": random.choice(names.slugs)},
                {"code_is_assigned": "true"},
                {"style_code": random.choice(names.of_accessories)},
            ]
        )
    elif row[key] and key not in ("pieces", "amount_minor"):
        row[key] = typo(random, row[key])


KINDS: dict[str, Callable[[Random, Names], dict[str, str]]] = {
    "stock": stock,
    "prices": price,
    "variants": variant,
}


def table(kind: str, random: Random, names: Names) -> str:
    """Return a random table: sound, with rows at odds with others, or with wrong ones."""
    rows = [KINDS[kind](random, names) for _ in range(random.randrange(1, 40))]
    # Each of one variant only: what is there twice comes on purpose.
    rows = [*{row.get("style_code", number): row for number, row in enumerate(rows)}.values()]
    faulty = random.choice(["sound", "sound", "odds", "odds", "cells"])
    if random.random() < 0.3 or faulty == "odds":
        rows += [dict(random.choice(rows)) for _ in range(random.randrange(3))]
    if faulty != "sound":
        for row in random.sample(rows, min(len(rows), random.randrange(1, 4))):
            unknown(random, row, names)
    columns = list(dict.fromkeys(key for row in rows for key in row))
    random.shuffle(columns)
    lines = [",".join(columns), *(written(row, columns, random) for row in rows)]
    if faulty == "cells":
        for _ in range(random.randrange(1, 4)):
            _spoil(lines, rows, columns, random)
    return random.choice(["\n", "\n", "\r\n"]).join(lines) + random.choice(["", "\n"])


def _spoil(lines: list[str], rows: Sequence[dict[str, str]], columns: list[str], random: Random) -> None:
    at = random.randrange(1, len(lines))
    if random.random() < 0.2:
        lines.insert(at, random.choice(LINES))
    elif at <= len(rows):
        wrong = {**rows[at - 1], random.choice(columns): random.choice(CELLS)}
        lines[at] = ",".join(wrong.get(name, "") for name in columns)


def written(row: dict[str, str], columns: Sequence[str], random: Random) -> str:
    """Return a row as text, some cells in quotes or with white space around."""

    def cell(text: str) -> str:
        if "," in text or random.random() < 0.02:
            return f'"{text}"'
        return f" {text} " if random.random() < 0.01 else text

    return ",".join(cell(row.get(name, "")) for name in columns)
