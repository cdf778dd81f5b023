"""Enums of late corrections of closed months."""

from __future__ import annotations

from enum import StrEnum


class LateTreatment(StrEnum):
    """Effect agreed in the contract: an adjustment in the open month, or a restatement of the closed one."""

    ADJUSTMENT = "adjustment"
    RESTATEMENT = "restatement"


class ExceptionClause(StrEnum):
    """Contract clause that allows a charge after five months: proven intent (dolo) of the user."""

    CLAUSE_51 = "51"
    CLAUSE_68 = "68"
