"""Pictures beside the lines of a bag or an order."""

from __future__ import annotations

from collections.abc import Iterable

from shop.cart.queries import Line
from shop.kit.db import db
from shop.media.queries import Picture, pictures_of_variants
from shop.orders.models import OrderLine


def pictures_of_lines(lines: Iterable[Line | OrderLine]) -> dict[int, Picture]:
    """Return the first picture of each line's variant, by its id; no entry where there is none."""
    ids = [line.variant_id if isinstance(line, OrderLine) else line.offer.variant.id for line in lines]
    return {variant_id: found[0] for variant_id, found in pictures_of_variants(db.session(), ids).items()}
