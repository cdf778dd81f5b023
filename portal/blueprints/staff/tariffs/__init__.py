"""Tariffs of a month: proposed from a file, compared, published by a second person (docs/flow.md, adr/0121)."""

from . import desk, files, publication

__all__ = ["desk", "files", "publication"]
