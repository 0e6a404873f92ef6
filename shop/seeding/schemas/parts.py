"""The files on materials, colours, hardware and details."""

from __future__ import annotations

from shop.seeding.fields import Code, Entry, Evidenced, Free, Slug, Text, Yes, nested, several, whole
from shop.seeding.schemas.evidence import File


class CompositionEntry(Entry):
    """What a part of a material consists of."""

    part = Text(64, required=True)
    fibre = Text(64, required=True)
    percent = whole(1, 100, required=True)
    is_illustrative = Yes()
    sources = several(Text(16))


class MaterialEntry(Evidenced):
    """What the outside of a bag is made of."""

    slug = Slug(64, required=True)
    name = Text(120, required=True)
    group = Slug(64)
    category = Slug(32, required=True)
    animal = Text(32)
    animal_note = Text()
    finish = Text(120, required=True)
    patinates = Yes()
    is_exotic = Yes(required=True)
    embossed_as = Text(32)
    embellishment = Text(64)
    outer_surface = Text(64, required=True)
    cites_required = Yes()
    lining_hint = Slug(64)
    period = Text(64)
    house_codes = several(Code(r"[0-9A-Z]{5}", like="0GT3Y"))
    house_code_note = Text()
    composition = nested(CompositionEntry)
    used_by_variants = Yes()


class LiningEntry(Evidenced):
    """What the inside of a bag is made of."""

    slug = Slug(64, required=True)
    name = Text(120, required=True)


class MaterialsFile(File):
    """``materials.yaml``."""

    materials = nested(MaterialEntry, required=True)
    linings = nested(LiningEntry, required=True)


class ColourEntry(Evidenced):
    """A colour as the house names it."""

    slug = Slug(64, required=True)
    name = Text(120, required=True)
    french_name = Text(120)
    aliases = several(Text(120))
    colour_family = Slug(32, required=True)
    hex = Code(r"#[0-9A-F]{6}", like="#101010", required=True)
    house_codes = several(Code(r"[0-9A-Z]{4}", like="1000"))
    permanence = Text(64)
    season = Text(32)
    is_heritage = Yes()
    is_descriptor = Yes()


class ColoursFile(File):
    """``colours.yaml``."""

    colours = nested(ColourEntry, required=True)


class HardwareItemEntry(Evidenced):
    """One kind of metal or leather part."""

    slug = Slug(64, required=True)
    name = Text(120, required=True)


class SetItemEntry(Entry):
    """An item of a set, in its own finish."""

    item = Slug(64, required=True)
    finish = Slug(64, required=True)
    embellishment = Text(64)


class HardwareSetEntry(Evidenced):
    """The hardware of a bag under one name."""

    slug = Slug(64, required=True)
    name = Text(120, required=True)
    finish = Slug(64, required=True)
    finish_note = Text()
    finish_follows_leather = Yes()
    is_two_tone = Yes()
    stud_scale = Slug(32, required=True)
    zip_pull = Slug(64)
    embellishment = Text(64)
    period = Text(64)
    trade_code = Text(64)
    interior_tag = Text()
    is_disputed = Yes()
    items = nested(SetItemEntry)


class HardwareFile(File):
    """``hardware.yaml``."""

    items = nested(HardwareItemEntry, required=True)
    sets = nested(HardwareSetEntry, required=True)


class DetailEntry(Evidenced):
    """Something a shopper filters by."""

    slug = Slug(64, required=True)
    name = Text(120, required=True)
    aliases = several(Text(120))
    rule = Free(required=True)


class DetailsFile(File):
    """``details.yaml``."""

    details = nested(DetailEntry, required=True)
