"""The catalogue's tables, one file a subject.

:mod:`~shop.catalogue.models.evidence` sources, disputes, rules ·
:mod:`~shop.catalogue.models.families` families, lineage, timeline ·
:mod:`~shop.catalogue.models.parts` materials, colours, hardware, vocabularies ·
:mod:`~shop.catalogue.models.products` products, variants, components ·
:mod:`~shop.catalogue.models.campaigns` people, campaigns, shelves ·
:mod:`~shop.catalogue.models.revision` which state of it all is published
"""

from shop.catalogue.models.campaigns import Ambassador, Campaign, CampaignCredit, CastMember, Shelf, Sighting
from shop.catalogue.models.evidence import ComplianceRule, Dispute, HouseNote, Source
from shop.catalogue.models.families import (
    Family,
    FamilyDesigner,
    FamilyLink,
    FamilyRelaunch,
    Person,
    TimelineEvent,
)
from shop.catalogue.models.parts import (
    Colour,
    Detail,
    DetailSet,
    DetailSetItem,
    HardwareItem,
    HardwareSet,
    HardwareSetItem,
    Lining,
    Material,
    Term,
    slug_of_set,
)
from shop.catalogue.models.products import (
    Component,
    Pairing,
    Personalisation,
    Product,
    Variant,
)
from shop.catalogue.models.revision import CatalogueRevision

__all__ = [
    "Ambassador",
    "Campaign",
    "CampaignCredit",
    "CastMember",
    "CatalogueRevision",
    "Colour",
    "ComplianceRule",
    "Component",
    "Detail",
    "DetailSet",
    "DetailSetItem",
    "Dispute",
    "Family",
    "FamilyDesigner",
    "FamilyLink",
    "FamilyRelaunch",
    "HardwareItem",
    "HardwareSet",
    "HardwareSetItem",
    "HouseNote",
    "Lining",
    "Material",
    "Pairing",
    "Person",
    "Personalisation",
    "Product",
    "Shelf",
    "Sighting",
    "Source",
    "Term",
    "TimelineEvent",
    "Variant",
    "slug_of_set",
]
