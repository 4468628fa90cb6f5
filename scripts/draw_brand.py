"""Draw the brand images that Home Assistant and HACS show: `python scripts/draw_brand.py`."""

import math
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

BRAND = Path(__file__).parents[1] / "custom_components" / "ippbx" / "brand"
BLUE = (23, 107, 160)
WHITE = (255, 255, 255)
DARK = (33, 43, 54)
# Three extensions: idle, ringing, busy.
LAMPS = ((102, 204, 122), (255, 193, 61), (240, 98, 90))
SMOOTH = 4


def icon(size: int) -> Image.Image:
    """Return the icon: a handset and three lamps on a rounded square of `size` pixels."""
    side = size * SMOOTH
    image = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((0, 0, side - 1, side - 1), side * 0.2, BLUE)
    image.alpha_composite(_handset(side))
    for number, colour in enumerate(LAMPS):
        x, y, radius = side * (0.53 + 0.15 * number), side * 0.2, side * 0.052
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), colour)
    return image.resize((size, size), Image.Resampling.LANCZOS)


def _handset(side: int) -> Image.Image:
    """Return a white handset on a transparent square of `side` pixels, leaning to the left."""
    image = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    middle, radius, width = side * 0.5, side * 0.36, side * 0.115
    box = (middle - radius, side * 0.44 - radius, middle + radius, side * 0.44 + radius)
    draw.arc(box, 25, 155, WHITE, round(width))
    for angle in (25, 155):
        x = middle + (radius - width / 2) * math.cos(math.radians(angle))
        y = side * 0.44 + (radius - width / 2) * math.sin(math.radians(angle))
        pad = (x - side * 0.1, y - side * 0.12, x + side * 0.1, y + side * 0.05)
        draw.rounded_rectangle(pad, side * 0.045, WHITE)
    return image.rotate(-45, Image.Resampling.BICUBIC, center=(middle, side * 0.52))


def logo(height: int, colour: tuple[int, int, int]) -> Image.Image:
    """Return the logo: the icon and the name in `colour`, `height` pixels high."""
    font = ImageFont.load_default(size=height * 0.62)
    left, top, right, bottom = font.getbbox("IP PBX")
    gap = height * 0.18
    image = Image.new("RGBA", (round(height + gap + right - left), height), (0, 0, 0, 0))
    image.alpha_composite(icon(height))
    place = (height + gap - left, (height - top - bottom) / 2)
    ImageDraw.Draw(image).text(place, "IP PBX", font=font, fill=colour)
    return image


def main() -> None:
    """Write all images."""
    BRAND.mkdir(exist_ok=True)
    for suffix, scale in (("", 1), ("@2x", 2)):
        icon(256 * scale).save(BRAND / f"icon{suffix}.png", optimize=True)
        logo(128 * scale, DARK).save(BRAND / f"logo{suffix}.png", optimize=True)
        logo(128 * scale, WHITE).save(BRAND / f"dark_logo{suffix}.png", optimize=True)


if __name__ == "__main__":
    main()
