"""Bags that stand and are carried by their handles: City and its kin, Rodeo, totes, duffles."""

from __future__ import annotations

from shop.media.artwork.fittings import buckle, mirror, pull, ring, strap, stud, zip_line
from shop.media.artwork.shapes import Shape, panel, pocket
from shop.media.artwork.svg import Sheet, mirrored, stroke, tag

_SLOUCHED = mirrored(
    "M0,.035 C-.14,.02 -.3,-.01 -.415,.03 C-.44,.3 -.505,.62 -.495,.9 C-.49,.985 -.45,1 -.4,1 "
    "C-.25,1.005 -.12,1 0,1"
)
_STIFF = mirrored(
    "M0,.02 C-.14,.02 -.3,.02 -.425,.02 C-.44,.3 -.47,.62 -.48,.93 C-.48,.98 -.46,1 -.43,1 C-.25,1 -.12,1 0,1"
)


def _handles(sheet: Sheet, at: float, rise: float, width: float) -> tuple[str, str]:
    """Return the far and the near handle, their tops ``rise`` above the bag as shares of its height."""
    near = f"M-{at},.16 C-{at + 0.02},{-rise * 0.55:.3f} -.17,{-rise:.3f} 0,{-rise:.3f} "
    near += f"C.17,{-rise:.3f} {at + 0.02},{-rise * 0.55:.3f} {at},.16"
    far = (
        f"M-{at - 0.02},.04 C-{at - 0.03},{-rise * 0.62:.3f} -.15,{-rise * 1.13:.3f} .01,{-rise * 1.13:.3f} "
    )
    far += f"C.17,{-rise * 1.13:.3f} {at},{-rise * 0.62:.3f} {at - 0.02},.04"
    return strap(sheet, far, width * 0.92, back=True), strap(sheet, near, width)


def _tab(sheet: Sheet, u: float, top: float, foot: float, *, wide: float = 0.03) -> str:
    """Return the strap that a handle is held by: it runs down the front and ends in a point."""
    shares = (
        f"M{u - wide},{top} L{u + wide},{top} L{u + wide},{foot - 0.05} "
        f"L{u},{foot} L{u - wide},{foot - 0.05} Z"
    )
    d = sheet.frame.path(shares)
    return (
        tag("path", d=d, fill="#000", opacity=0.2, transform="translate(4 6)")
        + tag("path", d=d, fill="url(#leather)", stroke=sheet.skin.line, stroke_width=2.6)
        + stroke(d, sheet.skin.light, 1.8, opacity=0.6, stroke_dasharray="6 6",
                 transform=f"translate({sheet.frame.x(u) * 0.22:.1f} 0) scale(.78 1)")
    )  # fmt: skip


def _front(sheet: Sheet, *, left: float, top: float, foot: float) -> str:
    """Return the front pocket with its zip, and studs where its corners are held."""
    shares = (
        f"M-{left},{top} C-.1,{top + 0.012} .1,{top + 0.012} {left},{top} "
        f"C{left + 0.012},{top + 0.2} {left + 0.03},{foot - 0.1} {left + 0.022},{foot - 0.03} "
        f"C{left + 0.02},{foot} {left},{foot} {left - 0.03},{foot} L-{left - 0.03},{foot} "
        f"C-{left},{foot} -{left + 0.02},{foot} -{left + 0.022},{foot - 0.03} "
        f"C-{left + 0.03},{foot - 0.1} -{left + 0.012},{top + 0.2} -{left},{top} Z"
    )
    zipped = f"M-{left - 0.03},{top + 0.05} C-.1,{top + 0.064} .1,{top + 0.064} {left - 0.03},{top + 0.05}"
    return pocket(sheet, shares) + zip_line(sheet, zipped)


def _city(sheet: Sheet, body: str = _SLOUCHED, *, rise: float = 0.62) -> str:
    """City and Le City: slouched, a zipped front pocket, buckled tabs, studs at every corner."""
    far, near = _handles(sheet, 0.265, rise, 33)
    drawn = far + panel(sheet, body)
    drawn += zip_line(sheet, "M-.4,.05 C-.2,.025 .2,.025 .4,.05", width=11)
    drawn += sheet.seam("M-.445,.42 C-.2,.45 .2,.45 .445,.42")
    drawn += _front(sheet, left=0.325, top=0.5, foot=0.95)
    for side in (-1, 1):
        drawn += _tab(sheet, side * 0.265, 0.12, 0.47) + buckle(sheet, side * 0.265, 0.34)
        drawn += stud(sheet, side * 0.265, 0.435)
        drawn += _tab(sheet, side * 0.425, 0.4, 0.78, wide=0.022) + buckle(
            sheet, side * 0.425, 0.52, wide=36, high=30
        )
        drawn += stud(sheet, side * 0.425, 0.71)
        drawn += "".join(stud(sheet, side * u, v) for u, v in ((0.305, 0.9), (0.455, 0.935), (0.385, 0.1)))
    drawn += near + "".join(ring(sheet, side * 0.265, 0.165) for side in (-1, 1))
    drawn += pull(sheet, 0.33, 0.055, length=sheet.frame.height * 0.42)
    drawn += pull(sheet, 0.24, 0.558, length=sheet.frame.height * 0.2)
    return drawn + mirror(sheet, -0.12, 0.4, size=sheet.frame.width * 0.075)


def _neo_classic(sheet: Sheet) -> str:
    """Neo Classic: the City's plan on a stiff, sharp body, everything flatter and cleaner."""
    far, near = _handles(sheet, 0.25, 0.56, 25)
    drawn = far + panel(sheet, _STIFF)
    drawn += zip_line(sheet, "M-.42,.05 L.42,.05", width=10)
    drawn += stroke(sheet.frame.path("M-.435,.13 L.435,.13"), sheet.skin.line, 2.4, opacity=0.7)
    drawn += _front(sheet, left=0.34, top=0.47, foot=0.93)
    for side in (-1, 1):
        drawn += _tab(sheet, side * 0.25, 0.1, 0.43, wide=0.02) + buckle(
            sheet, side * 0.25, 0.31, wide=34, high=26
        )
        drawn += "".join(
            stud(sheet, side * u, v, scale=0.85) for u, v in ((0.25, 0.395), (0.31, 0.88), (0.44, 0.95))
        )
    drawn += near + "".join(ring(sheet, side * 0.25, 0.15, 14.0) for side in (-1, 1))
    return drawn + pull(sheet, 0.36, 0.055, length=sheet.frame.height * 0.36)


def _neo_cagole(sheet: Sheet) -> str:
    """Neo Cagole: a wide, soft trapeze, pleated at the top, studded all along its panels."""
    body = mirrored(
        "M0,.09 C-.12,.08 -.26,.02 -.36,.0 C-.42,.2 -.5,.55 -.5,.84 "
        "C-.5,.97 -.44,1.01 -.36,1 C-.24,.99 -.12,1 0,1"
    )
    far, near = _handles(sheet, 0.23, 0.74, 38)
    drawn = far + panel(sheet, body)
    drawn += zip_line(sheet, "M-.34,.03 C-.2,.09 .2,.09 .34,.03", width=11)
    for u in (-0.3, -0.2, -0.1, 0.1, 0.2, 0.3):
        fold = f"M{u},.1 Q{u * 1.1:.3f},.22 {u * 1.22:.3f},.34"
        drawn += stroke(sheet.frame.path(fold), sheet.skin.deep, 4, opacity=0.5)
        drawn += stroke(sheet.frame.path(fold), sheet.skin.shine, 2, opacity=0.3, transform="translate(4 2)")
    drawn += _front(sheet, left=0.3, top=0.46, foot=0.94)
    for side in (-1, 1):
        drawn += sheet.seam(f"M{side * 0.34},.12 C{side * 0.37},.4 {side * 0.42},.7 {side * 0.4},1")
        drawn += _tab(sheet, side * 0.23, 0.12, 0.45, wide=0.034) + buckle(sheet, side * 0.23, 0.33, wide=54)
        drawn += "".join(stud(sheet, side * u, v) for u, v in ((0.23, 0.415), (0.25, 0.885), (0.15, 0.9)))
        drawn += "".join(
            stud(sheet, side * (0.395 + 0.055 * v), v) for v in (0.24, 0.37, 0.5, 0.63, 0.76, 0.89)
        )
    drawn += near + "".join(ring(sheet, side * 0.23, 0.165, 19.0) for side in (-1, 1))
    drawn += pull(sheet, 0.3, 0.05, length=sheet.frame.height * 0.36)
    return drawn + mirror(sheet, -0.05, 0.37, size=sheet.frame.width * 0.08)


def _rodeo(sheet: Sheet) -> str:
    """Rodeo: an open, easy rectangle with one handle, a folded flap and two straps across it."""
    body = mirrored(
        "M0,.06 C-.15,.06 -.3,.03 -.4,.04 C-.43,.3 -.485,.6 -.49,.92 "
        "C-.49,.985 -.46,1 -.42,1 C-.25,1.01 -.12,1 0,1"
    )
    flap = mirrored(
        "M0,.0 C-.15,-.01 -.3,-.01 -.405,.02 C-.43,.14 -.44,.24 -.43,.33 "
        "C-.3,.35 -.25,.42 -.2,.44 C-.1,.46 -.05,.46 0,.46"
    )
    handle = "M-.2,.06 C-.22,-.34 -.14,-.52 0,-.52 C.14,-.52 .22,-.34 .2,.06"
    drawn = strap(sheet, handle, 34, laced=False) + panel(sheet, body)
    d = sheet.frame.path(flap)
    drawn += tag("path", d=d, fill="#000", opacity=0.24, transform="translate(0 12)") + panel(sheet, flap)
    drawn += sheet.seam(
        "M-.4,.3 C-.3,.315 -.24,.39 -.18,.41 C-.06,.43 .06,.43 .18,.41 C.24,.39 .3,.315 .4,.3"
    )
    drawn += strap(sheet, "M-.44,.38 C-.2,.36 .2,.36 .44,.38", 26, laced=False)
    for side in (-1, 1):
        drawn += _tab(sheet, side * 0.2, 0.1, 0.56, wide=0.028)
        drawn += buckle(sheet, side * 0.2, 0.37, wide=50, high=38) + ring(sheet, side * 0.2, 0.07, 15.0)
    drawn += _charm(sheet)
    return drawn


def _charm(sheet: Sheet) -> str:
    """The ring of keys and small things at the side of a Rodeo."""
    x, y = sheet.frame.at(0.33, 0.5)
    hang = ring(sheet, 0.33, 0.46, 20.0)
    for each, (dx, length) in enumerate(((-22, 92), (4, 128), (28, 84))):
        hang += stroke(f"M{x:.0f},{y + 10:.0f} q{dx * 0.4:.0f},30 {dx},{length - 26}", sheet.skin.line, 7)
        hang += stroke(f"M{x:.0f},{y + 10:.0f} q{dx * 0.4:.0f},30 {dx},{length - 26}", sheet.skin.light, 3.5)
        end: dict[str, object] = {"stroke": sheet.metal.line, "stroke_width": 2, "fill": "url(#metal)"}
        if each == 1:
            hang += tag("rect", x=x + dx - 13, y=y + length - 20, width=26, height=50, rx=7, **end)
        else:
            hang += tag("circle", cx=x + dx, cy=y + length, r=17, **end)
    return hang


def _tote(sheet: Sheet) -> str:
    """Work and other totes: the City's plan, taller, with handles for the shoulder."""
    return _city(sheet, _SLOUCHED, rise=0.7)


def _east_west(sheet: Sheet) -> str:
    """Le City laid lengthwise: long, low, short handles."""
    return _city(sheet, _SLOUCHED, rise=0.85)


def _duffle(sheet: Sheet) -> str:
    """A travel bag: round ends, a long zip, handles that wrap the body."""
    body = mirrored(
        "M0,.06 C-.2,.05 -.36,.05 -.43,.14 C-.5,.24 -.52,.5 -.5,.84 C-.49,.97 -.46,1 -.4,1 C-.25,1 -.12,1 0,1"
    )
    far, near = _handles(sheet, 0.2, 0.5, 34)
    drawn = far + panel(sheet, body) + zip_line(sheet, "M-.42,.14 C-.2,.08 .2,.08 .42,.14", width=12)
    for side in (-1, 1):
        drawn += strap(sheet, f"M{side * 0.2},.16 C{side * 0.205},.4 {side * 0.21},.7 {side * 0.2},.985", 34)
        drawn += sheet.seam(f"M{side * 0.37},.11 C{side * 0.4},.4 {side * 0.4},.7 {side * 0.385},1")
        drawn += "".join(stud(sheet, side * 0.2, v) for v in (0.46, 0.86))
        drawn += "".join(stud(sheet, side * u, v) for u, v in ((0.44, 0.9), (0.43, 0.3), (0.31, 0.92)))
        drawn += buckle(sheet, side * 0.2, 0.32, wide=54)
    drawn += near + pull(sheet, 0.36, 0.14, length=sheet.frame.height * 0.36)
    return drawn + mirror(sheet, 0.0, 0.55, size=sheet.frame.width * 0.07)


SHAPES = {
    "city": Shape(_city, rise=0.48),
    "neo-classic": Shape(_neo_classic, rise=0.42),
    "neo-cagole": Shape(_neo_cagole, rise=0.54),
    "rodeo": Shape(_rodeo, rise=0.42),
    "tote": Shape(_tote, rise=0.5, flattest=0.6),
    "east-west": Shape(_east_west, rise=0.45, flattest=0.4),
    "duffle": Shape(_duffle, rise=0.35, flattest=0.55),
}
