"""Draws the icons of the phone app as PNG from the figures of `web/public/worker/icon.svg`.

    .venv/bin/python tools/worker_icons.py

Phones that take no SVG (the home screen of iOS among them) get these. Run it after the figures changed.
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

FOLDER = Path(__file__).resolve().parents[1] / "web/public/worker"
SIDE = 512  # of the drawing's own units
FINE = 4  # drawn larger and shrunk, so that edges are smooth
INK, WHITE = "#17343a", "#ffffff"


def curve(start: tuple[float, float], *steps: tuple[float, float]) -> list[tuple[float, float]]:
    """Points of a cubic Bézier curve from `start` over two control points to its end."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = start, *steps
    points = []
    for i in range(41):
        t = i / 40
        u = 1 - t
        points.append(
            (
                u**3 * ax + 3 * u * u * t * bx + 3 * u * t * t * cx + t**3 * dx,
                u**3 * ay + 3 * u * u * t * by + 3 * u * t * t * cy + t**3 * dy,
            )
        )
    return points


def drawn(side: int, *, maskable: bool) -> Image.Image:
    """The icon; a maskable one fills its square and keeps the shield inside the safe circle."""
    scale = side * FINE / SIDE
    inner = 0.78 if maskable else 1.0
    image = Image.new("RGBA", (side * FINE, side * FINE), INK if maskable else (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    if not maskable:
        draw.rounded_rectangle((0, 0, side * FINE - 1, side * FINE - 1), radius=96 * scale, fill=INK)

    def at(x: float, y: float) -> tuple[float, float]:
        return ((x - 256) * inner + 256) * scale, ((y - 256) * inner + 256) * scale

    right = curve((396, 252), (396, 344), (336, 396), (256, 428))
    left = curve((256, 428), (176, 396), (116, 344), (116, 252))
    outline = [(256.0, 84.0), (396.0, 142.0), *right, *left, (116.0, 142.0), (256.0, 84.0), (396.0, 142.0)]
    stroke = 26 * inner * scale
    points = [at(*p) for p in outline]
    draw.line(points, fill=WHITE, width=round(stroke))
    for x, y in points:  # joints that leave no gap
        draw.ellipse((x - stroke / 2, y - stroke / 2, x + stroke / 2, y + stroke / 2), fill=WHITE)
    width = 34 * inner * scale
    (x, top), (_, bottom) = at(256, 176), at(256, 282)
    draw.rounded_rectangle((x - width / 2, top - width / 2, x + width / 2, bottom + width / 2), width / 2, WHITE)
    (x, y), radius = at(256, 342), 21 * inner * scale
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=WHITE)
    return image.resize((side, side), Image.Resampling.LANCZOS).quantize(64, Image.Quantize.FASTOCTREE)


def main() -> None:
    """Writes the three files."""
    for name, side, maskable in (
        ("icon-192.png", 192, False),
        ("icon-512.png", 512, False),
        ("icon-maskable-512.png", 512, True),
    ):
        drawn(side, maskable=maskable).save(FOLDER / name, optimize=True)


if __name__ == "__main__":
    main()
