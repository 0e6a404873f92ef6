"""Reads of single products, variants, families and campaigns, complete."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from shop.catalogue.errors import NotInCatalogue
from shop.catalogue.models import (
    Campaign,
    CampaignCredit,
    CastMember,
    Component,
    Dispute,
    Family,
    FamilyDesigner,
    FamilyLink,
    Product,
    Shelf,
    Sighting,
    Source,
    TimelineEvent,
)
from shop.catalogue.publishing import published, shown_campaign, shown_family
from shop.catalogue.queries import sources_by_id
from shop.discovery.listing import ProductSummary, products_of_families
from shop.discovery.offers import Offer, offer_of_sku, offers_of_product
from shop.kit.pages import Key, Page, fetch
from shop.media.models import ProductImage
from shop.media.queries import Picture, given, given_pictures
from shop.pricing.models import Market


@dataclass(frozen=True, slots=True)
class ProductPage:
    """A product with every variant as it is offered in a market.

    Attributes:
        images: Those that were given for the product, else those of its first variant.
    """

    product: Product
    offers: Sequence[Offer]
    market: Market
    images: Sequence[Picture]


@dataclass(frozen=True, slots=True)
class FamilyPage:
    """A family with its story, its products, and the sources both cite."""

    family: Family
    timeline: Sequence[TimelineEvent]
    disputes: Sequence[Dispute]
    products: Sequence[ProductSummary]
    cited: Sequence[Source]


@dataclass(frozen=True, slots=True)
class Lineage:
    """The edges of the graph of families that touch one of them."""

    family: Family
    ancestors: Sequence[FamilyLink]
    descendants: Sequence[FamilyLink]
    cited: Sequence[Source]


@dataclass(frozen=True, slots=True)
class ShelfContent:
    """A shelf and what stands on it, with live prices."""

    shelf: Shelf
    products: Sequence[ProductSummary]


@dataclass(frozen=True, slots=True)
class CampaignPage:
    """A campaign with its people and its shelves."""

    campaign: Campaign
    shelves: Sequence[ShelfContent]
    cited: Sequence[Source]


def product(session: Session, market: Market, slug: str) -> ProductPage:
    """Read one product with all its variants.

    Raises:
        NotInCatalogue: No such product is published.
    """
    row = (
        session.execute(
            select(Product, given(ProductImage, Product.id))
            .where(Product.slug == slug, published(Product))
            .options(
                joinedload(Product.family),
                joinedload(Product.lining),
                # A strap that is not out yet is a strap all the same, but not one to be ordered alone.
                # A handful of rows: not worth a statement of their own.
                joinedload(Product.components).joinedload(Component.accessory.and_(published(Product))),
            )
        )
        .unique()
        .one_or_none()
    )
    if row is None:
        raise NotInCatalogue(f"There is no product {slug!r}.", kind="product", slug=slug)
    found, pictured = row
    offers = offers_of_product(session, market, found.id)
    images = given_pictures(pictured) or (offers[0].images if offers else ())
    return ProductPage(found, offers, market, images)


def variant(session: Session, market: Market, sku: str) -> Offer:
    """Read one variant by its SKU.

    Raises:
        NotInCatalogue: No such SKU is published.
    """
    found = offer_of_sku(session, market, sku)
    if found is None:
        raise NotInCatalogue(f"There is no variant {sku!r}.", kind="variant", slug=sku)
    return found


def families(session: Session, *, limit: int, cursor: str | None) -> Page[Family]:
    """Read a page of families with who drew them."""
    query = (
        select(Family, Family.position, Family.id)
        .where(shown_family())
        .options(
            selectinload(Family.designers).joinedload(FamilyDesigner.person),
            selectinload(Family.relaunches),
        )
    )
    keys = [Key(Family.position), Key(Family.id)]
    return fetch(session, query, keys, limit=limit, cursor=cursor, of="families", row=lambda row: row[0])


def _family(session: Session, slug: str) -> Family:
    found = session.scalar(
        select(Family)
        .where(Family.slug == slug, shown_family())
        .options(
            selectinload(Family.designers).joinedload(FamilyDesigner.person),
            selectinload(Family.relaunches),
        )
    )
    if found is None:
        raise NotInCatalogue(f"There is no family {slug!r}.", kind="family", slug=slug)
    return found


def family(session: Session, market: Market, slug: str) -> FamilyPage:
    """Read one family: launch with its disputes, people, timeline, products.

    Raises:
        NotInCatalogue: No such family is shown.
    """
    found = _family(session, slug)
    timeline = session.scalars(
        select(TimelineEvent)
        .where(TimelineEvent.family_id == found.id)
        .order_by(TimelineEvent.sorts_on, TimelineEvent.position)
    ).all()
    disputes = disputes_about(session, slug)
    cited = [
        found.sources,
        found.launched_sources,
        found.signature_sources,
        found.inspiration_sources,
        found.name_sources,
        *(relaunch.sources for relaunch in found.relaunches),
        *(event.sources for event in timeline),
        *(value["sources"] for dispute in disputes for value in dispute.values),
    ]
    products = products_of_families(session, market, [found])[found.id]
    return FamilyPage(found, timeline, disputes, products, _cited(session, cited))


def disputes_about(session: Session, slug: str) -> Sequence[Dispute]:
    """Read what sources disagree on about a family and its products."""
    names = (Dispute.about.startswith(f"{slug}{mark}", autoescape=True) for mark in (".", " ", "-"))
    return session.scalars(select(Dispute).where(or_(*names)).order_by(Dispute.position)).all()


def whole_lineage(session: Session) -> Sequence[FamilyLink]:
    """Read every edge of the graph between families that are shown."""
    return _links(session)


def lineage(session: Session, slug: str) -> Lineage:
    """Read what a family comes from and what came from it.

    Raises:
        NotInCatalogue: No such family is shown.
    """
    found = _family(session, slug)
    links = _links(session, or_(FamilyLink.from_family_id == found.id, FamilyLink.to_family_id == found.id))
    return Lineage(
        found,
        [link for link in links if link.from_family_id == found.id],
        [link for link in links if link.to_family_id == found.id],
        _cited(session, [link.sources for link in links]),
    )


def _links(session: Session, *which: ColumnElement[bool]) -> Sequence[FamilyLink]:
    shown = select(Family.id).where(shown_family())
    return session.scalars(
        select(FamilyLink)
        .where(*which, FamilyLink.from_family_id.in_(shown), FamilyLink.to_family_id.in_(shown))
        .options(joinedload(FamilyLink.from_family), joinedload(FamilyLink.to_family))
        .order_by(FamilyLink.position)
    ).all()


def campaigns(session: Session, *, limit: int, cursor: str | None) -> Page[Campaign]:
    """Read a page of campaigns with their credits."""
    query = (
        select(Campaign, Campaign.position)
        .where(shown_campaign())
        .options(
            joinedload(Campaign.hero_family),
            selectinload(Campaign.credits).joinedload(CampaignCredit.person),
        )
    )
    keys = [Key(Campaign.position)]
    return fetch(session, query, keys, limit=limit, cursor=cursor, of="campaigns", row=lambda row: row[0])


def campaign(session: Session, market: Market, slug: str) -> CampaignPage:
    """Read one campaign: credits, cast, and its shelves with what stands on them now.

    Raises:
        NotInCatalogue: No such campaign is published.
    """
    shown = select(Family.id).where(shown_family())
    found = session.scalar(
        select(Campaign)
        .where(Campaign.slug == slug, shown_campaign())
        .options(
            joinedload(Campaign.hero_family),
            selectinload(Campaign.credits).joinedload(CampaignCredit.person),
            selectinload(Campaign.cast).joinedload(CastMember.person),
            selectinload(Campaign.shelves.and_(Shelf.family_id.in_(shown))).joinedload(Shelf.family),
            selectinload(Campaign.sightings.and_(Sighting.family_id.in_(shown))).options(
                joinedload(Sighting.family), joinedload(Sighting.person)
            ),
        )
    )
    if found is None:
        raise NotInCatalogue(f"There is no campaign {slug!r}.", kind="campaign", slug=slug)
    whole = [shelf.family for shelf in found.shelves if not shelf.products]
    named = [slug for shelf in found.shelves for slug in shelf.products]
    by_family = products_of_families(session, market, whole, named=named)
    shelves = [ShelfContent(shelf, _on(shelf, by_family.get(shelf.family_id, ()))) for shelf in found.shelves]
    cited = [found.sources, found.detail_sources, *(sighting.sources for sighting in found.sightings)]
    return CampaignPage(found, shelves, _cited(session, cited))


def _on(shelf: Shelf, of_family: Sequence[ProductSummary]) -> list[ProductSummary]:
    """Return what stands on a shelf: the named products in their order, or all for sale."""
    if not shelf.products:
        return [each for each in of_family if each.product.sellable]
    by_slug = {each.product.slug: each for each in of_family}
    return [by_slug[slug] for slug in shelf.products if slug in by_slug]


def _cited(session: Session, groups: Iterable[Iterable[str]]) -> list[Source]:
    return sources_by_id(session, (source for group in groups for source in group))
