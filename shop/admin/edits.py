"""Edits of entries: what a product, a variant or a campaign is, and what it is to be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from sqlalchemy.orm import Session

from shop.admin.documents import merged, variant_in
from shop.admin.errors import PartOfAccessory
from shop.catalogue.errors import NotInCatalogue
from shop.kit.preconditions import IfMatch, etag_of
from shop.kit.problems import InvalidRequest
from shop.seeding.amend import Amendment, Entries, Path
from shop.seeding.build.products import ALWAYS
from shop.seeding.exporting.stored import Entry

#: Turns an entry as it is into what it is to be.
Edit = Callable[[Entry], Entry]

#: Finds where in the edited entry the body of the request stands.
Within = Callable[[Entry], Path]


@dataclass(frozen=True, slots=True)
class Edited:
    """What became of an entry.

    Attributes:
        slug: Of the product it is, or belongs to.
        within: Where in that product's entry the body of the request stands.
        before: What it was.
        after: What it is to be.
    """

    slug: str
    within: Path
    before: Entry
    after: Entry


def entries_now(session: Session) -> Entries:
    """Return the catalogue as entries, each read when it is asked for."""
    return Entries(session)


def product(entries: Entries, slug: str) -> Entry:
    """Return a product in use as its entry.

    Raises:
        NotInCatalogue: There is none, or it is retired.
    """
    return found(entries.product(slug), "product", slug)


def campaign(entries: Entries, slug: str) -> Entry:
    """Return a campaign as its entry.

    Raises:
        NotInCatalogue: There is none.
    """
    return found(entries.campaign(slug), "campaign", slug)


def variant(entries: Entries, sku: str) -> Entry:
    """Return a variant in use as its entry, with the product it belongs to.

    Raises:
        NotInCatalogue: There is none, or it is retired.
        PartOfAccessory: It is told with its product.
    """
    slug, whole = product_of(entries, sku)
    return {"product": slug, **whole["variants"][variant_in(whole, sku)]}


def product_of(entries: Entries, sku: str) -> tuple[str, Entry]:
    """Return the slug and the entry of the bag that a variant in use belongs to.

    Raises:
        NotInCatalogue: There is no such variant, or it is retired.
        PartOfAccessory: It belongs to an accessory.
    """
    slug = entries.product_of(sku)
    if slug is None:
        raise NotInCatalogue(f"There is no variant {sku!r} in use.", kind="variant", slug=sku)
    whole = product(entries, slug)
    if "kind" in whole:
        raise PartOfAccessory(product=slug)
    return slug, whole


@dataclass(frozen=True, slots=True)
class Versions:
    """The versions of a product and of its variants, as writes of them name one.

    Attributes:
        product: ``ETag`` without quotes; None where the product is retired.
        variants: By SKU; of a bag's variants in use only, since an accessory is written as a whole.
    """

    product: str | None
    variants: Mapping[str, str]


def versions(session: Session, slug: str) -> Versions:
    """Read the versions of a product and of its variants."""
    whole = entries_now(session).product(slug)
    if whole is None:
        return Versions(None, {})
    own = [] if "kind" in whole else whole.get("variants", [])
    variants = {one["style_code"].replace(" ", ""): etag_of({"product": slug, **one}) for one in own}
    return Versions(etag_of(whole), variants)


def edit_product(amendment: Amendment, slug: str, edit: Edit, if_match: IfMatch) -> Edited:
    """Put what a product is to be into an amendment.

    Raises:
        NotInCatalogue: There is no such product in use.
        PreconditionFailed: It is another version.
        InvalidRequest: Its name would change.
    """
    if_match.require(found(amendment.stored_product(slug), "product", slug))
    before = product(amendment, slug)
    after = edit(before)
    keep(after, "slug", slug)
    amendment.put_product(slug, after)
    return Edited(slug, (), before, after)


def edit_variant(
    amendment: Amendment, sku: str, edit: Edit, if_match: IfMatch, within: Within = lambda _: ()
) -> Edited:
    """Put what a variant is to be into an amendment, with its product.

    Raises:
        NotInCatalogue: There is no such variant in use.
        PartOfAccessory: It is written with its product.
        PreconditionFailed: It is another version.
        InvalidRequest: A name of it would change.
    """
    slug, whole = product_of(amendment, sku)
    stored = found(amendment.stored_product(slug), "product", slug)
    if_match.require({"product": slug, **stored["variants"][variant_in(stored, sku)]})
    place = variant_in(whole, sku)
    before = {"product": slug, **whole["variants"][place]}
    after = edit(before)
    keep(after, "product", slug)
    keep(after, "style_code", before["style_code"])
    variants = list(whole["variants"])
    variants[place] = {key: value for key, value in after.items() if key != "product"}
    amendment.put_product(slug, {**whole, "variants": variants})
    return Edited(slug, ("variants", place, *within(after)), before, after)


def patched(patch: Mapping[str, Any]) -> Edit:
    """Return the edit that a merge patch asks for."""
    return lambda entry: dict(merged(entry, patch))


def with_price(price: Mapping[str, Any]) -> Edit:
    """Return the edit that sets what a variant costs in a currency or market from a moment on.

    It takes the place of the price of the same currency, market and ``valid_from``; any other stays.
    """

    def edit(entry: Entry) -> Entry:
        prices = list(entry.get("prices", []))
        prices[price_place(entry, price) : price_place(entry, price) + 1] = [dict(price)]
        return {**entry, "prices": prices}

    return edit


def price_at(price: Mapping[str, Any]) -> Within:
    """Return what finds a price in its variant's entry."""
    return lambda entry: ("prices", price_place(entry, price))


def price_place(entry: Entry, price: Mapping[str, Any]) -> int:
    """Return which of a variant's prices one is, or takes the place of; else the place behind them."""
    names = [_price_name(one) for one in entry.get("prices", [])]
    name = _price_name(price)
    return names.index(name) if name in names else len(names)


def _price_name(price: Mapping[str, Any]) -> tuple[Any, Any, Any]:
    always = ALWAYS.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return price.get("currency"), price.get("market"), price.get("valid_from") or always


def keep(entry: Entry, key: str, value: Any) -> None:
    """Let a name be what the address says.

    Raises:
        InvalidRequest: The body says another one.
    """
    if entry.setdefault(key, value) != value:
        detail = f"must be {value!r}: it names what is changed"
        raise InvalidRequest(errors=[{"pointer": f"/{key}", "detail": detail}])


def found(entry: Entry | None, kind: str, slug: str) -> Entry:
    """Return an entry that is there.

    Raises:
        NotInCatalogue: It is not.
    """
    if entry is None:
        raise NotInCatalogue(f"There is no {kind} {slug!r} in use.", kind=kind, slug=slug)
    return entry
