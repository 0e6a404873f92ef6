"""The tables a seed fills: what names a row of each, and what happens to rows gone from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any, cast

from sqlalchemy import Integer, Table

from shop.catalogue import models as catalogue
from shop.inventory.models import Location
from shop.kit.db import Base
from shop.media.models import ProductImage, VariantImage
from shop.pricing import models as pricing

#: A row in the seed's own terms: references are natural keys, not ids.
Values = dict[str, Any]
Key = Any


class Gone(Enum):
    """What happens to a row that the seed no longer holds."""

    #: It goes too, unless a row that stays points at it.
    REMOVE = "remove"
    #: It stays, because orders point at it, and is no longer shown or sold.
    RETIRE = "retire"
    #: The seed is refused: business was done there.
    REFUSE = "refuse"


#: Says what the columns of a row become when it is retired, given its values and its id.
Retirement = Callable[[Mapping[str, Any], int], Values]


@dataclass(frozen=True, eq=False)
class Kind:
    """A table that a seed fills.

    Attributes:
        model: Its model.
        key: The columns that name a row in a seed; references count by what they name.
        gone: What happens to rows gone from the seed.
        owner: Column naming the row this one belongs to; what belongs to a retired row
            stays with it, so that an old order's bag still looks like itself.
        retired: How rows are retired.
    """

    model: type[Base]
    key: tuple[str, ...]
    gone: Gone = Gone.REMOVE
    owner: str | None = None
    retired: Retirement | None = None

    @cached_property
    def table(self) -> Table:
        """Return the table."""
        return cast(Table, self.model.__table__)

    @cached_property
    def has_id(self) -> bool:
        """Tell whether rows have an id of the database's choosing."""
        return "id" in self.table.c and isinstance(self.table.c.id.type, Integer)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Return the columns that a seed decides."""
        return tuple(column.key for column in self.table.c if not (column.key == "id" and self.has_id))

    @cached_property
    def references(self) -> dict[str, Kind]:
        """Return which column points at which kind."""
        found = {}
        for column in self.table.c:
            for foreign in column.foreign_keys:
                # A picture is named by its hash, and is no row of a seed.
                if foreign.column.table.name in BY_TABLE:
                    found[column.key] = BY_TABLE[foreign.column.table.name]
        return found

    def key_of(self, values: Mapping[str, Any]) -> Key:
        """Return the name of a row among those of its kind."""
        parts = [_hashable(values[column]) for column in self.key]
        return parts[0] if len(parts) == 1 else tuple(parts)

    def __repr__(self) -> str:
        return f"Kind({self.table.name})"


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


#: Places of retired products begin here, after every place in use.
RETIRED_PLACES = 1_000_000_000


def _retired_product(_values: Mapping[str, Any], row_id: int) -> Values:
    # A product's variants are retired with it. Places are unique: it leaves its own to others.
    return {"sellable": False, "position": RETIRED_PLACES + row_id}


def _retired_variant(values: Mapping[str, Any], _row_id: int) -> Values:
    # Slugs are unique: the same bag may come back under its real style code.
    return {"sellable": False, "is_retired": True, "slug": f"retired--{values['sku'].lower()}"}


def _retired_shipping(_values: Mapping[str, Any], _row_id: int) -> Values:
    return {"is_retired": True}


SOURCE = Kind(catalogue.Source, ("id",))
DISPUTE = Kind(catalogue.Dispute, ("id",))
COMPLIANCE = Kind(catalogue.ComplianceRule, ("slug",))
NOTE = Kind(catalogue.HouseNote, ("slug",))
TERM = Kind(catalogue.Term, ("vocabulary", "code"))
PERSON = Kind(catalogue.Person, ("slug",))
FAMILY = Kind(catalogue.Family, ("slug",))
DESIGNER = Kind(catalogue.FamilyDesigner, ("family_id", "position"))
RELAUNCH = Kind(catalogue.FamilyRelaunch, ("family_id", "position"))
LINK = Kind(catalogue.FamilyLink, ("from_family_id", "to_family_id", "relation"))
EVENT = Kind(catalogue.TimelineEvent, ("slug",))
MATERIAL = Kind(catalogue.Material, ("slug",))
LINING = Kind(catalogue.Lining, ("slug",))
COLOUR = Kind(catalogue.Colour, ("slug",))
HARDWARE_ITEM = Kind(catalogue.HardwareItem, ("slug",))
HARDWARE_SET = Kind(catalogue.HardwareSet, ("slug",))
SET_ITEM = Kind(catalogue.HardwareSetItem, ("hardware_set_id", "position"))
DETAIL = Kind(catalogue.Detail, ("slug",))
DETAIL_SET = Kind(catalogue.DetailSet, ("slug",))
DETAIL_SET_ITEM = Kind(catalogue.DetailSetItem, ("detail_set_id", "detail_id"))
PRODUCT = Kind(catalogue.Product, ("slug",), Gone.RETIRE, retired=_retired_product)
COMPONENT = Kind(catalogue.Component, ("product_id", "position"), owner="product_id")
VARIANT = Kind(catalogue.Variant, ("sku",), Gone.RETIRE, retired=_retired_variant)
PRODUCT_IMAGE = Kind(ProductImage, ("product_id", "position"), owner="product_id")
VARIANT_IMAGE = Kind(VariantImage, ("variant_id", "position"), owner="variant_id")
PAIRING = Kind(catalogue.Pairing, ("slug",))
PERSONALISATION = Kind(catalogue.Personalisation, ("slug",))
CAMPAIGN = Kind(catalogue.Campaign, ("slug",))
CREDIT = Kind(catalogue.CampaignCredit, ("campaign_id", "position"))
CAST = Kind(catalogue.CastMember, ("campaign_id", "position"))
SHELF = Kind(catalogue.Shelf, ("campaign_id", "position"))
SIGHTING = Kind(catalogue.Sighting, ("campaign_id", "position"))
AMBASSADOR = Kind(catalogue.Ambassador, ("slug",))
MARKET = Kind(pricing.Market, ("code",), Gone.REFUSE)
DUTY = Kind(pricing.DutyRate, ("market_code", "position"))
SHIPPING = Kind(pricing.ShippingMethod, ("market_code", "slug"), Gone.RETIRE, retired=_retired_shipping)
PRICE = Kind(pricing.Price, ("variant_id", "currency", "market_code", "valid_from"), owner="variant_id")
OBSERVATION = Kind(pricing.PriceObservation, ("slug",), owner="variant_id")
PLACEMENT = Kind(
    pricing.CategoryPlacement, ("product_id", "market_code", "channel", "path"), owner="product_id"
)
LOCATION = Kind(Location, ("code",), Gone.REFUSE)

#: In the order of writing: what is pointed at comes before what points.
KINDS = (
    *(SOURCE, DISPUTE, COMPLIANCE, NOTE, TERM),
    *(PERSON, FAMILY, DESIGNER, RELAUNCH, LINK, EVENT),
    *(MATERIAL, LINING, COLOUR, HARDWARE_ITEM, HARDWARE_SET, SET_ITEM, DETAIL, DETAIL_SET, DETAIL_SET_ITEM),
    *(PRODUCT, COMPONENT, VARIANT, PRODUCT_IMAGE, VARIANT_IMAGE, PAIRING, PERSONALISATION),
    *(CAMPAIGN, CREDIT, CAST, SHELF, SIGHTING, AMBASSADOR),
    *(MARKET, DUTY, SHIPPING, PRICE, OBSERVATION, PLACEMENT, LOCATION),
)

BY_TABLE = {kind.table.name: kind for kind in KINDS}


def is_retired(kind: Kind, values: Mapping[str, Any]) -> bool:
    """Tell whether a row is kept for old orders only."""
    if kind is PRODUCT:
        return bool(values["position"] >= RETIRED_PLACES)
    return bool(values.get("is_retired"))
