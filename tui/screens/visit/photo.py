"""The photo of a card as half blocks: a thumbnail, since the officer has the card itself in hand."""

from __future__ import annotations

import io

from rich.color import Color
from rich.style import Style
from rich.text import Text

_MOST_POINTS = 1_000_000  # a card's photo has 148 x 178


class NoPicture(Exception):
    """The bytes are no JPEG, or a damaged one."""


def half_blocks(jpeg: bytes, width: int, height: int) -> Text | None:
    """The picture in at most `width` x `height` cells, two points a cell.

    None on a PC without Pillow, which only costs the thumbnail. Raises NoPicture.
    """
    try:
        from PIL import Image  # only a visit with a photo needs it
    except ImportError:
        return None
    Image.MAX_IMAGE_PIXELS = None  # our own limit is smaller, and prints no warning on stderr
    try:
        with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as opened:
            if opened.width * opened.height > _MOST_POINTS:
                raise NoPicture
            picture = opened.convert("RGB")
    except Exception as error:  # Pillow does not document what it raises on damaged bytes
        raise NoPicture from error
    scale = min(width / picture.width, 2 * height / picture.height)
    wide, high = max(1, round(picture.width * scale)), max(2, round(picture.height * scale) // 2 * 2)
    small = picture.resize((wide, high)).tobytes()
    points = [(small[n], small[n + 1], small[n + 2]) for n in range(0, len(small), 3)]
    lines = []
    for y in range(0, high, 2):
        line = Text()
        for x in range(wide):
            upper, lower = points[y * wide + x], points[(y + 1) * wide + x]
            line.append("▀", Style(color=Color.from_rgb(*upper), bgcolor=Color.from_rgb(*lower)))
        lines.append(line)
    return Text("\n").join(lines)
