"""Hourly profile of a delivery point that does not take its gas evenly."""

from __future__ import annotations

import re

HOURS = 24
MOST_WEIGHT = 9_999
_SPLIT = re.compile(r"[\s,;]+")


class BadProfile(ValueError):
    """The text is no profile: not 24 whole weights, or none above zero."""


def parse_profile(text: str) -> tuple[int, ...] | None:
    """Return the 24 weights of a profile, from 00:00 on; None for a blank text (even flow).

    Whole numbers from 0 to 9,999 separated by commas, semicolons or blanks; raises ``BadProfile`` for anything else.
    """
    bare = text.strip(" \t\r\n,;")
    if not bare:
        return None
    parts = _SPLIT.split(bare)
    if len(parts) != HOURS or not all(re.fullmatch(r"[0-9]{1,4}", part) for part in parts):
        raise BadProfile
    weights = tuple(map(int, parts))
    if not any(weights):
        raise BadProfile
    return weights


def profile_text(weights: tuple[int, ...] | None) -> str | None:
    """Return a profile as stored: weights separated by commas, None for even flow."""
    return None if weights is None else ",".join(map(str, weights))
