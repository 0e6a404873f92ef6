"""Which state of the catalogue is published."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from shop.kit.db import Base
from shop.kit.types import UtcDateTime


class CatalogueRevision(Base):
    """One row with a number that moves with every published change of catalogue or prices.

    It moves in the transaction of the change: whoever reads the number and then the catalogue
    reads what the number stands for, or newer.
    """

    __tablename__ = "catalogue_revision"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int]
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
