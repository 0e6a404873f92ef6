"""What of a plan search is to follow: the products, families and times that documents are made of."""

from __future__ import annotations

from collections.abc import Iterator

from shop.search.refresh import Touched
from shop.seeding import kinds
from shop.seeding.current import Current
from shop.seeding.kinds import Kind, Values
from shop.seeding.plan import Changes, Plan

#: Columns that documents are made of; what else changes, no search can tell.
_TOLD = {
    kinds.PRODUCT: {
        *("kind", "name", "aliases", "former_names", "family_id", "edition", "co_brand", "model_codes"),
        *("silhouette", "size", "accessory_kind", "publish_at", "unpublish_at"),
    },
    kinds.VARIANT: {
        *("product_id", "position", "material_id", "colour_id", "hardware_set_id", "detail_set_id"),
        *("label", "edition", "style_code", "code_is_assigned", "is_retired"),
    },
    kinds.CAMPAIGN: {"name", "hero_family_id", "publish_at", "unpublish_at"},
}

_TIMES = {"publish_at", "unpublish_at", "family_id"}

#: Rows that say who is in a campaign, and what it shows.
_BILLING = (kinds.CREDIT, kinds.CAST, kinds.SHELF, kinds.SIGHTING)


def touched_by(plan: Plan, current: Current) -> Touched:
    """Return what of a plan the documents of products follow.

    Args:
        plan: What will be written.
        current: What it was made from.
    """
    products = {values["slug"] for values, _ in _told(plan, kinds.PRODUCT)}
    products |= {values["product_id"] for values, _ in _told(plan, kinds.VARIANT)}
    rescheduled = {values["family_id"] for values, fields in _told(plan, kinds.PRODUCT) if fields & _TIMES}
    campaigns = {values["slug"] for values, _ in _told(plan, kinds.CAMPAIGN)}
    for kind in _BILLING:
        campaigns |= {values["campaign_id"] for values in _all(plan.tables[kind])}
    return Touched(frozenset(products), frozenset(_billed(plan, current, campaigns)), frozenset(rescheduled))


def _told(plan: Plan, kind: Kind) -> Iterator[tuple[Values, set[str]]]:
    """Yield the rows of a kind, before and after, that documents change with, and what differs."""
    changes = plan.tables[kind]
    for values in [*changes.added, *changes.removed]:
        yield values, set(values)
    for change in [*changes.changed, *changes.retired]:
        if fields := change.fields.keys() & _TOLD[kind]:
            yield change.before, fields
            yield change.after, fields


def _all(changes: Changes) -> Iterator[Values]:
    yield from [*changes.added, *changes.removed]
    for change in changes.changed:
        yield from (change.before, change.after)


def _billed(plan: Plan, current: Current, campaigns: set[str]) -> Iterator[str]:
    """Yield the families that some campaigns show, before and after."""
    for values in [*current.rows[kinds.CAMPAIGN].values(), *_all(plan.tables[kinds.CAMPAIGN])]:
        if values["slug"] in campaigns:
            yield values["hero_family_id"]
    for kind in (kinds.SHELF, kinds.SIGHTING):
        for values in [*current.rows[kind].values(), *_all(plan.tables[kind])]:
            if values["campaign_id"] in campaigns:
                yield values["family_id"]
