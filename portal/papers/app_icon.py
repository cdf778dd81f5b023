"""Icon of the portal, drawn in the distributor's colours: as SVG, as PNG of any side, and as favicon."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from portal.domain.distributor import LIGHT, Colours
from portal.services.files.typst import make_png

TEMPLATE = Path(__file__).parents[1] / "templates" / "market" / "icon.typ"
# Units of the drawing; the flame's own box is 26 by 32 around (13.5, 16).
SIDE = 512
FLAME = (
    "M14.2 0c.9 5.1-1.7 7.9-4.3 10.9C7.2 14 4 17 4 21.6 4 27.4 8 32 13.2 32 18.6 32 23 27.8 23 22"
    "c0-4.6-2.2-7.6-4.2-10.2-.2 2.4-1 4-2.6 5C17.2 11.6 17.8 5 14.2 0Z"
    "m-.8 29c-2.7 0-4.7-2-4.7-4.6 0-2.4 1.5-3.9 3-5.6.7-.8 1.3-1.6 1.7-2.6"
    " 2.5 2 4.8 4.7 4.8 8 0 2.8-2 4.8-4.8 4.800Z"
)


@dataclass(frozen=True, slots=True)
class Shape:
    """Ground and size of the flame: ``corner`` is the radius of the ground, both in units of ``SIDE``."""

    corner: int
    scale: int


ROUNDED = Shape(96, 11)
# Telephones cut an icon to their own shape: all ground, and the flame within the circle of four fifths that stays.
WHOLE = Shape(0, 9)
# Sides in pixels and shapes by file name.
PICTURES: Mapping[str, tuple[int, Shape]] = {
    "192.png": (192, ROUNDED),
    "512.png": (512, ROUNDED),
    "adaptable-192.png": (192, WHOLE),
    "adaptable-512.png": (512, WHOLE),
    "apple-touch-icon.png": (180, WHOLE),
}
FAVICON_SIDES = (32, 48)


def draw_svg(colours: Colours, shape: Shape = ROUNDED) -> str:
    """Return the icon as SVG: the flame in the header's white on the brand's colour."""
    left, top = SIDE / 2 - 13.5 * shape.scale, SIDE / 2 - 16 * shape.scale
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}">'
        f'<rect width="{SIDE}" height="{SIDE}" rx="{shape.corner}" fill="{colours.brand}"/>'
        f'<path transform="translate({left:g} {top:g}) scale({shape.scale})" fill="{LIGHT.on_header}" d="{FLAME}"/>'
        "</svg>"
    )


@lru_cache(maxsize=32)
def draw_png(colours: Colours, side: int, shape: Shape = ROUNDED) -> bytes:
    """Return the icon as PNG, ``side`` pixels wide and high; drawn once in a process, in about 10 ms."""
    return make_png(TEMPLATE, {"side": str(side), "svg": draw_svg(colours, shape)})


def draw_favicon(colours: Colours) -> bytes:
    """Return the icon as ICO with a PNG of each of ``FAVICON_SIDES``, for browsers that ask without being told."""
    pictures = [draw_png(colours, side) for side in FAVICON_SIDES]
    head, at = struct.pack("<HHH", 0, 1, len(pictures)), 6 + 16 * len(pictures)
    for side, picture in zip(FAVICON_SIDES, pictures, strict=True):
        head += struct.pack("<BBBBHHII", side, side, 0, 0, 1, 32, len(picture), at)
        at += len(picture)
    return head + b"".join(pictures)


def version_of(colours: Colours) -> str:
    """Return what changes with the drawing, for addresses that may be kept; draws no picture."""
    drawn = draw_svg(colours, ROUNDED) + draw_svg(colours, WHOLE)
    return hashlib.sha256(drawn.encode()).hexdigest()[:12]
