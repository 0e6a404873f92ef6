"""Every bad file of ``tests/seeds/bad`` is refused with exactly its messages, and nothing is written.

``expected.txt`` there holds them, as they are printed. What would be large is made here.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from shop.kit.db import db
from shop.seeding import service
from shop.seeding.errors import SeedRefused
from shop.seeding.formats.limits import MAX_FILES, MAX_ROW_CHARACTERS
from shop.seeding.kinds import KINDS

BAD = Path(__file__).resolve().parents[1] / "seeds" / "bad"
FILES = sorted(path for path in BAD.iterdir() if path.suffix != ".txt")

HEADER = "sku,currency,amount_minor,is_illustrative\n"
COLOURS = 'schema: "closet-seed/1"\ncolours: '


def refusal_of(path: Path) -> list[str]:
    with pytest.raises(SeedRefused) as refused:
        service.apply(path)
    return str(refused.value).splitlines()


def database() -> list[object]:
    db.session.rollback()
    return [db.session.execute(select(kind.table)).all() for kind in KINDS]


def test_every_bad_file_gets_its_messages_and_writes_nothing(app: Flask) -> None:
    before = database()

    found = [message for path in FILES for message in refusal_of(path)]

    assert len(FILES) >= 150
    assert found == (BAD / "expected.txt").read_text().splitlines()
    assert database() == before


@pytest.mark.parametrize(
    "name",
    [
        "Sac 🖤 noir",
        "حقيبة",
        "バッグ",
        "Ghesquie\\u0300re",  # a letter and a mark: stored as one
        "x" * 120,
        "NO",
        "=SUM(A1)",
        "'; DROP TABLE colour; --",
    ],
)
def test_unusual_text_that_is_sound_is_taken(app: Flask, tmp_path: Path, name: str) -> None:
    path = tmp_path / "colours.yaml"
    path.write_text(f'{COLOURS}[{{slug: sky, name: "{name}", colour_family: blue, hex: "#88AAFF"}}]\n')

    assert service.apply(path).added == 1
    assert service.apply(path).changes == 0


def zip_of(*entries: tuple[str, str]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in entries:
            packed.writestr(name, text)
    return data.getvalue()


def a_link() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as packed:
        entry = zipfile.ZipInfo("colours.yaml")
        entry.external_attr = 0o120777 << 16
        packed.writestr(entry, "/etc/passwd")
    return data.getvalue()


def an_alias_bomb() -> bytes:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    return "\n".join(lines).encode()


@pytest.mark.parametrize(
    ("name", "make", "wanted"),
    [
        ("x.zip", lambda: zip_of(("../colours.yaml", "a: 1")), "leads out of the zip's own folder"),
        ("x.zip", lambda: zip_of(("/etc/colours.yaml", "a: 1")), "leads out of the zip's own folder"),
        ("x.zip", lambda: zip_of(("C:/colours.yaml", "a: 1")), "leads out of the zip's own folder"),
        ("x.zip", lambda: zip_of(("a\\..\\colours.yaml", "a: 1")), "leads out of the zip's own folder"),
        ("x.zip", lambda: zip_of(("prices.csv", "0" * 4_000_000)), "unpacks to more than 100 times its size"),
        ("x.zip", lambda: zip_of(("inner.zip", "")), "a zip in a zip is not read"),
        ("x.zip", lambda: zip_of(("colors.yaml", "a: 1")), "did you mean `colours.yaml`?"),
        (
            "x.zip",
            lambda: zip_of(("a.yaml", ""), *[(f"{n}.yaml", "") for n in range(MAX_FILES)]),
            "10,000 files",
        ),
        ("x.zip", a_link, "a link is not followed"),
        ("x.zip", lambda: zip_of(("colours.yaml", "a: 1"))[:-30], "not a zip that can be read"),
        ("x.zip", lambda: b"", "not a zip that can be read"),
        (
            "prices.csv",
            (HEADER + "x" * 10_000_000).encode,
            "prices.csv:2:1 a row of more than 65,536",
        ),
        (
            "prices.csv",
            (HEADER + '"' + "x\n" * MAX_ROW_CHARACTERS).encode,
            "is a quote never closed?",
        ),
        ("prices.csv", (HEADER + "\n" * 10 + "x\n").encode, "prices.csv:12:1 a short row"),
        ("x.yaml", an_alias_bomb, "anchors are not allowed"),
        ("x.yaml", (COLOURS + "[" * 200_000).encode, "more than 32 levels deep"),
        ("x.json", lambda: b"[" * 200_000, "more than 32 levels deep"),
        ("x.json", lambda: b"[" + b"[],[]," * 150_000, "more than 200,000 values"),
        ("x.yml", lambda: b"", "seed files end in .yaml"),
        ("x.xlsx", lambda: b"", "a seed is made of .yaml, .json, .csv or .zip files"),
    ],
)
def test_a_file_that_would_cost_too_much_or_lead_astray_is_refused(
    empty_app: Flask, tmp_path: Path, name: str, make: Callable[[], bytes], wanted: str
) -> None:
    (tmp_path / name).write_bytes(make())

    assert wanted in "\n".join(refusal_of(tmp_path / name))


def test_a_link_in_a_folder_is_not_followed(empty_app: Flask, tmp_path: Path) -> None:
    (tmp_path / "seed").mkdir()
    (tmp_path / "secret.yaml").write_text(COLOURS + "[]")
    (tmp_path / "seed/colours.yaml").symlink_to(tmp_path / "secret.yaml")

    assert refusal_of(tmp_path / "seed") == [
        "colours.yaml:1:1 a link is not followed; put the file itself here"
    ]
