"""Tones: one colour as light falls on it, for leather and for metal."""

from __future__ import annotations

from dataclasses import dataclass

_METALS = {
    "brass": "#b08d4a",
    "aged-brass": "#8f7444",
    "pewter": "#74736f",
    "silver": "#b9bcc0",
    "polished-silver": "#c3c7cc",
    "aged-silver": "#94969a",
    "palladium": "#aeb1b6",
    "palladium-vibrato": "#b4b6b9",
    "two-tone": "#b9bcc0",
    "gold": "#c9a250",
    "polished-gold": "#d2a94f",
    "aged-gold": "#a98646",
    "rose-gold": "#c08d76",
}
#: Finishes in the colour of the leather.
_TONAL = ("tonal", "galvanised-tonal", "leather-covered", "none")

_GROUNDS = {
    "le-city": ("#efeae2", "#ddd5c9"),
    "le-cagole": ("#f1e7e4", "#dfcfca"),
    "neo-cagole": ("#e9e7ee", "#d2cfdb"),
    "hourglass": ("#e8ebe4", "#d0d6ca"),
    "rodeo": ("#f2e9db", "#e0d2bb"),
    "motorcycle": ("#e6eaec", "#cdd5d9"),
    "neo-classic": ("#ececea", "#d6d6d3"),
}


@dataclass(frozen=True, slots=True)
class Tones:
    """A colour from light to dark, each ``#rrggbb``."""

    shine: str
    light: str
    base: str
    dark: str
    deep: str
    line: str


def mix(colour: str, other: str, share: float) -> str:
    """Return a colour with a share of another in it, 0 to 1."""
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def lightness(colour: str) -> float:
    """Return how light a colour looks, 0 to 1. Source: ITU-R BT.709, luma."""
    red, green, blue = _channels(colour)
    return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255


def leather(colour: str) -> Tones:
    """Return the tones of a dyed surface; black and white keep enough of a range to show a form."""
    light = lightness(colour)
    if light < 0.16:
        colour = mix(colour, "#2e2b2c", 0.55)
        return Tones(
            mix(colour, "#ffffff", 0.42),
            mix(colour, "#ffffff", 0.17),
            colour,
            mix(colour, "#000000", 0.4),
            mix(colour, "#000000", 0.62),
            "#0b0a0a",
        )
    if light > 0.8:
        colour = mix(colour, "#e6e0d6", 0.3)
    return Tones(
        mix(colour, "#ffffff", 0.6),
        mix(colour, "#ffffff", 0.24),
        colour,
        mix(colour, "#1c1420", 0.24),
        mix(colour, "#1c1420", 0.44),
        mix(colour, "#140e16", 0.68),
    )


def metal(finish: str, skin: Tones) -> Tones:
    """Return the tones of a finish; a tonal one takes those of the leather."""
    if finish in _TONAL:
        return Tones(skin.shine, skin.light, mix(skin.base, skin.light, 0.5), skin.dark, skin.deep, skin.line)
    base = _METALS.get(finish, _METALS["aged-silver"])
    return Tones(
        mix(base, "#ffffff", 0.75),
        mix(base, "#ffffff", 0.38),
        base,
        mix(base, "#1d1812", 0.34),
        mix(base, "#1d1812", 0.58),
        mix(base, "#15110c", 0.78),
    )


def ground(family: str, colour: str) -> tuple[str, str]:
    """Return the light and the dark tone of a sheet; a pale bag stands on a deeper one."""
    near, far = _GROUNDS.get(family, ("#eeebe6", "#d9d4cc"))
    if lightness(colour) > 0.72:
        return mix(near, "#6d6258", 0.24), mix(far, "#6d6258", 0.32)
    return near, far


def _channels(colour: str) -> tuple[int, int, int]:
    digits = colour.lstrip("#")
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)
