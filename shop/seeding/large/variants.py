"""``variants.csv`` at any size: bags in a material, a colour and a hardware set."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, FromClause, bindparam, case, func, select, text

from shop.catalogue.models import Colour, HardwareSet, Lining, Material, Source, Term
from shop.kit.types import Json
from shop.seeding import kinds
from shop.seeding.build.products import PLACEHOLDER
from shop.seeding.changes import MOST_ROWS
from shop.seeding.errors import MOST_LISTED, did_you_mean
from shop.seeding.formats.files import File
from shop.seeding.kinds import RETIRED_PLACES, Key, Kind
from shop.seeding.large import ordering
from shop.seeding.large.attached import Attached
from shop.seeding.large.checking import Checked
from shop.seeding.large.difference import Difference, Tell, columns_of
from shop.seeding.large.looks import alike
from shop.seeding.large.stage import FINAL, Stage
from shop.seeding.large.wrong import IS_HELD, Guesses, Wrong, lines_of
from shop.seeding.plan import Changes
from shop.seeding.prepare import Opening
from shop.seeding.references import OF_ACCESSORY, code_of_accessory

#: What is wrong with a row, as bits of a number.
_NO_PRODUCT, _NO_MATERIAL, _NO_COLOUR, _NO_HARDWARE, _NO_LINING, _NO_WORD = 1, 2, 4, 8, 16, 32
_ASSIGNED, _NOT_SOLD, _LONG, _NO_PRICE, _OF_ACCESSORY, _TAKEN = 64, 128, 256, 512, 1024, 2048

#: What is said of a row even where an earlier one is of the same variant, or its product is not there.
_ALWAYS_SAID = _NO_PRODUCT | _ASSIGNED | _NOT_SOLD | _LONG

#: Characters of a slug.
_LONGEST_SLUG = 200

#: What no word of search depends on; where only this changes, nothing is indexed anew.
_UNSEARCHED = {
    *("slug", "sellable", "evidence", "hs", "lining_id", "external_ids", "seen_on"),
    *("sources", "flags", "note", "code_parts_believed"),
}

_MADE_OF = "s.product || '--' || s.material || '--' || s.colour || '--' || s.hardware"
_SLUG = f"COALESCE(s.slug, CASE WHEN v.id IS NULL OR v.is_retired THEN {_MADE_OF} ELSE v.slug END)"
_SOLD = "COALESCE(s.sellable, v.sellable, p.sellable)"

_RESOLVE = f"""
INSERT INTO seed_final (row, id, was_held, is_counted, is_remade, position, sku, slug, product_id,
  material_id, colour_id, hardware_set_id, detail_set_id, style_code, code_is_assigned, code_parts_believed,
  label, sellable, is_retired, evidence, hs, edition, lining_id, external_ids, seen_on, sources, flags, note,
  wrong)
SELECT s.row, v.id, v.id IS NOT NULL AND NOT v.is_retired AND b.position < {RETIRED_PLACES},
  v.id IS NULL OR v.is_retired OR v.product_id <> p.id,
  v.id IS NULL OR v.is_retired OR b.position >= {RETIRED_PLACES} OR v.product_id <> p.id
    OR COALESCE(v.material_id, 0) <> m.id OR COALESCE(v.hardware_set_id, 0) <> h.id,
  CASE WHEN NOT v.is_retired THEN v.position END,
  REPLACE(s.style_code, ' ', ''), {_SLUG}, p.id, m.id, c.id, h.id, v.detail_set_id, s.style_code,
  COALESCE(s.code_is_assigned, v.code_is_assigned, FALSE),
  COALESCE(s.code_parts_believed, v.code_parts_believed), COALESCE(s.label, v.label), {_SOLD}, FALSE,
  s.evidence, COALESCE(s.hs, v.hs), COALESCE(s.edition, v.edition), COALESCE(l.id, v.lining_id),
  COALESCE(v.external_ids, :nothing), COALESCE(s.seen_on, v.seen_on),
  COALESCE(s.sources, v.sources, :nothing), s.flags, COALESCE(s.note, v.note),
  CASE WHEN p.id IS NULL THEN {_NO_PRODUCT} ELSE 0 END
  + CASE WHEN m.id IS NULL THEN {_NO_MATERIAL} ELSE 0 END
  + CASE WHEN c.id IS NULL THEN {_NO_COLOUR} ELSE 0 END
  + CASE WHEN h.id IS NULL THEN {_NO_HARDWARE} ELSE 0 END
  + CASE WHEN s.lining IS NOT NULL AND l.id IS NULL THEN {_NO_LINING} ELSE 0 END
  + CASE WHEN t.code IS NULL THEN {_NO_WORD} ELSE 0 END
  + CASE WHEN s.code_is_assigned AND SUBSTR(s.style_code, 1, 1) <> '{PLACEHOLDER}'
    THEN {_ASSIGNED} ELSE 0 END
  + CASE WHEN {_SOLD} AND NOT p.sellable THEN {_NOT_SOLD} ELSE 0 END
  + CASE WHEN LENGTH({_SLUG}) > {_LONGEST_SLUG} THEN {_LONG} ELSE 0 END
  + CASE WHEN {_SOLD} AND NOT (
      v.id IS NOT NULL AND NOT v.is_retired AND b.position < {RETIRED_PLACES}
      AND EXISTS (SELECT 1 FROM price x WHERE x.variant_id = v.id)
    ) THEN {_NO_PRICE} ELSE 0 END
  + CASE WHEN p.kind = 'accessory' THEN {_OF_ACCESSORY} ELSE 0 END
  + CASE WHEN b.kind = 'accessory' AND b.position < {RETIRED_PLACES} AND NOT v.is_retired AND b.id <> p.id
    THEN {_TAKEN} ELSE 0 END
FROM seed_rows s
LEFT JOIN variant v ON v.sku = REPLACE(s.style_code, ' ', '')
LEFT JOIN product b ON b.id = v.product_id
LEFT JOIN product p ON p.slug = s.product AND p.position < {RETIRED_PLACES}
LEFT JOIN material m ON m.slug = s.material
LEFT JOIN colour c ON c.slug = s.colour
LEFT JOIN hardware_set h ON h.slug = s.hardware
LEFT JOIN lining l ON l.slug = s.lining
LEFT JOIN term t ON t.vocabulary = 'evidence' AND t.code = s.evidence
"""  # noqa: S608 - numbers of ours

_WRONG = """
SELECT f.row, f.wrong, s.product, s.material, s.colour, s.hardware, s.lining, s.evidence, s.slug,
  b.slug AS held_by
FROM seed_final f JOIN seed_rows s ON s.row = f.row
LEFT JOIN variant v ON v.id = f.id LEFT JOIN product b ON b.id = v.product_id
WHERE f.wrong <> 0 ORDER BY f.row
"""
#: While other rows are wrong in themselves, a product that is kept for old orders is one.
_WITHOUT_PRODUCT = """
SELECT s.row, s.product FROM seed_rows s LEFT JOIN product p ON p.slug = s.product
WHERE p.id IS NULL ORDER BY s.row
"""

_TWICE = """
SELECT row, first FROM (
  SELECT f.row, MIN(f.row) OVER (PARTITION BY f.sku) AS first FROM seed_final f WHERE f.product_id IS NOT NULL
) counted WHERE row <> first ORDER BY row
"""
_IS_ANY_TWICE = """
SELECT COUNT(*) FROM (
  SELECT 1 FROM seed_final WHERE product_id IS NOT NULL GROUP BY sku HAVING COUNT(*) > 1 LIMIT 1
) twice
"""

_KEPT = f"""
FROM (SELECT DISTINCT product_id FROM seed_final) named
JOIN variant v ON v.product_id = named.product_id JOIN product p ON p.id = v.product_id
LEFT JOIN seed_final f ON f.id = v.id AND f.row < {ordering.BEYOND_ROWS}
WHERE f.row IS NULL AND {IS_HELD}
"""  # noqa: S608 - a condition of ours


class VariantsTable:
    """Variants that shall be, against those held."""

    unchanged = 0

    def __init__(self, stage: Stage, file: File) -> None:
        self._stage, self._file = stage, file
        self._difference = Difference(stage, kinds.VARIANT)
        self._attached = Attached(stage)

    def resolve(self, _found: Checked) -> None:
        """Find what the rows name."""
        kept = dict.fromkeys(("was_held", "is_counted", "is_remade"), Boolean())
        self._stage.create(FINAL, {**columns_of(kinds.VARIANT), **kept})
        nothing = bindparam("nothing", [], type_=Json)
        self._stage.connection.execute(text(_RESOLVE).bindparams(nothing))
        self._stage.run("CREATE INDEX seed_final_id ON seed_final (id)")
        self._stage.analyze(FINAL)

    def wrong(self, found: Checked, *, alone: bool) -> tuple[list[Wrong], int]:
        """Return what is wrong between rows, and with what they name; and how many are wrong besides.

        Args:
            found: What reading the file found.
            alone: Look only at what can be told while other rows are wrong in themselves.
        """
        result, more = self._sources(found)
        if alone:
            rows = [row for row in self._stage.run(_WITHOUT_PRODUCT) if row.product not in found.declared]
            told = [(row, _NO_PRODUCT) for row in rows[:MOST_LISTED]]
            return [*result, *self._in_words(told, held=False)], more + len(rows) - len(told)
        doubles = {}
        if self._stage.scalar(_IS_ANY_TWICE):
            doubles = {row.row: row.first for row in self._stage.run(_TWICE)}
        told = []
        for row in self._stage.run(_WRONG):
            wrong = row.wrong
            if wrong & _NO_PRODUCT:
                wrong = _NO_PRODUCT
            elif row.row in doubles:
                wrong &= _ALWAYS_SAID
            if wrong and len(told) < MOST_LISTED:
                told.append((row, wrong))
            else:
                more += wrong.bit_count()
        result += self._in_words(told, held=True)
        result += self._twice(found, doubles)
        result += alike(self._stage, self._file, doubles)
        return result, more

    def _sources(self, found: Checked) -> tuple[list[Wrong], int]:
        """Return where sources are cited that are not there."""
        if not any(cell.name == "sources" for cell in found.cells or ()):
            return [], 0
        known = list(self._stage.connection.scalars(select(Source.id).order_by(Source.id)))
        cited = self._stage.connection.scalars(select(self._stage["seed_rows"].c.sources).distinct()).all()
        if set().union(*filter(None, cited)) <= {*known, *found.declared}:
            return [], 0
        rows = self._stage["seed_rows"].c
        result: list[Wrong] = []
        query = select(rows.row, rows.sources).where(rows.sources.is_not(None)).order_by(rows.row)
        for row, sources in self._stage.connection.execute(query):
            for index, source in enumerate(sources):
                if source not in known and source not in found.declared:
                    guess = did_you_mean(source, known) if len(result) < MOST_LISTED else ""
                    result.append(Wrong(row, f"sources/{index}", f"no such source{guess}"))
        return result[:MOST_LISTED], max(len(result) - MOST_LISTED, 0)

    def _in_words(self, told: list[tuple[Any, int]], *, held: bool) -> list[Wrong]:
        if not told:
            return []
        unknown = {row.product for row, wrong in told if wrong & _NO_PRODUCT}
        guesses = Guesses(self._stage).among_products(unknown, held=held)
        names: dict[int, tuple[str, str, list[str]]] = {}
        for bit, key, word, model in (
            (_NO_MATERIAL, "material", "material", Material),
            (_NO_COLOUR, "colour", "colour", Colour),
            (_NO_HARDWARE, "hardware", "hardware set", HardwareSet),
            (_NO_LINING, "lining", "lining", Lining),
        ):
            known = list(self._stage.connection.scalars(select(model.slug).order_by(model.id)))
            names[bit] = key, word, known
        evidence = select(Term.code).where(Term.vocabulary == "evidence").order_by(Term.code)
        words = list(self._stage.connection.scalars(evidence))
        result = []
        for row, wrong in told:
            if wrong & _NO_PRODUCT:
                result.append(Wrong(row.row, "product", f"no such product{guesses[row.product]}"))
            for bit, (key, word, known) in names.items():
                if wrong & bit:
                    result.append(
                        Wrong(row.row, key, f"no such {word}{did_you_mean(getattr(row, key), known)}")
                    )
            result += _of_its_own(row, wrong, words)
        return result

    def _twice(self, found: Checked, doubles: dict[int, int]) -> list[Wrong]:
        if not doubles:
            return []
        first = lines_of(found, self._file, set(doubles.values()), "style_code")
        return [
            Wrong(row, "style_code", f"stands here twice (first in {self._file.name}, line {first[earlier]})")
            for row, earlier in doubles.items()
        ]

    def count(self) -> None:
        """Count what differs from what is held, each variant in its place."""
        ordering.find_places(self._stage)
        self._attached.count()
        self._difference.unwritten = {kinds.DETAIL_SET: self._attached.unwritten}
        self._difference.final = self._shall_be()
        self._difference.count()

    def _shall_be(self) -> FromClause:
        """Return the rows with their places, and the details of those that are made otherwise."""
        final, place = self._stage[FINAL], self._stage["seed_place"]
        group, fit = self._stage["seed_group"], self._stage["seed_fit"]
        found = {
            "position": func.coalesce(place.c.position, final.c.position),
            "detail_set_id": case((final.c.is_remade, fit.c.detail_set_id), else_=final.c.detail_set_id),
        }
        columns = [found.get(column.name, column).label(column.name) for column in final.c]
        is_fit = (fit.c.group_id == group.c.group_id) & (fit.c.material_id == final.c.material_id)
        joined = (
            final.outerjoin(place, place.c.row == final.c.row)
            .outerjoin(group, group.c.product_id == final.c.product_id)
            .outerjoin(fit, is_fit & (fit.c.hardware_set_id == final.c.hardware_set_id))
        )
        return select(*columns).select_from(joined).subquery(FINAL)

    @property
    def changes(self) -> int:
        """Return how many rows are written."""
        counted = self._difference.counted
        return counted.added + counted.changed + self._attached.changes

    @property
    def is_search_affected(self) -> bool:
        """Tell whether what is found by words changes."""
        counted = self._difference.counted
        return bool(counted.added or set(counted.columns) - _UNSEARCHED)

    def listed(self) -> dict[Kind, Changes]:
        """Return the first rows that differ."""
        return {kinds.VARIANT: self._difference.listed(), **self._attached.listed()}

    def more(self) -> dict[str, dict[str, int]]:
        """Return how many differ besides those listed."""
        more = self._difference.more()
        return {**({"variant": more} if more else {}), **self._attached.more()}

    def kept(self) -> tuple[dict[Kind, list[Key]], dict[str, int]]:
        """Return the first variants that only pruning would end, and how many there are besides."""
        number = self._stage.scalar(f"SELECT COUNT(*) {_KEPT}")
        if not number:
            return {}, {}
        query = f"SELECT v.sku {_KEPT} ORDER BY v.id LIMIT :most"
        keys = list(self._stage.run(query, most=MOST_ROWS).scalars())
        more = number - len(keys)
        return {kinds.VARIANT: keys}, {"variant": more} if more else {}

    def openings(self) -> tuple[Opening, ...]:
        """Return the first counts of stock: variants have none."""
        return ()

    def write(self, last_row: int, tell: Tell) -> None:
        """Change and add variants, with what hangs on them."""
        self._difference.free_slugs()
        self._attached.write()
        self._difference.write(last_row, tell)
        self._difference.write_beyond(ordering.BEYOND_ROWS)


def _of_its_own(row: Any, wrong: int, words: list[str]) -> list[Wrong]:
    """Return what is wrong with a row besides the rows it names."""
    if not wrong & ~(_NO_PRODUCT | _NO_MATERIAL | _NO_COLOUR | _NO_HARDWARE | _NO_LINING):
        return []
    at_slug = "slug" if row.slug is not None else "style_code"
    problems = {
        (_NO_WORD, "evidence"): f"not a word of the vocabulary `evidence`{did_you_mean(row.evidence, words)}",
        (_ASSIGNED, "style_code"): f"a code that is assigned begins with {PLACEHOLDER}; "
        "a real one is not assigned",
        (_NOT_SOLD, "sellable"): "its product is not sellable",
        (_LONG, at_slug): f"may have at most {_LONGEST_SLUG} characters",
        (_NO_PRICE, "prices"): "is missing: what is sold has a price",
        (_OF_ACCESSORY, "product"): OF_ACCESSORY,
        (_TAKEN, "style_code"): code_of_accessory(row.held_by),
    }
    return [Wrong(row.row, key, problem) for (bit, key), problem in problems.items() if wrong & bit]
