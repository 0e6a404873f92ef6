"""Reads of a whole catalogue, some rows at a time: each batch goes on from the last row's id.

Whoever sends the rows gives the database back between batches, so that a slow reader holds no
connection, and no more than one batch is ever in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.orm import Session

from shop.catalogue.models import Campaign, Family, Product, Variant
from shop.catalogue.publishing import listed_product, published, shown_campaign, shown_family
from shop.discovery.offers import Offer, offers_by_id
from shop.media.queries import given_pictures, photographs
from shop.pricing.models import Market

#: Rows read at a time.
BATCH = 500

#: What has an address of its own, and when it is shown.
ADDRESSED: dict[str, tuple[type[Product] | type[Family] | type[Campaign], Callable[[], ColumnElement[bool]]]]
ADDRESSED = {
    "products": (Product, listed_product),
    "families": (Family, shown_family),
    "campaigns": (Campaign, shown_campaign),
}


def offers_after(session: Session, market: Market, variant_id: int) -> tuple[list[Offer], int | None]:
    """Read the next offers of variants that are published, for sale and priced in a market.

    Args:
        session: To read with.
        market: Where they are offered.
        variant_id: The last one of the batch before, 0 to begin.

    Returns:
        The offers with their photographs, in the order of their ids, and the last id that was looked
        at; None at the end.
    """
    rows = session.execute(
        select(Variant.id, *photographs())
        .join(Product, Product.id == Variant.product_id)
        .where(
            Variant.id > variant_id,
            Variant.sellable,
            ~Variant.is_retired,
            Product.sellable,
            published(Product),
        )
        .order_by(Variant.id)
        .limit(BATCH)
    ).all()
    ids = [row.id for row in rows]
    offers = offers_by_id(session, market, ids) if ids else {}
    in_order = [
        replace(offers[each], images=given_pictures(own or of_product)) for each, own, of_product in rows
    ]
    # The offer itself decides what is sold, as everywhere; the conditions above only keep batches full.
    sold = ("sold_out", None)
    return [each for each in in_order if each.unavailable_because in sold], ids[-1] if ids else None


def slugs_after(
    session: Session, kind: str, row_id: int, *, until: int | None = None
) -> Sequence[Row[int, str]]:
    """Read the next ids and slugs of what is shown, in the order of their ids.

    Args:
        session: To read with.
        kind: One of :data:`ADDRESSED`.
        row_id: The last one of the batch before, 0 to begin.
        until: The last id asked for; None: to the end.
    """
    model, shown = ADDRESSED[kind]
    query = select(model.id, model.slug).where(model.id > row_id, shown())
    if until is not None:
        query = query.where(model.id <= until)
    return session.execute(query.order_by(model.id).limit(BATCH)).all()


def count_addresses(session: Session) -> int:
    """Count what :func:`slugs_after` would give in all."""
    counts = [
        select(func.count()).select_from(model).where(shown()).scalar_subquery()
        for model, shown in ADDRESSED.values()
    ]
    return sum(session.execute(select(*counts)).one())


def parts_of(session: Session, kind: str, size: int) -> Sequence[int]:
    """Read which parts of a kind hold anything; part 1 holds the ids from 1 to ``size``.

    By ids and not by count, so that no part moves when something is published.
    """
    model, shown = ADDRESSED[kind]
    part = ((model.id - 1) // size + 1).label("part")
    return session.scalars(select(part).where(shown()).distinct().order_by(part)).all()
