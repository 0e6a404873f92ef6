"""Which products a page of a list shows, where SQL would look at every product to tell."""

from __future__ import annotations

from collections.abc import Sequence

from shop.discovery.bitmaps.found import Found

#: Filters that find no more products than this are told to SQL by the products' ids: along the
#: order of the list it would look at most of the catalogue for a page of them.
FEW = 500


def few_products(found: Found) -> Sequence[int] | None:
    """Return the ids of all products of a list, None where they are many."""
    numbers = found.products()
    return [found.view.catalogue.ids[each] for each in numbers] if len(numbers) <= FEW else None


def page_by_price(
    found: Found, *, descending: bool, limit: int, after: Sequence[int] | None
) -> list[tuple[int, tuple[int, int]]]:
    """Return a page in the order of prices and one product more, which tells that there is a next page.

    Args:
        found: The list.
        descending: The dearest first, each by its cheapest variant.
        limit: Products in a page.
        after: Keys of the product to go on behind, None: from the start.

    Returns:
        Ids, each with the keys of its place: amount and position.
    """
    catalogue, numbers = found.view.catalogue, found.products()
    page: list[tuple[int, tuple[int, int]]] = []
    for number, amount in found.view.priced.orders[descending].after(after, catalogue.positions):
        if number in numbers:
            page.append((catalogue.ids[number], (amount, catalogue.positions[number])))
            if len(page) > limit:
                break
    return page
