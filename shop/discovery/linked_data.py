"""A product as search engines read it: a schema.org ``ProductGroup`` with its variants, as JSON-LD.

A variant carries an offer only where it can be bought in the market or is merely sold out; what is
of the archive, or has no price there, is a product without an offer. A part number is given only
where it is the house's own, and no figure that was made up for the demonstration but the price,
which is what the shop charges.

Source: https://schema.org/ProductGroup, https://schema.org/Offer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shop.catalogue.models import Variant
from shop.catalogue.wording import BRAND, description_of, title_of
from shop.discovery.offers import Offer
from shop.discovery.queries import ProductPage
from shop.media.queries import Picture

CONTENT_TYPE = "application/ld+json"

_AVAILABILITY = {None: "https://schema.org/InStock", "sold_out": "https://schema.org/OutOfStock"}
_TEXT = {"type": "string", "minLength": 1}
_ADDRESS = {"type": "string", "pattern": "^https?://"}
_AMOUNT = {"type": "string", "pattern": r"^\d+(\.\d{2,3})?$"}


def _thing(kind: str, required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    """Return the JSON schema of a node of one type, with all the properties it may have."""
    named = {"@type": {"const": kind}, **required}
    properties = {**named, **optional}
    return {
        "type": "object",
        "properties": properties,
        "required": list(named),
        "additionalProperties": False,
    }


_BRAND = _thing("Brand", {"name": _TEXT})
_LIST_PRICE = _thing(
    "UnitPriceSpecification",
    {
        "priceType": {"const": "https://schema.org/StrikethroughPrice"},
        "price": _AMOUNT,
        "priceCurrency": {"type": "string", "pattern": "^[A-Z]{3}$"},
    },
)
_OFFER = _thing(
    "Offer",
    {
        "url": _ADDRESS,
        "price": _AMOUNT,
        "priceCurrency": {"type": "string", "pattern": "^[A-Z]{3}$"},
        "availability": {"enum": list(_AVAILABILITY.values())},
        "itemCondition": {"const": "https://schema.org/NewCondition"},
        "eligibleRegion": _TEXT,
    },
    priceSpecification=_LIST_PRICE,
)
_VARIANT = _thing(
    "Product",
    {
        "@id": _ADDRESS,
        "url": _ADDRESS,
        "sku": _TEXT,
        "name": _TEXT,
        "description": _TEXT,
        "brand": _BRAND,
        "inProductGroupWithID": _TEXT,
        "isVariantOf": {
            "type": "object",
            "properties": {"@id": _ADDRESS},
            "required": ["@id"],
            "additionalProperties": False,
        },
    },
    mpn=_TEXT,
    image={"type": "array", "items": _ADDRESS},
    color=_TEXT,
    material=_TEXT,
    size=_TEXT,
    additionalProperty=_thing("PropertyValue", {"name": _TEXT, "value": _TEXT}),
    offers=_OFFER,
)
#: Of the whole document.
SCHEMA: dict[str, Any] = _thing(
    "ProductGroup",
    {
        "@context": {"const": "https://schema.org"},
        "@id": _ADDRESS,
        "url": _ADDRESS,
        "productGroupID": _TEXT,
        "name": _TEXT,
        "brand": _BRAND,
        "variesBy": {"type": "array", "items": _TEXT},
        "hasVariant": {"type": "array", "items": _VARIANT},
    },
    alternateName={"type": "array", "items": _TEXT},
    image={"type": "array", "items": _ADDRESS},
    size=_TEXT,
)


def product_group(page: ProductPage, public_url: str) -> dict[str, Any]:
    """Return a product with its variants as a schema.org ``ProductGroup``.

    Args:
        page: The product as it is offered in a market.
        public_url: Where the shop is reached, without a slash at the end.
    """
    product = page.product
    address = f"{public_url}/v1/products/{product.slug}"
    group = {
        "@context": "https://schema.org",
        "@type": "ProductGroup",
        "@id": address,
        "url": address,
        "productGroupID": product.slug,
        "name": product.name,
        "alternateName": product.aliases,
        "image": _addresses(page.images, public_url),
        "brand": {"@type": "Brand", "name": BRAND},
        "size": product.size,
        "variesBy": _varies_by([offer.variant for offer in page.offers]),
        "hasVariant": [_product(offer, public_url, address) for offer in page.offers],
    }
    optional = ("alternateName", "image", "size")
    return {name: value for name, value in group.items() if value or name not in optional}


def _varies_by(variants: list[Variant]) -> list[str]:
    """Return the properties in which variants differ; schema.org has none for hardware."""
    by_property = {
        "https://schema.org/color": {variant.colour_id for variant in variants},
        "https://schema.org/material": {variant.material_id for variant in variants},
        "hardware": {variant.hardware_set_id for variant in variants},
    }
    return [name for name, values in by_property.items() if len(values) > 1]


def _product(offer: Offer, public_url: str, group: str) -> dict[str, Any]:
    variant = offer.variant
    address = f"{public_url}/v1/variants/{variant.sku}"
    hardware = variant.hardware
    named = hardware and {"@type": "PropertyValue", "name": "hardware", "value": hardware.name}
    product = {
        "@type": "Product",
        "@id": address,
        "url": address,
        "sku": variant.sku,
        "mpn": None if variant.code_is_assigned else variant.style_code,
        "name": title_of(variant),
        "description": description_of(variant),
        "image": _addresses(offer.images, public_url),
        "brand": {"@type": "Brand", "name": BRAND},
        "color": variant.colour and variant.colour.name,
        "material": variant.material and variant.material.name,
        "size": variant.product.size,
        "additionalProperty": named,
        "inProductGroupWithID": variant.product.slug,
        "isVariantOf": {"@id": group},
        "offers": _offer(offer, address),
    }
    return {name: value for name, value in product.items() if value}


def _addresses(images: Sequence[Picture], public_url: str) -> list[str]:
    """Return where the photographs are, each in its widest rendition.

    A drawing is for people who look at a page: search engines take pictures for the thing itself.
    """
    return [f"{public_url}{image.renditions[-1].url}" for image in images if not image.is_drawing]


def _offer(offer: Offer, address: str) -> dict[str, Any] | None:
    price, full = offer.price, offer.list_price
    if price is None or full is None or offer.unavailable_because not in _AVAILABILITY:
        return None
    found: dict[str, Any] = {
        "@type": "Offer",
        "url": f"{address}?market={offer.market.code}",
        "price": price.decimal,
        "priceCurrency": price.currency,
        "availability": _AVAILABILITY[offer.unavailable_because],
        "itemCondition": "https://schema.org/NewCondition",
        "eligibleRegion": offer.market.code,
    }
    if full.amount > price.amount:
        found["priceSpecification"] = {
            "@type": "UnitPriceSpecification",
            "priceType": "https://schema.org/StrikethroughPrice",
            "price": full.decimal,
            "priceCurrency": full.currency,
        }
    return found
