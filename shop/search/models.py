"""What search keeps beside the catalogue: documents, the words in them, and names to suggest.

All of it can be made anew from the catalogue: see :func:`shop.search.index.reindex`. The index
over the documents is each engine's own kind of table and has no model; the migration makes it:

* SQLite: ``search_index``, an FTS5 table over the columns of ``search_document``.
* PostgreSQL: ``search_index (product_id, words tsvector)`` with a GIN index; the four columns
  are the weights A to D.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from shop.kit.db import Base
from shop.kit.types import Json


class SearchDocument(Base):
    """The words of a product and of its variants that are not retired, folded.

    A word stands once, in the first column that has it, so that a product's rank for a word is
    one number. Products that nobody can be shown have no row.
    """

    __tablename__ = "search_document"

    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), primary_key=True, autoincrement=False)
    #: The product's name; its words, and all of them as one: ``classic city classiccity``.
    name: Mapped[str] = mapped_column(Text)
    #: Its other names and its family's, former ones too; model codes, edition, co-brand.
    alias: Mapped[str] = mapped_column(Text)
    #: Silhouette and size; materials, colours, trade codes of hardware, editions of its variants.
    trait: Mapped[str] = mapped_column(Text)
    #: Details, colour families, code parts; people, campaigns and what the family refers to.
    story: Mapped[str] = mapped_column(Text)


class SearchWord(Base):
    """A word of the documents: what a misspelt word of a query is corrected to.

    One that only a campaign with times gives to its bags has a row of its own for each such
    campaign, marked as it stands in the documents: see :data:`shop.search.words.MARK`.
    """

    __tablename__ = "search_word"

    word: Mapped[str] = mapped_column(Text, primary_key=True)
    #: In which columns it stands: a bit for each, 1 for ``name`` to 8 for ``story``. None at all for
    #: what is looked for and never meant instead of another word.
    columns: Mapped[int]
    #: In how many products.
    products: Mapped[int]
    #: While one of these is published: see :mod:`shop.search.periods`.
    shown: Mapped[list[list[str | None]] | None] = mapped_column(Json)


class SearchName(Base):
    """Something other than a product that a shopper is offered while typing."""

    __tablename__ = "search_name"

    #: ``family``, ``material``, ``colour``, ``detail``, ``hardware``, ``person``.
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    slug: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(120))
    aliases: Mapped[list[str]] = mapped_column(Json, default=list)
    #: While one of the products that have it is published: a family is told of no sooner here than
    #: :func:`~shop.catalogue.publishing.shown_family` tells of it.
    shown: Mapped[list[list[str | None]] | None] = mapped_column(Json)


class SearchState(Base):
    """One row: which index this is, so that nobody reads what did not change."""

    __tablename__ = "search_state"
    __table_args__ = (CheckConstraint("id = 1", name="only"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    #: Counts the changes.
    version: Mapped[int]
    #: The way documents are made; another one makes them all anew.
    layout: Mapped[int]
