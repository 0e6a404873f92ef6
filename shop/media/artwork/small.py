"""Small leather goods, and what is ordered beside a bag."""

from __future__ import annotations

from shop.media.artwork.fittings import buckle, chain, heart, mirror, pull, ring, strap, stud, zip_line
from shop.media.artwork.shapes import Shape, panel
from shop.media.artwork.svg import Sheet, mirrored, stroke, tag

_BOX = mirrored("M0,0 C-.2,0 -.35,0 -.45,0 C-.49,0 -.5,.03 -.5,.08 C-.5,.4 -.5,.7 -.5,.92 "
                "C-.5,.97 -.49,1 -.45,1 C-.3,1 -.15,1 0,1")  # fmt: skip


def _pouch(sheet: Sheet) -> str:
    """A flat pouch under a zip."""
    drawn = panel(sheet, _BOX) + zip_line(sheet, "M-.46,.11 L.46,.11", width=12)
    drawn += sheet.seam("M-.47,.22 L.47,.22")
    drawn += "".join(stud(sheet, u, v) for u in (-0.43, 0.43) for v in (0.34, 0.9))
    return drawn + pull(sheet, 0.36, 0.11, length=sheet.frame.height * 0.4)


def _wallet(sheet: Sheet) -> str:
    """A folded wallet with a tab."""
    flap = mirrored("M0,-.01 C-.2,-.01 -.35,-.01 -.45,-.01 C-.5,-.01 "
        "-.505,.03 -.505,.08 C-.505,.3 -.5,.45 -.49,.5 "
                    "C-.44,.6 -.15,.62 0,.62")  # fmt: skip
    d = sheet.frame.path(flap)
    drawn = panel(sheet, _BOX) + tag("path", d=d, fill="#000", opacity=0.28, transform="translate(0 11)")
    drawn += panel(sheet, flap) + sheet.seam("M-.46,.44 C-.4,.54 -.15,.56 0,.56 C.15,.56 .4,.54 .46,.44")
    drawn += strap(sheet, "M0,.5 L0,.74", 58, laced=False)
    drawn += buckle(sheet, 0, 0.68, wide=64, high=44)
    return drawn + "".join(stud(sheet, u, v) for u in (-0.43, 0.43) for v in (0.1, 0.88))


def _multipouch(sheet: Sheet) -> str:
    """Two small pouches on one strap, the one over the other."""
    drawn = strap(sheet, "M-.42,.12 C-.52,-.7 -.2,-1.1 .04,-1.1 C.3,-1.1 .52,-.6 .44,.2", 30, laced=False)
    back = (
        "M-.5,.06 C-.5,0 -.48,0 -.44,0 L.2,0 C.26,0 .27,.02 .27,.08 L.27,.66 "
        "C.27,.72 .25,.74 .2,.74 L-.44,.74 C-.49,.74 -.5,.72 -.5,.66 Z"
    )
    front = (
        "M-.2,.36 C-.2,.3 -.18,.3 -.14,.3 L.44,.3 C.49,.3 .5,.32 .5,.38 "
        "L.5,.92 C.5,.98 .49,1 .44,1 L-.14,1 C-.19,1 -.2,.98 -.2,.92 Z"
    )
    drawn += panel(sheet, back) + zip_line(sheet, "M-.46,.08 L.23,.08") + sheet.seam("M-.47,.17 L.24,.17")
    d = sheet.frame.path(front)
    drawn += tag("path", d=d, fill="#000", opacity=0.28, transform="translate(-6 12)") + panel(sheet, front)
    drawn += zip_line(sheet, "M-.16,.39 L.46,.39") + sheet.seam("M-.17,.48 L.47,.48")
    drawn += "".join(
        stud(sheet, u, v) for u, v in ((-0.44, 0.3), (-0.44, 0.66), (-0.14, 0.92), (0.44, 0.92), (0.44, 0.58))
    )
    drawn += ring(sheet, -0.43, 0.03, 18.0) + ring(sheet, 0.44, 0.33, 18.0)
    return drawn + pull(sheet, 0.36, 0.4, length=110) + mirror(sheet, -0.33, 0.5, size=58)


def _belt(sheet: Sheet) -> str:
    """A belt in a coil, its charms hanging."""
    drawn = strap(sheet, "M-.4,.1 C-.1,-.08 .3,-.08 .42,.14", 70, back=True, laced=False)
    drawn += strap(sheet, "M-.46,.16 C-.5,.7 .5,.7 .46,.14", 74, laced=False)
    for u, v in ((-0.4, 0.36), (-0.28, 0.48), (-0.13, 0.55), (0.13, 0.55), (0.28, 0.48), (0.4, 0.36)):
        drawn += stud(sheet, u, v, scale=1.3)
        drawn += chain(sheet, f"M{u},{v + 0.1} L{u},{v + 0.3}") if abs(u) < 0.3 else ""
    return drawn + buckle(sheet, 0, 0.565, wide=120, high=100)


def _strap(sheet: Sheet) -> str:
    """A strap alone, hung up by its middle."""
    drawn = strap(sheet, "M-.2,.96 C-.42,.4 -.3,.02 0,.0 C.3,.02 .42,.4 .2,.96", 62, laced=True)
    for side in (-1, 1):
        drawn += buckle(sheet, side * 0.285, 0.68, wide=92, high=58) + ring(sheet, side * 0.19, 0.985, 24.0)
    return drawn


def _mirror(sheet: Sheet) -> str:
    """The heart mirror on its cord."""
    x, y = sheet.frame.at(0, 0.56)
    size = sheet.frame.width * 0.46

    drawn = strap(sheet, "M0,.4 C-.12,.1 -.1,-.3 0,-.3 C.1,-.3 .12,.1 0,.4", 20)
    drawn += tag("path", d=heart(x, y, size), fill="url(#leather)", stroke=sheet.skin.line, stroke_width=4)
    drawn += stroke(heart(x, y, size * 0.9), sheet.skin.light, 2.5, stroke_dasharray="9 8", opacity=0.8)
    return drawn + tag(
        "path", d=heart(x, y, size * 0.74), fill="url(#glass)", stroke="url(#metal)", stroke_width=9
    )


def _charms(sheet: Sheet) -> str:
    """Charms on one ring."""
    drawn = ring(sheet, 0, 0.05, 62.0)
    for u, low in ((-0.26, 0.66), (0.0, 0.86), (0.25, 0.6)):
        drawn += strap(sheet, f"M{u * 0.2:.3f},.15 C{u * 0.3:.3f},.3 {u},.3 {u},{low - 0.12}", 18)
    x, y = sheet.frame.at(-0.26, 0.72)
    end: dict[str, object] = {"stroke": sheet.metal.line, "stroke_width": 3, "fill": "url(#metal)"}
    drawn += tag("circle", cx=x, cy=y, r=58, **end) + tag("circle", cx=x, cy=y, r=40, fill="url(#dome)")
    x, y = sheet.frame.at(0, 0.86)
    drawn += tag("rect", x=x - 44, y=y - 56, width=88, height=150, rx=16, fill="url(#leather)",
                 stroke=sheet.skin.line, stroke_width=3.5)  # fmt: skip
    x, y = sheet.frame.at(0.25, 0.66)
    return drawn + tag("path", d=f"M{x:.0f},{y - 66:.0f} l50,66 l-50,66 l-50,-66 z", **end)


SHAPES = {
    "pouch": Shape(_pouch, rise=0.05, flattest=0.6, tallest=0.75, foot=0.5),
    "wallet": Shape(_wallet, rise=0.05, flattest=0.66, tallest=0.8, foot=0.5),
    "multipouch": Shape(_multipouch, rise=0.85, flattest=0.72, tallest=0.8, foot=0.4),
    "belt": Shape(_belt, rise=0.05, flattest=0.8, tallest=0.85, foot=0.34, lift=30, hangs=True),
    "strap": Shape(_strap, rise=0.05, flattest=1.0, tallest=1.2, foot=0.26, lift=50, hangs=True),
    "mirror": Shape(_mirror, rise=0.3, flattest=0.95, tallest=1.0, foot=0.24, lift=40, hangs=True),
    "charms": Shape(_charms, rise=0.1, flattest=1.1, tallest=1.2, foot=0.26, lift=80, hangs=True),
}
