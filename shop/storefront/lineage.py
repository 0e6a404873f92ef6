"""The lineage of families as a picture: where each stands, and which lines join them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from shop.catalogue.models import Family, FamilyLink

#: Of the picture, in its own units; text of 26 is 14 px on the narrowest phone.
COLUMN, ROW, TOP, FOOT = 220, 190, 60, 60
NARROWEST = 640

#: Joins families of one generation, and puts nobody below anybody.
SIDEWAYS = "shares_details"


@dataclass(frozen=True, slots=True)
class Node:
    """A family in the picture; ``x`` is its middle, ``y`` the line its name stands on."""

    family: Family
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn lineage.

    Attributes:
        edges: Each link with its SVG path.
    """

    width: int
    height: int
    nodes: Sequence[Node]
    edges: Sequence[tuple[FamilyLink, str]]


def related(links: Sequence[FamilyLink], family_id: int) -> list[FamilyLink]:
    """Return the links that join a family with everything it is related to, however far."""
    known = {family_id}
    while True:
        wider = known | {end for link in links for end in _ends(link) if known & set(_ends(link))}
        if wider == known:
            return [link for link in links if known & set(_ends(link))]
        known = wider


def drawn(links: Sequence[FamilyLink]) -> Picture | None:
    """Draw families with what each comes from above it; None where nothing is linked."""
    if not links:
        return None
    families = {each.id: each for link in links for each in (link.to_family, link.from_family)}
    rows = _generations(links, families)
    width = max(NARROWEST, COLUMN * max(len(row) for row in rows))
    nodes: dict[int, Node] = {}
    for number, row in enumerate(rows):
        # A child stands under its parents, as far as the others of its row leave it room.
        row.sort(key=lambda each: (_middle_of_parents(each, links, nodes), families[each].position))
        for place, family_id in enumerate(row):
            x = round(width * (2 * place + 1) / (2 * len(row)))
            nodes[family_id] = Node(families[family_id], x, TOP + ROW * number)
    height = TOP + ROW * (len(rows) - 1) + FOOT
    return Picture(width, height, [*nodes.values()], [(link, _path(link, nodes)) for link in links])


def _ends(link: FamilyLink) -> tuple[int, int]:
    return link.from_family_id, link.to_family_id


def _generations(links: Sequence[FamilyLink], families: Collection[int]) -> list[list[int]]:
    """Return families by how long the longest way to a beginning is; a circle ends by itself."""
    depth = dict.fromkeys(families, 0)
    for _ in families:
        for link in links:
            if link.relation != SIDEWAYS:
                depth[link.from_family_id] = min(
                    max(depth[link.from_family_id], depth[link.to_family_id] + 1), len(families) - 1
                )
    used = sorted(set(depth.values()))
    return [[each for each in families if depth[each] == row] for row in used]


def _middle_of_parents(family_id: int, links: Sequence[FamilyLink], nodes: dict[int, Node]) -> float:
    above = [
        nodes[link.to_family_id].x
        for link in links
        if link.from_family_id == family_id and link.to_family_id in nodes
    ]
    return sum(above) / len(above) if above else 0.0


def _path(link: FamilyLink, nodes: dict[int, Node]) -> str:
    child, parent = nodes[link.from_family_id], nodes[link.to_family_id]
    if child.y == parent.y:
        left, right = sorted((child.x, parent.x))
        y = child.y + 40
        return f"M{left} {y}C{left + 40} {y + 26} {right - 40} {y + 26} {right} {y}"
    start, end = parent.y + 44, child.y - 34
    middle = (start + end) // 2
    return f"M{parent.x} {start}C{parent.x} {middle} {child.x} {middle} {child.x} {end}"
