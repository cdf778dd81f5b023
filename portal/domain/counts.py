"""Counts in Spanish: digits as written in Colombia, and words that agree with them in number."""

from __future__ import annotations

from collections.abc import Sequence


def digits(count: int) -> str:
    """Return a count in digits, with a dot every three: "1.234"."""
    return f"{count:,}".replace(",", ".")


def agree(count: int, one: str, many: str) -> str:
    """Return the words that agree with a count; ``{}`` in them is its digits: "Falta 1 día", "Faltan {} días"."""
    return (one if count == 1 else many).replace("{}", digits(count))


def counted(count: int, one: str, many: str) -> str:
    """Return a count before its noun: "1 día", "0 días", "1.234 días"."""
    return f"{digits(count)} {agree(count, one, many)}"


def join_words(parts: Sequence[str]) -> str:
    """Return the parts as a list in a sentence: ``Restrepo, Cumaral y Cuncia``; ``e`` before a sound of i."""
    if len(parts) < 2:
        return "".join(parts)
    last = parts[-1]
    return f"{', '.join(parts[:-1])} {'e' if last.lower().startswith(('i', 'hi')) else 'y'} {last}"
