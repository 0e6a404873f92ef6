"""``prices.csv`` at any size: what variants cost."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, select, text

from shop.catalogue.models import Source
from shop.kit.types import UtcDateTime
from shop.pricing.models import Market
from shop.seeding import kinds
from shop.seeding.build.products import ALWAYS
from shop.seeding.changes import MOST_ROWS
from shop.seeding.errors import MOST_LISTED, did_you_mean
from shop.seeding.formats.files import File
from shop.seeding.kinds import Key, Kind
from shop.seeding.large.checking import Checked
from shop.seeding.large.difference import Difference, Tell, columns_of
from shop.seeding.large.stage import FINAL, Stage, same
from shop.seeding.large.wrong import IS_HELD, Guesses, Wrong, lines_of
from shop.seeding.plan import Changes
from shop.seeding.prepare import Opening

#: What is wrong with a row, as bits of a number.
_NO_VARIANT, _NO_MARKET, _NO_SOURCE, _CURRENCY, _SALE, _ENDS = 1, 2, 4, 8, 16, 32

#: What is said of a row even where an earlier one is of the same price.
_ALWAYS_SAID = _NO_SOURCE | _SALE | _ENDS

_RESOLVE = f"""
INSERT INTO seed_final (row, id, variant_id, currency, market_code, amount_minor, sale_amount_minor,
  valid_from, valid_to, is_illustrative, source, as_of, confidence, wrong)
SELECT s.row, x.id, v.id, s.currency, s.market, s.amount_minor,
  COALESCE(s.sale_amount_minor, x.sale_amount_minor),
  COALESCE(s.valid_from, :always), COALESCE(s.valid_to, x.valid_to),
  COALESCE(s.is_illustrative, FALSE), s.source, s.as_of, s.confidence,
  CASE WHEN v.id IS NULL OR NOT ({IS_HELD}) THEN {_NO_VARIANT} ELSE 0 END
  + CASE WHEN s.market IS NOT NULL AND m.code IS NULL THEN {_NO_MARKET} ELSE 0 END
  + CASE WHEN s.source IS NOT NULL AND o.id IS NULL THEN {_NO_SOURCE} ELSE 0 END
  + CASE WHEN m.currency <> s.currency THEN {_CURRENCY} ELSE 0 END
  + CASE WHEN COALESCE(s.sale_amount_minor, x.sale_amount_minor) >= s.amount_minor THEN {_SALE} ELSE 0 END
  + CASE WHEN s.valid_to <= COALESCE(s.valid_from, :always) THEN {_ENDS} ELSE 0 END
FROM seed_rows s
LEFT JOIN variant v ON v.sku = s.sku
LEFT JOIN product p ON p.id = v.product_id
LEFT JOIN market m ON m.code = s.market
LEFT JOIN source o ON o.id = s.source
LEFT JOIN price x ON x.variant_id = v.id AND x.currency = s.currency
  AND x.valid_from = COALESCE(s.valid_from, :always) AND {same("x.market_code", "s.market")}
"""  # noqa: S608 - numbers of ours

_WRONG = """
SELECT f.row, f.wrong, f.variant_id, f.sale_amount_minor AS sale, s.sku, s.market, s.source
FROM seed_final f JOIN seed_rows s ON s.row = f.row WHERE f.wrong <> 0 ORDER BY f.row
"""

_KEY = "sku, currency, market, COALESCE(valid_from, :always)"
_TWICE = f"""
SELECT row, first FROM (
  SELECT row, MIN(row) OVER (PARTITION BY {_KEY}) AS first FROM seed_rows
) counted WHERE row <> first ORDER BY row
"""  # noqa: S608 - columns of ours
_IS_ANY_TWICE = f"""
SELECT COUNT(*) FROM (SELECT 1 FROM seed_rows GROUP BY {_KEY} HAVING COUNT(*) > 1 LIMIT 1) twice
"""  # noqa: S608 - columns of ours

_KEPT = f"""
FROM (SELECT DISTINCT variant_id, currency FROM seed_final) named
JOIN price x ON x.variant_id = named.variant_id AND x.currency = named.currency
JOIN variant v ON v.id = x.variant_id JOIN product p ON p.id = v.product_id
LEFT JOIN seed_final f ON f.id = x.id
WHERE f.row IS NULL AND {IS_HELD}
"""  # noqa: S608 - a condition of ours


class PricesTable:
    """Prices that shall be, against those held."""

    unchanged = 0
    is_search_affected = False

    def __init__(self, stage: Stage, file: File) -> None:
        self._stage, self._file = stage, file
        self._difference = Difference(stage, kinds.PRICE)

    def resolve(self, _found: Checked) -> None:
        """Find what the rows name."""
        self._stage.create(FINAL, columns_of(kinds.PRICE))
        self._run(_RESOLVE)
        self._stage.analyze(FINAL)

    def wrong(self, found: Checked, *, alone: bool) -> tuple[list[Wrong], int]:
        """Return what is wrong between rows, and with what they name; and how many are wrong besides.

        Args:
            found: What reading the file found.
            alone: Look only at what can be told while other rows are wrong in themselves.
        """
        doubles = {} if alone else self._doubles()
        told: list[tuple[Any, int]] = []
        more = 0
        for row in self._stage.run(_WRONG):
            wrong = row.wrong
            if alone:
                is_there = row.variant_id is not None or row.sku in found.declared
                wrong = (0 if is_there else _NO_VARIANT) | (wrong & _NO_SOURCE)
            elif row.row in doubles:
                wrong &= _ALWAYS_SAID
            if wrong and len(told) < MOST_LISTED:
                told.append((row, wrong))
            else:
                more += wrong.bit_count()
        result = self._in_words(told, held=not alone)
        if doubles:
            shown = list(doubles.items())[:MOST_LISTED]
            more += len(doubles) - len(shown)
            first = lines_of(found, self._file, {row for _, row in shown}, "sku")
            result += [
                Wrong(row, "sku", f"stands here twice (first in {self._file.name}, line {first[earlier]})")
                for row, earlier in shown
            ]
        return result, more

    def _doubles(self) -> dict[int, int]:
        """Return which rows are of a price that an earlier row is of, with that row."""
        if not self._run(_IS_ANY_TWICE).scalar():
            return {}
        return {row.row: row.first for row in self._run(_TWICE)}

    def _in_words(self, told: list[tuple[Any, int]], *, held: bool) -> list[Wrong]:
        connection = self._stage.connection
        unknown = {row.sku for row, wrong in told if wrong & _NO_VARIANT}
        guesses = Guesses(self._stage).among_variants(unknown, held=held)
        markets = dict(connection.execute(select(Market.code, Market.currency).order_by(Market.code)).all())
        sources = list(connection.scalars(select(Source.id).order_by(Source.id)))
        result = []
        for row, wrong in told:
            problems = {
                (_NO_VARIANT, "sku"): f"no such variant{guesses.get(row.sku)}",
                (_NO_MARKET, "market"): f"no such market{did_you_mean(row.market or '', markets)}",
                (_NO_SOURCE, "source"): f"no such source{did_you_mean(row.source or '', sources)}",
                (_CURRENCY, "currency"): f"the market {row.market} is priced in {markets.get(row.market)}",
                (_SALE, "amount_minor"): f"must be more than the sale amount of {row.sale} that stays",
                (_ENDS, "valid_to"): "must come after `valid_from`",
            }
            result += [
                Wrong(row.row, key, problem) for (bit, key), problem in problems.items() if wrong & bit
            ]
        return result

    def count(self) -> None:
        """Count what differs from what is held."""
        self._difference.count()

    @property
    def changes(self) -> int:
        """Return how many rows are written."""
        return self._difference.counted.added + self._difference.counted.changed

    def listed(self) -> dict[Kind, Changes]:
        """Return the first prices that differ."""
        return {kinds.PRICE: self._difference.listed()}

    def more(self) -> dict[str, dict[str, int]]:
        """Return how many differ besides those listed."""
        more = self._difference.more()
        return {"price": more} if more else {}

    def kept(self) -> tuple[dict[Kind, list[Key]], dict[str, int]]:
        """Return the first prices that only pruning would end, and how many there are besides."""
        number = self._stage.scalar(f"SELECT COUNT(*) {_KEPT}")
        if not number:
            return {}, {}
        columns = "v.sku, x.currency, x.market_code, x.valid_from"
        query = text(f"SELECT {columns} {_KEPT} ORDER BY x.id LIMIT :most")
        typed = query.columns(valid_from=UtcDateTime())
        keys = [tuple(row) for row in self._stage.connection.execute(typed, {"most": MOST_ROWS})]
        more = number - len(keys)
        return {kinds.PRICE: keys}, {"price": more} if more else {}

    def openings(self) -> tuple[Opening, ...]:
        """Return the first counts of stock: prices have none."""
        return ()

    def write(self, last_row: int, tell: Tell) -> None:
        """Change and add prices."""
        self._difference.write(last_row, tell)

    def _run(self, statement: str) -> Any:
        always = bindparam("always", ALWAYS, type_=UtcDateTime())
        return self._stage.connection.execute(text(statement).bindparams(always))
