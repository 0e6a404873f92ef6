"""When a product or a campaign is shown: from its ``publish_at`` on, until its ``unpublish_at``.

Whatever reads products, families or campaigns for the public puts these conditions into its
statement. The database's clock judges them while the statement runs, so what is published
appears everywhere at its moment, in every process, and no job is needed.

What is not published is absent, by its id too: the answer is the one for an unknown id, or it
would tell what is to come. ``tests/discovery/test_publish_at_its_moment.py`` asks every GET route
for a product that is not published and fails where any of them names it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased
from sqlalchemy.orm.util import AliasedClass

from shop.catalogue.models import Campaign, Family, Product, Variant
from shop.kit.clock import moment_or_now

#: A model with a time of publication, or an alias of one.
Publishable = type[Product] | type[Campaign] | AliasedClass[Any]


def published(of: Publishable, *, at: datetime | None = None) -> ColumnElement[bool]:
    """Return the condition that a product or a campaign is published.

    Args:
        of: :class:`Product`, :class:`Campaign` or an alias of one.
        at: When, in UTC; None: now, by the database's clock.
    """
    moment = moment_or_now(at)
    return and_(
        or_(of.publish_at.is_(None), of.publish_at <= moment),
        or_(of.unpublish_at.is_(None), of.unpublish_at > moment),
    )


def shown_family() -> ColumnElement[bool]:
    """Return the condition that a :class:`Family` is shown.

    A family has no time of its own. While none of its products is published it is absent too,
    or its page and its lineage would tell of a bag that is not out yet. A family without any
    product is history, and shown.
    """
    some, out = aliased(Product), aliased(Product)
    return or_(
        exists().where(out.family_id == Family.id, published(out)),
        ~exists().where(some.family_id == Family.id),
    )


def shown_campaign() -> ColumnElement[bool]:
    """Return the condition that a :class:`Campaign` is shown: it is published, and its hero is shown."""
    hero = exists().where(Family.id == Campaign.hero_family_id, shown_family())
    return and_(published(Campaign), hero)


def listed_product() -> ColumnElement[bool]:
    """Return the condition that a :class:`Product` stands in lists: published, and not all retired.

    A product that is retired as a whole is still read by its id, because old orders name it.
    """
    return and_(published(Product), exists().where(Variant.product_id == Product.id, ~Variant.is_retired))


def next_publication(session: Session, after: datetime) -> datetime | None:
    """Read when the next product or campaign appears or goes; None: nothing is planned."""
    columns = (Product.publish_at, Product.unpublish_at, Campaign.publish_at, Campaign.unpublish_at)
    found = session.execute(
        select(*(select(func.min(at)).where(at > after).scalar_subquery() for at in columns))
    ).one()
    return min((at for at in found if at is not None), default=None)
