"""Variants as Google's product feed wants them: one line each, values parted by tabs.

Columns are left out where the catalogue knows nothing to put in: it has no GTINs. ``image_link`` is a
picture that was given for the variant or its product; the shop's own drawings are left out, because
Google takes no illustrations. A variant whose style code is ours and not the house's says
``identifier_exists: no``. Shipping is what the market's ways to send a parcel cost, to each of the
countries that its parcels go to; a region is named for none, because the price is the same in all.

Source: Google Merchant Center, product data specification; for ``shipping``, the page of that
attribute: ``country:region:service:price``, several parted by commas.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Sequence

from shop.catalogue.wording import BRAND, description_of, title_of
from shop.discovery.offers import Offer
from shop.kit.money import Money
from shop.pricing.models import Market, ShippingMethod

CONTENT_TYPE = "text/tab-separated-values"

COLUMNS = (
    "id",
    "item_group_id",
    "title",
    "description",
    "link",
    "image_link",
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
    "shipping",
)

#: The longest values that are taken. Characters.
LONGEST = {"item_group_id": 50, "title": 150, "description": 5000, "color": 100, "material": 200, "size": 100}

#: What parts the values of ``shipping``, and so stands in none of them.
_PARTING = re.compile(r"[:,]+")

#: Tabs, line ends and every other sign that does not print.
_UNPRINTED = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029]+")


def header() -> str:
    """Return the first line."""
    return _lines([COLUMNS])


def shipping(market: Market, methods: Sequence[ShippingMethod]) -> str:
    """Return what each way to send a parcel costs to each country of a market."""
    return ",".join(
        f"{country}::{_PARTING.sub(' ', method.name)}:{_amount(Money(method.amount_minor, market.currency))}"
        for country in market.countries
        for method in methods
    )


def lines(offers: Iterable[Offer], public_url: str, shipped: str) -> str:
    """Return the lines of offers that have a price.

    Args:
        offers: Of variants that are for sale, in one market.
        public_url: Where the shop is reached, without a slash at the end.
        shipped: What :func:`shipping` says of that market.
    """
    rows = ({**_row(offer, public_url), "shipping": shipped} for offer in offers)
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
    variant_image = offer.images[0].renditions[-1].url if offer.images else None
    return {
        "id": variant.sku,
        "item_group_id": _group(variant.product.slug),
        "title": title_of(variant),
        "description": description_of(variant),
        "link": f"{public_url}/v1/variants/{variant.sku}?market={offer.market.code}",
        "image_link": f"{public_url}{variant_image}" if variant_image else None,
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
