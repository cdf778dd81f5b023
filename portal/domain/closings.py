"""Words for closed months: how a later correction enters the account, and what is charged after five months."""

from __future__ import annotations

from enum import StrEnum


class LateTreatment(StrEnum):
    """An adjustment in the open month, or the closed month stated again; agreed in the contract."""

    ADJUSTMENT = "adjustment"
    RESTATEMENT = "restatement"


class ExceptionClause(StrEnum):
    """The clause by which a consumption is charged after five months all the same: the user's proven intent (dolo)."""

    CLAUSE_51 = "51"
    CLAUSE_68 = "68"
