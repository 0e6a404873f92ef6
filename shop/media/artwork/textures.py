"""Surfaces: what the light finds on a material, drawn over its colour and clipped to its panel."""

from __future__ import annotations

import math
from collections.abc import Callable

from shop.media.artwork.svg import Sheet, stroke, tag


def surface(sheet: Sheet) -> str:
    """Return the surface of a material over the whole frame; empty where it is smooth."""
    drawn = _SURFACES.get(sheet.facts.surface)
    return drawn(sheet) if drawn else ""


def _box(sheet: Sheet) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom of what a surface covers."""
    frame = sheet.frame
    return frame.x(-0.6), frame.y(-0.2), frame.x(0.6), frame.y(1.12)


def _creased(sheet: Sheet) -> str:
    """Fine folds that cross each other, as on leather that was tumbled and waxed."""
    left, top, right, bottom = _box(sheet)
    chance, lines = sheet.chance, []
    for _ in range(110):
        x, y = chance.uniform(left, right), chance.uniform(top, bottom)
        length, slope = chance.uniform(24, 96), chance.uniform(-0.9, 0.9)
        bend = chance.uniform(-16, 16)
        d = (
            f"M{x:.0f},{y:.0f} q{length * 0.5:.0f},{length * slope * 0.5 + bend:.0f} "
            f"{length:.0f},{length * slope:.0f}"
        )
        lines.append(stroke(d, sheet.skin.deep, 1.5, opacity=0.22))
        lines.append(stroke(d, sheet.skin.shine, 1.3, opacity=0.2, transform="translate(1.5 2.2)"))
    return "".join(lines)


def _scales(sheet: Sheet) -> str:
    """Rows of plates, large in the middle and small at the sides."""
    left, top, right, bottom = _box(sheet)
    plates, y, row = [], top, 0
    while y < bottom:
        x = left - (row % 2) * 22
        high = 34 + 6 * math.sin(row * 1.7)
        while x < right:
            nearness = 1 - min(abs(x - sheet.frame.centre) / (sheet.frame.width * 0.62), 1)
            wide = 22 + 34 * nearness + sheet.chance.uniform(-3, 3)
            plates.append(
                tag("rect", x=x, y=y, width=wide - 4, height=high - 4, rx=9, fill="url(#scale)")
                + tag(
                    "rect", x=x, y=y, width=wide - 4, height=high - 4, rx=9, fill="none",
                    stroke=sheet.skin.deep, stroke_width=1.6, opacity=0.55,
                )
            )  # fmt: skip
            x += wide
        y += high
        row += 1
    return "".join(plates)


def _crystals(sheet: Sheet) -> str:
    """Stones set close together, a few of them lit."""
    left, top, right, bottom = _box(sheet)
    stones, row, step = [], 0, 15.0
    y = top
    while y < bottom:
        x = left + (row % 2) * step / 2
        while x < right:
            lit = sheet.chance.random()
            tone = "#ffffff" if lit > 0.9 else sheet.skin.shine if lit > 0.55 else sheet.skin.light
            stones.append(tag("circle", cx=x, cy=y, r=5.2, fill=tone, opacity=0.35 + 0.55 * lit))
            x += step
        y += step * 0.87
        row += 1
    return "".join(stones)


def _twill(sheet: Sheet) -> str:
    """The diagonal rib of denim, worn pale in places."""
    left, top, right, bottom = _box(sheet)
    rise = bottom - top
    ribs = [
        stroke(f"M{x:.0f},{bottom:.0f} l{rise:.0f},{-rise:.0f}", sheet.skin.deep, 1.6, opacity=0.3)
        + stroke(f"M{x + 3.5:.0f},{bottom:.0f} l{rise:.0f},{-rise:.0f}", sheet.skin.shine, 1.2, opacity=0.28)
        for x in range(int(left - rise), int(right), 8)
    ]
    worn = [
        tag(
            "ellipse",
            cx=sheet.chance.uniform(left, right),
            cy=sheet.chance.uniform(top, bottom),
            rx=sheet.chance.uniform(50, 120),
            ry=sheet.chance.uniform(20, 50),
            fill="url(#worn)",
        )
        for _ in range(9)
    ]
    return "".join(worn + ribs)


def _perforated(sheet: Sheet) -> str:
    """Holes punched in rows."""
    left, top, right, bottom = _box(sheet)
    return "".join(
        tag("circle", cx=x + (y // 22 % 2) * 11, cy=y, r=3.6, fill=sheet.skin.line, opacity=0.65)
        for y in range(int(top), int(bottom), 22)
        for x in range(int(left), int(right), 22)
    )


def _grain(sheet: Sheet) -> str:
    """Pebbles, each with its light side."""
    left, top, right, bottom = _box(sheet)
    chance, pebbles = sheet.chance, []
    for _ in range(900):
        x, y, size = chance.uniform(left, right), chance.uniform(top, bottom), chance.uniform(2.2, 4.2)
        pebbles.append(tag("circle", cx=x, cy=y, r=size, fill=sheet.skin.dark, opacity=0.3))
        pebbles.append(tag("circle", cx=x - 1, cy=y - 1.4, r=size * 0.6, fill=sheet.skin.shine, opacity=0.16))
    return "".join(pebbles)


def _suede(sheet: Sheet) -> str:
    """Nap brushed one way and the other: broad, soft strokes."""
    left, top, right, bottom = _box(sheet)
    chance = sheet.chance
    return "".join(
        tag(
            "ellipse",
            cx=chance.uniform(left, right),
            cy=chance.uniform(top, bottom),
            rx=chance.uniform(40, 130),
            ry=chance.uniform(14, 34),
            fill="url(#worn)" if each % 2 else "url(#nap)",
            opacity=0.6,
            transform=f"rotate({chance.randint(-24, 24)} {sheet.frame.centre:.0f} {sheet.frame.y(0.5):.0f})",
        )
        for each in range(26)
    )


def _metallic(sheet: Sheet) -> str:
    """Foil: bright bands that break at the folds."""
    left, top, right, bottom = _box(sheet)
    chance, bands = sheet.chance, []
    for each in range(13):
        x = left + (right - left) * (each + chance.uniform(0, 0.6)) / 13
        wide, lean = chance.uniform(10, 44), chance.uniform(-60, 60)
        middle = (top + bottom) / 2 + chance.uniform(-80, 80)
        bands.append(
            tag(
                "path",
                d=f"M{x:.0f},{top:.0f} Q{x + lean:.0f},{middle:.0f} {x:.0f},{bottom:.0f} h{wide:.0f} "
                f"Q{x + lean + wide * 1.6:.0f},{middle:.0f} {x + wide:.0f},{top:.0f} z",
                fill="#ffffff" if each % 3 else sheet.skin.deep,
                opacity=0.2 if each % 3 else 0.16,
            )
        )
    return "".join(bands) + _creased(sheet)


def _gloss(sheet: Sheet) -> str:
    """Polish: one window of light, and its echo near the foot."""
    path = sheet.frame.path
    return tag(
        "path", d=path("M-.42,.02 C-.36,.2 -.38,.4 -.43,.62 L-.35,.66 C-.28,.42 -.28,.2 -.3,.0 Z"),
        fill="url(#window)",
    ) + tag(
        "path", d=path("M-.3,.93 C-.1,.97 .15,.97 .36,.9 L.34,.95 C.15,1 -.1,1 -.3,.96 Z"),
        fill="#ffffff", opacity=0.12,
    )  # fmt: skip


def _floral(sheet: Sheet) -> str:
    """Printed flowers of five petals, strewn."""
    left, top, right, bottom = _box(sheet)
    chance, flowers = sheet.chance, []
    tones = (sheet.skin.shine, "#f3e9dc", sheet.skin.light)
    for each in range(46):
        x, y, size = chance.uniform(left, right), chance.uniform(top, bottom), chance.uniform(9, 17)
        turn = chance.uniform(0, math.tau)
        flowers += [
            tag(
                "circle",
                cx=x + size * math.cos(turn + petal * math.tau / 5),
                cy=y + size * math.sin(turn + petal * math.tau / 5),
                r=size * 0.62,
                fill=tones[each % 3],
                opacity=0.85,
            )
            for petal in range(5)
        ]
        flowers.append(tag("circle", cx=x, cy=y, r=size * 0.42, fill=sheet.skin.deep))
    return "".join(flowers)


_SURFACES: dict[str, Callable[[Sheet], str]] = {
    "creased": _creased,
    "scales": _scales,
    "crystals": _crystals,
    "twill": _twill,
    "perforated": _perforated,
    "grain": _grain,
    "suede": _suede,
    "metallic": _metallic,
    "gloss": _gloss,
    "floral": _floral,
}
