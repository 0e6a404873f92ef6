"""How facets are asked for and how they look on the wire."""

from __future__ import annotations

from marshmallow import Schema, ValidationError, fields

from shop.discovery.facets import GROUPS
from shop.kit.fields import MoneyView, Several


def _known(names: list[str]) -> None:
    if unknown := [name for name in names if name not in GROUPS]:
        raise ValidationError(f"There is no facet {', '.join(unknown)}; there are {', '.join(GROUPS)}.")


class FacetNames(Several):
    """Names of groups, by repetition or comma."""

    def __init__(self) -> None:
        names = ", ".join(f"`{name}`" for name in GROUPS)
        description = f"Groups to count the whole list by, each without its own filter: {names}."
        super().__init__(validate=_known, metadata={"description": description})


class FacetValueView(Schema):
    """A value of a filter, and how many products choosing it alone would find."""

    slug = fields.String(required=True, metadata={"description": "What the filter is asked with."})
    name = fields.String(required=True)
    count = fields.Integer(required=True, metadata={"description": "Products, not variants."})
    selected = fields.Boolean(
        required=True,
        metadata={"description": "Whether the filter has it; a material's group selects it, too."},
    )


class ColourFacetValueView(FacetValueView):
    """A colour, and how many products choosing it alone would find."""

    hex = fields.String(required=True, metadata={"description": "Illustrative swatch."})


class AvailableFacetValueView(Schema):
    """Products with a variant that can be bought now, or with one that cannot; some have both."""

    value = fields.Boolean(required=True)
    count = fields.Integer(required=True)
    selected = fields.Boolean(required=True)


class PriceBucketView(Schema):
    """Products with a variant in a range of prices; its ends are values of the filters."""

    price_min = fields.Integer(
        required=True, metadata={"description": "Minor units of the market's currency, inclusive."}
    )
    price_max = fields.Integer(
        required=True, metadata={"description": "Minor units of the market's currency, inclusive."}
    )
    count = fields.Integer(required=True)
    selected = fields.Boolean(
        required=True, metadata={"description": "Whether the price filters hold for all of it."}
    )


class PriceFacetView(Schema):
    """What the variants cost.

    Buckets are equally wide, by 1, 2 or 5 followed by noughts, and at most seven.
    """

    min = fields.Nested(MoneyView, required=True, allow_none=True)
    max = fields.Nested(MoneyView, required=True, allow_none=True)
    buckets = fields.List(fields.Nested(PriceBucketView), required=True)


def _values(view: type[Schema] = FacetValueView) -> fields.List[Schema]:
    return fields.List(fields.Nested(view), metadata={"description": "In the editor's order."})


class FacetsView(Schema):
    """Counts of the whole list by each group that was asked for, and by no other."""

    family = _values()
    material = _values()
    colour = _values(ColourFacetValueView)
    colour_family = _values()
    hardware = _values()
    finish = _values()
    detail = _values()
    size = _values()
    silhouette = _values()
    price = fields.Nested(PriceFacetView)
    available = fields.List(fields.Nested(AvailableFacetValueView))
