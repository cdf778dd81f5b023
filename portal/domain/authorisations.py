"""State of a line of the day book, and the quantity that may be authorised for it.

Source: docs/rules.md, "Reasons of a cut", "Day book".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, TypeVar

from .nominations import CutReason

# Completes a sentence of the customer's page, after "porque" or "motivo".
CUT_WORDS: Mapping[CutReason, str] = {
    CutReason.CPR: "la contraparte confirmó menos",
    CutReason.CRN: "la contraparte no respondió",
    CutReason.PCC: "capacidad restringida en transporte",
    CutReason.CCD: "capacidad restringida en distribución",
    CutReason.EPM: "supera el máximo del punto",
    CutReason.EPS: "ya fluyó más de lo pedido",
    CutReason.FMJ: "fuerza mayor",
    CutReason.NGU: "sin nominación aguas arriba",
    CutReason.CNA: "contrato inactivo",
    CutReason.GQS: "calidad del gas",
}


class LineState(StrEnum):
    """State of a delivery point's line for a gas day, as the operator sees it."""

    MISSING = "missing"
    TO_AUTHORISE = "to-authorise"
    OUTDATED = "outdated"
    RECORDED = "recorded"
    AUTHORISED = "authorised"
    CUT = "cut"
    NOT_AUTHORISED = "not-authorised"


class AuthorisationProblem(StrEnum):
    """Reason why a quantity cannot be authorised."""

    NOTHING_NOMINATED = "nothing-nominated"
    ABOVE_ASKED = "above-asked"
    REASON_MISSING = "reason-missing"
    REASON_NOT_WANTED = "reason-not-wanted"


# A moment, or its text as SQLite stores it: both sort.
Moment = TypeVar("Moment", datetime, str)


def answers(given_for: int | None, recorded_at: Moment, *, revision: int | None, since: Moment | None) -> bool:
    """Tell whether an authorised quantity answers the revision in force on its day.

    ``revision`` is the one in force, None when nothing is. A quantity carried over from the earlier system names no
    revision: it must not be older than ``since``, the moment from which the revision in force (or its withdrawal)
    stands; ``since`` is None when nothing was ever asked for the day.
    """
    if given_for is not None:
        return given_for == revision
    return since is None or recorded_at >= since


class Answer(NamedTuple):
    """Authorised quantity, recorded or published: millionths, reason of the cut, revision answered.

    ``revision`` is None when carried over from the earlier system; ``is_current`` then holds the result of ``answers``.
    """

    micro: int
    cut_reason: str | None
    revision: int | None
    is_current: bool = True

    def answers(self, revision: int) -> bool:
        """Tell whether this quantity was given for ``revision``."""
        return self.is_current if self.revision is None else self.revision == revision


def find_line_state(
    *, asked: int | None, revision: int | None, recorded: Answer | None, published: Answer | None
) -> LineState:
    """Return the state of a line; ``asked`` is the quantity in force in millionths, None without a nomination.

    A quantity recorded for a revision no longer in force is outdated, also after a cancellation. A quantity published
    for an earlier revision does not count for its successor.
    """
    if recorded is not None and (revision is None or not recorded.answers(revision)):
        return LineState.OUTDATED
    if asked is None or revision is None:
        return LineState.MISSING
    if recorded is not None:
        return LineState.RECORDED
    if published is None or not published.answers(revision):
        return LineState.TO_AUTHORISE
    if published.micro >= asked:
        return LineState.AUTHORISED
    return LineState.CUT if published.micro else LineState.NOT_AUTHORISED


def find_problem(*, asked: int | None, allowed: int, cut_reason: CutReason | None) -> AuthorisationProblem | None:
    """Return why ``allowed`` cannot answer ``asked``, both in millionths of one unit; None when it can.

    Never more than asked; less only with a reason, which the customer reads.
    """
    if asked is None:
        return AuthorisationProblem.NOTHING_NOMINATED
    if allowed > asked:
        return AuthorisationProblem.ABOVE_ASKED
    if allowed < asked and cut_reason is None:
        return AuthorisationProblem.REASON_MISSING
    if allowed == asked and cut_reason is not None:
        return AuthorisationProblem.REASON_NOT_WANTED
    return None


class Origin(StrEnum):
    """Entered by somebody, written by the rule at the close, or nothing."""

    ENTERED = "I"
    POLICY = "P"
    NONE = "-"


class OperatorTopic(StrEnum):
    """Topic of mail that an operator may choose."""

    RENOMINATIONS = "renominations"
    CANCELLATIONS = "cancellations"
    LATE = "late"
    BOOK_CHANGED = "book-changed"
    BOOK_NOT_FROZEN = "book-not-frozen"
    BOOK_NOT_SENT = "book-not-sent"
