"""The hub's own colour: one hue, from which every shade that acts is made so that it can be read, in light and in dark.

Shades are chosen in OKLCH, whose lightness is as the eye sees it; contrast is that of WCAG 2.2 (1.4.3).
"""

import math
from collections.abc import Mapping

Shades = dict[str, tuple[str, str]]

# What the stylesheet comes with; the first of each pair for light paper, the second for dark.
OURS: Shades = {
    "blue": ("#1f3a8a", "#9db4ff"),
    "on-blue": ("#ffffff", "#10163a"),
    "blue-wash": ("#e9edf9", "#232c4d"),
    "blue-tint": ("#c9d3f2", "#3a4a86"),
}
# What lies beneath and on it: paper, card, ink and soft words, as in hub.css.
PAPER, CARD = ("#fbfaf6", "#12151d"), ("#ffffff", "#1b202c")
INK, SOFT = ("#1d2433", "#e9ecf3"), ("#545d70", "#aab2c3")
ENOUGH = 4.5
# Lightness and chroma of each shade.
_SHAPE = {
    "blue": ((0.38, 0.135), (0.78, 0.11)),
    "on-blue": ((1.0, 0.0), (0.22, 0.05)),
    "blue-wash": ((0.945, 0.017), (0.30, 0.055)),
    "blue-tint": ((0.87, 0.045), (0.42, 0.10)),
}


def hue_of(typed: str) -> int | None:
    """The hub's own hue, if it has one. ValueError with a sentence where it is none."""
    if typed and not (typed.isdecimal() and int(typed) < 360):
        raise ValueError("HUB_HUE is a number of degrees from 0 to 359: 27 is red, 145 green, 265 blue.")
    return int(typed) if typed else None


def shades_of(hue: int) -> Shades:
    """Every shade for a hue of 0 to 359 degrees (OKLCH: 27 is red, 145 green, 265 blue).

    What acts is made darker on light paper, and lighter on dark, until it can be read on all it lies on. ValueError
    with a sentence where that cannot be.
    """
    made = {name: (_hex(*light, hue), _hex(*dark, hue)) for name, (light, dark) in _SHAPE.items()}
    acts = []
    for side, step in ((0, -0.01), (1, 0.01)):
        lightness, chroma = _SHAPE["blue"][side]
        while (colour := _hex(lightness, chroma, hue)) and not _can_be_read(colour, made, side):
            lightness += step
            if not 0.1 < lightness < 0.97:
                raise ValueError(f"No shade of the hue {hue} can be read on the hub's paper. Choose another HUB_HUE.")
        acts.append(colour)
    made["blue"] = (acts[0], acts[1])
    if wrong := unreadable(made):
        raise ValueError(f"HUB_HUE={hue} cannot be read: {wrong[0]}. Choose another.")
    return made


def unreadable(shades: Mapping[str, tuple[str, str]]) -> list[str]:
    """Which pairs of colours that stand on each other have too little contrast, in words."""
    wrong = []
    for side, paper in enumerate(("light", "dark")):
        pairs = [
            ("what acts on paper", shades["blue"][side], PAPER[side]),
            ("what acts on a card", shades["blue"][side], CARD[side]),
            ("what acts on its wash", shades["blue"][side], shades["blue-wash"][side]),
            ("words on a button", shades["on-blue"][side], shades["blue"][side]),
            ("words on a wash", INK[side], shades["blue-wash"][side]),
            ("soft words on a wash", SOFT[side], shades["blue-wash"][side]),
            ("words in a picture", INK[side], shades["blue-tint"][side]),
        ]
        wrong += [f"{what}, {paper}" for what, one, other in pairs if contrast(one, other) < ENOUGH]
    return wrong


def stylesheet(shades: Shades) -> str:
    """What is laid over the stylesheet's own tokens."""
    light, dark = ("".join(f"--{name}: {pair[side]}; " for name, pair in shades.items()) for side in (0, 1))
    return (
        f"@layer tokens {{\n  :root {{ {light}}}\n  @media (prefers-color-scheme: dark) {{ :root {{ {dark}}} }}\n}}\n"
    )


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2.2 between two colours: 1 for the same, 21 for black on white."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _can_be_read(colour: str, shades: Shades, side: int) -> bool:
    others = (PAPER[side], CARD[side], shades["blue-wash"][side], shades["on-blue"][side])
    # A little more than enough: a browser rounds too.
    return all(contrast(colour, other) >= ENOUGH + 0.1 for other in others)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[place : place + 2], 16) / 255) for place in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def _hex(lightness: float, chroma: float, hue: int) -> str:
    """A colour that screens can show: as much chroma as there is room for (CSS Color 4, 13.2, made simple)."""
    while True:
        channels = _srgb(lightness, chroma, hue)
        if all(-0.0005 <= channel <= 1.0005 for channel in channels) or chroma <= 0:
            return "#" + "".join(f"{round(min(max(channel, 0), 1) * 255):02x}" for channel in channels)
        chroma = max(0.0, chroma - 0.005)


def _srgb(lightness: float, chroma: float, hue: int) -> tuple[float, float, float]:
    """From OKLCH by Björn Ottosson's matrices."""
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    red, green, blue = (
        12.92 * one if one <= 0.0031308 else 1.055 * math.copysign(abs(one) ** (1 / 2.4), one) - 0.055 for one in linear
    )
    return red, green, blue
