"""When a word or a name is shown: while one of the products that have it is published.

What only a campaign gives to its bags is shown while the campaign is, too. The vocabulary is held
in memory, so its rows say this themselves: no statement could put
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
        return None if key in self.always else written(self.some[key])


def written(periods: Iterable[Period]) -> Written:
    """Return periods as a row has them."""
    whole = joined(periods)
    if whole == [ALWAYS]:
        return None
    return [[each.isoformat() if each else None for each in period] for period in whole]


def read_periods(row: Written) -> list[Period]:
    """Return the periods that a row has."""
    if row is None:
        return [ALWAYS]
    moments = [[datetime.fromisoformat(each) if each else None for each in period] for period in row]
    return [(begin, end) for begin, end in moments]


def joined(periods: Iterable[Period]) -> list[Period]:
    """Return the time that some periods cover together, in order and with a pause between each."""
    found: list[tuple[datetime, datetime]] = []
    for begin, end in sorted(map(_bounds, periods)):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return [*map(_period, found)]


def shared(these: Iterable[Period], those: Sequence[Period]) -> list[Period]:
    """Return the time that is in both, as :func:`joined` does."""
    both = [
        (max(begin, other_begin), min(end, other_end))
        for begin, end in map(_bounds, these)
        for other_begin, other_end in map(_bounds, those)
    ]
    return joined(_period((begin, end)) for begin, end in both if begin < end)


def from_now_on(periods: Iterable[Period], moment: datetime) -> list[Period]:
    """Return what is left of some periods; one that has begun is as if it had always been."""
    return [
        (None if begin is None or begin <= moment else begin, end)
        for begin, end in periods
        if end is None or end > moment
    ]


def _bounds(period: Period) -> tuple[datetime, datetime]:
    return period[0] or _EVER, period[1] or _NEVER


def _period(bounds: tuple[datetime, datetime]) -> Period:
    begin, end = bounds
    return (None if begin == _EVER else begin), (None if end == _NEVER else end)


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
