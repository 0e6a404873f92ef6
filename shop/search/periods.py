"""When a word or a name is shown: while one of the products that have it is published.

The vocabulary is held in memory, so its rows say this themselves: no statement could put
:func:`~shop.catalogue.publishing.published` beside them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Generic, TypeAlias, TypeVar

Key = TypeVar("Key")

#: From a moment on, until another; None: since ever, for ever.
Period: TypeAlias = tuple[datetime | None, datetime | None]

#: Periods as a row has them, in order and with a pause between each; None: always.
Written: TypeAlias = Sequence[Sequence[str | None]] | None

ALWAYS: Period = (None, None)

_EVER, _NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@dataclass(slots=True)
class Periods(Generic[Key]):
    """The periods of many things that products have.

    Attributes:
        always: What a product has that has no times: nearly everything, and cheap.
        some: The periods of the products that have times.
    """

    always: set[Key] = field(default_factory=set)
    some: dict[Key, set[Period]] = field(default_factory=dict)

    def note(self, keys: Iterable[Key], period: Period) -> None:
        """Remember that a product with this period has these."""
        if period == ALWAYS:
            self.always.update(keys)
            return
        for key in keys:
            self.some.setdefault(key, set()).add(period)

    def written(self, key: Key) -> Written:
        """Return when one of its products is published."""
        if key in self.always:
            return None
        joined: list[tuple[datetime, datetime]] = []
        for begin, end in sorted((begin or _EVER, end or _NEVER) for begin, end in self.some[key]):
            if joined and begin <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
            else:
                joined.append((begin, end))
        if joined == [(_EVER, _NEVER)]:
            return None
        return [
            [None if begin == _EVER else begin.isoformat(), None if end == _NEVER else end.isoformat()]
            for begin, end in joined
        ]


def is_shown(written: Written, moment: datetime) -> bool:
    """Tell whether something is shown at a moment."""
    return written is None or any(
        (begin is None or datetime.fromisoformat(begin) <= moment)
        and (end is None or datetime.fromisoformat(end) > moment)
        for begin, end in written
    )


def next_change(rows: Iterable[Written], moment: datetime) -> datetime | None:
    """Return when the first of several things appears or goes after a moment; None: never."""
    written = {each for row in rows if row for period in row for each in period if each}
    return min((at for at in map(datetime.fromisoformat, written) if at > moment), default=None)
