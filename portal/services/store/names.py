"""Names as they are compared and as they end a sentence."""

from __future__ import annotations

from portal.domain.searched import comparable

__all__ = ["comparable", "end_sentence"]


def end_sentence(text: str) -> str:
    """Return a text with the full stop that ends its sentence: "Gas S.A.S." has it already."""
    return text if text.endswith(".") else f"{text}."
