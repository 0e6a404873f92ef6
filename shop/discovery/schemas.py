"""How products and variants look on the wire, and what the list may be asked."""

from __future__ import annotations

from marshmallow import Schema, fields

from shop.catalogue.schemas import (
    ColourReference,
    EvidenceView,
    HardwareSummary,
    text,
)
from shop.discovery.facet_schemas import FacetNames, FacetsView
from shop.discovery.listing import SORTS
from shop.kit.fields import MoneyView, QueryBool, QueryInt, Reference, Several, Str, StrictSchema
from shop.kit.money import MAX_MINOR
from shop.kit.pages import PageQuery, page_of
from shop.media.schemas import Pictures
from shop.search.queries import KINDS
from shop.search.schemas import CorrectedView, Words

MARKET = {
    "description": "A market of `GET /v1/markets`; decides currency and tax. The shop's default if absent."
}


class MarketQuery(StrictSchema):
    """Where the shopper is."""

    market = Str(maximum=32, load_default=None, metadata=MARKET)


class ProductQuery(PageQuery):
    """What the product list is asked for.

    Several values of one name (repeated, or with commas) are alternatives; different names
    combine, all of them on one and the same variant.
    """

    market = Str(maximum=32, load_default=None, metadata=MARKET)
    sort = Str(
        maximum=32,
        load_default=None,
        choices=SORTS,
        metadata={"description": "`relevance` if absent and `q` is given, else `featured`."},
    )
    kind = Str(maximum=16, load_default="bag", choices=("bag", "accessory"))
    family = Several(metadata={"description": "Family slugs."})
    material = Several(metadata={"description": "Material slugs or groups, e.g. `arena`."})
    colour = Several(metadata={"description": "Colour slugs."})
    colour_family = Several(metadata={"description": "Colour families, e.g. `blue` for every blue."})
    hardware = Several(metadata={"description": "Hardware sets or items, e.g. `zip-pull-laced`."})
    finish = Several(metadata={"description": "Metal finishes, of the set or of any of its items."})
    detail = Several(metadata={"description": "Details of `GET /v1/details`, e.g. `large-studs`."})
    size = Several(
        metadata={"description": "Size codes: `nano`, `mini`, `xs`, `small`, `medium`, `large`, `one-size`."}
    )
    silhouette = Several()
    available = QueryBool(
        load_default=None, metadata={"description": "Only what can be bought now, or only what cannot."}
    )
    price_min = QueryInt(
        minimum=0, maximum=MAX_MINOR, load_default=None, metadata={"description": "Minor units."}
    )
    price_max = QueryInt(
        minimum=0, maximum=MAX_MINOR, load_default=None, metadata={"description": "Minor units."}
    )
    q = Words(
        minimum=0,
        load_default=None,
        metadata={
            "description": "Words that must all occur, in names, aliases, materials, colours, trade codes, "
            "details, people or style codes. Accents do not matter, and the last word may be the beginning "
            "of one. A word that the catalogue does not have is replaced by the nearest one: see `corrected`."
        },
    )
    facets = FacetNames()
    facet_zeros = QueryBool(
        load_default=False,
        metadata={"description": "Whether facets tell values that no product of the list has, too."},
    )


class SuggestionQuery(MarketQuery):
    """What is suggested while a shopper types."""

    q = Words(
        required=True,
        minimum=0,
        metadata={"description": "What was typed so far; its last word is unfinished."},
    )
    limit = QueryInt(minimum=1, maximum=20, load_default=8, metadata={"description": "Most suggestions."})


class SuggestionView(Schema):
    """Something the shopper may mean."""

    type = fields.String(
        required=True,
        attribute="kind",
        metadata={
            "enum": [*KINDS, "product"],
            "description": "`family`, `material`, `colour`, `detail` and `hardware` are filters of the "
            "product list; the name of a `person` is words for its `q`.",
        },
    )
    slug = fields.String(required=True)
    name = fields.String(required=True)
    alias = text("The other name that it was found by; null where that is its name.")


class SuggestionsView(Schema):
    """Suggestions, the best first: names, then products."""

    items = fields.List(fields.Nested(SuggestionView), required=True)
    corrected = fields.Nested(
        CorrectedView,
        required=True,
        allow_none=True,
        metadata={"description": "Null where the words were taken as they stand."},
    )


class PriceRangeView(Schema):
    """From the cheapest to the dearest variant."""

    min = fields.Nested(MoneyView, required=True)
    max = fields.Nested(MoneyView, required=True)


class ProductSummaryView(Schema):
    """A product in a list."""

    slug = fields.String(required=True, attribute="product.slug")
    name = fields.String(required=True, attribute="product.name")
    kind = fields.String(required=True, attribute="product.kind")
    family = fields.Nested(Reference, required=True, attribute="product.family")
    size = text(attribute="product.size")
    silhouette = text(attribute="product.silhouette")
    price = fields.Nested(
        PriceRangeView,
        required=True,
        allow_none=True,
        metadata={"description": "Null where nothing of it is for sale in the market."},
    )
    available = fields.Integer(
        required=True, metadata={"description": "Pieces of all variants that can be bought now."}
    )
    buyable = fields.Function(lambda each: each.available > 0, required=True, metadata={"type": "boolean"})
    variant_count = fields.Integer(required=True)
    colours = fields.List(fields.Nested(ColourReference), required=True)
    images = Pictures(required=True)


class ProductListView(page_of(ProductSummaryView)):  # type: ignore[misc]
    """A page of the product list."""

    corrected = fields.Nested(
        CorrectedView,
        required=True,
        allow_none=True,
        metadata={"description": "Null where the words of `q` were taken as they stand."},
    )
    facets = fields.Nested(
        FacetsView,
        required=True,
        allow_none=True,
        metadata={"description": "Null where `facets` asks for none."},
    )


class DimensionsView(Schema):
    """Outer dimensions in whole millimetres."""

    width_mm = fields.Integer(required=True)
    height_mm = fields.Integer(required=True)
    depth_mm = fields.Integer(required=True)
    handle_drop_mm = fields.Integer(required=True, allow_none=True)
    strap_drop_mm = fields.Integer(required=True, allow_none=True)
    strap_length_mm = fields.Integer(required=True, allow_none=True)
    note = text(attribute="dimensions_note")
    confidence = text(attribute="dimensions_confidence")
    sources = fields.List(fields.String(), required=True, attribute="dimensions_sources")


class ComponentView(EvidenceView):
    """A part the product comes with."""

    kind = fields.String(required=True)
    count = fields.Integer(required=True)
    removable = fields.Boolean(required=True, allow_none=True)
    adjustable = fields.Boolean(required=True, allow_none=True)
    personalisable = fields.Boolean(required=True, allow_none=True)
    construction = text()
    finish = text()
    material = text()
    shape = text()
    zip_pull = text()
    placement = text()
    also_called = text()
    drop_mm = fields.Integer(required=True, allow_none=True)
    split_rings = fields.Integer(required=True, allow_none=True)
    accessory = fields.Nested(
        Reference, required=True, allow_none=True, metadata={"description": "The part, ordered alone."}
    )


class OfferView(Schema):
    """A variant with its price and availability in the market."""

    sku = fields.String(required=True, attribute="variant.sku", metadata={"example": "8230582AA9S1000"})
    style_code = fields.String(
        required=True, attribute="variant.style_code", metadata={"example": "823058 2AA9S 1000"}
    )
    code_is_assigned = fields.Boolean(required=True, attribute="variant.code_is_assigned")
    label = text(attribute="variant.label")
    product = fields.Nested(Reference, required=True, attribute="variant.product")
    family = fields.Nested(Reference, required=True, attribute="variant.product.family")
    material = fields.Nested(Reference, required=True, allow_none=True, attribute="variant.material")
    colour = fields.Nested(ColourReference, required=True, allow_none=True, attribute="variant.colour")
    hardware = fields.Nested(HardwareSummary, required=True, allow_none=True, attribute="variant.hardware")
    details = fields.List(fields.Nested(Reference), required=True, attribute="variant.details")
    lining = fields.Nested(
        Reference,
        required=True,
        allow_none=True,
        attribute="variant.lining",
        metadata={"description": "Where it differs from the product's."},
    )
    edition = text(attribute="variant.edition")
    hs = fields.String(
        required=True, allow_none=True, attribute="variant.hs", metadata={"description": "Customs heading."}
    )
    evidence = fields.String(
        required=True, attribute="variant.evidence", metadata={"enum": ["exact", "line", "illustrative"]}
    )
    sources = fields.List(fields.String(), required=True, attribute="variant.sources")
    flags = fields.List(fields.String(), required=True, attribute="variant.flags")
    note = text(attribute="variant.note")
    market = fields.String(required=True, attribute="market.code")
    price = fields.Nested(
        MoneyView,
        required=True,
        allow_none=True,
        metadata={"description": "What a piece costs now; null where it has no price in the market."},
    )
    list_price = fields.Nested(
        MoneyView, required=True, allow_none=True, metadata={"description": "Above `price` while on sale."}
    )
    price_is_illustrative = fields.Boolean(required=True, allow_none=True)
    images = Pictures(required=True)
    available = fields.Integer(
        required=True, metadata={"description": "Whole pieces that can be bought now, 0 when none."}
    )
    buyable = fields.Function(lambda each: each.available > 0, required=True, metadata={"type": "boolean"})
    unavailable_because = fields.String(
        required=True,
        allow_none=True,
        metadata={"enum": ["not_for_sale", "not_priced_in_market", "sold_out", None]},
    )


class FormerNameView(Schema):
    """A title the product had before."""

    name = fields.String(required=True)
    period = fields.String(required=True)
    sources = fields.List(fields.String(), required=True)


class ProductView(EvidenceView):
    """A product with all its variants."""

    slug = fields.String(required=True)
    name = fields.String(required=True)
    kind = fields.String(required=True)
    accessory_kind = text()
    family = fields.Nested(Reference, required=True)
    aliases = fields.List(fields.String(), required=True)
    former_names = fields.List(fields.Nested(FormerNameView), required=True)
    size = text()
    silhouette = text()
    carry_modes = fields.List(fields.String(), required=True)
    closure = text()
    lining = fields.Nested(Reference, required=True, allow_none=True)
    dimensions = fields.Nested(DimensionsView, required=True, allow_none=True)
    weight_g = fields.Integer(required=True, allow_none=True)
    country_of_origin = text("ISO 3166-1 alpha-2.")
    care = fields.List(fields.String(), required=True)
    edition = text()
    co_brand = text()
    launched = text("As exact as the sources are: `2024-04-11`, `2024-07`, `2019-end`.")
    sellable = fields.Boolean(required=True)
    model_codes = fields.List(fields.String(), required=True)
    components = fields.List(fields.Nested(ComponentView), required=True)
    market = fields.String(required=True)
    images = Pictures(required=True)
    variants = fields.List(fields.Nested(OfferView), required=True)
