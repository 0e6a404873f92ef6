"""Products, variants, prices and campaigns as their owner writes them: entries of seed files.

A write takes the entry as it is, changes it, and brings it through the checks and the plan that
files go through. Each joins its caller's transaction and ends with its entry in the audit log.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from shop.admin import edits
from shop.admin.documents import differing, located, variant_in
from shop.admin.edits import Edit, Within
from shop.admin.errors import AlreadyInCatalogue, PartOfAccessory
from shop.audit import service as audit
from shop.kit.preconditions import IfMatch
from shop.seeding import kinds
from shop.seeding.amend import Amendment, Path
from shop.seeding.errors import SeedRefused
from shop.seeding.exporting.stored import Entry
from shop.seeding.plan import Plan


def create(session: Session, noun: str, body: Entry, *, actor: str) -> tuple[str, Entry]:
    """Add a product or a campaign; return its slug and what it is.

    Args:
        session: From ``transaction()``.
        noun: ``product`` or ``campaign``.
        body: Its entry.
        actor: Who does it.

    Raises:
        AlreadyInCatalogue: There is one of its slug in use.
        InvalidRequest: With every fault of the entry, by JSON pointer.
    """
    amendment = Amendment(session)
    slug = str(body.get("slug", ""))
    if (amendment.product if noun == "product" else amendment.campaign)(slug) is not None:
        raise AlreadyInCatalogue(f"There is a {noun} {slug!r} already.", kind=noun, slug=slug)
    (amendment.put_product if noun == "product" else amendment.put_campaign)(slug, body)
    amendment.write(planned(amendment, ()))
    audit.record(session, actor, [audit.Change(f"{noun}.create", f"{noun}:{slug}", None, body)])
    return slug, _now(session, noun, slug)


def change_product(session: Session, slug: str, edit: Edit, if_match: IfMatch, *, actor: str) -> Entry:
    """Change a product; return what it is now.

    Args:
        session: From ``transaction()``.
        slug: Of the product.
        edit: Gets what it is.
        if_match: The version that is meant.
        actor: Who does it.

    Raises:
        NotInCatalogue: There is no such product in use.
        PreconditionFailed: It is another version.
        InvalidRequest: With every fault of the entry, by JSON pointer.
    """
    amendment = Amendment(session)
    done = edits.edit_product(amendment, slug, edit, if_match)
    if amendment.write(planned(amendment, done.within)):
        told = differing(done.before, done.after)
        audit.record(session, actor, [audit.Change("product.change", f"product:{slug}", *told)])
    return _now(session, "product", slug)


def change_campaign(session: Session, slug: str, edit: Edit, if_match: IfMatch, *, actor: str) -> Entry:
    """Change a campaign, as :func:`change_product` does a product."""
    amendment = Amendment(session)
    before = edits.campaign(amendment, slug)
    if_match.require(before)
    after = edit(before)
    edits.keep(after, "slug", slug)
    amendment.put_campaign(slug, after)
    if amendment.write(planned(amendment, ())):
        told = differing(before, after)
        audit.record(session, actor, [audit.Change("campaign.change", f"campaign:{slug}", *told)])
    return _now(session, "campaign", slug)


def end(session: Session, noun: str, slug: str, if_match: IfMatch, *, actor: str) -> None:
    """Retire a product with its variants, or take a campaign away.

    Args:
        session: From ``transaction()``.
        noun: ``product`` or ``campaign``.
        slug: Of the one that goes.
        if_match: The version that is meant.
        actor: Who does it.

    Raises:
        NotInCatalogue: There is none in use.
        PreconditionFailed: It is another version.
        InvalidRequest: Others need it.
    """
    amendment = Amendment(session)
    before = (edits.product if noun == "product" else edits.campaign)(amendment, slug)
    if_match.require(before)
    amendment.end(kinds.PRODUCT if noun == "product" else kinds.CAMPAIGN, slug)
    amendment.write(planned(amendment, ()))
    verb = "retire" if noun == "product" else "remove"
    audit.record(session, actor, [audit.Change(f"{noun}.{verb}", f"{noun}:{slug}", before, None)])


def change_variant(
    session: Session,
    sku: str,
    edit: Edit,
    if_match: IfMatch,
    *,
    actor: str,
    action: str = "variant.change",
    within: Within = lambda _: (),
) -> Entry:
    """Change a variant, or a price of it; return what it is now.

    Args:
        session: From ``transaction()``.
        sku: Of the variant.
        edit: Gets what it is.
        if_match: The version that is meant.
        actor: Who does it.
        action: What the audit log calls it.
        within: Finds where in the changed entry the body of the request stands.

    Raises:
        NotInCatalogue: There is no such variant in use.
        PartOfAccessory: It is written with its product.
        PreconditionFailed: It is another version.
        InvalidRequest: With every fault of the entry, by JSON pointer.
    """
    amendment = Amendment(session)
    done = edits.edit_variant(amendment, sku, edit, if_match, within)
    if amendment.write(planned(amendment, done.within)):
        told = differing(done.before, done.after)
        audit.record(session, actor, [audit.Change(action, f"variant:{sku}", *told)])
    return edits.variant(edits.entries_now(session), sku)


def set_price(session: Session, sku: str, price: Entry, if_match: IfMatch, *, actor: str) -> Entry:
    """Set what a variant costs in a currency or market from a moment on; return what it is now.

    Refuses what :func:`change_variant` refuses.

    Args:
        session: From ``transaction()``.
        sku: Of the variant.
        price: Its entry; the prices of other moments stay.
        if_match: The version of the variant that is meant.
        actor: Who does it.
    """
    return change_variant(
        session,
        sku,
        edits.with_price(price),
        if_match,
        actor=actor,
        action="price.set",
        within=edits.price_at(price),
    )


def retire_variant(session: Session, sku: str, if_match: IfMatch, *, actor: str) -> None:
    """Retire a variant: no longer sold or listed, still told to old orders.

    Args:
        session: From ``transaction()``.
        sku: Of the variant.
        if_match: The version that is meant.
        actor: Who does it.

    Raises:
        NotInCatalogue: There is no such variant in use.
        PartOfAccessory: It goes with its product.
        PreconditionFailed: It is another version.
    """
    amendment = Amendment(session)
    before = edits.variant(amendment, sku)
    if_match.require(before)
    slug, whole = edits.product_of(amendment, sku)
    place = variant_in(whole, sku)
    others = [one for index, one in enumerate(whole["variants"]) if index != place]
    amendment.put_product(slug, {**whole, "variants": others})
    amendment.write(planned(amendment, ()))
    audit.record(session, actor, [audit.Change("variant.retire", f"variant:{sku}", before, None)])


def add_variant(session: Session, slug: str, body: Entry, *, actor: str) -> tuple[str, Entry]:
    """Add a variant to a bag, behind its others; return its SKU and what it is.

    Args:
        session: From ``transaction()``.
        slug: Of the product.
        body: The variant's entry.
        actor: Who does it.

    Raises:
        NotInCatalogue: There is no such product in use.
        AlreadyInCatalogue: The SKU is in use.
        PartOfAccessory: An accessory has one variant.
        InvalidRequest: With every fault of the entry, by JSON pointer.
    """
    amendment = Amendment(session)
    whole = edits.product(amendment, slug)
    if "kind" in whole:
        raise PartOfAccessory(product=slug)
    sku = str(body.get("style_code", "")).replace(" ", "")
    if amendment.product_of(sku) is not None:
        raise AlreadyInCatalogue(f"There is a variant {sku!r} already.", kind="variant", slug=sku)
    edits.keep(body, "product", slug)
    bare = {key: value for key, value in body.items() if key != "product"}
    variants = [*whole.get("variants", []), bare]
    amendment.put_product(slug, {**whole, "variants": variants})
    amendment.write(planned(amendment, ("variants", len(variants) - 1)))
    audit.record(session, actor, [audit.Change("variant.create", f"variant:{sku}", None, body)])
    return sku, edits.variant(edits.entries_now(session), sku)


def planned(amendment: Amendment, within: Path) -> Plan:
    """Return what an amendment of one entry changes.

    Args:
        amendment: With all that is to be written.
        within: Where in that entry the body of the request stands.

    Raises:
        InvalidRequest: With every fault, by JSON pointer.
    """
    try:
        return amendment.plan()
    except SeedRefused as refused:
        raise located(refused, within) from None


def _now(session: Session, noun: str, slug: str) -> Entry:
    return (edits.product if noun == "product" else edits.campaign)(edits.entries_now(session), slug)
