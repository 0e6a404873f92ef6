"""Filters of the product list: values of one name are alternatives, names combine.

All filters on variants must hold for one and the same variant: "black" and "gold B" never
match a product that is black with silver and white with gold.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, exists, false, literal, or_, select, union, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from shop.catalogue.models import (
    Colour,
    Detail,
    Family,
    HardwareItem,
    HardwareSet,
    HardwareSetItem,
    Material,
    Product,
    Term,
    Variant,
    VariantDetail,
)
from shop.discovery.errors import UnknownFilterValue
from shop.kit.text import fold

Values = Sequence[str]

SHORT_WORD = 3


@dataclass(frozen=True, slots=True)
class Filters:
    """What a shopper asks for; an empty field asks for nothing.

    Attributes:
        price_min: Minor units of the market's currency, inclusive.
        price_max: Likewise.
        available: Only variants that can be bought now, or only those that cannot.
        q: Words, all of which must occur.
    """

    kind: str = "bag"
    family: Values = ()
    material: Values = ()
    colour: Values = ()
    colour_family: Values = ()
    hardware: Values = ()
    finish: Values = ()
    detail: Values = ()
    size: Values = ()
    silhouette: Values = ()
    available: bool | None = None
    price_min: int | None = None
    price_max: int | None = None
    q: str | None = None

    def fingerprint(self) -> dict[str, Any]:
        """Return what makes two queries the same list."""
        return asdict(self)


def _terms(vocabulary: str) -> Select[str]:
    return select(Term.code.label("value")).where(Term.vocabulary == vocabulary)


def _column(column: InstrumentedAttribute[Any]) -> Select[str]:
    return select(column.label("value"))


#: Every value a filter knows, as one column ``value``.
_KNOWN: Mapping[str, Callable[[], Any]] = {
    "family": lambda: _column(Family.slug),
    "material": lambda: union(_column(Material.slug), _column(Material.group)),
    "colour": lambda: _column(Colour.slug),
    "colour_family": lambda: _column(Colour.colour_family).distinct(),
    "hardware": lambda: union(_column(HardwareSet.slug), _column(HardwareItem.slug)),
    "finish": lambda: _terms("finish"),
    "detail": lambda: _column(Detail.slug),
    "size": lambda: _terms("size"),
    "silhouette": lambda: _terms("silhouette"),
}


def check(session: Session, filters: Filters) -> None:
    """Refuse filter values that nothing in the catalogue has as a name, in one statement.

    Raises:
        UnknownFilterValue: With the nearest known value of each.
    """
    asked = {name: getattr(filters, name) for name in _KNOWN if getattr(filters, name)}
    if not asked:
        return
    parts = []
    for name, values in asked.items():
        known = _KNOWN[name]().subquery()
        parts.append(select(literal(name), known.c.value).where(known.c.value.in_(values)))
    found = {(row[0], row[1]) for row in session.execute(union_all(*parts))}
    errors = [
        {"parameter": name, "detail": _unknown(session, name, value)}
        for name, values in asked.items()
        for value in values
        if (name, value) not in found
    ]
    if errors:
        raise UnknownFilterValue(errors=errors)


def _unknown(session: Session, name: str, value: str) -> str:
    known = [row for row in session.scalars(_KNOWN[name]()) if row]
    near = difflib.get_close_matches(value, known, n=3)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    return f"There is no {name.replace('_', ' ')} {value!r}.{hint}"


def conditions(filters: Filters, offer: CTE) -> list[ColumnElement[bool]]:
    """Return the conditions on a product row of a list over these offers."""
    found: list[ColumnElement[bool]] = [Product.kind == filters.kind]
    if filters.family:
        found.append(Product.family_id.in_(select(Family.id).where(Family.slug.in_(filters.family))))
    if filters.size:
        found.append(Product.size.in_(filters.size))
    if filters.silhouette:
        found.append(Product.silhouette.in_(filters.silhouette))
    if filters.q:
        words = fold(filters.q).split()
        # Signs alone name nothing: they find nothing, and not everything.
        found += [_has_word(word) for word in words] or [false()]
    if on_variant := _variant_conditions(filters, offer):
        found.append(
            exists().where(offer.c.product_id == Product.id, Variant.id == offer.c.variant_id, *on_variant)
        )
    return found


def _has_word(word: str) -> ColumnElement[bool]:
    """Return the condition that a product's text has a word that begins so.

    A short word must be a whole one: ``RH`` is a trade code and not the start of rhinestone.
    """
    text = literal(" ").concat(Product.search_text).concat(" ")
    return text.contains(f" {word} " if len(word) <= SHORT_WORD else f" {word}", autoescape=True)


def _variant_conditions(filters: Filters, offer: CTE) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.material:
        named = or_(Material.slug.in_(filters.material), Material.group.in_(filters.material))
        found.append(Variant.material_id.in_(select(Material.id).where(named)))
    if filters.colour:
        found.append(Variant.colour_id.in_(select(Colour.id).where(Colour.slug.in_(filters.colour))))
    if filters.colour_family:
        family = Colour.colour_family.in_(filters.colour_family)
        found.append(Variant.colour_id.in_(select(Colour.id).where(family)))
    if filters.hardware:
        found.append(Variant.hardware_set_id.in_(_hardware_named(filters.hardware)))
    if filters.finish:
        found.append(Variant.hardware_set_id.in_(_hardware_finished(filters.finish)))
    if filters.detail:
        having = select(VariantDetail.variant_id).join(Detail).where(Detail.slug.in_(filters.detail))
        found.append(Variant.id.in_(having))
    if filters.available is not None:
        found.append(offer.c.available > 0 if filters.available else offer.c.available == 0)
    if filters.price_min is not None:
        found.append(offer.c.charged_minor >= filters.price_min)
    if filters.price_max is not None:
        found.append(offer.c.charged_minor <= filters.price_max)
    return found


def _hardware_named(values: Values) -> Any:
    """Return the sets of these names, and those that hold an item of these names."""
    by_item = (
        select(HardwareSetItem.hardware_set_id)
        .join(HardwareItem, HardwareItem.id == HardwareSetItem.hardware_item_id)
        .where(HardwareItem.slug.in_(values))
    )
    by_pull = select(HardwareSet.id).join(HardwareSet.zip_pull).where(HardwareItem.slug.in_(values))
    return union(select(HardwareSet.id).where(HardwareSet.slug.in_(values)), by_item, by_pull)


def _hardware_finished(values: Values) -> Any:
    """Return the sets with a headline or an item in these finishes."""
    by_item = select(HardwareSetItem.hardware_set_id).where(HardwareSetItem.finish.in_(values))
    return union(select(HardwareSet.id).where(HardwareSet.finish.in_(values)), by_item)
