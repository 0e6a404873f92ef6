"""What hangs on variants of a table: the details they have, and what those leave that come back.

A detail's rule is about a product's components, a hardware set and a material. So products with
the same components, as far as the rules go, are one group, and what fits is found once for each
group, material and hardware set.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import BigInteger, insert, select, text, update

from shop.catalogue.models import slug_of_set
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

#: Rows whose details are to be found.
_REMADE = f"FROM seed_final WHERE is_remade AND row < {BEYOND_ROWS}"

_NAMED = f"INSERT INTO seed_named (product_id) SELECT DISTINCT product_id {_REMADE}"
_PRODUCTS_BEHIND = """
SELECT MIN(product_id), MAX(product_id) FROM (
  SELECT product_id FROM seed_named WHERE product_id > :last ORDER BY product_id LIMIT :most
) named
"""
_PRODUCTS_BETWEEN = """
SELECT p.id, p.slug FROM seed_named n JOIN product p ON p.id = n.product_id
WHERE n.product_id BETWEEN :first AND :last
"""

#: What occurs together: a group, a material and a hardware set.
_MADE = f"""
SELECT made.*, m.slug AS material, h.slug AS hardware FROM (
  SELECT DISTINCT g.group_id, r.material_id, r.hardware_set_id
  FROM (SELECT product_id, material_id, hardware_set_id {_REMADE}) r
  JOIN seed_group g ON g.product_id = r.product_id
) made JOIN material m ON m.id = made.material_id JOIN hardware_set h ON h.id = made.hardware_set_id
"""  # noqa: S608 - of ours

#: Variants that come back do so without what was charged for them, and seen of them, before.
_BACK = """
SELECT f.id FROM seed_final f WHERE f.id IS NOT NULL AND NOT f.was_held
"""


class Attached:
    """What follows from a table's variants in other tables.

    Attributes:
        unwritten: Sets of details that are not there yet: their slugs, by numbers below zero.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.unwritten: dict[int, str] = {}
        self._details: dict[str, frozenset[str]] = {}
        self._removed: dict[Kind, int] = {}

    def count(self) -> None:
        """Find the details of variants that are new, moved or made of something else."""
        big, stage = BigInteger(), self._stage
        self.unwritten, self._details = {}, {}
        stage.create("seed_named", {"product_id": big}, key="product_id")
        stage.create("seed_group", {"product_id": big, "group_id": big}, key="product_id")
        fit = {"group_id": big, "material_id": big, "hardware_set_id": big, "detail_set_id": big}
        stage.create("seed_fit", fit, key="")
        stage.run("CREATE INDEX seed_fit_of ON seed_fit (group_id, material_id, hardware_set_id)")
        if stage.scalar(f"SELECT COUNT(*) {_REMADE}"):
            self._find_details()
        self._removed = {
            kind: number
            for kind in (kinds.PRICE, kinds.OBSERVATION)
            if (number := stage.scalar(f"SELECT COUNT(*) FROM {_of_back(kind)}"))  # noqa: S608
        }

    @property
    def changes(self) -> int:
        """Return how many rows are added or removed."""
        items = sum(len(self._details[slug]) for slug in self.unwritten.values())
        return len(self.unwritten) + items + sum(self._removed.values())

    def listed(self) -> dict[Kind, Changes]:
        """Return the sets that are new, all of them, and the first rows that are removed."""
        found = {}
        if self.unwritten:
            slugs = list(self.unwritten.values())
            found[kinds.DETAIL_SET] = Changes(added=[{"slug": slug} for slug in slugs])
            found[kinds.DETAIL_SET_ITEM] = Changes(
                added=[
                    {"detail_set_id": slug, "detail_id": detail}
                    for slug in slugs
                    for detail in sorted(self._details[slug])
                ]
            )
        for kind in self._removed:
            ids = self._stage.run(f"SELECT id FROM {_of_back(kind)} ORDER BY id LIMIT {MOST_ROWS}")  # noqa: S608
            rows = select(*kind.table.c).where(kind.table.c.id.in_(ids.scalars().all()))
            held = self._stage.connection.execute(rows.order_by(kind.table.c.id)).mappings().all()
            found[kind] = Changes(removed=in_seed_terms(self._stage.connection, kind, held))
        return found

    def more(self) -> dict[str, dict[str, int]]:
        """Return how many there are besides those listed."""
        return {
            str(kind.table.name): {"removed": number - MOST_ROWS}
            for kind, number in self._removed.items()
            if number > MOST_ROWS
        }

    def write(self) -> None:
        """Take away what goes, and add the sets that are new."""
        for kind in self._removed:
            self._stage.run(f"DELETE FROM {_of_back(kind)}")  # noqa: S608
        if not self.unwritten:
            return
        details = dict(self._stage.run("SELECT slug, id FROM detail").all())
        connection, fit = self._stage.connection, self._stage["seed_fit"]
        for number, slug in self.unwritten.items():
            added = insert(kinds.DETAIL_SET.table).values(slug=slug).returning(kinds.DETAIL_SET.table.c.id)
            set_id = connection.execute(added).scalar_one()
            items = [
                {"detail_set_id": set_id, "detail_id": details[detail]} for detail in self._details[slug]
            ]
            connection.execute(insert(kinds.DETAIL_SET_ITEM.table), items)
            connection.execute(update(fit).where(fit.c.detail_set_id == number).values(detail_set_id=set_id))

    def _find_details(self) -> None:
        self._stage.run(_NAMED)
        self._stage.analyze("seed_named")
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
        while True:
            first, last_of_these = self._stage.run(_PRODUCTS_BEHIND, last=last, most=_PRODUCTS).one()
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
        named = self._stage.run(_PRODUCTS_BETWEEN, first=first, last=last).all()
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
        """Find the set of each group, material and hardware set that occur together."""
        ids = dict(self._stage.run("SELECT slug, id FROM detail_set").all())
        put = []
        for made in self._stage.run(_MADE).all():
            met = self._met(rows, groups[made.group_id], made.material, made.hardware)
            slug = slug_of_set(met) if met else None
            if slug is not None and slug not in ids:
                ids[slug] = -len(self.unwritten) - 1
                self.unwritten[ids[slug]], self._details[slug] = slug, met
            put.append(
                {
                    "group_id": made.group_id,
                    "material_id": made.material_id,
                    "hardware_set_id": made.hardware_set_id,
                    "detail_set_id": ids[slug] if slug else None,
                }
            )
        self._stage.connection.execute(self._stage["seed_fit"].insert(), put)

    def _met(self, rows: Rows, group: frozenset[str], material: str, hardware: str) -> frozenset[str]:
        """Return the details of a group's variants of some material and hardware."""
        variant = {"material_id": material, "hardware_set_id": hardware}
        found = set()
        for detail in group:
            rule = rows[kinds.DETAIL][detail].values["rule"]
            others = [each for each in rule.items() if each[0] != "component"]
            if all(meets(rows, variant, *each) for each in others):
                found.add(detail)
        return frozenset(found)


def _of_back(kind: Kind) -> str:
    return f"{kind.table.name} WHERE variant_id IN ({_BACK})"
