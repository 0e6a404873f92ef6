"""Variants as Google's product feed wants them: one line each, values parted by tabs.

Columns are left out where the catalogue knows nothing to put in: it has no pictures
(``image_link``) and no GTINs. A variant whose style code is ours and not the house's says
``identifier_exists: no``. Shipping is set in Google's own account, for a market at a time.

Source: Google Merchant Center, product data specification.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterable

from shop.catalogue.wording import BRAND, description_of, title_of
from shop.discovery.offers import Offer
from shop.kit.money import Money

CONTENT_TYPE = "text/tab-separated-values"

COLUMNS = (
    "id",
    "item_group_id",
    "title",
    "description",
    "link",
    "availability",
    "price",
    "sale_price",
    "condition",
    "brand",
    "mpn",
    "identifier_exists",
    "color",
    "material",
    "size",
    "google_product_category",
)

#: The longest values that are taken. Characters.
LONGEST = {"item_group_id": 50, "title": 150, "description": 5000, "color": 100, "material": 200, "size": 100}

#: Tabs, line ends and every other sign that does not print.
_UNPRINTED = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029]+")


def header() -> str:
    """Return the first line."""
    return _lines([COLUMNS])


def lines(offers: Iterable[Offer], public_url: str) -> str:
    """Return the lines of offers that have a price.

    Args:
        offers: Of variants that are for sale.
        public_url: Where the shop is reached, without a slash at the end.
    """
    rows = (_row(offer, public_url) for offer in offers)
    return _lines([_clean(name, row[name]) for name in COLUMNS] for row in rows)


def _lines(rows: Iterable[Iterable[str]]) -> str:
    written = io.StringIO()
    # A value with quotation marks is put between more of them, as both spreadsheets and Google read it.
    csv.writer(written, dialect="excel-tab", lineterminator="\n").writerows(rows)
    return written.getvalue()


def _row(offer: Offer, public_url: str) -> dict[str, str | None]:
    variant, price, full = offer.variant, offer.price, offer.list_price
    assert price is not None
    assert full is not None
    category = variant.product.google_product_category
    return {
        "id": variant.sku,
        "item_group_id": _group(variant.product.slug),
        "title": title_of(variant),
        "description": description_of(variant),
        "link": f"{public_url}/v1/variants/{variant.sku}?market={offer.market.code}",
        "availability": "in_stock" if offer.available else "out_of_stock",
        "price": _amount(full),
        "sale_price": _amount(price) if price.amount < full.amount else None,
        "condition": "new",
        "brand": BRAND,
        "mpn": None if variant.code_is_assigned else variant.style_code,
        "identifier_exists": "no" if variant.code_is_assigned else "yes",
        "color": variant.colour.name if variant.colour else None,
        "material": variant.material.name if variant.material else None,
        "size": variant.product.size,
        "google_product_category": str(category) if category else None,
    }


def _amount(money: Money) -> str:
    return f"{money.decimal} {money.currency}"


def _group(slug: str) -> str:
    """Return a product's name within the length that is taken; no two are shortened to one."""
    if len(slug) <= LONGEST["item_group_id"]:
        return slug
    return f"{slug[:37]}-{hashlib.sha256(slug.encode()).hexdigest()[:12]}"


def _clean(name: str, value: str | None) -> str:
    text = _UNPRINTED.sub(" ", value or "").strip()
    return text[: LONGEST.get(name)]
