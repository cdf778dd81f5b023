"""QR codes of addresses, for papers and pages."""

from __future__ import annotations

import io

import segno


def as_source(address: str, *, border: int = 0, scale: int = 4) -> str:
    """Return the QR code of an address as the source of an image on a page."""
    return _make(address).svg_data_uri(border=border, scale=scale)


def as_svg(address: str) -> str:
    """Return the QR code of an address as SVG, for a paper."""
    drawn = io.BytesIO()
    _make(address).save(drawn, kind="svg", border=0, xmldecl=False, nl=False)
    return drawn.getvalue().decode()


def _make(address: str) -> segno.QRCode:
    return segno.make(address, error="m", micro=False)
