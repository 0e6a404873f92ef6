"""From the catalogue to documents: which words a product is found by, and which count how much.

A document holds the words of all its variants that are not retired, so "arena black" finds a
product that has Arena in one and black in another; the filters of the product list are there for
"on one and the same variant".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.orm import Session

from shop.catalogue.models import Product, Variant
from shop.search.parts import Part
from shop.search.periods import Period, Periods, Written, shared
from shop.search.sources import Sources, all_names, read_sources
from shop.search.variants import Ids, Variants, read_variants
from shop.search.words import MARK, all_words, is_code, marked, title_of, words_of, words_once

#: The columns of a document, the weightiest first.
COLUMNS = ("name", "alias", "trait", "story")

#: Products read at a time, so that memory stays bounded; fewer where each has many variants.
BATCH = 1_000
_VARIANTS = 100_000


# Columns and not objects: with a hundred thousand products, half of the time.
_PRODUCT = (
    Product.id, Product.kind, Product.name, Product.aliases, Product.former_names, Product.family_id,
    Product.edition, Product.co_brand, Product.model_codes, Product.silhouette, Product.size,
    Product.accessory_kind, Product.publish_at, Product.unpublish_at,
)  # fmt: skip

Found: TypeAlias = Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Document:
    """The words of one product, each in one column only.

    Attributes:
        titles: Those that are several words written as one; the vocabulary leaves them out.
        billed: Words that only a campaign with times gives it, marked, and when it is shown with them.
    """

    product_id: int
    name: str
    alias: str
    trait: str
    story: str
    titles: frozenset[str]
    billed: Mapping[str, Sequence[Period]]


@dataclass(slots=True)
class Tally:
    """What all documents have in common.

    Attributes:
        products: In how many of them a word stands, codes and titles too.
        inside: By column, the words that stand in it.
        titles: Several words written as one.
        parts: What is named by at least one product: a person nobody asks for is not suggested.
        words_shown: When each word is.
        parts_shown: When each part is, by its kind and slug.
    """

    products: Counter[str] = field(default_factory=Counter)
    inside: tuple[set[str], ...] = field(default_factory=lambda: tuple(set() for _ in COLUMNS))
    titles: set[str] = field(default_factory=set)
    parts: dict[tuple[str, str], Part] = field(default_factory=dict)
    words_shown: Periods[str] = field(default_factory=Periods)
    parts_shown: Periods[tuple[str, str]] = field(default_factory=Periods)

    def count(self, document: Document, period: Period) -> None:
        """Count the words of a product's document."""
        self.titles |= document.titles
        for inside, column in zip(self.inside, COLUMNS, strict=True):
            words = getattr(document, column).split()
            self.products.update(words)
            billed = document.billed
            self.words_shown.note([word for word in words if word not in billed] if billed else words, period)
            inside.update(words)
        for word, periods in document.billed.items():
            for each in periods:
                self.words_shown.note([word], each)

    def words(self) -> Iterator[tuple[str, int, int, Written]]:
        """Return each word, its columns as bits, its products and periods; codes and titles are none.

        A marked word is always told, because a search must know how it stands in the index; without
        columns where it is a code or a title.
        """
        for word, products in self.products.items():
            plain = word.rpartition(MARK)[2]
            is_one = not is_code(plain) and plain not in self.titles
            if is_one or plain != word:
                bits = sum(1 << bit for bit, inside in enumerate(self.inside) if word in inside)
                yield word, bits if is_one else 0, products, self.words_shown.written(word)

    def note(self, parts: Iterable[Part], *periods: Period) -> None:
        """Remember that a product has these, in some periods."""
        named = {(part.kind, part.slug): part for part in parts}
        for period in periods:
            self.parts |= named
            self.parts_shown.note(named, period)


def documents(session: Session, tally: Tally) -> Iterator[tuple[range, list[Document]]]:
    """Make the documents of all products, in order of their ids.

    Args:
        session: To read with.
        tally: Is told of each.

    Yields:
        Ids that were looked at, and the documents of those products that have a variant to show.
    """
    sources = read_sources(session, lambda _words: all_names(session))
    products_in_all = session.scalar(select(func.count()).select_from(Product)) or 0
    variants_in_all = session.scalar(select(func.count()).select_from(Variant)) or 0
    batch = max(min(BATCH, _VARIANTS * products_in_all // max(variants_in_all, 1)), 1)
    last = 0
    while True:
        statement = select(*_PRODUCT).where(Product.id > last).order_by(Product.id).limit(batch)
        products = session.execute(statement).all()
        if not products:
            return
        looked_at = range(last + 1, products[-1].id + 1)
        of_these = Variant.product_id.between(products[0].id, products[-1].id)
        yield looked_at, _documents_of(session, sources, products, of_these, tally)
        last = products[-1].id


def documents_of(session: Session, ids: Collection[int], sources: Sources, tally: Tally) -> list[Document]:
    """Make the documents of some products.

    Args:
        session: To read with.
        ids: Of the products.
        sources: What documents are made of besides.
        tally: Is told of each.
    """
    found = []
    rest = iter(sorted(ids))
    while some := tuple(islice(rest, BATCH)):
        products = session.execute(select(*_PRODUCT).where(Product.id.in_(some)).order_by(Product.id)).all()
        found += _documents_of(session, sources, products, Variant.product_id.in_(some), tally)
    return found


def _documents_of(
    session: Session,
    sources: Sources,
    products: Sequence[Found],
    of_these: ColumnElement[bool],
    tally: Tally,
) -> list[Document]:
    variants = read_variants(session, of_these)
    found = []
    for product in products:
        if product.id in variants:
            document = _document(sources, product, variants[product.id], tally)
            tally.count(document, _period(product))
            found.append(document)
    return found


def _document(sources: Sources, product: Found, variants: Variants, tally: Tally) -> Document:
    family = sources.families[product.family_id]
    details = [sources.details[each] for each in variants.details]
    parts = list(dict.fromkeys(_parts(sources, variants.made_of)))
    tally.note([family.part, *family.people, *details, *parts], _period(product))
    billings = [(each, shared([_period(product)], each.shown)) for each in family.billings]
    for billing, both in billings:
        tally.note(billing.people, *both)
    others = [*product.aliases, *(former["name"] for former in product.former_names)]
    own_title, other_titles = title_of(product.name), [*map(title_of, others), *family.titles]
    alias = [product.edition, product.co_brand, *product.model_codes]
    # Its kind, too: "rodeo bag" means the Rodeo Handbag.
    trait = [product.kind, product.silhouette, product.size, product.accessory_kind, *variants.called]
    # The house's own codes: the model's and the material's part. Whole ones are asked of the variants.
    codes = dict.fromkeys([part for code in variants.codes for part in code.split()[:2]])
    seen: set[str] = set()

    def new(words: Iterable[str]) -> str:
        fresh = [word for word in dict.fromkeys(words) if word and word not in seen]
        seen.update(fresh)
        return " ".join(fresh)

    name = new([*words_of(product.name), own_title])
    alias_words = new([*all_words([*others, *alias]), *family.part.words, *other_titles])
    trait_words = new([*all_words(trait), *(word for part in parts for word in (*part.words, part.title))])
    story = new(
        [
            *(word for part in details for word in (*part.words, part.title)),
            *(word for part in parts for word in part.more),
            *words_once(" ".join(codes)),
            *family.story,
        ]
    )
    billed = {
        marked(billing.id, word): both
        for billing, both in billings
        for word in billing.words
        if both and word not in seen
    }
    return Document(
        product.id,
        name=name,
        alias=alias_words,
        trait=trait_words,
        story=" ".join([story, *billed]) if billed else story,
        titles=frozenset([own_title, *other_titles, *(part.title for part in (*parts, *details))]),
        billed=billed,
    )


def _period(product: Found) -> Period:
    return product.publish_at, product.unpublish_at


def _parts(sources: Sources, made_of: Iterable[Ids]) -> Iterator[Part]:
    for material_id, colour_id, hardware_set_id in made_of:
        if material_id:
            yield sources.materials[material_id]
        if colour_id:
            yield sources.colours[colour_id]
        if hardware_set_id:
            yield sources.hardware[hardware_set_id]
