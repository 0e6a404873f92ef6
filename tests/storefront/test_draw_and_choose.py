"""Pure parts: the picture of the lineage, and which link leads to which variant."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shop.storefront.choosing import choices, first_shown
from shop.storefront.lineage import ROW, TOP, drawn, related

Parts = tuple[int | None, int, int | None, int]


def offer(number: int, parts: Parts) -> Any:
    material, colour, hardware, pieces = parts
    named = [None if part is None else SimpleNamespace(id=part) for part in (material, colour, hardware)]
    variant = SimpleNamespace(id=number, material=named[0], colour=named[1], hardware=named[2])
    return SimpleNamespace(variant=variant, available=pieces)


few = st.integers(1, 3)
offers = st.lists(
    st.tuples(few, few, st.none() | few, st.integers(0, 1)).map(lambda parts: parts), min_size=1, max_size=12
).map(lambda rows: [offer(number, parts) for number, parts in enumerate(rows)])


@given(offers)
def test_every_offer_is_reached_from_every_other_by_links(offered: list[Any]) -> None:
    for start in offered:
        reached, waiting = {start.variant.id}, [start]
        while waiting:
            for choice in choices(offered, waiting.pop()):
                for option in choice.options:
                    if option.offer.variant.id not in reached:
                        reached.add(option.offer.variant.id)
                        waiting.append(option.offer)
        assert reached == {each.variant.id for each in offered}


@given(offers)
def test_one_option_of_each_choice_is_the_one_shown(offered: list[Any]) -> None:
    shown = first_shown(offered)
    assert shown is not None
    assert bool(shown.available) == any(each.available for each in offered)

    for choice in choices(offered, shown):
        chosen = [option for option in choice.options if option.selected]
        assert len(chosen) <= 1
        assert all(option.offer is shown for option in chosen)


def link(child: str, parent: str, relation: str = "spin_off") -> Any:
    ends = {name: SimpleNamespace(id=ord(name), position=ord(name), name=name) for name in (child, parent)}
    return SimpleNamespace(
        from_family_id=ord(child),
        to_family_id=ord(parent),
        from_family=ends[child],
        to_family=ends[parent],
        relation=relation,
    )


def rows(links: list[Any]) -> dict[str, int]:
    picture = drawn(links)
    assert picture is not None
    assert len({(node.x, node.y) for node in picture.nodes}) == len(picture.nodes)
    assert all(0 < node.x < picture.width for node in picture.nodes)
    return {node.family.name: (node.y - TOP) // ROW for node in picture.nodes}


def test_what_a_family_comes_from_stands_above_it() -> None:
    assert rows([link("b", "a"), link("c", "b"), link("d", "a"), link("d", "c", "shares_details")]) == {
        "a": 0,
        "b": 1,
        "c": 2,
        "d": 1,
    }
    assert drawn([]) is None


def test_a_circle_is_drawn_too() -> None:
    assert set(rows([link("a", "b"), link("b", "a")])) == {"a", "b"}


def test_only_relatives_are_drawn_however_far() -> None:
    links = [link("b", "a"), link("c", "b"), link("y", "x")]

    assert related(links, ord("a")) == links[:2]
    assert related(links, ord("x")) == links[2:]
    assert related(links, ord("z")) == []
