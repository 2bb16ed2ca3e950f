"""How a method looks: its colour, marker and dashes, the same in every picture and scenario."""

import hashlib
from itertools import product
from typing import NamedTuple


class Look(NamedTuple):
    """A CSS colour, a Vega symbol (a name or an SVG path) and a dash pattern in pixels."""

    colour: str
    shape: str
    dash: tuple[int, ...]


# Okabe and Ito's colours for all kinds of sight (2008), those that are too light made darker: each
# has a contrast of at least 3 with white paper and with a dark page.
BLUE, VERMILION, GREEN, PINK = "#1f78b8", "#d55e00", "#009068", "#c0609a"
AMBER, SKY, BROWN, GREY = "#b87900", "#3a94cc", "#9a6a4a", "#808080"
TEXT = "currentColor"
STAR = "M0,-1L.24,-.32L.95,-.31L.38,.12L.59,.81L0,.4L-.59,.81L-.38,.12L-.95,-.31L-.24,-.32Z"
CROSS = "M-1,-.6L-.6,-1L0,-.4L.6,-1L1,-.6L.4,0L1,.6L.6,1L0,.4L-.6,1L-1,.6L-.4,0Z"

SOLID, DASHED, DOTTED, MIXED = (), (6, 3), (2, 2), (8, 3, 2, 3)
LOOKS = {
    "dense": Look(TEXT, STAR, (1, 3)),
    "dense-finetuned": Look(TEXT, CROSS, DOTTED),
    "random": Look(GREY, "cross", DASHED),
    "coverage": Look(BLUE, "circle", SOLID),
    "wanda": Look(VERMILION, "square", DASHED),
    "magnitude": Look(GREEN, "triangle-up", MIXED),
    "taylor": Look(PINK, "diamond", DOTTED),
    "fpgm": Look(AMBER, "triangle-down", SOLID),
    "bn_scale": Look(SKY, "triangle-right", DASHED),
    "lamp": Look(BROWN, "triangle-left", MIXED),
}
_COLOURS = (BLUE, VERMILION, GREEN, PINK, AMBER, SKY, BROWN)
_SHAPES = (  # none of the above, so that a grey print tells them apart, too
    "M-.8,-.9L.8,-.9L-.8,.9L.8,.9Z",  # hourglass
    "M-.9,-.8L-.9,.8L.9,-.8L.9,.8Z",  # bow tie
    "M0,-1L.95,-.2L.6,.9L-.6,.9L-.95,-.2Z",  # pentagon
    "M-.45,-1L.45,-1L.45,1L-.45,1Z",  # upright bar
    "M-1,-.45L1,-.45L1,.45L-1,.45Z",  # lying bar
    "M-.9,-.9L0,-.4L.9,-.9L0,.9Z",  # arrowhead
)
_DASHES = (SOLID, DASHED, DOTTED, MIXED)
_OTHERS = list(product(_COLOURS, _SHAPES, _DASHES))


def look_of(method: str) -> Look:
    """Return the look of ``method``; one that the library does not know gets it from its name.

    So a user's own method looks the same in every scenario, and never like a known one.
    """
    if method in LOOKS:
        return LOOKS[method]
    number = int.from_bytes(hashlib.sha256(method.encode()).digest()[:8], "big")
    return Look(*_OTHERS[number % len(_OTHERS)])
