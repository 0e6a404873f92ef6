"""The whole sheet: a ground, the shadow of the bag, and the bag standing on it."""

from __future__ import annotations

import random

from shop.media.artwork import satchels, shoulders, small
from shop.media.artwork.colours import ground, leather, metal, mix
from shop.media.artwork.facts import Facts
from shop.media.artwork.shapes import Shape
from shop.media.artwork.svg import Frame, Sheet, tag

#: Of the sheet, in its own units: four to five.
WIDTH, HEIGHT = 1200, 1500

#: Where bags stand.
FLOOR = 1245

_SHAPES: dict[str, Shape] = {**satchels.SHAPES, **shoulders.SHAPES, **small.SHAPES}


def draw(facts: Facts) -> str:
    """Return the drawing of a variant as an SVG document."""
    shape = _SHAPES[facts.shape]
    skin = leather(facts.colour)
    sheet = Sheet(
        facts,
        skin,
        metal(facts.metal, skin),
        _frame(facts, shape),
        random.Random(facts.digest),  # noqa: S311 - creases are no secret
    )
    bag = shape.draw(sheet)
    content = tag("defs", _defs(sheet)) + _ground() + _shadow(sheet, shape) + bag
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}">{content}</svg>'
    )


def _frame(facts: Facts, shape: Shape) -> Frame:
    """Return where the bag stands: larger bags are drawn larger, but none fills or leaves the sheet."""
    width = min(max(560 + (facts.width_mm - 120) * 1.08, 520), 900)
    ratio = min(max(facts.height_mm / facts.width_mm, shape.flattest), shape.tallest)
    height = width * ratio
    room = FLOOR - 150 - shape.rise * width
    if height > room:
        width, height = width * room / height, room
    return Frame(WIDTH / 2, FLOOR - height - shape.lift, width, height)


def _stops(*stops: tuple[int, str, float]) -> str:
    return "".join(tag("stop", offset=f"{at}%", stop_color=c, stop_opacity=o) for at, c, o in stops)


def _defs(sheet: Sheet) -> str:
    skin, iron = sheet.skin, sheet.metal
    near, far = ground(sheet.facts.ground, sheet.facts.colour)
    floor, ink = mix(far, "#3a322a", 0.9), "#120d0a"
    polish = (0, iron.shine, 1), (35, iron.light, 1), (65, iron.base, 1), (100, iron.deep, 1)
    dome = (0, iron.shine, 1), (55, iron.base, 0.9), (100, iron.deep, 0.7)
    glass = (0, "#f7fafc", 1), (45, "#c3ced6", 1), (55, "#eef3f6", 1), (100, "#94a3ad", 1)

    def linear(name: str, x2: int, y2: int, *stops: tuple[int, str, float]) -> str:
        return tag("linearGradient", _stops(*stops), id=name, x1=0, y1=0, x2=x2, y2=y2)

    def radial(name: str, *stops: tuple[int, str, float], cx: str = "50%", cy: str = "50%") -> str:
        return tag("radialGradient", _stops(*stops), id=name, cx=cx, cy=cy, r="50%")

    return "".join(
        [
            *sheet.defs,
            linear("wall", 0, 1, (0, mix(near, "#ffffff", 0.35), 1), (72, near, 1), (100, far, 1)),
            linear("floor", 0, 1, (0, far, 1), (30, near, 1), (100, mix(near, "#ffffff", 0.2), 1)),
            radial("halo", (0, "#ffffff", 0.6), (55, "#ffffff", 0.2), (100, "#ffffff", 0)),
            radial("cast", (0, floor, 0.62), (40, floor, 0.34), (75, floor, 0.09), (100, floor, 0)),
            radial("touch", (0, ink, 0.8), (60, ink, 0.42), (88, ink, 0.1), (100, ink, 0)),
            linear(
                "leather", 1, 0,
                (0, skin.dark, 1), (14, skin.base, 1), (32, skin.light, 1),
                (62, skin.base, 1), (100, skin.deep, 1),
            ),
            linear(
                "shade", 0, 1,
                (0, skin.shine, 0.3), (22, skin.shine, 0), (62, skin.deep, 0), (100, skin.deep, 0.62),
            ),
            linear("inside", 0, 1, (0, skin.line, 1), (100, skin.deep, 1)),
            linear("scale", 1, 1, (0, skin.shine, 0.42), (50, skin.base, 0.1), (100, skin.deep, 0.42)),
            radial("worn", (0, skin.shine, 0.45), (100, skin.shine, 0)),
            radial("nap", (0, skin.deep, 0.4), (100, skin.deep, 0)),
            linear("window", 0, 1, (0, "#ffffff", 0.4), (70, "#ffffff", 0.12), (100, "#ffffff", 0)),
            linear("metal", 1, 1, *polish),
            radial("dome", *dome, cx="38%", cy="34%"),
            linear("glass", 1, 1, *glass),
        ]
    )  # fmt: skip


def _ground() -> str:
    wall = tag("rect", width=WIDTH, height=HEIGHT, fill="url(#wall)")
    floor = tag("rect", y=1120, width=WIDTH, height=HEIGHT - 1120, fill="url(#floor)")
    return wall + tag("ellipse", cx=540, cy=620, rx=760, ry=760, fill="url(#halo)") + floor


def _shadow(sheet: Sheet, shape: Shape) -> str:
    frame = sheet.frame
    half = frame.width * shape.foot
    if shape.hangs:
        return tag(
            "ellipse",
            cx=frame.centre + 26,
            cy=FLOOR + 60,
            rx=half * 0.9,
            ry=26,
            fill="url(#cast)",
            opacity=0.7,
        )
    return (
        tag("ellipse", cx=frame.centre + 70, cy=FLOOR + 16, rx=half * 1.5, ry=88, fill="url(#cast)")
        + tag("ellipse", cx=frame.centre + 6, cy=FLOOR - 1, rx=half * 1.06, ry=24, fill="url(#touch)")
    )  # fmt: skip
