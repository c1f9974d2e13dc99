"""The QR code of an area, as a picture to print."""

from __future__ import annotations

import io

import segno


def address_of(origin: str, token: str) -> str:
    """What the code carries: the worker app at this place. `origin` is `https://host`."""
    return f"{origin.rstrip('/')}/w/{token}"


def as_svg(address: str) -> bytes:
    """The code as SVG, readable when a quarter of it is dirty or torn (error correction Q)."""
    out = io.BytesIO()
    segno.make(address, error="q", micro=False).save(out, kind="svg", border=4, scale=8, xmldecl=False)
    return out.getvalue()


def as_png(address: str) -> bytes:
    """The same as PNG, about a thousand pixels wide."""
    code = segno.make(address, error="q", micro=False)
    out = io.BytesIO()
    code.save(out, kind="png", border=4, scale=max(1, 1000 // (code.symbol_size()[0])))
    return out.getvalue()
