"""The files on products with their variants and prices, and on accessories."""

from __future__ import annotations

from marshmallow import ValidationError, fields, validates_schema

from shop.seeding.fields import (
    Code,
    Entry,
    Evidenced,
    Free,
    FuzzyDate,
    Minor,
    Published,
    Slug,
    Text,
    When,
    Yes,
    currency,
    nested,
    one_of,
    several,
    whole,
)
from shop.seeding.schemas.evidence import File

STYLE_CODE = r"[0-9A-Z]{6} [0-9A-Z]{5} [0-9A-Z]{4}"
HS = r"[0-9]{4}\.[0-9]{2}(?:\.[0-9]{2})?"


class PriceEntry(Entry):
    """What a variant costs in a currency, or in one market only."""

    currency = currency(required=True)
    market = Code(r"[A-Z]{2}", like="IT")
    amount_minor = Minor(required=True)
    sale_amount_minor = Minor()
    valid_from = When()
    valid_to = When()
    is_illustrative = Yes()
    source = Text(16)
    as_of = Text(64)
    confidence = Text()

    @validates_schema
    def _explain(self, data: dict[str, object], **_: object) -> None:
        if not data.get("is_illustrative") and "source" not in data:
            raise ValidationError("needs a `source`, or `is_illustrative: true`", "source")
        if data.get("is_illustrative") and "source" in data:
            raise ValidationError("a price that a source shows is not illustrative", "is_illustrative")
        sale, full = data.get("sale_amount_minor"), data["amount_minor"]
        if isinstance(sale, int) and isinstance(full, int) and sale >= full:
            raise ValidationError("must be less than `amount_minor`", "sale_amount_minor")


class SeenPriceEntry(Entry):
    """An amount somebody saw on a variant; never charged."""

    currency = currency(required=True)
    amount_minor = Minor(required=True)
    source = Text(16, required=True)
    as_of = Text(64, required=True)
    confidence = Text()


class ExternalId(Entry):
    """What others call a variant."""

    scheme = Slug(64, required=True)
    value = Text(64, required=True)


class ImageEntry(Entry):
    """A picture: its file, from the seed file it is named in, and what it shows in words."""

    file = Text(500, required=True)
    alt = Text(300, required=True)


class VariantEntry(Evidenced):
    """A product in a material, a colour and a hardware set."""

    flag_subjects = frozenset({"combination"})

    style_code = Code(STYLE_CODE, like="823058 2AA9S 1000", required=True)
    code_is_assigned = Yes()
    code_parts_believed = Text()
    slug = Slug(200)
    label = Text(120)
    material = Slug(64, required=True)
    colour = Slug(64, required=True)
    hardware = Slug(64, required=True)
    sellable = Yes()
    evidence = one_of("exact", "line", "illustrative", required=True)
    hs = Code(HS, like="4202.21")
    edition = Text(200)
    lining = Slug(64)
    external_ids = nested(ExternalId)
    seen_on = Text(64)
    images = nested(ImageEntry)
    prices = nested(PriceEntry)
    archive_prices = nested(SeenPriceEntry)
    disputed_observations = nested(SeenPriceEntry)


class DimensionsEntry(Entry):
    """Sizes in millimetres."""

    width_mm = whole(1, 2000, required=True)
    height_mm = whole(1, 2000, required=True)
    depth_mm = whole(1, 2000, required=True)
    handle_drop_mm = whole(1, 2000)
    strap_drop_mm = whole(1, 2000)
    strap_length_mm = whole(1, 5000)
    note = Text()
    confidence = Text(120)
    sources = several(Text(16))
    flags = fields.List(fields.Raw())


class ComponentEntry(Evidenced):
    """A part a product comes with."""

    kind = Slug(64, required=True)
    count = whole(1, 100, required=True)
    removable = Yes()
    adjustable = Yes()
    personalisable = Yes()
    construction = Text(120)
    finish = Text(120)
    material = Text(120)
    shape = Text(120)
    zip_pull = Text(64)
    placement = Text(120)
    also_called = Text(120)
    drop_mm = whole(1, 2000)
    split_rings = whole(1, 100)
    accessory = Slug()


class FormerName(Entry):
    """A title a product had before."""

    name = Text(200, required=True)
    period = Text(64)
    sources = several(Text(16))


class ProductEntry(Published):
    """A bag of a family in one size and silhouette."""

    flag_subjects = frozenset({"origin", "existence"})

    slug = Slug(required=True)
    name = Text(200, required=True)
    aliases = several(Text(120))
    former_names = nested(FormerName)
    size = Slug(32)
    silhouette = Slug(32, required=True)
    carry_modes = several(Slug(32))
    closure = Slug(32)
    lining = Slug(64)
    model_codes = several(Code(r"[0-9A-Z]{6}", like="A006Q2"))
    launched = FuzzyDate(32)
    sellable = Yes(required=True)
    edition = Text(200)
    co_brand = Text(120)
    existence_confidence = Text()
    dimensions = fields.Nested(DimensionsEntry)
    weight_g = whole(1, 100_000)
    country_of_origin = Code(r"[A-Z]{2}", like="IT")
    care = several(Text())
    google_product_category = whole(1, 1_000_000)
    hs_line = Code(HS, like="4202.21")
    strap_note = Text()
    category_note = Text()
    components = nested(ComponentEntry)
    images = nested(ImageEntry)
    variants = nested(VariantEntry)


class ProductsFile(File):
    """``products/<family>.yaml``."""

    family = Slug(64, required=True)
    products = nested(ProductEntry, required=True)


class AccessoryEntry(Published):
    """A belt, a strap, a set of charms: a product with one variant."""

    slug = Slug(required=True)
    name = Text(200, required=True)
    aliases = several(Text(120))
    kind = Slug(32, required=True)
    family = Slug(64, required=True)
    style_code = Code(STYLE_CODE, like="823058 2AA9S 1000", required=True)
    code_is_assigned = Yes()
    evidence = one_of("exact", "line", "illustrative", required=True)
    sellable = Yes(required=True)
    is_special_order = Yes()
    hs = Code(HS, like="4202.21")
    flag_subjects = frozenset({"price"})
    images = nested(ImageEntry)
    prices = nested(PriceEntry)


class PairingEntry(Evidenced):
    """Products shown together."""

    slug = Slug(64, required=True)
    relation = Text(required=True)
    products = several(Slug(), required=True)
    accessories = several(Slug())


class PersonalisationEntry(Evidenced):
    """Initials on a surface."""

    slug = Slug(64, required=True)
    family = Slug(64, required=True)
    applies_when = Free()
    what = Text(required=True)
    max_chars = whole(1, 100, required=True)


class AccessoriesFile(File):
    """``accessories.yaml``."""

    accessories = nested(AccessoryEntry, required=True)
    pairings = nested(PairingEntry, required=True)
    personalisation = nested(PersonalisationEntry, required=True)
