"""State of each point on the page of a modality, in words."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from portal.domain.counts import agree
from portal.domain.lifecycle import LEFT_TO_RULE, DayState
from portal.services.nominations import Board, DayStanding, PointState
from portal.web.filters import measure
from portal.words.day_states import DAY_WORDS, RULE_COUNTS, DayChip, count_words, day_chip, if_missing


class PointChips(NamedTuple):
    """Tomorrow and today of a point, and what happens if nobody nominates tomorrow."""

    tomorrow: DayChip
    today: DayChip | None
    rule: str


def chips_of(state: PointState, now: datetime) -> PointChips:
    """Return the words of a point; today only with a nomination."""
    tomorrow, today = state.tomorrow, state.today
    speaks = today.state not in (DayState.NOT_SERVED, DayState.CLOSED, DayState.NOTHING)
    return PointChips(
        day_chip(tomorrow, now=now, proved=state.is_proved),
        day_chip(today, now=now, proved=state.is_proved) if speaks else None,
        if_missing(tomorrow),
    )


def lead_of(board: Board) -> str:
    """Return the number of points in each state after the close: "2 puntos en revisión y 1 con pronóstico."."""
    if board.page.is_paged:
        without = board.page.without
        lacks = agree(without, "1 punto no tiene", "{} puntos no tienen")
        return f"{lacks} nominación en firme." if without else "Todos sus puntos tienen nominación."
    served = [state.tomorrow for state in board.points if state.tomorrow.state is not DayState.NOT_SERVED]
    return f"{count_words(served)}." if served else ""


def cell_words(standing: DayStanding, *, proved: bool) -> tuple[str, str]:
    """Return the words of a calendar cell, and the mark under it: the quantity in force and its kind."""
    state = standing.state
    if state is DayState.NOTHING:
        return "", ""
    words = RULE_COUNTS[standing.policy] if state in LEFT_TO_RULE and standing.policy else ""
    mark = " ".join([DAY_WORDS[state], words]).strip()
    shown = standing.pending if state is DayState.AWAITING else standing.authorised or standing.in_force
    if not proved or shown is None:
        return mark, ""
    return measure(shown), "" if state is DayState.NOMINATED else mark
