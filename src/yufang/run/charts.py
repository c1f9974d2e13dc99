"""Small charts as SVG text for a report that must open anywhere, offline and on paper."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

COLOURS = {"red": "#c62828", "orange": "#e07b00", "yellow": "#b99700", "blue": "#2563b8"}
INK, MUTED, LINE = "#1f2a37", "#667085", "#d0d5dd"


def bars(rows: Sequence[tuple[str, float, str]], *, width: int = 640) -> str:
    """Horizontal bars of (label, value ≥ 0, fill), in the order given."""
    if not rows:
        return ""
    label_width, height = 250, 24
    top = max(value for _, value, _ in rows) or 1.0
    parts = []
    for i, (label, value, fill) in enumerate(rows):
        y = i * height
        length = (width - label_width - 70) * value / top
        parts.append(
            f'<text x="{label_width - 8}" y="{y + 16}" text-anchor="end" fill="{INK}">{escape(_short(label))}</text>'
            f'<rect x="{label_width}" y="{y + 4}" width="{max(length, 1):.1f}" height="16" fill="{fill}"/>'
            f'<text x="{label_width + length + 6:.1f}" y="{y + 16}" fill="{MUTED}">{_figure(value)}</text>'
        )
    return _svg(width, len(rows) * height + 4, parts)


def columns(labels: Sequence[str], series: Sequence[tuple[str, Sequence[float], str]], *, width: int = 640) -> str:
    """Lines over time: one a series of (name, values, colour), each on the scale of its own maximum."""
    if len(labels) < 2:
        return ""
    height, left, bottom = 180, 44, 24
    plot_w, plot_h = width - left - 12, height - bottom - 24
    parts = [f'<line x1="{left}" y1="{24 + plot_h}" x2="{left + plot_w}" y2="{24 + plot_h}" stroke="{LINE}"/>']
    step = plot_w / (len(labels) - 1)
    for i in range(0, len(labels), max(1, len(labels) // 8)):
        parts.append(
            f'<text x="{left + i * step:.1f}" y="{height - 6}" text-anchor="middle" fill="{MUTED}">'
            f"{escape(labels[i])}</text>"
        )
    for order, (name, values, colour) in enumerate(series):
        top = max(values) or 1.0
        points = " ".join(f"{left + i * step:.1f},{24 + plot_h * (1 - v / top):.1f}" for i, v in enumerate(values))
        parts.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{points}"/>')
        x = left + order * 220
        parts.append(
            f'<rect x="{x}" y="4" width="14" height="4" fill="{colour}"/>'
            f'<text x="{x + 20}" y="12" fill="{INK}">{escape(name)} (max {_figure(top)})</text>'
        )
    return _svg(width, height, parts)


def _svg(width: int, height: int, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height}" width="100%" style="max-width:{width}px" role="img" '
        f'font-size="12">{"".join(parts)}</svg>'
    )


def _short(label: str) -> str:
    wide = sum(2 if ord(c) > 0x2E80 else 1 for c in label)
    if wide <= 38:
        return label
    kept, used = "", 0
    for c in label:
        used += 2 if ord(c) > 0x2E80 else 1
        if used > 36:
            break
        kept += c
    return kept + "…"


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"
