"""Products, variants, prices and campaigns: the entries of seed files, and lists of them."""

from __future__ import annotations

from marshmallow import Schema, fields

from shop.kit.fields import Moment, QueryBool, Str
from shop.kit.pages import PageQuery, page_of
from shop.seeding.fields import Slug
from shop.seeding.schemas.families import CampaignEntry
from shop.seeding.schemas.products import AccessoryEntry, PriceEntry, ProductEntry, VariantEntry


class ProductDocument(ProductEntry):
    """A bag with its parts and variants, as in a file of ``products/``, and its family."""

    family = Slug(64, required=True)


class VariantDocument(VariantEntry):
    """A variant, as in a file of ``products/``, and its product."""

    product = Slug(required=True)


#: A product is a bag, which has a silhouette, or an accessory, which says its kind.
PRODUCT = {"oneOf": [ProductDocument, AccessoryEntry]}
VARIANT = VariantDocument
PRICE = PriceEntry
CAMPAIGN = CampaignEntry


class ProductsQuery(PageQuery):
    """Which products; all that is given must hold."""

    q = Str(
        maximum=80,
        load_default=None,
        metadata={"description": "Part of the name or slug, or how a SKU begins."},
    )
    family = Str(maximum=64, load_default=None, metadata={"example": "le-city"})
    kind = Str(maximum=16, choices=("bag", "accessory"), load_default=None)
    retired = QueryBool(load_default=None)


class VariantsQuery(PageQuery):
    """Which variants; all that is given must hold."""

    q = Str(
        maximum=80,
        load_default=None,
        metadata={"description": "Part of the SKU, slug, label or product's name."},
    )
    product = Str(maximum=96, load_default=None, metadata={"example": "le-city-bag-medium"})
    retired = QueryBool(load_default=None)


class OwnedProductView(Schema):
    """A product as a list shows it."""

    slug = fields.String(required=True)
    name = fields.String(required=True)
    kind = fields.String(required=True, metadata={"enum": ["bag", "accessory"]})
    family = fields.String(required=True)
    sellable = fields.Boolean(required=True)
    publish_at = Moment(required=True, allow_none=True)
    unpublish_at = Moment(required=True, allow_none=True)
    is_published = fields.Boolean(required=True)
    is_retired = fields.Boolean(required=True)
    variants = fields.Integer(required=True, metadata={"description": "Variants in use."})


class OwnedVariantView(Schema):
    """A variant as a list shows it."""

    sku = fields.String(required=True)
    style_code = fields.String(required=True)
    slug = fields.String(required=True)
    label = fields.String(required=True, allow_none=True)
    product = fields.String(required=True)
    sellable = fields.Boolean(required=True)
    is_retired = fields.Boolean(required=True)
    on_hand = fields.Integer(required=True)
    held = fields.Integer(required=True, metadata={"description": "Of those on hand, promised to shoppers."})


class OwnedCampaignView(Schema):
    """A campaign as a list shows it."""

    slug = fields.String(required=True)
    name = fields.String(required=True)
    season = fields.String(required=True)
    publish_at = Moment(required=True, allow_none=True)
    unpublish_at = Moment(required=True, allow_none=True)
    is_published = fields.Boolean(required=True)


OwnedProductPage = page_of(OwnedProductView)
OwnedVariantPage = page_of(OwnedVariantView)
OwnedCampaignPage = page_of(OwnedCampaignView)


class EndedView(Schema):
    """What is in use no more."""

    kind = fields.String(required=True, metadata={"enum": ["product", "variant", "campaign"]})
    slug = fields.String(required=True)
