"""The OpenAPI document, as the file beside this module has it; tests hold it to what is answered."""

from __future__ import annotations

from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("openapi.json")


@cache
def text() -> str:
    """Return the document, read once."""
    return FILE.read_text(encoding="utf-8")
