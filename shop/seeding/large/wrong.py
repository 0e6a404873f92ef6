"""From rows that statements find wrong to faults with their places and what was probably meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from shop.seeding.errors import MOST_LISTED, Faults
from shop.seeding.formats.files import File
from shop.seeding.kinds import RETIRED_PLACES
from shop.seeding.large.checking import Checked, items_at, renumbered
from shop.seeding.large.stage import Stage

#: Names compared with a word at a time.
_NAMES = 20_000

#: A guess counts from here on, as in ``shop.seeding.errors.nearest``.
_LIKE = 60.0

#: Variants that are not kept for old orders only, of products that are not either.
IS_HELD = f"NOT v.is_retired AND p.position < {RETIRED_PLACES}"


@dataclass(frozen=True)
class Wrong:
    """What is wrong with a row.

    Attributes:
        row: Its place among all.
        key: Its column, and what of it, as ``sources/1``; None for the row itself.
        problem: In words.
        show: Add what stands there.
    """

    row: int
    key: str | None
    problem: str
    show: bool = True


def add_faults(found: Checked, file: File, wrong: Sequence[Wrong], faults: Faults, more: int = 0) -> None:
    """Tell where rows are wrong.

    Args:
        found: What reading the file found.
        file: The table.
        wrong: Some of what is wrong.
        faults: Gets it.
        more: How many are wrong besides.
    """
    items = dict(items_at(found, file, [each.row for each in wrong[:MOST_LISTED]]))
    for each in wrong[:MOST_LISTED]:
        item = items[each.row]
        place = item.place
        for step in each.key.split("/") if each.key else ():
            place /= int(step) if step.isdecimal() else step
        faults.add(renumbered(place.fault(each.problem, show=each.show), each.row))
    faults.count(more + max(len(wrong) - MOST_LISTED, 0))


def lines_of(found: Checked, file: File, rows: Iterable[int], key: str) -> dict[int, int]:
    """Return in which line a cell of each row stands."""
    return {row: (item.place / key).fault("").line for row, item in items_at(found, file, rows)}


class Guesses:
    """What was probably meant by names that are not there."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def among_variants(self, words: Iterable[str], *, held: bool) -> dict[str, str]:
        """Return for each word what a fault says of the SKU that is most like it.

        Args:
            words: That are no SKUs.
            held: Leave out variants that are kept for old orders only.
        """
        where = f"AND {IS_HELD}" if held else ""
        return self._among(
            words,
            "SELECT v.id, v.sku FROM variant v JOIN product p ON p.id = v.product_id "  # noqa: S608
            f"WHERE v.id > :last {where} ORDER BY v.id LIMIT :most",
        )

    def among_products(self, words: Iterable[str], *, held: bool) -> dict[str, str]:
        """Return for each word what a fault says of the product that is most like it."""
        where = f"AND position < {RETIRED_PLACES}" if held else ""
        return self._among(
            words,
            f"SELECT id, slug FROM product WHERE id > :last {where} ORDER BY id LIMIT :most",  # noqa: S608
        )

    def _among(self, words: Iterable[str], statement: str) -> dict[str, str]:
        best: dict[str, tuple[float, str]] = dict.fromkeys(words, (0.0, ""))
        if not best:
            return {}
        for names in self._names(statement):
            for word, (score, _) in best.items():
                near = process.extractOne(word, names, scorer=fuzz.ratio, score_cutoff=max(score, _LIKE))
                if near and near[1] > score:
                    best[word] = near[1], str(near[0])
        return {word: f"; did you mean `{name}`?" if name else "" for word, (_, name) in best.items()}

    def _names(self, statement: str) -> Iterator[list[str]]:
        last = 0
        while rows := self._stage.run(statement, last=last, most=_NAMES).all():
            yield [row[1] for row in rows]
            last = rows[-1][0]
