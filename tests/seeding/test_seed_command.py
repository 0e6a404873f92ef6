"""``shop seed apply``: what a merchandiser sees."""

from __future__ import annotations

from flask import Flask

from shop.seeding.cli import seed as seed_commands
from tests.seeding.conftest import SEED, SeedCopy


def test_applying_an_unchanged_seed_says_so(app: Flask) -> None:
    result = app.test_cli_runner().invoke(seed_commands, ["apply", str(SEED)])

    assert result.exit_code == 0
    assert result.stdout.startswith("0 changes (2,")
    assert result.stderr == ""


def test_a_change_is_shown_by_table(app: Flask, seed: SeedCopy) -> None:
    seed.edit("products/le-city.yaml", "amount_minor: 285000, source", "amount_minor: 290000, source")

    result = app.test_cli_runner().invoke(seed_commands, ["apply", str(seed.folder)])

    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert lines[0].split() == ["table", "added", "changed", "retired", "removed", "unchanged"]
    assert lines[1].split() == ["price", "-", "1", "-", "-", "831"]
    assert lines[2].startswith("1 change: 1 changed (2,")


def test_a_refused_seed_lists_its_faults_on_standard_error_and_exits_1(app: Flask, seed: SeedCopy) -> None:
    seed.edit("colours.yaml", '"#101010"', '"black"')
    seed.edit("markets.yaml", "tax_rate: 0.19", "tax_rate: 19")

    result = app.test_cli_runner().invoke(seed_commands, ["apply", str(seed.folder)])

    lines = result.stderr.splitlines()
    assert result.exit_code == 1
    assert result.stdout == ""
    assert lines[0].startswith(
        f"{seed.folder}/colours.yaml:10:10 colours[0].hex: must look like `#101010` (got 'black')"
    )
    assert lines[1].startswith(f"{seed.folder}/markets.yaml:")
    assert lines[2] == "2 faults; nothing was written."


def test_a_folder_that_is_not_there_is_refused_by_name(app: Flask) -> None:
    result = app.test_cli_runner().invoke(seed_commands, ["apply", "/nowhere/seed"])

    assert result.exit_code == 1
    assert "/nowhere/seed:1:1 is not there" in result.stderr
