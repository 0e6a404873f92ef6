"""How the catalogue's vocabularies look on the wire."""

from __future__ import annotations

from marshmallow import Schema, fields

from shop.kit.fields import Moment, Reference


def text(description: str | None = None, *, attribute: str | None = None) -> fields.String:
    """Return a text that is always there and may be null."""
    metadata = {"description": description} if description else {}
    return fields.String(required=True, allow_none=True, attribute=attribute, metadata=metadata)


class EvidenceView(Schema):
    """How sure a record is."""

    sources = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "Ids of `GET /v1/sources`.", "example": ["S01"]},
    )
    flags = fields.List(
        fields.String(),
        required=True,
        metadata={
            "description": "Facts of this record that no source vouches for, "
            "e.g. `weight_is_illustrative`. A flag that is absent is false."
        },
    )
    note = text("What an editor should know.")


class CatalogueView(Schema):
    """Which state of the catalogue is published."""

    revision = fields.Integer(
        required=True,
        attribute="number",
        metadata={"description": "Moves with every change of catalogue or prices; never back."},
    )
    changed_at = Moment(required=True, metadata={"description": "When it moved last."})


class SourceView(Schema):
    """Where a fact was read."""

    id = fields.String(required=True)
    kind = fields.String(required=True)
    title = fields.String(required=True)
    url = fields.Function(
        lambda source: source.url if source.url.startswith("http") else None,
        required=True,
        metadata={"type": ["string", "null"], "description": "Null where the source is not on the web."},
    )
    located_at = fields.String(
        required=True,
        attribute="url",
        metadata={"description": "As recorded: an address, or an index entry."},
    )
    also = text("A second place.")


class CompositionView(Schema):
    """A share of a material."""

    part = fields.String(required=True)
    fibre = fields.String(required=True)
    percent = fields.Integer(required=True)
    is_illustrative = fields.Boolean(required=True, dump_default=False)
    sources = fields.List(fields.String(), required=True, dump_default=list)


class MaterialView(EvidenceView):
    """What the outside of a bag is made of."""

    slug = fields.String(required=True)
    name = fields.String(required=True)
    group = text("Name shared by several materials; the `material` filter takes it too.")
    category = fields.String(required=True)
    animal = text()
    animal_note = text()
    finish = fields.String(required=True)
    patinates = fields.Boolean(required=True, allow_none=True)
    is_exotic = fields.Boolean(required=True)
    embossed_as = text("What the skin imitates; an embossed skin is not an exotic one.")
    embellishment = text()
    outer_surface = fields.String(required=True)
    cites_required = fields.Boolean(required=True)
    period = text()
    house_codes = fields.List(fields.String(), required=True)
    house_code_note = text()
    composition = fields.List(fields.Nested(CompositionView), required=True)


class ColourReference(Reference):
    """A colour where it is mentioned."""

    colour_family = fields.String(required=True)
    hex = fields.String(required=True, metadata={"description": "Illustrative swatch."})


class ColourView(ColourReference, EvidenceView):
    """A colour as the house names it."""

    french_name = text()
    aliases = fields.List(fields.String(), required=True)
    house_codes = fields.List(fields.String(), required=True)
    permanence = text()
    season = text()
    is_heritage = fields.Boolean(required=True)
    is_descriptor = fields.Boolean(required=True)


class HardwareItemView(Schema):
    """One kind of part of a hardware set, in its own finish."""

    slug = fields.String(required=True, attribute="item.slug")
    name = fields.String(required=True, attribute="item.name")
    finish = fields.String(required=True)
    embellishment = text()


class HardwareSummary(Reference):
    """Hardware where it is mentioned: every item with its finish."""

    finish = fields.String(required=True, metadata={"description": "The headline; items have their own."})
    finish_follows_leather = fields.Boolean(required=True)
    stud_scale = fields.String(required=True)
    zip_pull = fields.Nested(Reference, required=True, allow_none=True)
    embellishment = text()
    items = fields.List(fields.Nested(HardwareItemView), required=True)


class HardwareView(HardwareSummary, EvidenceView):
    """The hardware of a bag under one name."""

    finish_note = text()
    is_two_tone = fields.Boolean(required=True)
    is_disputed = fields.Boolean(required=True)
    period = text()
    trade_code = text("What collectors call it: RH, G21, GSH.")
    interior_tag = text()


class DetailView(Reference):
    """Something shoppers filter by."""

    aliases = fields.List(fields.String(), required=True)
    sources = fields.List(fields.String(), required=True)
