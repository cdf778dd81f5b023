"""Investigation of a significant deviation: its steps, which may follow which, and its terms.

Source: docs/rules.md, "Investigation of a deviation"; uniform conditions contract, annex 4 (clauses 65, 66) and 68.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum

from .gas_day import Month

# Visits to the site, those that could not be made included.
MOSTVISITS = 2
# Since when the annex governs: nothing of an earlier month must be investigated by it.
ANNEX_SINCE = date(2024, 7, 24)
# Months after which nothing is charged for it any more (clause 68).
CHARGED_WITHIN = 5


class InvestigationStep(StrEnum):
    """Step of an investigation: opened; analysed at the desk; visit; visit missed; acta; decision; its notification."""

    OPENED = "opened"
    DESK = "desk"
    VISIT = "visit"
    MISSED_VISIT = "missed-visit"
    RECORD = "record"
    DECISION = "decision"
    NOTICE = "notice"


STEP_WORDS: Mapping[InvestigationStep, str] = {
    InvestigationStep.OPENED: "Se abrió la investigación",
    InvestigationStep.DESK: "Análisis de los datos",
    InvestigationStep.VISIT: "Visita",
    InvestigationStep.MISSED_VISIT: "Visita que no se pudo hacer",
    InvestigationStep.RECORD: "Acta de la visita",
    InvestigationStep.DECISION: "Decisión",
    InvestigationStep.NOTICE: "Notificación de la decisión",
}
VISITS = (InvestigationStep.VISIT, InvestigationStep.MISSED_VISIT)


def list_next_steps(done: Sequence[InvestigationStep]) -> tuple[InvestigationStep, ...]:
    """Return the steps that may follow those ``done``, oldest first; none once the decision was notified.

    It is decided on the data, on the acta of a visit, or after two visits that could not be made.
    """
    if not done:
        return (InvestigationStep.OPENED,)
    if InvestigationStep.NOTICE in done:
        return ()
    if InvestigationStep.DECISION in done:
        return (InvestigationStep.NOTICE,)
    visits = sum(step in VISITS for step in done)
    missed = done.count(InvestigationStep.MISSED_VISIT)
    may = {
        InvestigationStep.DESK: InvestigationStep.DESK not in done,
        InvestigationStep.VISIT: visits < MOSTVISITS,
        InvestigationStep.MISSED_VISIT: visits < MOSTVISITS,
        InvestigationStep.RECORD: done.count(InvestigationStep.RECORD) < visits,
        InvestigationStep.DECISION: (
            InvestigationStep.DESK in done or InvestigationStep.RECORD in done or missed == MOSTVISITS
        ),
    }
    return tuple([step for step, allowed in may.items() if allowed])


def is_open(done: Sequence[InvestigationStep]) -> bool:
    """Tell whether an investigation was opened and its decision not notified yet."""
    return bool(done) and InvestigationStep.NOTICE not in done


def is_governed(month: Month) -> bool:
    """Tell whether annex 4 was in force when ``month`` ended."""
    return month.last.date >= ANNEX_SINCE


def decide_by(month: Month) -> date:
    """Return the last day to decide about ``month``: its gas is charged in the next period (clause 66)."""
    return month.next.last.date


def charge_until(month: Month) -> date:
    """Return the last day on which gas of ``month`` may still be charged (clause 68)."""
    for _ in range(CHARGED_WITHIN):
        month = month.next
    return month.last.date
