"""``stock.csv`` at any size: first counts of variants at locations."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, Integer, bindparam, select, text

from shop.inventory.models import Location
from shop.kit.clock import now
from shop.kit.types import UtcDateTime
from shop.seeding.changes import MOST_ROWS
from shop.seeding.errors import MOST_LISTED, did_you_mean
from shop.seeding.formats.files import File
from shop.seeding.kinds import Key, Kind
from shop.seeding.large.checking import Checked
from shop.seeding.large.difference import Tell
from shop.seeding.large.stage import FINAL, Stage
from shop.seeding.large.wrong import IS_HELD, Guesses, Wrong
from shop.seeding.plan import Changes
from shop.seeding.prepare import Opening

#: What is wrong with a row, as bits of a number.
_NO_VARIANT, _NOT_SOLD, _NO_LOCATION = 1, 2, 4

_RESOLVE = f"""
INSERT INTO seed_final (row, variant_id, location_id, pieces, is_there, wrong)
SELECT s.row, v.id, l.id, s.pieces, k.variant_id IS NOT NULL,
  CASE WHEN v.id IS NULL OR NOT ({IS_HELD}) THEN {_NO_VARIANT}
       WHEN NOT v.sellable THEN {_NOT_SOLD} ELSE 0 END
  + CASE WHEN l.id IS NULL THEN {_NO_LOCATION} ELSE 0 END
FROM seed_rows s
LEFT JOIN variant v ON v.sku = s.sku
LEFT JOIN product p ON p.id = v.product_id
LEFT JOIN location l ON l.code = s.location
LEFT JOIN stock k ON k.variant_id = v.id AND k.location_id = l.id
"""  # noqa: S608 - numbers of ours

_WRONG = """
SELECT f.row, f.wrong, f.variant_id, s.sku, s.location
FROM seed_final f JOIN seed_rows s ON s.row = f.row WHERE f.wrong <> 0 ORDER BY f.row
"""

_TWICE = """
SELECT row FROM (
  SELECT row, ROW_NUMBER() OVER (PARTITION BY sku, location ORDER BY row) AS number FROM seed_rows
) counted WHERE number > 1 ORDER BY row
"""
_IS_ANY_TWICE = """
SELECT COUNT(*) FROM (SELECT 1 FROM seed_rows GROUP BY sku, location HAVING COUNT(*) > 1 LIMIT 1) twice
"""

# In the order of their keys: each page of an index is found once for many rows.
_OPEN = """
INSERT INTO stock (variant_id, location_id, on_hand, held)
SELECT variant_id, location_id, pieces, 0 FROM seed_final
WHERE NOT is_there AND row BETWEEN :first AND :last ORDER BY variant_id, location_id
"""
_ENTER = """
INSERT INTO movement
  (variant_id, location_id, kind, on_hand_delta, held_delta, reference, reason, happened_at)
SELECT variant_id, location_id, 'opening', pieces, 0, 'seed', 'opening stock of the seed', :moment
FROM seed_final WHERE NOT is_there AND pieces > 0 AND row BETWEEN :first AND :last
ORDER BY variant_id, location_id
"""

#: Rows written by one statement, so that a progress bar moves.
_SLICE = 100_000


class StockTable:
    """First counts that shall be, against those made before."""

    is_search_affected = False

    def __init__(self, stage: Stage, _file: File) -> None:
        self._stage = stage
        self.added = self.unchanged = 0

    def resolve(self, _found: Checked) -> None:
        """Find what the rows name."""
        self._stage.create(
            FINAL,
            {
                **{name: BigInteger() for name in ("row", "variant_id", "location_id", "pieces")},
                "is_there": Boolean(),
                "wrong": Integer(),
            },
        )
        self._stage.run(_RESOLVE)
        self._stage.analyze(FINAL)

    def wrong(self, found: Checked, *, alone: bool) -> tuple[list[Wrong], int]:
        """Return what is wrong between rows, and with what they name; and how many are wrong besides.

        Args:
            found: What reading the file found.
            alone: Look only at what can be told while other rows are wrong in themselves.
        """
        more = 0
        told: list[tuple[Any, int]] = []
        for row in self._stage.run(_WRONG):
            wrong = row.wrong
            if alone:
                is_there = row.variant_id is not None or row.sku in found.declared
                wrong = (0 if is_there else _NO_VARIANT) | (wrong & _NO_LOCATION)
                wrong &= 0 if row.location in found.declared else ~0
            if wrong and len(told) < MOST_LISTED:
                told.append((row, wrong))
            else:
                more += wrong.bit_count()
        unknown = {row.sku for row, wrong in told if wrong & _NO_VARIANT}
        guesses = Guesses(self._stage).among_variants(unknown, held=not alone)
        result = []
        locations = list(self._stage.connection.scalars(select(Location.code).order_by(Location.id)))
        for row, wrong in told:
            if wrong & _NO_VARIANT:
                result.append(Wrong(row.row, "sku", f"no such variant{guesses[row.sku]}"))
            if wrong & _NOT_SOLD:
                result.append(Wrong(row.row, "sku", "this variant is not sold: it has no stock"))
            if wrong & _NO_LOCATION:
                guess = did_you_mean(row.location, locations)
                result.append(Wrong(row.row, "location", f"no such location{guess}"))
        if self._stage.scalar(_IS_ANY_TWICE):
            for (row,) in self._stage.run(_TWICE):
                result.append(Wrong(row, None, "is counted twice at this location", show=False))
        return result, more

    def count(self) -> None:
        """Count what is new."""
        self.added = self._stage.scalar("SELECT COUNT(*) FROM seed_final WHERE NOT is_there")
        self.unchanged = self._stage.scalar("SELECT COUNT(*) FROM seed_final WHERE is_there")

    @property
    def changes(self) -> int:
        """Return how many rows are written."""
        return self.added

    def listed(self) -> dict[Kind, Changes]:
        """Return the first rows of the catalogue that differ: none does."""
        return {}

    def more(self) -> dict[str, dict[str, int]]:
        """Return how many differ besides those listed."""
        left = self.added - MOST_ROWS
        return {"stock": {"added": left}} if left > 0 else {}

    def kept(self) -> tuple[dict[Kind, list[Key]], dict[str, int]]:
        """Return what only pruning would end: no count is taken back."""
        return {}, {}

    def openings(self) -> tuple[Opening, ...]:
        """Return the first counts that are new."""
        rows = self._stage.run(
            "SELECT s.sku, s.location, s.pieces FROM seed_final f JOIN seed_rows s ON s.row = f.row "
            "WHERE NOT f.is_there ORDER BY f.row LIMIT :most",
            most=MOST_ROWS,
        )
        return tuple(Opening(*row) for row in rows)

    def write(self, last_row: int, tell: Tell) -> None:
        """Count stock for the first time, with its entries in the ledger."""
        enter = text(_ENTER).bindparams(bindparam("moment", now(), type_=UtcDateTime()))
        for first in range(0, last_row + 1, _SLICE):
            between = {"first": first, "last": first + _SLICE - 1}
            with self._stage.seeking():
                self._stage.run(_OPEN, **between)
                self._stage.connection.execute(enter, between)
            tell(min(first + _SLICE, last_row + 1))
