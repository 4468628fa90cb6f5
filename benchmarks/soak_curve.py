"""Draws the memory of a soak, minute by minute."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

SIZE = (900, 360)
LEFT, TOP, RIGHT, BOTTOM = 70, 30, 880, 310
BLUE, GREY, DARK = (23, 107, 160), (222, 226, 230), (33, 43, 54)
STEPS = 5


def draw(memory: Sequence[float], path: Path) -> None:
    """Draw a curve.

    Args:
        memory: MiB at the end of each minute.
        path: the PNG to write.
    """
    image = Image.new("RGB", SIZE, "white")
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(14)
    most = -(-max(memory) * 1.15 // 50) * 50
    for step in range(STEPS + 1):
        y = BOTTOM - (BOTTOM - TOP) * step / STEPS
        pen.line((LEFT, y, RIGHT, y), fill=GREY)
        pen.text((LEFT - 8, y), f"{most * step / STEPS:.0f}", fill=DARK, font=font, anchor="rm")
    width = (RIGHT - LEFT) / max(1, len(memory) - 1)
    points = [
        (LEFT + width * index, BOTTOM - (BOTTOM - TOP) * value / most)
        for index, value in enumerate(memory)
    ]
    every = max(1, len(memory) // 10)
    for minute in range(every, len(memory) + 1, every):
        pen.text(
            (points[minute - 1][0], BOTTOM + 8), str(minute), fill=DARK, font=font, anchor="mt"
        )
    pen.line(points, fill=BLUE, width=3)
    title = (
        "Memory of Home Assistant (MiB) by minute: "
        "500 extensions, 50 reports/s, two faults a minute"
    )
    pen.text((LEFT, 6), title, fill=DARK, font=font)
    image.quantize(16).save(path, optimize=True)
