"""How families, lineage and campaigns look on the wire."""

from __future__ import annotations

from marshmallow import Schema, fields

from shop.catalogue.schemas import EvidenceView, SourceView, text
from shop.discovery.schemas import ProductSummaryView
from shop.kit.fields import Reference


class DesignerView(Schema):
    """Who drew a family."""

    role = fields.String(required=True, metadata={"enum": ["designer", "redesigner", "current"]})
    person = fields.Nested(Reference, required=True)


class RelaunchView(Schema):
    """A return to the shops."""

    date = fields.String(required=True)
    what = fields.String(required=True)
    sources = fields.List(fields.String(), required=True)


class DisputedValueView(Schema):
    """One of the values that sources give."""

    value = fields.String(required=True)
    sources = fields.List(fields.String(), required=True)


class DisputeView(Schema):
    """What sources disagree on, and what was decided."""

    id = fields.String(required=True)
    about = fields.String(required=True)
    values = fields.List(fields.Nested(DisputedValueView), required=True)
    resolution = fields.String(required=True)


class LaunchView(Schema):
    """When a family was launched, as far as sources agree."""

    year = fields.Integer(required=True, attribute="launched_year")
    year_alternatives = fields.List(fields.Integer(), required=True, attribute="launched_year_alternatives")
    is_disputed = fields.Boolean(required=True, attribute="launched_is_disputed")
    date = text(attribute="launched_on")
    season = text(attribute="launched_season")
    note = text(attribute="launched_note")
    sources = fields.List(fields.String(), required=True, attribute="launched_sources")


class FamilySummaryView(Reference):
    """A family in a list."""

    role = fields.String(required=True, metadata={"enum": ["core", "related", "heritage"]})
    aliases = fields.List(fields.String(), required=True)
    sellable_new = fields.Boolean(required=True)
    launch = fields.Nested(LaunchView, required=True)
    designers = fields.List(fields.Nested(DesignerView), required=True)


class TimelineEventView(EvidenceView):
    """Something that happened."""

    slug = fields.String(required=True)
    date = fields.String(required=True, metadata={"description": "As exact as the sources: `2021-prefall`."})
    what = fields.String(required=True)
    is_disputed = fields.Boolean(required=True)


class FamilyView(FamilySummaryView, EvidenceView):
    """A family with its story and its products."""

    relaunches = fields.List(fields.Nested(RelaunchView), required=True)
    signature = fields.List(fields.String(), required=True)
    summary_facts = fields.List(fields.String(), required=True)
    inspirations = fields.List(fields.String(), required=True)
    name_meaning = text()
    disputes = fields.List(fields.Nested(DisputeView), required=True)
    timeline = fields.List(fields.Nested(TimelineEventView), required=True)
    products = fields.List(fields.Nested(ProductSummaryView), required=True)
    cited = fields.List(fields.Nested(SourceView), required=True)


class LineageEdgeView(EvidenceView):
    """A typed edge from a derived family to the one it comes from."""

    relation = fields.String(
        required=True, metadata={"enum": ["model_of", "spin_off", "reinterpretation", "shares_details"]}
    )
    derived = fields.Nested(Reference, required=True, attribute="from_family")
    origin = fields.Nested(Reference, required=True, attribute="to_family")
    since = text("When the derived family first showed it.")


class LineageView(Schema):
    """What a family comes from and what came from it."""

    family = fields.Nested(Reference, required=True)
    ancestors = fields.List(fields.Nested(LineageEdgeView), required=True)
    descendants = fields.List(fields.Nested(LineageEdgeView), required=True)
    cited = fields.List(fields.Nested(SourceView), required=True)


class CreditView(Schema):
    """Who made a campaign; a duo is one credit."""

    role = fields.String(required=True, metadata={"enum": ["photographer", "director", "creative_director"]})
    person = fields.Nested(Reference, required=True)


class CastMemberView(Schema):
    """Who is shown, in order of billing."""

    person = fields.Nested(Reference, required=True)
    role = text()
    setting = text()


class CampaignSummaryView(Reference):
    """A campaign in a list."""

    season = fields.String(required=True)
    revealed_on = text("RFC 3339 full-date; null where no source dates it.")
    hero_family = fields.Nested(Reference, required=True)
    credits = fields.List(fields.Nested(CreditView), required=True)


class ShelfView(Schema):
    """A shelf of the campaign, in order, with what stands on it now."""

    order = fields.Integer(required=True, attribute="shelf.position")
    family = fields.Nested(Reference, required=True, attribute="shelf.family")
    note = text(attribute="shelf.note")
    products = fields.List(fields.Nested(ProductSummaryView), required=True)


class SightingView(Schema):
    """A bag somebody reports in the campaign beside its shelves."""

    family = fields.Nested(Reference, required=True)
    person = fields.Nested(Reference, required=True)
    is_disputed = fields.Boolean(required=True)
    sources = fields.List(fields.String(), required=True)


class CampaignView(CampaignSummaryView, EvidenceView):
    """A campaign: who made it, who is in it, and the shelves to buy from."""

    season_note = text()
    revealed_on_note = text()
    details = fields.List(fields.String(), required=True)
    cast = fields.List(fields.Nested(CastMemberView), required=True)
    shelves = fields.List(fields.Nested(ShelfView), required=True)
    also_reported = fields.List(fields.Nested(SightingView), required=True)
    market = fields.String(required=True)
    cited = fields.List(fields.Nested(SourceView), required=True)
