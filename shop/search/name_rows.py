"""The rows of names to suggest that some products gave to the index or took from it."""

from __future__ import annotations

from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, exists, select

from shop.catalogue.models import Colour, Detail, DetailSetItem, HardwareSet, Material, Product, Variant
from shop.search.billings import ALWAYS_SHOWN
from shop.search.index import NAME_KEY, Row, name_row, put_rows
from shop.search.models import SearchDocument, SearchName
from shop.search.parts import Part
from shop.search.periods import ALWAYS, Period, read_periods, shared, written
from shop.search.turn import Turn, differing, share

#: A part's kind and slug.
_Name: TypeAlias = tuple[str, str]


class NameRows:
    """The rows of :class:`~shop.search.models.SearchName` after a turn; documents are written before.

    Args:
        turn: What turned.
    """

    def __init__(self, turn: Turn) -> None:
        self._of = turn

    def put(self) -> bool:
        """Write the rows that differ; return whether any does."""
        parts = self._of.before.parts | self._of.after.parts
        concerned = differing(self._of.before.parts_shown, self._of.after.parts_shown)
        held: dict[_Name, Row] = {}
        for kind in {kind for kind, _ in concerned}:
            slugs = [slug for of, slug in concerned if of == kind]
            columns = SearchName.__table__.c
            rows = select(*columns).where(SearchName.kind == kind, SearchName.slug.in_(slugs))
            held |= {
                (row["kind"], row["slug"]): dict(row) for row in self._of.session.execute(rows).mappings()
            }
        wanted = {}
        for name in concerned:
            row = self._name_row(parts[name], held.get(name))
            if row:
                wanted[name] = row
        return put_rows(self._of.session, SearchName, NAME_KEY, held, wanted)

    def _name_row(self, part: Part, row: Row | None) -> Row | None:
        name = (part.kind, part.slug)
        before, after = share(self._of.before.parts_shown, name), share(self._of.after.parts_shown, name)
        if ALWAYS in after:
            return name_row(part, None)
        if before <= after:
            return name_row(part, written([*(read_periods(row["shown"]) if row else ()), *after]))
        periods = self._periods_of(part)
        return name_row(part, written(periods)) if periods else None

    def _periods_of(self, part: Part) -> set[Period]:
        """Return the periods of all products that have a part; of those without times, one is enough."""
        has_document = exists().where(SearchDocument.product_id == Product.id)
        having = select(Product.family_id, Product.publish_at, Product.unpublish_at).where(has_document)
        if part.kind not in ("family", "person"):
            having = having.where(_has(part))
            if self._of.session.execute(having.where(*ALWAYS_SHOWN).limit(1)).first():
                return {ALWAYS}
            return {(begin, end) for _, begin, end in self._of.session.execute(having.distinct())}
        found: set[Period] = set()
        for family_id, family in self._of.sources.families.items():
            is_always = _named(part) in map(_named, [family.part, *family.people])
            billed = [each.shown for each in family.billings if _named(part) in map(_named, each.people)]
            if not is_always and not billed:
                continue
            of_family = having.where(Product.family_id == family_id)
            if self._of.session.execute(of_family.where(*ALWAYS_SHOWN).limit(1)).first():
                own = {ALWAYS}
            else:
                own = {(begin, end) for _, begin, end in self._of.session.execute(of_family.distinct())}
            found |= own if is_always else set()
            found |= {both for periods in billed for both in shared(own, periods)}
        return found


def _named(part: Part) -> _Name:
    return part.kind, part.slug


def _has(part: Part) -> ColumnElement[bool]:
    """Return what a product has whose variants that are not retired have a part."""
    of_product = select(Variant.id).where(Variant.product_id == Product.id, Variant.is_retired.is_(False))
    if part.kind == "detail":
        detail = select(Detail.id).where(Detail.slug == part.slug).scalar_subquery()
        having = select(DetailSetItem.detail_set_id).where(DetailSetItem.detail_id == detail)
        return of_product.where(Variant.detail_set_id.in_(having)).exists()
    column, model = {
        "material": (Variant.material_id, Material),
        "colour": (Variant.colour_id, Colour),
        "hardware": (Variant.hardware_set_id, HardwareSet),
    }[part.kind]
    named: Any = select(model.id).where(model.slug == part.slug).scalar_subquery()  # type: ignore[attr-defined]
    return of_product.where(column == named).exists()
