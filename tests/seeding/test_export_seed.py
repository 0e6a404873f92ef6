"""``shop seed export``: what it writes plans to nothing, and is the same bytes every time."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO
from itertools import count
from pathlib import Path
from random import Random

import pytest
from click.testing import Result
from flask import Flask
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import event

from shop.kit.db import db
from shop.kit.fields import clean_text
from shop.seeding import service
from shop.seeding.cli import seed as seed_commands
from shop.seeding.diff import entries
from shop.seeding.errors import Faults
from shop.seeding.exporting import export
from shop.seeding.formats.csv_text import read_table, text_of
from shop.seeding.formats.documents import Document
from shop.seeding.formats.text import as_csv
from shop.seeding.tables import BY_NAME, Cell
from tests.seeding.conftest import SEED, SeedCopy, remove_camel
from tests.seeding.unusual import TEXTS, write_unusual

#: The target and the format of an export.
FORMS = [("out", "yaml"), ("out", "json"), ("out", "csv"), ("out.zip", "csv")]


def run(app: Flask, *arguments: str, stdin: bytes = b"") -> Result:
    return app.test_cli_runner().invoke(seed_commands, list(arguments), input=stdin)


def bytes_in(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@pytest.mark.parametrize(("name", "form"), FORMS)
def test_an_export_plans_to_nothing_even_when_pruned(
    app: Flask, tmp_path: Path, name: str, form: str
) -> None:
    target = tmp_path / name
    exported = run(app, "export", str(target), "--format", form)

    result = run(app, "plan", str(target), "--prune")

    number = len(zipfile.ZipFile(target).namelist()) if target.is_file() else len(bytes_in(target))
    assert exported.output == f"{number} files in {target}\n"
    assert result.output == "0 changes\n"
    assert result.exit_code == 0


@pytest.mark.parametrize("number", [1, 2])
def test_any_catalogue_comes_back_from_any_export(
    app: Flask, empty_app: Flask, tmp_path: Path, number: int
) -> None:
    write_unusual(tmp_path / "unusual", Random(number))
    with app.app_context():
        assert service.apply(tmp_path / "unusual").changes
        written = {}
        for name, form in FORMS:
            for repeat in ("first", "second"):
                export.write(tmp_path / repeat / form / name, form)
            target, again = (tmp_path / repeat / form / name for repeat in ("first", "second"))
            written[name, form] = target
            assert service.plan(target, prune=True).count == 0, (name, form)
            if target.is_file():
                assert target.read_bytes() == again.read_bytes()
            else:
                assert bytes_in(target) == bytes_in(again)

    with empty_app.app_context():
        service.apply(written["out.zip", "csv"])
        export.write(tmp_path / "back", "yaml")

    assert bytes_in(tmp_path / "back") == bytes_in(written["out", "yaml"])
    assert b"ZUNUS" in (written["out", "csv"] / "variants.csv").read_bytes()


def test_what_pruning_keeps_because_it_is_named_has_its_place(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        export.write(tmp_path / "before", "json")
        tree = json.loads((tmp_path / "before/vocabularies.json").read_text())
        words = {key: [] if isinstance(value, list) else value for key, value in tree.items()}
        words |= {key: {name: [] for name in value} for key, value in tree.items() if isinstance(value, dict)}
        (tmp_path / "vocabularies.json").write_text(json.dumps(words))

        removed = service.apply(tmp_path / "vocabularies.json", prune=True).changes
        export.write(tmp_path / "after", "json")

        assert removed > 0
        assert service.plan(tmp_path / "vocabularies.json", prune=True).count == 0
        assert service.plan(tmp_path / "after", prune=True).count == 0


def test_a_part_of_an_export_plans_to_nothing(app: Flask, tmp_path: Path) -> None:
    export.write(tmp_path, "json")
    for path in tmp_path.rglob("*.json"):
        tree = json.loads(path.read_text())
        last = {key: value[-1:] if isinstance(value, list) else value for key, value in tree.items()}
        path.write_text(json.dumps(last))

    assert [each for each in entries(service.plan(tmp_path)) if each.action != "kept"] == []


def test_a_note_at_the_end_of_its_file_stays_there(app: Flask, tmp_path: Path) -> None:
    export.write(tmp_path / "out", "json")
    tree = json.loads((tmp_path / "out/house.json").read_text())
    tree["notes"].append({**tree["notes"][-1], "slug": "a-new-one"})
    (tmp_path / "house.json").write_text(json.dumps(tree))
    assert service.apply(tmp_path / "house.json").added == 1

    export.write(tmp_path / "out", "json")

    assert service.plan(tmp_path / "out").count == 0


CELLS = {form: Cell(form, form) for form in ("text", "list", "truth", "number")}  # type: ignore[arg-type]
LETTERS = some.text(some.characters(exclude_categories=["Cc", "Cs"])).map(clean_text).filter(bool)
WORDS = LETTERS | some.sampled_from(TEXTS).map(clean_text)


@given(some.lists(some.tuples(WORDS, some.lists(WORDS), some.booleans(), some.integers(0, 10**18))))
def test_what_is_written_in_cells_is_read_again(rows: list[tuple[object, ...]]) -> None:
    table = BY_NAME["stock.csv"]
    told = [
        {name: (value, text_of(cell, value)) for (name, cell), value in zip(CELLS.items(), row, strict=True)}
        for row in rows
    ]
    kept = [{name: one for name, one in row.items() if one[1] is not None} for row in told]

    for row in filter(None, kept):
        text = as_csv([list(row), [text for _, text in row.values()]])  # type: ignore[list-item]
        document, faults = Document("x.csv"), Faults()
        of_row = type(table)(table.row, {name: CELLS[name] for name in row}, ())
        assert read_table(document, BytesIO(text.encode()), of_row, faults), list(faults)

        assert document.tree == {"rows": [{name: value for name, (value, _) in row.items()}]}
        assert not any(line.startswith(tuple("=+-@")) for line in (text for _, text in row.values()))  # type: ignore[union-attr]


@pytest.mark.parametrize("text", ["=1+1", "'=1+1", "-5"])
def test_what_a_spreadsheet_would_run_is_written_as_text(text: str) -> None:
    assert text_of(CELLS["text"], text) == f"'{text}"
    assert text_of(CELLS["list"], [text]) is None or not text.startswith(("=", "-"))


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


def test_an_export_goes_through_a_pipe(app: Flask) -> None:
    first, second = run(app, "export", "-"), run(app, "export", "-")

    result = run(app, "plan", "-", "--format", "zip", stdin=first.stdout_bytes)

    assert first.stdout_bytes == second.stdout_bytes
    packed = zipfile.ZipFile(BytesIO(first.stdout_bytes)).infolist()
    assert {entry.date_time for entry in packed} == {(1980, 1, 1, 0, 0, 0)}
    assert first.stderr.endswith(" files in -\n")
    assert (result.output, result.exit_code) == ("0 changes\n", 0)


def test_an_export_is_not_mixed_with_other_seed_files(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "prices.csv").write_text("sku,currency,amount_minor\n")

    result = run(app, "export", str(tmp_path))

    assert result.exit_code == 1
    assert "holds other seed files: prices.csv" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["prices.csv"]


def test_a_zip_is_written_over_only_where_it_is_an_export(app: Flask, tmp_path: Path) -> None:
    mine, other = tmp_path / "mine.zip", tmp_path / "other.zip"
    with zipfile.ZipFile(other, "w") as packed:
        packed.writestr("letter.txt", "not to be lost")

    assert [run(app, "export", str(mine)).exit_code for _ in range(2)] == [0, 0]
    result = run(app, "export", str(other))

    assert (result.exit_code, result.stderr) == (
        1,
        f"Error: {other} is there, and is no export: name another file\n",
    )
    assert zipfile.ZipFile(other).namelist() == ["letter.txt"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.zip", "other.zip"]


@pytest.mark.parametrize(
    ("limit", "most", "words"),
    [
        ("MAX_ROWS", 10, "variants.csv would have 151 rows, and 10 is the most"),
        ("MAX_BYTES", 1000, "sources.yaml would have 21,"),
        ("MAX_PARTS", 100, "sources.yaml would have 644 values"),
        ("MAX_FILES", 10, "it would have 28 files, and 10 is the most"),
        ("MAX_TABLE_BYTES", 1000, "the zip would have "),
    ],
)
def test_what_no_reader_would_take_is_not_written(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, most: int, words: str
) -> None:
    monkeypatch.setattr(f"shop.seeding.formats.limits.{limit}", most)

    result = run(app, "export", str(tmp_path / "out.zip"), "--format", "csv")

    assert result.exit_code == 1
    assert words in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_export_is_of_one_moment(app: Flask, tmp_path: Path) -> None:
    export.write(tmp_path / "before", "yaml")
    (tmp_path / "prices.csv").write_text(
        "sku,currency,amount_minor,is_illustrative\n8230582AA9S1000,USD,200,true\n"
    )
    statements = count()

    def sell_cheaper(*_: object) -> None:
        if next(statements) == 3:  # the catalogue is being read
            service.apply(tmp_path / "prices.csv")

    event.listen(db.engine, "before_cursor_execute", sell_cheaper)
    export.write(tmp_path / "during", "yaml")
    event.remove(db.engine, "before_cursor_execute", sell_cheaper)

    assert bytes_in(tmp_path / "during") == bytes_in(tmp_path / "before")
    assert service.plan(tmp_path / "during").count == 1


def test_what_is_retired_is_not_exported_and_stays_retired(
    app: Flask, seed: SeedCopy, tmp_path: Path
) -> None:
    remove_camel(seed)
    service.apply(seed.folder, prune=True)

    export.write(tmp_path / "out", "yaml")

    assert not any(b"823058 2AB7D 2533" in text for text in bytes_in(tmp_path / "out").values())
    assert service.plan(tmp_path / "out", prune=True).count == 0


@pytest.mark.parametrize(("name", "form"), [FORMS[0], FORMS[-1]])
def test_an_export_undoes_what_was_applied_after_it(app: Flask, tmp_path: Path, name: str, form: str) -> None:
    before = tmp_path / name
    export.write(before, form)
    export.write(tmp_path / "was", "yaml")
    (tmp_path / "new").mkdir()
    (tmp_path / "new/variants.csv").write_text(
        "product,style_code,code_is_assigned,material,colour,hardware,evidence,slug,label\n"
        "le-city-bag-medium,ZZ9001 Z0001 Z001,true,arena-lambskin-le-city,black,le-city-palladium,line,x,\n"
        "le-city-bag-medium,823058 2AA9S 1000,,arena-lambskin-le-city,black,le-city-palladium,exact,,new\n"
    )
    (tmp_path / "new/prices.csv").write_text(
        "sku,currency,amount_minor,sale_amount_minor,valid_from,is_illustrative\n"
        "ZZ9001Z0001Z001,USD,100,,,true\n"
        "8230582AA9S1000,USD,200,100,,true\n"
        "8230582AA9S1000,USD,300,,2030-01-01T00:00:00Z,true\n"
        "8230582AA9S1000,KWD,300,,,true\n"
    )
    assert service.apply(tmp_path / "new").changes

    report = service.apply(before, prune=True)
    export.write(tmp_path / "is", "yaml")

    assert (report.retired, report.changed) == (1, 2)
    assert bytes_in(tmp_path / "is") == bytes_in(tmp_path / "was")
