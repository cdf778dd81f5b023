"""Words for closed months: how a correction that comes after the closing enters the account."""

from __future__ import annotations

from enum import StrEnum


class LateTreatment(StrEnum):
    """An adjustment in the open month, or the closed month stated again; agreed in the contract."""

    ADJUSTMENT = "adjustment"
    RESTATEMENT = "restatement"
