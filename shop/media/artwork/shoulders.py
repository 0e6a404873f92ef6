"""Bags that hang: Le Cagole, Hourglass, hobos, slings, buckets, backpacks, hearts."""

from __future__ import annotations

from shop.media.artwork.fittings import buckle, chain, clasp, mirror, pull, ring, strap, stud, zip_line
from shop.media.artwork.shapes import Shape, panel, pocket
from shop.media.artwork.svg import Sheet, mirrored, stroke, tag


def _cagole(sheet: Sheet) -> str:
    """Le Cagole: a crescent under a wide braided strap, buckled at both ends, all studs and zips."""
    body = mirrored(
        "M0,.16 C-.16,.16 -.3,.08 -.44,.0 C-.51,.16 -.53,.46 "
        "-.49,.68 C-.44,.95 -.3,1 -.18,1 C-.1,1 -.05,1 0,1"
    )
    front = (
        "M-.34,.42 C-.12,.47 .12,.47 .34,.42 C.36,.6 .33,.86 .2,.9 C.08,.925 -.08,.925 -.2,.9 "
        "C-.33,.86 -.36,.6 -.34,.42 Z"
    )
    arc = "M-.455,.12 C-.5,-.5 -.3,-1.12 0,-1.12 C.3,-1.12 .5,-.5 .455,.12"
    drawn = strap(sheet, arc, 62, laced=False)
    pad = "M-.405,-.52 C-.34,-.86 -.2,-1.12 0,-1.12 C.2,-1.12 .34,-.86 .405,-.52"
    drawn += strap(sheet, pad, 76, laced=True)
    drawn += panel(sheet, body) + zip_line(sheet, "M-.42,.07 C-.25,.16 .25,.16 .42,.07", width=11)
    drawn += pocket(sheet, front) + zip_line(sheet, "M-.31,.48 C-.1,.53 .1,.53 .31,.48")
    for side in (-1, 1):
        drawn += strap(sheet, f"M{side * 0.455},.08 C{side * 0.46},.2 {side * 0.45},.3 {side * 0.425},.4", 40,
                       laced=False)  # fmt: skip
        drawn += buckle(sheet, side * 0.458, -0.08, wide=74, high=50) + buckle(
            sheet, side * 0.446, 0.3, wide=50
        )
        drawn += "".join(
            stud(sheet, side * u, v)
            for u, v in ((0.422, 0.44), (0.45, 0.6), (0.405, 0.76), (0.31, 0.9), (0.27, 0.8), (0.44, -0.3))
        )
    drawn += pull(sheet, 0.3, 0.13, length=sheet.frame.height * 0.5)
    drawn += pull(sheet, -0.23, 0.505, length=sheet.frame.height * 0.24)
    return drawn + mirror(sheet, 0.06, 0.62, size=sheet.frame.width * 0.09)


def _hourglass_body(sheet: Sheet) -> str:
    """The waisted box with its foot curved upwards, its flap and the clasp."""
    body = mirrored(
        "M0,.02 C-.16,.02 -.3,.0 -.41,.0 C-.455,.0 -.46,.05 -.45,.12 C-.42,.4 -.45,.62 -.5,.9 "
        "C-.51,.97 -.49,1.005 -.45,1 C-.3,.9 -.15,.865 0,.865"
    )
    flap = mirrored(
        "M0,-.01 C-.16,-.01 -.3,-.02 -.41,-.015 C-.46,-.01 -.465,.03 -.455,.1 C-.44,.26 -.43,.36 -.435,.5 "
        "C-.44,.56 -.4,.57 -.34,.555 C-.2,.52 -.1,.515 0,.515"
    )
    drawn = panel(sheet, body)
    d = sheet.frame.path(flap)
    drawn += tag("path", d=d, fill="#000", opacity=0.3, transform="translate(0 11)") + panel(sheet, flap)
    drawn += stroke(
        sheet.frame.path("M-.43,.53 C-.42,.53 -.38,.54 -.34,.525 C-.2,.49 "
        ".2,.49 .34,.525 C.38,.54 .42,.53 .43,.53"),
        sheet.skin.light, 2.2, stroke_dasharray="8 7", opacity=0.7,
    )  # fmt: skip
    drawn += sheet.seam("M-.47,.93 C-.3,.84 -.15,.81 0,.81 C.15,.81 .3,.84 .47,.93")
    return drawn + clasp(sheet, 0.02, 0.43, size=sheet.frame.width * 0.085)


def _hourglass(sheet: Sheet) -> str:
    """Hourglass: the waisted box, one stiff handle standing over it."""
    arch = "M-.3,.02 C-.33,-.38 -.22,-.62 0,-.62 C.22,-.62 .33,-.38 .3,.02"
    drawn = strap(sheet, arch, 40, laced=False)
    for side in (-1, 1):
        drawn += tag(
            "rect", x=sheet.frame.x(side * 0.3) - 26, y=sheet.frame.y(0) - 42, width=52, height=40, rx=7,
            fill="url(#metal)", stroke=sheet.metal.line, stroke_width=2,
        )  # fmt: skip
    return drawn + _hourglass_body(sheet)


def _hourglass_chain(sheet: Sheet) -> str:
    """The same box on a chain: wallets, slings and evening bags."""
    loop = "M-.41,.03 C-.5,-.5 -.42,-1.15 -.08,-1.2 C.32,-1.24 .48,-.6 .41,.03"
    return chain(sheet, loop) + _hourglass_body(sheet)


def _hobo(sheet: Sheet) -> str:
    """A hobo: a deep half moon that goes over into its own strap."""
    body = mirrored(
        "M0,.3 C-.15,.3 -.3,.2 -.4,-.06 C-.47,.1 -.53,.5 -.47,.78 C-.42,.98 -.3,1.01 -.16,1 C-.1,1 -.05,1 0,1"
    )
    loop = "M-.4,.1 C-.43,-.34 -.22,-.62 0,-.62 C.22,-.62 .43,-.34 .4,.1"
    drawn = strap(sheet, loop, 48) + panel(sheet, body)
    drawn += zip_line(sheet, "M-.37,.04 C-.28,.28 -.15,.33 0,.33 C.15,.33 .28,.28 .37,.04", width=11)
    drawn += pocket(
        sheet, "M-.3,.55 C-.1,.585 .1,.585 .3,.55 C.32,.7 .3,.9 .24,.93 L-.24,.93 C-.3,.9 -.32,.7 -.3,.55 Z"
    )
    drawn += zip_line(sheet, "M-.27,.6 C-.1,.635 .1,.635 .27,.6")
    for side in (-1, 1):
        drawn += buckle(sheet, side * 0.4, -0.05, wide=62, high=42)
        drawn += "".join(
            stud(sheet, side * u, v)
            for u, v in ((0.42, 0.16), (0.45, 0.4), (0.4, 0.86), (0.25, 0.88), (0.335, 0.52))
        )
    drawn += pull(sheet, 0.31, 0.2, length=sheet.frame.height * 0.34)
    return drawn + mirror(sheet, -0.02, 0.55, size=sheet.frame.width * 0.08)


def _sling(sheet: Sheet) -> str:
    """A sling: a rounded lozenge on one long strap."""
    body = mirrored("M0,.04 C-.2,.02 -.38,.04 -.46,.2 C-.52,.36 -.52,.66 -.45,.84 C-.38,1 -.2,1 0,1")
    drawn = strap(sheet, "M-.44,.3 C-.56,-.6 -.3,-1.5 .04,-1.5 C.36,-1.5 .56,-.6 .44,.3", 38, laced=False)
    drawn += panel(sheet, body) + zip_line(sheet, "M-.42,.2 C-.2,.15 .2,.15 .42,.2", width=11)
    drawn += pocket(
        sheet,
        "M-.33,.45 C-.1,.48 .1,.48 .33,.45 C.35,.6 .34,.86 .26,.89 L-.26,.89 C-.34,.86 -.35,.6 -.33,.45 Z",
    )
    drawn += zip_line(sheet, "M-.3,.52 C-.1,.55 .1,.55 .3,.52")
    for side in (-1, 1):
        drawn += buckle(sheet, side * 0.44, 0.12, wide=56, high=44)
        drawn += "".join(
            stud(sheet, side * u, v) for u, v in ((0.43, 0.4), (0.43, 0.66), (0.27, 0.83), (0.36, 0.9))
        )
    drawn += pull(sheet, 0.32, 0.19, length=sheet.frame.height * 0.5)
    return drawn + mirror(sheet, -0.05, 0.66, size=sheet.frame.width * 0.08)


def _bucket(sheet: Sheet) -> str:
    """A bucket: open, drawn together by a cord, standing on a round foot."""
    body = mirrored(
        "M0,.08 C-.2,.08 -.36,.05 -.41,.04 C-.43,.3 -.45,.6 -.44,.88 "
        "C-.43,.99 -.25,1.01 -.16,1.01 C-.1,1.01 -.05,1.01 0,1.01"
    )
    mouth = sheet.frame.path("M-.41,.04 C-.3,-.05 .3,-.05 .41,.04 C.3,.1 -.3,.1 -.41,.04 Z")
    drawn = strap(sheet, "M-.39,.08 C-.5,-.36 -.2,-.62 .02,-.62 C.24,-.62 .5,-.36 .39,.08", 34)
    drawn += panel(sheet, body)
    drawn += tag("path", d=mouth, fill="url(#inside)", stroke=sheet.skin.line, stroke_width=3.0)
    drawn += sheet.seam("M-.445,.8 C-.2,.85 .2,.85 .445,.8")
    drawn += strap(sheet, "M-.42,.2 C-.2,.26 .2,.26 .42,.2", 12, laced=False)
    for u in (-0.33, -0.2, -0.07, 0.07, 0.2, 0.33):
        drawn += stud(sheet, u, 0.245 - abs(u) * 0.09, scale=0.8)
    for side in (-1, 1):
        drawn += buckle(sheet, side * 0.385, 0.13, wide=50, high=40)
        drawn += "".join(stud(sheet, side * u, v) for u, v in ((0.38, 0.74), (0.38, 0.92), (0.16, 0.93)))
    drawn += pull(sheet, 0.0, 0.25, length=sheet.frame.height * 0.28)
    return drawn + mirror(sheet, -0.2, 0.55, size=sheet.frame.width * 0.1)


def _backpack(sheet: Sheet) -> str:
    """A backpack: a rounded arch with a low pocket and two straps behind."""
    body = mirrored(
        "M0,.02 C-.2,.02 -.42,.06 -.45,.36 C-.47,.56 -.49,.72 "
        "-.48,.9 C-.47,.98 -.44,1 -.38,1 C-.25,1 -.12,1 0,1"
    )
    drawn = "".join(
        strap(
            sheet, f"M{side * 0.2},.06 C{side * 0.6},.1 {side * 0.62},.7 {side * 0.44},.93", 34, laced=False
        )
        for side in (-1, 1)
    )
    drawn += strap(sheet, "M-.1,.06 C-.1,-.12 .1,-.12 .1,.06", 26)
    drawn += panel(sheet, body) + zip_line(
        sheet, "M-.42,.5 C-.42,.2 -.25,.1 0,.1 C.25,.1 .42,.2 .42,.5", width=11
    )
    drawn += pocket(
        sheet,
        "M-.33,.55 C-.1,.575 .1,.575 .33,.55 C.34,.7 .35,.9 .3,.94 L-.3,.94 C-.35,.9 -.34,.7 -.33,.55 Z",
    )
    drawn += zip_line(sheet, "M-.3,.6 C-.1,.625 .1,.625 .3,.6")
    for side in (-1, 1):
        drawn += buckle(sheet, side * 0.28, 0.5, wide=44)
        drawn += "".join(
            stud(sheet, side * u, v) for u, v in ((0.3, 0.9), (0.43, 0.94), (0.4, 0.56), (0.28, 0.42))
        )
    drawn += pull(sheet, -0.4, 0.42, length=sheet.frame.height * 0.24)
    return drawn + pull(sheet, 0.22, 0.605, length=sheet.frame.height * 0.16)


def _heart(sheet: Sheet) -> str:
    """The heart-shaped mini bag."""
    body = (
        "M0,1 C-.3,.8 -.54,.56 -.5,.27 C-.46,-.04 -.16,-.1 0,.14 "
        "C.16,-.1 .46,-.04 .5,.27 C.54,.56 .3,.8 0,1 Z"
    )
    inner = (
        "M0,.86 C-.24,.7 -.43,.5 -.4,.29 C-.37,.08 -.13,.04 0,.24 "
        "C.13,.04 .37,.08 .4,.29 C.43,.5 .24,.7 0,.86 Z"
    )
    drawn = chain(sheet, "M-.38,.05 C-.46,-.5 -.24,-.92 .02,-.92 C.28,-.92 .46,-.5 .38,.05") + panel(
        sheet, body
    )
    drawn += zip_line(sheet, "M-.46,.3 C-.4,.02 -.14,-.0 0,.19 C.14,-.0 .4,.02 .46,.3") + sheet.seam(inner)
    for side in (-1, 1):
        drawn += ring(sheet, side * 0.385, 0.06, 18.0)
        drawn += "".join(
            stud(sheet, side * u, v) for u, v in ((0.42, 0.46), (0.31, 0.64), (0.17, 0.79), (0.26, 0.2))
        )
    drawn += stud(sheet, 0, 0.9)
    drawn += pull(sheet, 0.43, 0.24, length=sheet.frame.height * 0.3)
    return drawn + mirror(sheet, -0.06, 0.52, size=sheet.frame.width * 0.13)


def _boot(sheet: Sheet) -> str:
    """The bag cut like the upper of a boot, studded and buckled up its front."""
    body = (
        "M-.36,.0 C-.2,.05 .2,.05 .36,.0 C.37,.3 .33,.5 .37,.62 "
        "C.46,.72 .52,.82 .5,.94 C.49,1 .45,1 .4,1 L-.36,1 "
        "C-.43,1 -.45,.96 -.44,.88 C-.42,.6 -.37,.3 -.36,.0 Z"
    )
    drawn = strap(sheet, "M-.33,.06 C-.42,-.4 -.2,-.6 0,-.6 C.2,-.6 .42,-.4 .33,.06", 44) + panel(sheet, body)
    drawn += zip_line(sheet, "M-.34,.03 C-.2,.075 .2,.075 .34,.03", width=11)
    drawn += sheet.seam("M-.42,.82 C-.1,.76 .2,.8 .49,.88")
    for v in (0.26, 0.45, 0.64):
        drawn += strap(
            sheet, f"M-.385,{v + 0.02} C-.1,{v + 0.05} .1,{v + 0.05} .35,{v - 0.01}", 30, laced=False
        )
        drawn += buckle(sheet, 0.12, v + 0.035, wide=52, high=44)
        drawn += "".join(stud(sheet, u, v + 0.035) for u in (-0.3, -0.18, -0.06, 0.28))
    drawn += "".join(stud(sheet, u, 0.93) for u in (-0.36, -0.18, 0.0, 0.18, 0.36))
    return drawn + pull(sheet, 0.26, 0.06, length=150) + mirror(sheet, -0.2, 0.86, size=52)


SHAPES = {
    "cagole": Shape(_cagole, rise=0.62, foot=0.3, flattest=0.5, tallest=0.62),
    "hourglass": Shape(_hourglass, rise=0.4, foot=0.46, flattest=0.56),
    "hourglass-chain": Shape(_hourglass_chain, rise=0.75, foot=0.46, flattest=0.52, tallest=0.62),
    "hobo": Shape(_hobo, rise=0.5, foot=0.34, flattest=0.7, tallest=0.85),
    "sling": Shape(_sling, rise=0.78, foot=0.36, flattest=0.48, tallest=0.56),
    "bucket": Shape(_bucket, rise=0.72, foot=0.42, flattest=1.0, tallest=1.15),
    "backpack": Shape(_backpack, rise=0.12, foot=0.46, flattest=1.0, tallest=1.15),
    "heart": Shape(_heart, rise=0.9, foot=0.2, flattest=0.88, tallest=0.95),
    "boot": Shape(_boot, rise=0.55, foot=0.44, flattest=0.85, tallest=0.95),
}
