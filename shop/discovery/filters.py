"""Filters of the product list: values of one name are alternatives, names combine.

All filters on variants must hold for one and the same variant: "black" and "gold B" never
match a product that is black with silver and white with gold.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, literal, select, union, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from shop.catalogue.models import (
    Colour,
    Detail,
    Family,
    HardwareItem,
    HardwareSet,
    Material,
    Product,
    Term,
    Variant,
)
from shop.catalogue.publishing import published, shown_family
from shop.discovery.errors import UnknownFilterValue
from shop.discovery.naming import NAMES
from shop.discovery.offers import available_in, charged_in
from shop.pricing.models import Market
from shop.search.queries import Search, search

Values = Sequence[str]

#: What the names of a filter stand for, on a variant.
PARTS: Mapping[str, InstrumentedAttribute[Any]] = {
    "material": Variant.material_id,
    "colour": Variant.colour_id,
    "colour_family": Variant.colour_id,
    "hardware": Variant.hardware_set_id,
    "finish": Variant.hardware_set_id,
    "detail": Variant.detail_set_id,
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What a shopper asks for; an empty field asks for nothing.

    Attributes:
        price_min: Minor units of the market's currency, inclusive.
        price_max: Likewise.
        available: Only variants that can be bought now, or only those that cannot.
        q: Words, all of which must occur.
        found: What ``q`` finds: see :func:`searched`.
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
    found: Search | None = None

    def are_selective(self) -> bool:
        """Whether any names a value, and so may find little."""
        return any(getattr(self, name) for name in KNOWN)

    def fingerprint(self) -> dict[str, Any]:
        """Return what makes two queries the same list."""
        return {each.name: getattr(self, each.name) for each in fields(self) if each.name != "found"}


def searched(session: Session, filters: Filters) -> Filters:
    """Return filters whose words were looked up, as :func:`conditions` needs them."""
    return replace(filters, found=search(session, filters.q)) if filters.q else filters


def _terms(vocabulary: str) -> Select[str]:
    return select(Term.code.label("value")).where(Term.vocabulary == vocabulary)


def _column(column: InstrumentedAttribute[Any]) -> Select[str]:
    return select(column.label("value"))


#: Every value a filter knows, as one column ``value``.
KNOWN: Mapping[str, Callable[[], Any]] = {
    "family": lambda: _column(Family.slug).where(shown_family()),
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
    asked = {name: getattr(filters, name) for name in KNOWN if getattr(filters, name)}
    if not asked:
        return
    parts = []
    for name, values in asked.items():
        known = KNOWN[name]().subquery()
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
    known = [row for row in session.scalars(KNOWN[name]()) if row]
    near = difflib.get_close_matches(value, known, n=3)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    return f"There is no {name.replace('_', ' ')} {value!r}.{hint}"


def conditions(filters: Filters, market: Market) -> list[ColumnElement[bool]]:
    """Return the conditions on a :class:`Product` of the list."""
    some_variant = exists().where(Variant.product_id == Product.id, *on_variant(filters, market))
    return [*on_product(filters), some_variant]


def on_product(filters: Filters) -> list[ColumnElement[bool]]:
    """Return the conditions on a :class:`Product` that do not depend on its variants."""
    found: list[ColumnElement[bool]] = [Product.kind == filters.kind, published(Product)]
    if filters.family:
        found.append(Product.family_id.in_(select(Family.id).where(Family.slug.in_(filters.family))))
    if filters.size:
        found.append(Product.size.in_(filters.size))
    if filters.silhouette:
        found.append(Product.silhouette.in_(filters.silhouette))
    if filters.q:
        assert filters.found is not None, "look the words up first: searched()"
        found.append(Product.id.in_(select(filters.found.hits.c.product_id)))
    return found


def on_variant(filters: Filters, market: Market) -> list[ColumnElement[bool]]:
    """Return the conditions that one and the same :class:`Variant` of the product must meet."""
    found: list[ColumnElement[bool]] = [Variant.is_retired.is_(False)]
    for name, part in PARTS.items():
        if values := getattr(filters, name):
            found.append(part.in_(_named(name, values)))
    if filters.available is not None:
        pieces = available_in(market)
        found.append(pieces > 0 if filters.available else pieces == 0)
    if filters.price_min is not None:
        found.append(charged_in(market) >= filters.price_min)
    if filters.price_max is not None:
        found.append(charged_in(market) <= filters.price_max)
    return found


def _named(name: str, values: Values) -> Select[int]:
    names = NAMES[name]().subquery()
    return select(names.c.id).where(names.c.value.in_(values))
