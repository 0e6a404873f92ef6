"""Writing single entries: the same schemas, checks and plan as files, and each fault has its place.

What is written is always an entry as a whole, taken as it is now and changed: what it no longer
holds goes, as far as it may, and whatever else the shop has stays.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session

from shop.catalogue.service import publish
from shop.search.refresh import Refresh
from shop.seeding import kinds
from shop.seeding.errors import Faults
from shop.seeding.exporting.entries import accessory_entry, campaign_entry, product_entry
from shop.seeding.exporting.stored import Entry, Stored
from shop.seeding.fields import SCHEMA
from shop.seeding.formats.documents import Document
from shop.seeding.kinds import Key, Kind, Values, is_retired
from shop.seeding.part import Part
from shop.seeding.pictures import refuse_pictures
from shop.seeding.plan import Plan, compare
from shop.seeding.prepare import complete
from shop.seeding.schemas import PRODUCTS_FOLDER
from shop.seeding.searched import touched_by
from shop.seeding.seed import seed_of
from shop.seeding.service import lock
from shop.seeding.write import write_plan

Path = tuple[str | int, ...]

#: Faults of one request that are listed: each of a thousand rows may have some.
_MOST_FAULTS = 10_000


class Entries:
    """What the catalogue holds, as entries of files. They are shared: whoever changes one copies it.

    Each is read when it is first asked for; :meth:`expect` reads many at once.

    Args:
        session: To read with.
    """

    def __init__(self, session: Session) -> None:
        self.current = Part.of(session.connection())
        self._stored: Stored | None = None
        self._told: dict[str, Entry | None] = {}

    def expect(self, *, products: Iterable[str] = (), skus: Iterable[str] = ()) -> None:
        """Read products that will be asked for, by their slugs or by the SKUs of their variants."""
        self._read(kinds.PRODUCT, [*products, *self.current.products_of(skus).values()])

    def product(self, slug: str) -> Entry | None:
        """Return a product in use with all that hangs on it, and its family; None where there is none."""
        if slug not in self._told:
            self._told[slug] = self._product(slug)
        return self._told[slug]

    def _product(self, slug: str) -> Entry | None:
        self._read(kinds.PRODUCT, [slug])
        values = self._in_use(kinds.PRODUCT, slug)
        if values is None:
            return None
        if values["kind"] == "accessory":
            return _without_pictures(accessory_entry(self._rows(), values))
        entry = _without_pictures(product_entry(self._rows(), values))
        if "variants" in entry:
            entry["variants"] = [_without_pictures(variant) for variant in entry["variants"]]
        return {"family": values["family_id"], **entry}

    def campaign(self, slug: str) -> Entry | None:
        """Return a campaign with its people and shelves; None where there is none."""
        self._read(kinds.CAMPAIGN, [slug])
        values = self._in_use(kinds.CAMPAIGN, slug)
        return None if values is None else campaign_entry(self._rows(), values)

    def product_of(self, sku: str) -> str | None:
        """Return the slug of the product that a variant in use belongs to."""
        if sku not in self.current.rows[kinds.VARIANT]:
            self.expect(skus=[sku])
        values = self._in_use(kinds.VARIANT, sku)
        return None if values is None else str(values["product_id"])

    def _read(self, kind: Kind, keys: Iterable[Key]) -> None:
        if self.current.read(kind, keys):
            self._stored = None

    def _rows(self) -> Stored:
        """Return what was read, in order."""
        if self._stored is None:
            self._stored = Stored(self.current)
        return self._stored

    def _in_use(self, kind: Kind, key: Key) -> Values | None:
        values = self.current.rows[kind].get(key)
        return None if values is None or is_retired(kind, values) else values


class Amendment(Entries):
    """Changes to entries in one transaction: collected, then checked and written together."""

    def __init__(self, session: Session) -> None:
        """Begin, with every other writer of the catalogue kept out until the transaction ends.

        Args:
            session: From ``transaction()``.
        """
        lock(session)
        super().__init__(session)
        self._session = session
        self.forget()

    def forget(self) -> None:
        """Begin anew: nothing is changed."""
        self._products: dict[str, Entry] = {}
        self._campaigns: dict[str, Entry] = {}
        self._ending: set[tuple[Kind, Key]] = set()

    def product(self, slug: str) -> Entry | None:
        """Return a product as it was put here, else as it is."""
        return self._products.get(slug) or super().product(slug)

    def stored_product(self, slug: str) -> Entry | None:
        """Return a product as it was before anything was put here."""
        return super().product(slug)

    def put_product(self, slug: str, entry: Entry) -> None:
        """Let a product be what an entry says."""
        self._products[slug] = entry

    def put_campaign(self, slug: str, entry: Entry) -> None:
        """Let a campaign be what an entry says."""
        self._campaigns[slug] = entry

    def end(self, kind: Kind, key: Key) -> None:
        """Let a row go: retired where orders may point at it."""
        self._ending.add((kind, key))

    def plan(self) -> Plan:
        """Return what writing all of it changes.

        Raises:
            SeedRefused: With every fault; :meth:`place_of` tells whose it is.
        """
        if going := {key for kind, key in self._ending if kind is kinds.PRODUCT}:
            self.current.read_what_names(going)
        faults = Faults(_MOST_FAULTS)
        seed = seed_of(self._documents(), faults)
        refuse_pictures(seed, faults)
        wanted = complete(seed, faults, lambda: self.current, prune=self._goes)
        return compare(wanted, self.current)

    def write(self, plan: Plan) -> bool:
        """Write a plan, search with it and let every cache know; return whether anything changed.

        The caller records it in the audit log, last.
        """
        if plan.count:
            following = Refresh(self._session, touched_by(plan, self.current))
            write_plan(self._session, plan, self.current)
            following.end()
            publish(self._session)
        return bool(plan.count)

    def place_of(self, file: str, path: Path) -> tuple[str, str, Path]:
        """Return whose a fault is, and where in its entry: its noun, its slug, the rest of the path.

        Args:
            file: As the fault names it.
            path: The fault's.
        """
        noun, entries = ("campaign", list(self._campaigns)) if file == "campaigns.yaml" else ("product", [])
        if noun == "product":
            entries = self._grouped()[file]
        if len(path) > 1 and isinstance(path[1], int):
            return noun, entries[path[1]], path[2:]
        return noun, entries[0] if len(entries) == 1 else "", path

    def _documents(self) -> Iterable[Document]:
        for file, slugs in self._grouped().items():
            entries = [self._products[slug] for slug in slugs]
            if file == "accessories.yaml":
                tree: dict[str, Any] = {"accessories": entries, "pairings": [], "personalisation": []}
            else:
                named = {key: value for key, value in entries[0].items() if key == "family"}
                bare = [{key: value for key, value in one.items() if key != "family"} for one in entries]
                tree = {**named, "products": bare}
            yield Document.of(file, {"schema": SCHEMA, **tree})
        if self._campaigns:
            tree = {"schema": SCHEMA, "campaigns": list(self._campaigns.values())}
            yield Document.of("campaigns.yaml", tree)

    def _grouped(self) -> dict[str, list[str]]:
        """Return the products put here by the file that each would stand in."""
        files: dict[str, list[str]] = {}
        for slug, entry in self._products.items():
            # Only accessories say what kind of thing they are; a bag says its silhouette.
            file = "accessories.yaml" if "kind" in entry else f"{PRODUCTS_FOLDER}/{entry.get('family')}.yaml"
            files.setdefault(file, []).append(slug)
        return files

    def _goes(self, kind: Kind, values: Values) -> bool:
        if (kind, kind.key_of(values)) in self._ending:
            return True
        if kind is kinds.VARIANT:
            return values["product_id"] in self._products
        if kind in (kinds.PRICE, kinds.OBSERVATION) and values["variant_id"] is not None:
            variant = self.current.rows[kinds.VARIANT][values["variant_id"]]
            return variant["product_id"] in self._products
        return False


def _without_pictures(entry: Entry) -> Entry:
    """Leave out the files of pictures, which have addresses of their own here and no names."""
    return {key: value for key, value in entry.items() if key != "images"}
