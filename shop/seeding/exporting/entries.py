"""Rows of the database as the entries of seed files: the way back of ``shop.seeding.build``."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from marshmallow import Schema

from shop.seeding import kinds
from shop.seeding.build.evidence import OF_WORDS
from shop.seeding.build.families import LAUNCH
from shop.seeding.build.products import ALWAYS
from shop.seeding.errors import NoEntryError
from shop.seeding.exporting.stored import Entry, Stored, entry_of
from shop.seeding.kinds import Kind, Values
from shop.seeding.schemas import PRODUCTS_FOLDER, evidence, families, parts, products, trade


def files_of(stored: Stored, openings: list[Entry]) -> dict[str, Entry]:
    """Return every file of a whole seed, by name, without its ``schema``.

    Args:
        stored: The rows in use.
        openings: First counts of stock, as entries.
    """

    def all_of(schema: type[Schema], kind: Kind) -> list[Entry]:
        return [entry_of(schema, kind, values) for values in stored[kind]]

    return {
        "sources.yaml": {"sources": all_of(evidence.SourceEntry, kinds.SOURCE)},
        "disputes.yaml": {"disputes": all_of(evidence.DisputeEntry, kinds.DISPUTE)},
        "compliance.yaml": {"rules": all_of(evidence.RuleEntry, kinds.COMPLIANCE)},
        **_words(stored),
        "people.yaml": {
            "people": all_of(families.PersonEntry, kinds.PERSON),
            "ambassadors": all_of(families.AmbassadorEntry, kinds.AMBASSADOR),
        },
        "families.yaml": {"families": [_family(stored, values) for values in stored[kinds.FAMILY]]},
        "timeline.yaml": {"events": all_of(families.EventEntry, kinds.EVENT)},
        "materials.yaml": {
            "materials": all_of(parts.MaterialEntry, kinds.MATERIAL),
            "linings": all_of(parts.LiningEntry, kinds.LINING),
        },
        "colours.yaml": {"colours": all_of(parts.ColourEntry, kinds.COLOUR)},
        "hardware.yaml": {
            "items": all_of(parts.HardwareItemEntry, kinds.HARDWARE_ITEM),
            "sets": [_hardware_set(stored, values) for values in stored[kinds.HARDWARE_SET]],
        },
        "details.yaml": {"details": all_of(parts.DetailEntry, kinds.DETAIL)},
        "campaigns.yaml": {
            "campaigns": [campaign_entry(stored, values) for values in stored[kinds.CAMPAIGN]]
        },
        **_products(stored),
        "accessories.yaml": {
            "accessories": _accessories(stored),
            "pairings": all_of(products.PairingEntry, kinds.PAIRING),
            "personalisation": all_of(products.PersonalisationEntry, kinds.PERSONALISATION),
        },
        "markets.yaml": {"markets": [_market(stored, values) for values in stored[kinds.MARKET]]},
        "placements.yaml": {
            "placements": [
                entry_of(trade.PlacementEntry, kinds.PLACEMENT, values, renamed={"market": "market_code"})
                for values in stored[kinds.PLACEMENT]
            ]
        },
        "observations.yaml": {
            "retail": _observed(stored, "retail", trade.RetailEntry),
            "resale": _observed(stored, "resale", trade.ResaleEntry),
        },
        "stock.yaml": {"locations": all_of(trade.LocationEntry, kinds.LOCATION), "opening": openings},
    }


def _words(stored: Stored) -> dict[str, Entry]:
    notes, of_words = [], {}
    for values in stored[kinds.NOTE]:
        if values["slug"].startswith(OF_WORDS):
            of_words[values["slug"].removeprefix(OF_WORDS)] = values["body"]["note"]
        else:
            notes.append(entry_of(evidence.NoteEntry, kinds.NOTE, values))
    vocabularies: dict[str, Entry] = {}
    for slug in sorted({values["vocabulary"] for values in stored[kinds.TERM]}):
        note = {"note": of_words[slug]} if slug in of_words else {}
        terms = stored.of(kinds.TERM, "vocabulary", slug)
        entries = [entry_of(evidence.TermEntry, kinds.TERM, values) for values in terms]
        vocabularies[slug] = {"slug": slug, **note, "terms": entries}
    # The notes of vocabularies are in one order; the words without a note come last.
    order = [*of_words, *(slug for slug in vocabularies if slug not in of_words)]
    return {
        "house.yaml": {"notes": notes},
        "vocabularies.yaml": {"vocabularies": [vocabularies[slug] for slug in order]},
    }


def _several(
    stored: Stored, schema: type[Schema], kind: Kind, column: str, key: Any, **how: Any
) -> list[Entry]:
    return [entry_of(schema, kind, values, **how) for values in stored.of(kind, column, key)]


def _with(entry: Entry, **lists: Any) -> Entry:
    """Add what an entry holds besides its row, where there is any."""
    return entry | {key: value for key, value in lists.items() if value}


def _family(stored: Stored, values: Values) -> Entry:
    slug = values["slug"]
    entry = entry_of(families.FamilyEntry, kinds.FAMILY, values, but={"flags"})
    launched = entry_of(families.LaunchEntry, kinds.FAMILY, values, renamed=LAUNCH, but={"flags"})
    for flag in values["flags"]:
        if flag.startswith("launched_"):
            launched[flag.removeprefix("launched_")] = True
        else:
            entry[flag] = True
    renamed = {"family": "to_family_id"}
    return _with(
        entry | {"launched": launched},
        relaunches=_several(stored, families.RelaunchEntry, kinds.RELAUNCH, "family_id", slug),
        designers=_several(stored, families.DesignerEntry, kinds.DESIGNER, "family_id", slug),
        derives_from=_several(
            stored, families.LinkEntry, kinds.LINK, "from_family_id", slug, renamed=renamed
        ),
    )


def _hardware_set(stored: Stored, values: Values) -> Entry:
    renamed = {"item": "hardware_item_id"}
    items = _several(
        stored, parts.SetItemEntry, kinds.SET_ITEM, "hardware_set_id", values["slug"], renamed=renamed
    )
    return _with(entry_of(parts.HardwareSetEntry, kinds.HARDWARE_SET, values), items=items)


def campaign_entry(stored: Stored, values: Values) -> Entry:
    """Return a campaign with its people and shelves as a file says it."""
    slug = values["slug"]
    made_by: dict[str, list[str]] = {}
    for credit in stored.of(kinds.CREDIT, "campaign_id", slug):
        made_by.setdefault(credit["role"], []).append(credit["person_id"])
    return _with(
        entry_of(families.CampaignEntry, kinds.CAMPAIGN, values),
        photographers=made_by.get("photographer"),
        directors=made_by.get("director"),
        creative_director=next(iter(made_by.get("creative_director", ())), None),
        cast=_several(stored, families.CreditedCast, kinds.CAST, "campaign_id", slug),
        shelves=_several(stored, families.ShelfEntry, kinds.SHELF, "campaign_id", slug),
        sightings=_several(stored, families.SightingEntry, kinds.SIGHTING, "campaign_id", slug),
    )


def _products(stored: Stored) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for values in stored[kinds.PRODUCT]:
        if values["kind"] == "bag":
            family = values["family_id"]
            file = found.setdefault(f"{PRODUCTS_FOLDER}/{family}.yaml", {"family": family, "products": []})
            file["products"].append(product_entry(stored, values))
    return dict(sorted(found.items()))


def product_entry(stored: Stored, values: Values) -> Entry:
    """Return a bag with its parts and variants as a file says it."""
    slug = values["slug"]
    entry = entry_of(products.ProductEntry, kinds.PRODUCT, values, but={"flags"})
    renamed = {key: f"dimensions_{key}" for key in ("note", "confidence", "sources")}
    size = entry_of(products.DimensionsEntry, kinds.PRODUCT, values, renamed=renamed, but={"flags"})
    for flag in values["flags"]:
        inner = flag.removeprefix("dimensions_")
        (size if inner != flag and size else entry)[inner if size else flag] = True
    return _with(
        entry,
        dimensions=size,
        components=_several(stored, products.ComponentEntry, kinds.COMPONENT, "product_id", slug),
        images=_images(stored.of(kinds.PRODUCT_IMAGE, "product_id", slug), "../"),
        variants=[_variant(stored, values, one) for one in stored.of(kinds.VARIANT, "product_id", slug)],
    )


def _variant(stored: Stored, product: Values, values: Values) -> Entry:
    made_of = (values["product_id"], values["material_id"], values["colour_id"], values["hardware_set_id"])
    renamed = {"hardware": "hardware_set_id"}
    entry = entry_of(products.VariantEntry, kinds.VARIANT, values, renamed=renamed)
    if values["slug"] == "--".join(str(part) for part in made_of):
        del entry["slug"]
    if values["sellable"] == product["sellable"]:
        del entry["sellable"]
    if not values["code_is_assigned"]:
        del entry["code_is_assigned"]
    return _with(
        entry,
        images=_images(stored.of(kinds.VARIANT_IMAGE, "variant_id", values["sku"]), "../"),
        prices=_prices(stored, values["sku"]),
        archive_prices=_seen(stored, values["sku"], "archive"),
        disputed_observations=_seen(stored, values["sku"], "disputed"),
    )


def picture_file(name: str) -> str:
    """Return where an export keeps a picture's file, by its hash."""
    return f"images/{name}.webp"


def _images(shown: list[Values], up: str = "") -> list[Entry]:
    ordered = sorted(shown, key=lambda values: values["position"])
    return [{"file": up + picture_file(values["image_hash"]), "alt": values["alt"]} for values in ordered]


def _prices(stored: Stored, sku: str) -> list[Entry]:
    found = []
    for values in sorted(stored.of(kinds.PRICE, "variant_id", sku), key=_price_order):
        entry = entry_of(products.PriceEntry, kinds.PRICE, values, renamed={"market": "market_code"})
        if values["valid_from"] == ALWAYS:
            del entry["valid_from"]
        if not values["is_illustrative"]:
            del entry["is_illustrative"]
        found.append(entry)
    return found


def _price_order(values: Values) -> tuple[str, str, datetime]:
    return values["currency"], values["market_code"] or "", values["valid_from"]


def _seen(stored: Stored, sku: str, kind: str) -> list[Entry]:
    renamed = {"amount_minor": "low_minor"}
    return [
        entry_of(products.SeenPriceEntry, kinds.OBSERVATION, values, renamed=renamed)
        | {"source": values["sources"][0]}
        for values in stored.of(kinds.OBSERVATION, "variant_id", sku)
        if values["kind"] == kind
    ]


def _observed(stored: Stored, kind: str, schema: type[Schema]) -> list[Entry]:
    return [
        entry_of(schema, kinds.OBSERVATION, values) | {"source": values["sources"][0]}
        for values in stored.of(kinds.OBSERVATION, "kind", kind)
    ]


def _accessories(stored: Stored) -> list[Entry]:
    return [
        accessory_entry(stored, values) for values in stored[kinds.PRODUCT] if values["kind"] == "accessory"
    ]


def accessory_entry(stored: Stored, values: Values) -> Entry:
    """Return an accessory with its one variant as a file says it.

    Raises:
        NoEntryError: It has another number of them, from before that was refused.
    """
    variants = stored.of(kinds.VARIANT, "product_id", values["slug"])
    if len(variants) != 1:
        skus = ", ".join(variant["sku"] for variant in variants) or "none"
        raise NoEntryError(
            f"the accessory {values['slug']} has to have one variant, and has {skus}: "
            "apply accessories.yaml with --prune"
        )
    [variant] = variants
    renamed = {"kind": "accessory_kind"}
    entry = entry_of(products.AccessoryEntry, kinds.PRODUCT, values, renamed=renamed)
    kept = entry_of(products.AccessoryEntry, kinds.VARIANT, variant)
    if not variant["code_is_assigned"]:
        del kept["code_is_assigned"]
    images = _images(stored.of(kinds.PRODUCT_IMAGE, "product_id", values["slug"]))
    return _with(kept | entry, images=images, prices=_prices(stored, variant["sku"]))


def _market(stored: Stored, values: Values) -> Entry:
    code = values["code"]
    rate = {"rate": "rate_ppm"}
    return _with(
        entry_of(trade.MarketEntry, kinds.MARKET, values, renamed={"tax_rate": "tax_rate_ppm"}),
        customs=_several(stored, trade.CustomsEntry, kinds.DUTY, "market_code", code, renamed=rate),
    ) | {"shipping": _several(stored, trade.ShippingEntry, kinds.SHIPPING, "market_code", code)}
