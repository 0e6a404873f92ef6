"""What hangs on variants of a table: the details they have, and what those leave that come back.

A detail's rule is about a product's components, a hardware set and a material. So products with
the same components, as far as the rules go, are one group, and what fits is found once for each
group, material and hardware set.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import BigInteger, Text, select, text

from shop.seeding import kinds
from shop.seeding.changes import MOST_ROWS
from shop.seeding.details import meets
from shop.seeding.errors import Faults
from shop.seeding.kinds import Kind, Values
from shop.seeding.large.difference import in_seed_terms
from shop.seeding.large.ordering import BEYOND_ROWS
from shop.seeding.large.stage import Stage
from shop.seeding.plan import Changes
from shop.seeding.rows import Row, Rows

#: Products whose components are looked at together.
_PRODUCTS = 5_000

_TOUCHED = f"""
INSERT INTO seed_touched (row, id, sku, product_id, material_id, hardware_set_id)
SELECT f.row, f.id, f.sku, f.product_id, f.material_id, f.hardware_set_id
FROM seed_final f LEFT JOIN variant v ON v.id = f.id
WHERE f.row < {BEYOND_ROWS} AND (v.id IS NULL OR NOT f.was_held OR v.product_id <> f.product_id
  OR COALESCE(v.material_id, 0) <> f.material_id OR COALESCE(v.hardware_set_id, 0) <> f.hardware_set_id)
"""  # noqa: S608 - a number of ours

_WANTED = """
INSERT INTO seed_wanted (row, id, sku, detail_id)
SELECT t.row, t.id, t.sku, d.detail_id FROM seed_touched t
JOIN seed_group g ON g.product_id = t.product_id
JOIN seed_fit d ON d.group_id = g.group_id AND d.material_id = t.material_id
  AND d.hardware_set_id = t.hardware_set_id
"""

_ADDED = """
FROM seed_wanted w LEFT JOIN variant_detail h ON h.variant_id = w.id AND h.detail_id = w.detail_id
WHERE h.detail_id IS NULL
"""
_GONE = """
FROM seed_touched t JOIN variant_detail h ON h.variant_id = t.id
LEFT JOIN seed_wanted w ON w.id = t.id AND w.detail_id = h.detail_id
WHERE w.row IS NULL
"""

#: Variants that come back do so without what was charged for them, and seen of them, before.
_BACK = """
SELECT f.id FROM seed_final f WHERE f.id IS NOT NULL AND NOT f.was_held
"""


class Attached:
    """Rows of other tables that follow from a table's variants."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._added = self._gone = 0
        self._removed: dict[Kind, int] = {}

    def count(self) -> None:
        """Find the details of variants that are new, moved or made of something else."""
        big, stage = BigInteger(), self._stage
        touched = dict.fromkeys(("row", "id", "product_id", "material_id", "hardware_set_id"), big)
        stage.create("seed_touched", {**touched, "sku": Text()})
        stage.run(_TOUCHED)
        stage.create("seed_group", {"product_id": big, "group_id": big}, key="product_id")
        fit = {"group_id": big, "material_id": big, "hardware_set_id": big, "detail_id": big}
        stage.create("seed_fit", fit, key="")
        stage.create("seed_wanted", {"row": big, "id": big, "sku": Text(), "detail_id": big}, key="")
        stage.analyze("seed_touched")
        if stage.scalar("SELECT COUNT(*) FROM seed_touched"):
            self._find_details()
            stage.run(_WANTED)
            stage.run("CREATE INDEX seed_wanted_id ON seed_wanted (id)")
        stage.analyze("seed_wanted")
        self._added = stage.scalar(f"SELECT COUNT(*) {_ADDED}")
        self._gone = stage.scalar(f"SELECT COUNT(*) {_GONE}")
        self._removed = {
            kind: number
            for kind in (kinds.PRICE, kinds.OBSERVATION)
            if (number := stage.scalar(f"SELECT COUNT(*) FROM {_of_back(kind)}"))  # noqa: S608
        }

    @property
    def details_change(self) -> bool:
        """Tell whether any variant has another detail."""
        return bool(self._added or self._gone)

    @property
    def changes(self) -> int:
        """Return how many rows are added or removed."""
        return self._added + self._gone + sum(self._removed.values())

    def listed(self) -> dict[Kind, Changes]:
        """Return the first rows that are added or removed."""
        found = {}
        if self.details_change:
            changes = found[kinds.VARIANT_DETAIL] = Changes()
            changes.added = self._details(f"SELECT w.sku, w.detail_id {_ADDED} ORDER BY w.row, w.detail_id")
            changes.removed = self._details(f"SELECT t.sku, h.detail_id {_GONE} ORDER BY t.row, h.detail_id")
        for kind in self._removed:
            ids = self._stage.run(f"SELECT id FROM {_of_back(kind)} ORDER BY id LIMIT {MOST_ROWS}")  # noqa: S608
            rows = select(*kind.table.c).where(kind.table.c.id.in_(ids.scalars().all()))
            held = self._stage.connection.execute(rows.order_by(kind.table.c.id)).mappings().all()
            found[kind] = Changes(removed=in_seed_terms(self._stage.connection, kind, held))
        return found

    def more(self) -> dict[str, dict[str, int]]:
        """Return how many there are besides those listed."""
        counted = {kinds.VARIANT_DETAIL: {"added": self._added, "removed": self._gone}}
        counted |= {kind: {"removed": number} for kind, number in self._removed.items()}
        found: dict[str, dict[str, int]] = {}
        for kind, numbers in counted.items():
            for verb, number in numbers.items():
                if number > MOST_ROWS:
                    found.setdefault(str(kind.table.name), {})[verb] = number - MOST_ROWS
        return found

    def remove(self) -> None:
        """Take away what goes."""
        for kind in self._removed:
            self._stage.run(f"DELETE FROM {_of_back(kind)}")  # noqa: S608
        if self._gone:
            self._stage.run(
                "DELETE FROM variant_detail WHERE (variant_id, detail_id) IN "  # noqa: S608
                f"(SELECT h.variant_id, h.detail_id {_GONE})"
            )

    def add(self) -> None:
        """Add the details, once every variant is there."""
        if self._added:
            self._stage.run(
                "INSERT INTO variant_detail (variant_id, detail_id) "  # noqa: S608
                "SELECT v.id, added.detail_id "
                f"FROM (SELECT w.sku, w.detail_id {_ADDED}) added JOIN variant v ON v.sku = added.sku"
            )

    def _details(self, statement: str) -> list[Values]:
        rows = self._stage.run(f"{statement} LIMIT {MOST_ROWS}").all()
        detail = kinds.DETAIL.table
        slugs = dict(self._stage.connection.execute(select(detail.c.id, detail.c.slug)).all())
        return [{"variant_id": sku, "detail_id": slugs[detail_id]} for sku, detail_id in rows]

    def _find_details(self) -> None:
        rows = self._rows()
        groups: dict[frozenset[str], int] = {}
        for product_ids in self._products():
            self._group(rows, product_ids, groups)
        self._stage.analyze("seed_group")
        self._fit(rows, {number: group for group, number in groups.items()})
        self._stage.analyze("seed_fit")

    def _rows(self) -> Rows:
        """Return what rules are about, but for components."""
        rows = Rows(Faults())
        for kind in (kinds.DETAIL, kinds.MATERIAL, kinds.HARDWARE_SET, kinds.SET_ITEM):
            for values in self._values(kind, ""):
                rows[kind][kind.key_of(values)] = Row.of_database(values)
        return rows

    def _values(self, kind: Kind, where: str, **given: int) -> list[Values]:
        query = select(*kind.table.c).order_by(*kind.table.primary_key)
        if where:
            query = query.where(text(where))
        found = self._stage.connection.execute(query, given).mappings().all()
        return in_seed_terms(self._stage.connection, kind, found)

    def _products(self) -> Iterator[tuple[int, int]]:
        """Yield first and last ids of products that are named, some thousands at a time."""
        last = 0
        query = (
            "SELECT MIN(id), MAX(id) FROM (SELECT DISTINCT product_id AS id FROM seed_touched "
            "WHERE product_id > :last ORDER BY product_id LIMIT :most) named"
        )
        while True:
            first, last_of_these = self._stage.run(query, last=last, most=_PRODUCTS).one()
            if first is None:
                return
            yield first, last_of_these
            last = last_of_these

    def _group(self, rows: Rows, between: tuple[int, int], groups: dict[frozenset[str], int]) -> None:
        """Put products that meet the same rules on components into one group."""
        first, last = between
        of_these = Rows(Faults())
        where = "component.product_id BETWEEN :first AND :last"
        for values in self._values(kinds.COMPONENT, where, first=first, last=last):
            row = Row.of_database(values)
            of_these[kinds.COMPONENT][kinds.COMPONENT.key_of(values)] = row
        named = self._stage.run(
            "SELECT DISTINCT t.product_id, p.slug FROM seed_touched t JOIN product p ON p.id = t.product_id "
            "WHERE t.product_id BETWEEN :first AND :last",
            first=first,
            last=last,
        ).all()
        put = []
        for product_id, slug in named:
            met = frozenset(
                detail
                for detail, row in rows[kinds.DETAIL].items()
                if "component" not in row.values["rule"]
                or meets(of_these, {"product_id": slug}, "component", row.values["rule"]["component"])
            )
            put.append({"product_id": product_id, "group_id": groups.setdefault(met, len(groups))})
        self._stage.connection.execute(self._stage["seed_group"].insert(), put)

    def _fit(self, rows: Rows, groups: dict[int, frozenset[str]]) -> None:
        """Find the details of each group, material and hardware set that occur together."""
        ids = dict(self._stage.run("SELECT slug, id FROM detail").all())
        together = self._stage.run(
            "SELECT DISTINCT g.group_id, t.material_id, t.hardware_set_id, m.slug, h.slug "
            "FROM seed_touched t JOIN seed_group g ON g.product_id = t.product_id "
            "JOIN material m ON m.id = t.material_id JOIN hardware_set h ON h.id = t.hardware_set_id"
        ).all()
        put = []
        for group, material_id, hardware_id, material, hardware in together:
            variant = {"material_id": material, "hardware_set_id": hardware}
            for detail in groups[group]:
                rule = rows[kinds.DETAIL][detail].values["rule"]
                others = [each for each in rule.items() if each[0] != "component"]
                if all(meets(rows, variant, *each) for each in others):
                    fit = {"group_id": group, "material_id": material_id, "hardware_set_id": hardware_id}
                    put.append({**fit, "detail_id": ids[detail]})
        if put:
            self._stage.connection.execute(self._stage["seed_fit"].insert(), put)


def _of_back(kind: Kind) -> str:
    return f"{kind.table.name} WHERE variant_id IN ({_BACK})"
