"""The rows of words that some products gave to the index or took from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from sqlalchemy import select

from shop.catalogue.models import Product
from shop.search.billings import ALWAYS_SHOWN
from shop.search.documents import COLUMNS, Tally, documents_of
from shop.search.index import WORD_KEY, Row, put_rows
from shop.search.models import SearchWord
from shop.search.periods import ALWAYS, Period, Written, read_periods, shared, written
from shop.search.turn import Turn, differing, none_of, share
from shop.search.words import MARK, is_code

#: Documents that are looked at in one go for whether a word is a title in them.
_LOOKED_AT = 50

#: Places of a document's columns, the weightiest first.
_PLACES = range(len(COLUMNS))


class WordRows:
    """The rows of :class:`~shop.search.models.SearchWord` after a turn; documents are written before.

    Args:
        turn: What turned.
    """

    def __init__(self, turn: Turn) -> None:
        self._of = turn

    def put(self, old: Counter[tuple[str, int]], new: Counter[tuple[str, int]]) -> bool:
        """Write the rows that differ; return whether any does.

        Args:
            old: In how many of the documents each word stood in each column.
            new: In how many it stands now.
        """
        concerned = {
            word for word, column in old.keys() | new.keys() if old[word, column] != new[word, column]
        }
        concerned |= differing(self._of.before.words_shown, self._of.after.words_shown)
        # A title is no word: whatever becomes one, or is one no more.
        concerned |= (self._of.before.titles ^ self._of.after.titles) & {
            word for word, _ in old.keys() | new.keys()
        }
        asked = concerned | {word.rpartition(MARK)[2] for word in concerned}
        columns = [SearchWord.word, SearchWord.columns, SearchWord.products, SearchWord.shown]
        rows = self._of.session.execute(select(*columns).where(SearchWord.word.in_(asked))).mappings()
        held: dict[str, Row] = {row["word"]: dict(row) for row in rows}
        wanted = {}
        for word in concerned:
            row = self._word_row(word, held, old, new)
            if row:
                wanted[word] = row
        held = {word: row for word, row in held.items() if word in concerned}
        return put_rows(
            self._of.session,
            SearchWord,
            WORD_KEY,
            {(word,): row for word, row in held.items()},
            {(word,): row for word, row in wanted.items()},
        )

    def _word_row(
        self,
        word: str,
        held: Mapping[str, Row],
        old: Counter[tuple[str, int]],
        new: Counter[tuple[str, int]],
    ) -> Row | None:
        plain, row = word.rpartition(MARK)[2], held.get(word)
        is_one = not is_code(plain) and not self._is_title(plain, held)
        if not is_one and plain == word:
            return None
        now, more = (
            [at for at in _PLACES if new[word, at]],
            sum(new[word, at] - old[word, at] for at in _PLACES),
        )
        if row:
            products, bits = row["products"] + more, row["columns"]
            unsure = [at for at in _PLACES if old[word, at] and not new[word, at]]
        elif self._of.is_any(self._of.having(word), none_of(self._of.ids)):
            # It was a title until now, which nobody counts.
            products, bits, unsure = self._of.count(self._of.having(word)), 0, list(_PLACES)
        else:
            products, bits, unsure = sum(new[word, at] for at in now), 0, []
        if products <= 0:
            return None
        still = [at for at in unsure if self._of.is_any(self._of.having(word, 1 << at))]
        bits = bits & ~_bits(unsure) | _bits([*now, *still])
        shown = self._shown(word, row, lost=more < 0)
        return {"word": word, "columns": bits if is_one else 0, "products": products, "shown": shown}

    def _shown(self, word: str, row: Row | None, *, lost: bool) -> Written:
        before, after = share(self._of.before.words_shown, word), share(self._of.after.words_shown, word)
        if ALWAYS in after:
            return None
        if row and not lost and before <= after:
            return written([*read_periods(row["shown"]), *after])
        having = self._of.having(word)
        campaign = word.rpartition(MARK)[0]
        if not campaign and self._of.is_any(having, *ALWAYS_SHOWN):
            return None
        times = select(Product.family_id, Product.publish_at, Product.unpublish_at).distinct()
        found: list[Period] = []
        for family_id, begin, end in self._of.session.execute(times.where(Product.id.in_(having))):
            billings = self._of.sources.families[family_id].billings if campaign else ()
            billed = [each.shown for each in billings if each.id == campaign]
            found += [(begin, end)] if not campaign else []
            found += [period for periods in billed for period in shared([(begin, end)], periods)]
        return written(found)

    def _is_title(self, word: str, held: Mapping[str, Row]) -> bool:
        """Tell whether a word is several words written as one, for any product."""
        if word in self._of.after.titles:
            return True
        if word in held:  # or it had no row
            return False
        others = [*self._of.session.scalars(self._of.having(word).where(none_of(self._of.ids)))]
        for start in range(0, len(others), _LOOKED_AT):
            tally = Tally()
            documents_of(self._of.session, others[start : start + _LOOKED_AT], self._of.sources, tally)
            if word in tally.titles:
                return True
        return False


def _bits(places: Iterable[int]) -> int:
    return sum(1 << at for at in places)


def counted(rows: Iterable[Row]) -> Counter[tuple[str, int]]:
    """Return in how many documents each word stands in each column."""
    return Counter(
        (word, at) for row in rows for at, column in enumerate(COLUMNS) for word in row[column].split()
    )
