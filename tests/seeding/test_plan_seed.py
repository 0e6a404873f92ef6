"""``shop seed plan``: every field that would change, and nothing changes; files of every kind."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from shop.catalogue.models import Product, Variant
from shop.kit.db import db
from shop.pricing.models import Price
from shop.seeding.cli import seed as seed_commands
from tests.seeding.conftest import CAMEL, SEED, SeedCopy, remove_camel

BLACK = "8230582AA9S1000"
PRICES = f'sku,currency,amount_minor,source,as_of\n{BLACK},USD,290000,S97,"2024/2025, undated"\n'
VARIANT = "product,style_code,code_is_assigned,material,colour,hardware,evidence,slug\n"
VARIANT += (
    "le-city-bag-medium,ZZ9001 Z0001 Z001,true,arena-lambskin-le-city,black,le-city-palladium,line,third\n"
)
OF_VARIANT = "sku,currency,amount_minor,is_illustrative\nZZ9001Z0001Z001,USD,100,true\n"


def run(app: Flask, *arguments: str, stdin: bytes = b"") -> Result:
    return app.test_cli_runner().invoke(seed_commands, list(arguments), input=stdin)


def amount() -> int | None:
    of_black = select(Price.amount_minor).join(Variant).where(Variant.sku == BLACK, Price.currency == "USD")
    db.session.rollback()
    return db.session.scalar(of_black)


def test_a_change_is_printed_field_by_field_and_not_made(app: Flask, seed: SeedCopy) -> None:
    seed.edit("products/le-city.yaml", "amount_minor: 285000, source", "amount_minor: 290000, source")

    result = run(app, "plan", str(seed.folder))

    assert result.stdout.splitlines() == [
        "price (1 changed)",
        f"  ~ {BLACK} USD - 2024-01-01T00:00:00Z",
        "      amount_minor: 285000 -> 290000",
        "1 change: 1 changed",
    ]
    assert result.exit_code == 2
    assert amount() == 285_000


def test_a_plan_without_changes_ends_with_0_and_a_refused_one_with_1(app: Flask, seed: SeedCopy) -> None:
    assert run(app, "plan", str(seed.folder)).exit_code == 0

    seed.edit("colours.yaml", '"#101010"', '"black"')

    assert run(app, "plan", str(seed.folder)).exit_code == 1


def test_what_is_gone_stays_until_prune_is_said_and_is_retired_then(app: Flask, seed: SeedCopy) -> None:
    remove_camel(seed)

    kept = run(app, "plan", str(seed.folder))
    pruned = run(app, "plan", str(seed.folder), "--prune")
    run(app, "apply", str(seed.folder))

    assert kept.exit_code == 0
    assert kept.stdout.splitlines() == [
        "variant (1 kept)",
        f"  = {CAMEL}  kept",
        "0 changes; 1 gone from the files and kept (--prune takes them away)",
    ]
    assert f"  - {CAMEL}  retired" in pruned.stdout.splitlines()
    assert pruned.exit_code == 2
    assert db.session.scalars(select(Variant.is_retired).where(Variant.sku == CAMEL)).one() is False


def test_a_plan_for_programs_has_every_field(app: Flask, seed: SeedCopy) -> None:
    seed.edit("products/le-city.yaml", "amount_minor: 285000, source", "amount_minor: 290000, source")

    result = run(app, "plan", str(seed.folder), "--json")
    found = json.loads(result.stdout)

    assert found["counts"] == {"price": {"changed": 1}}
    assert found["entries"][0]["fields"] == {"amount_minor": {"before": 285_000, "after": 290_000}}


def test_a_price_list_changes_what_it_names_and_nothing_else(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "prices.csv").write_text(PRICES)

    result = run(app, "apply", str(tmp_path / "prices.csv"))

    assert result.stdout.splitlines()[-1].startswith("1 change: 1 changed")
    assert amount() == 290_000
    assert run(app, "apply", str(tmp_path / "prices.csv")).stdout.startswith("0 changes")


@pytest.mark.parametrize("form", ["csv", "zip", "json", "yaml"])
def test_standard_input_holds_a_file_of_any_form(app: Flask, form: str) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("prices.csv", PRICES)
    colours = [{"slug": "sky", "name": "Sky", "colour_family": "blue", "hex": "#88AAFF"}]
    tree = json.dumps({"schema": "closet-seed/1", "colours": colours})
    given = {"csv": PRICES.encode(), "zip": packed.getvalue(), "json": tree.encode(), "yaml": tree.encode()}

    result = run(app, "plan", "-", "--format", form, stdin=given[form])

    assert result.exit_code == 2, result.output
    assert result.stdout.splitlines()[-1].startswith("1 change: ")


def test_standard_input_of_no_form_is_asked_for_one(app: Flask) -> None:
    result = run(app, "plan", "-", stdin=PRICES.encode())

    assert result.exit_code == 1
    assert "say what standard input is" in result.stderr


def test_tables_add_a_variant_with_its_price(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "variants.csv").write_text(VARIANT)
    (tmp_path / "prices.csv").write_text(OF_VARIANT)

    result = run(app, "apply", str(tmp_path))

    assert result.exit_code == 0, result.output
    product = select(Product.slug).join(Variant).where(Variant.sku == "ZZ9001Z0001Z001")
    assert db.session.scalar(product) == "le-city-bag-medium"
    assert run(app, "plan", str(tmp_path)).exit_code == 0


def test_pruning_with_a_price_list_ends_no_price_that_it_does_not_replace(app: Flask, tmp_path: Path) -> None:
    dated = PRICES.replace("as_of", "as_of,valid_from").replace('undated"', 'undated",2026-01-01T00:00:00Z')
    (tmp_path / "prices.csv").write_text(dated)

    result = run(app, "plan", str(tmp_path / "prices.csv"), "--prune")

    assert result.stdout.splitlines()[-1] == "2 changes: 1 added, 1 removed"
    assert f"  - {BLACK} USD - 2024-01-01T00:00:00Z  removed" in result.stdout.splitlines()


def test_a_variant_that_a_table_names_keeps_its_prices_when_pruned(app: Flask, tmp_path: Path) -> None:
    row = VARIANT.splitlines()[1].replace("ZZ9001 Z0001 Z001,true", "823058 2AA9S 1000,false")
    row = row.replace(",line,third", ",exact,")
    (tmp_path / "variants.csv").write_text(VARIANT.splitlines()[0] + f"\n{row}\n")

    result = run(app, "plan", str(tmp_path / "variants.csv"), "--prune")

    assert "variant" in result.stdout
    assert "price" not in result.stdout
    assert f"{BLACK}  retired" not in result.stdout


def test_a_price_list_cannot_go_below_a_sale_that_stays(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_text(
        PRICES.replace("amount_minor,", "amount_minor,sale_amount_minor,").replace(
            "290000,", "290000,250000,"
        )
    )
    assert run(app, "apply", str(path)).exit_code == 0
    path.write_text(PRICES.replace("290000", "240000"))

    result = run(app, "apply", str(path))

    assert (
        "amount_minor: must be more than the sale amount of 250000 that stays (got 240000)" in result.stderr
    )


def test_one_bad_row_of_a_table_writes_none_of_it(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "prices.csv").write_text(PRICES + f"{BLACK},EUR,-5,S97,x\n")

    result = run(app, "apply", str(tmp_path / "prices.csv"))

    assert result.exit_code == 1
    assert f"{tmp_path}/prices.csv:3:21 rows[1].amount_minor: " in result.stderr
    assert amount() == 285_000


def test_the_real_catalogue_as_a_zip_plans_to_nothing(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "seed.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in sorted(SEED.rglob("*.yaml")):
            packed.write(file, file.relative_to(SEED).as_posix())

    assert run(app, "plan", str(path)).output == "0 changes\n"
