"""Kinds of acts by which a delivery point goes on in another row from a gas day on."""

from __future__ import annotations

from enum import StrEnum


class SuccessionKind(StrEnum):
    """Change of unit, exit point, contract or company; merger into another point; part of a divided point."""

    CHANGE = "change"
    MERGER = "merger"
    DIVISION = "division"
