"""One figure of a campaign: what was measured, and the bar it has to meet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """A line of the reliability table.

    Attributes:
        name: What was measured, e.g. ``kill -9 of the server group, SQLite``.
        value: As people read it, e.g. ``200 kills, 14,016 orders acknowledged, 0 lost``.
        bar: What it has to be.
        met: Whether it is.
    """

    name: str
    value: str
    bar: str
    met: bool


def markdown(figures: Iterable[Figure]) -> str:
    """Return the figures as the table that the README shows."""
    rows = [f"| {each.name} | {each.value} | {each.bar} |" for each in figures]
    return "\n".join(["| what | measured | bar |", "|---|---|---|", *rows])
