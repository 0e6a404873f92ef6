"""Variants that would have the slug of another one."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import groupby
from operator import attrgetter
from typing import Any

from shop.seeding.formats.files import File
from shop.seeding.large.stage import Stage
from shop.seeding.large.wrong import IS_HELD, Wrong

#: Rows that are looked at; nobody repairs more in one sitting.
_MOST = 10_000

_OF_THE_DATABASE = f"""
SELECT f.row, s.slug IS NOT NULL AS has_slug FROM seed_final f
JOIN seed_rows s ON s.row = f.row
JOIN variant v ON v.slug = f.slug JOIN product p ON p.id = v.product_id
LEFT JOIN seed_final g ON g.id = v.id
WHERE f.product_id IS NOT NULL AND g.row IS NULL AND (f.id IS NULL OR f.id <> v.id) AND {IS_HELD}
ORDER BY f.row LIMIT {_MOST}
"""  # noqa: S608 - a condition of ours

_OF_EACH_OTHER = f"""
SELECT f.row, f.slug, s.line, s.slug IS NOT NULL AS has_slug FROM seed_final f
JOIN seed_rows s ON s.row = f.row
WHERE f.product_id IS NOT NULL AND f.slug IN (
  SELECT slug FROM seed_final WHERE product_id IS NOT NULL GROUP BY slug HAVING COUNT(*) > 1
)
ORDER BY f.slug, CASE WHEN f.was_held THEN 0 ELSE 1 END, CASE WHEN f.was_held THEN f.id ELSE f.row END
LIMIT {_MOST}
"""  # noqa: S608 - a number of ours


def alike(stage: Stage, file: File, doubles: Collection[int]) -> Iterator[Wrong]:
    """Yield rows whose slug another variant has that stays, or another row of the file.

    Args:
        stage: Where the rows are.
        file: They are from.
        doubles: Rows that are of the same variant as an earlier one: of no interest here.
    """
    told = set()
    for row in stage.run(_OF_THE_DATABASE).all():
        if row.row not in doubles:
            told.add(row.row)
            yield _alike(row, "the database")
    for _, rows in groupby(stage.run(_OF_EACH_OTHER).all(), key=attrgetter("slug")):
        first, *others = [row for row in rows if row.row not in doubles]
        for row in others:
            if row.row not in told:
                yield _alike(row, f"{file.name}, line {first.line}")


def _alike(row: Any, where: str) -> Wrong:
    problem = f"looks like the one in {where}: give this one a `slug` of its own"
    return Wrong(row.row, "slug" if row.has_slug else "style_code", problem)
