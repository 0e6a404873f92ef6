"""A copy of the real seed that a test may edit."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask

from shop.seeding.errors import Fault, SeedRefused
from shop.seeding.prepare import prepare

#: A variant that tests take away.
CAMEL = "8230582AB7D2533"

SEED = Path(__file__).resolve().parents[2] / "seed"


@dataclass(frozen=True)
class SeedCopy:
    folder: Path

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace a text that stands in a file exactly once."""
        path = self.folder / file
        text = path.read_text()
        assert text.count(old) == 1, f"{old!r} stands in {file} {text.count(old)} times"
        path.write_text(text.replace(old, new))

    def cut(self, file: str, start: str, end: str) -> None:
        """Take away what stands between two texts, the first included."""
        path = self.folder / file
        text = path.read_text()
        assert text.count(start) == 1, f"{start!r} stands in {file} {text.count(start)} times"
        begin = text.index(start)
        path.write_text(text[:begin] + text[text.index(end, begin + len(start)) :])

    def line_of(self, file: str, part: str) -> int:
        """Return the number of the first line that holds a text."""
        lines = (self.folder / file).read_text().splitlines()
        return next(number for number, line in enumerate(lines, 1) if part in line)

    def faults(self) -> tuple[Fault, ...]:
        """Return what the seed is refused for."""
        with pytest.raises(SeedRefused) as refused:
            prepare(self.folder)
        return refused.value.faults

    def fault(self) -> str:
        """Return the only fault there is, as it is printed."""
        found = self.faults()
        assert len(found) == 1, found
        return str(found[0])


def remove_camel(seed: SeedCopy) -> None:
    """Take a variant out of the seed, with its stock."""
    seed.cut("products/le-city.yaml", '      - style_code: "823058 2AB7D 2533"', "      - style_code:")
    for location in ("milan-01", "paris-boutique"):
        seed.cut("stock.yaml", f'  - {{sku: "{CAMEL}", location: {location}', "  - {sku")


@pytest.fixture
def seed(tmp_path: Path) -> SeedCopy:
    """The real seed, to be edited."""
    folder = tmp_path / "seed"
    shutil.copytree(SEED, folder)
    return SeedCopy(folder)


@pytest.fixture
def app(app: Flask) -> Iterator[Flask]:
    """The shop on the real catalogue; seeding is called as the command line calls it."""
    with app.app_context():
        yield app


@pytest.fixture
def empty_app(empty_app: Flask) -> Iterator[Flask]:
    """The shop on an empty database."""
    with empty_app.app_context():
        yield empty_app
