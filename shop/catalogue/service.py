"""What happens to the catalogue as a whole."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.orm import Session

from shop.catalogue.models import CatalogueRevision
from shop.kit.clock import now


def publish(session: Session) -> None:
    """Note that what shoppers are shown has changed: catalogue or prices, not stock.

    Call it last, in the transaction of the change: others who publish wait for its end.

    Args:
        session: From ``transaction()``.
    """
    session.execute(
        update(CatalogueRevision)
        .values(number=CatalogueRevision.number + 1, changed_at=now())
        .execution_options(synchronize_session=False)
    )
