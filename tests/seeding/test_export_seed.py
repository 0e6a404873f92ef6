"""``shop seed export``: what it writes plans to nothing, and is the same bytes every time."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from shop.seeding import export, service
from shop.seeding.cli import seed as seed_commands
from tests.seeding.conftest import SEED, SeedCopy, remove_camel


def bytes_in(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_an_export_plans_to_nothing_even_when_pruned(app: Flask, tmp_path: Path, form: str) -> None:
    runner = app.test_cli_runner()
    exported = runner.invoke(seed_commands, ["export", str(tmp_path), "--format", form])

    result = runner.invoke(seed_commands, ["plan", str(tmp_path), "--prune"])

    assert exported.output == f"{len(bytes_in(tmp_path))} files in {tmp_path}\n"
    assert result.output == "0 changes\n"
    assert result.exit_code == 0


def test_an_export_builds_the_same_shop_whose_export_is_the_same_bytes(
    app: Flask, empty_app: Flask, tmp_path: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    with app.app_context():
        export.write(first, "yaml")

    with empty_app.app_context():
        service.apply(first)
        export.write(second, "yaml")

    assert bytes_in(first) == bytes_in(second)
    assert len(bytes_in(first)) == len(list(SEED.rglob("*.yaml")))


def test_an_export_is_not_mixed_with_other_seed_files(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "prices.csv").write_text("sku,currency,amount_minor\n")

    result = app.test_cli_runner().invoke(seed_commands, ["export", str(tmp_path)])

    assert result.exit_code == 1
    assert "holds other seed files: prices.csv" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["prices.csv"]


def test_what_is_retired_is_not_exported_and_stays_retired(
    app: Flask, seed: SeedCopy, tmp_path: Path
) -> None:
    remove_camel(seed)
    service.apply(seed.folder, prune=True)

    export.write(tmp_path / "out", "yaml")

    assert not any(b"823058 2AB7D 2533" in text for text in bytes_in(tmp_path / "out").values())
    assert service.plan(tmp_path / "out", prune=True).count == 0


def test_an_export_undoes_what_was_applied_after_it(app: Flask, tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    export.write(before, "yaml")
    (tmp_path / "new").mkdir()
    (tmp_path / "new/variants.csv").write_text(
        "product,style_code,code_is_assigned,material,colour,hardware,evidence,slug\n"
        "le-city-bag-medium,ZZ9001 Z0001 Z001,true,arena-lambskin-le-city,black,le-city-palladium,line,x\n"
    )
    (tmp_path / "new/prices.csv").write_text(
        "sku,currency,amount_minor,is_illustrative\n"
        "ZZ9001Z0001Z001,USD,100,true\n8230582AA9S1000,USD,200,true\n"
    )
    assert service.apply(tmp_path / "new").changes

    report = service.apply(before, prune=True)
    export.write(after, "yaml")

    assert (report.retired, report.changed) == (1, 1)
    assert bytes_in(after) == bytes_in(before)
