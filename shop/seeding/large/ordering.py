"""The places of variants among those of their product, as ``shop.seeding.merge`` gives them.

Variants of the file are in the order of their places until now, new ones behind; each variant
that the file does not name stays behind the one that it is behind now.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Text

from shop.seeding import kinds
from shop.seeding.large.stage import FINAL, Stage

#: Rows from here on are no rows of the file: variants that move because of others.
BEYOND_ROWS = 10**12

#: More than any product has variants.
_MANY = 2**31

#: Products in which nothing moves: new variants go behind, and those of the file stand where they stood.
#: So it is where places have no gap, and no variant moves to another product, or from one.
_STILL = """
INSERT INTO seed_still (product_id, last)
SELECT f.product_id, COALESCE(l.last, 0)
FROM (
  SELECT product_id FROM seed_final GROUP BY product_id
  HAVING MAX(CASE WHEN is_counted AND position IS NOT NULL THEN 1 ELSE 0 END) = 0
) f LEFT JOIN (
  SELECT product_id, MAX(position) AS last, COUNT(*) AS many, COUNT(DISTINCT position) AS places
  FROM variant WHERE NOT is_retired GROUP BY product_id
) l ON l.product_id = f.product_id
WHERE (l.last IS NULL OR (l.last = l.many AND l.last = l.places)) AND f.product_id NOT IN (
  SELECT v.product_id FROM seed_final m JOIN variant v ON v.id = m.id
  WHERE m.is_counted AND m.position IS NOT NULL
)
"""

_PLACES_BEHIND = """
INSERT INTO seed_place (row, position)
SELECT f.row, s.last + ROW_NUMBER() OVER (PARTITION BY f.product_id ORDER BY f.row)
FROM seed_final f JOIN seed_still s ON s.product_id = f.product_id WHERE f.is_counted ORDER BY f.row
"""

_NAMED = """
INSERT INTO seed_order (row, product_id, sku, today, number)
SELECT row, product_id, sku, today, ROW_NUMBER() OVER (PARTITION BY product_id ORDER BY place, later, tie)
FROM (
  SELECT f.row, f.product_id, f.sku, v.position AS today,
    COALESCE(f.position, COALESCE(l.last, 0) + SUM(CASE WHEN f.is_counted THEN 1 ELSE 0 END)
      OVER (PARTITION BY f.product_id ORDER BY f.row)) AS place,
    CASE WHEN f.was_held THEN 0 ELSE 1 END AS later,
    CASE WHEN f.was_held THEN f.id ELSE f.row END AS tie
  FROM seed_final f LEFT JOIN variant v ON v.id = f.id
  LEFT JOIN (
    SELECT product_id, MAX(position) AS last FROM variant WHERE NOT is_retired GROUP BY product_id
  ) l ON l.product_id = f.product_id
  WHERE NOT EXISTS (SELECT 1 FROM seed_still s WHERE s.product_id = f.product_id)
) placed
"""

_OTHERS = """
INSERT INTO seed_order (row, product_id, sku, today)
SELECT :beyond + v.id, v.product_id, v.sku, v.position
FROM (SELECT DISTINCT product_id FROM seed_order) named
JOIN variant v ON v.product_id = named.product_id
WHERE NOT v.is_retired AND NOT EXISTS (SELECT 1 FROM seed_final f WHERE f.id = v.id)
"""

#: Each of the others belongs to the last one of the file that stands before it today. Which one that
#: is, a window tells: the greatest of "place today, number in the file" as one number.
_PLACES = """
INSERT INTO seed_place (row, position)
SELECT row, ROW_NUMBER() OVER (PARTITION BY product_id ORDER BY behind, is_other, today_number)
FROM (
  SELECT row, product_id, today_number, CASE WHEN number IS NULL THEN 1 ELSE 0 END AS is_other,
    COALESCE(number, MAX(CASE WHEN number IS NOT NULL THEN today_number * :many + number END)
      OVER (PARTITION BY product_id ORDER BY today_number) % :many, 0) AS behind
  FROM (
    SELECT row, product_id, number, ROW_NUMBER() OVER (
      PARTITION BY product_id ORDER BY CASE WHEN today IS NULL THEN 1 ELSE 0 END, today, sku {by_bytes}
    ) AS today_number FROM seed_order
  ) ranked
) behind_which
"""

_ONLY_NAMED = "INSERT INTO seed_place (row, position) SELECT row, number FROM seed_order"


def find_places(stage: Stage) -> None:
    """Lay out in ``seed_place`` where each row stands, and add the variants that move because of them."""
    big, words = BigInteger(), Text()
    stage.create("seed_order", {"row": big, "product_id": big, "sku": words, "today": big, "number": big})
    stage.create("seed_place", {"row": big, "position": big})
    stage.create("seed_still", {"product_id": big, "last": big}, key="product_id")
    stage.run(_STILL)
    stage.analyze("seed_still")
    stage.run(_PLACES_BEHIND)
    stage.run(_NAMED)
    named = stage.scalar("SELECT COUNT(*) FROM seed_order")
    stage.run(_OTHERS, beyond=BEYOND_ROWS)
    if stage.scalar("SELECT COUNT(*) FROM seed_order") == named:
        stage.run(_ONLY_NAMED)
    else:
        by_bytes = 'COLLATE "C"' if stage.is_postgresql else "COLLATE BINARY"
        stage.run(_PLACES.format(by_bytes=by_bytes), many=_MANY)
    stage.analyze("seed_order", "seed_place")
    columns = [name for name in kinds.VARIANT.columns if name != "position"]
    stage.run(
        f"INSERT INTO {FINAL} (row, id, was_held, is_counted, is_remade, wrong, position, "  # noqa: S608
        + ", ".join(columns)
        + ") "
        "SELECT o.row, v.id, TRUE, FALSE, FALSE, 0, o.position, "
        + ", ".join(f"v.{name}" for name in columns)
        + " FROM seed_place o JOIN variant v ON v.id = o.row - :beyond"
        " WHERE o.row >= :beyond AND v.position <> o.position",
        beyond=BEYOND_ROWS,
    )
    stage.analyze(FINAL)
