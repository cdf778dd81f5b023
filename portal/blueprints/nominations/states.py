"""State of each point on the page of a modality, in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from portal.domain.counts import agree
from portal.domain.lifecycle import LEFT_TO_RULE, DayState
from portal.domain.modalities import Modality
from portal.services.nominations import Board, DayStanding, PointState
from portal.services.nominations.suggestions import PointOffers
from portal.web.filters import has_ended, measure, served_words
from portal.web.point_rows import Shown, render_rows
from portal.web.rendered import Rendered
from portal.words.day_states import DAY_WORDS, RULE_COUNTS, DayChip, count_words, day_chip, if_missing, lapse_words


class PointRow(NamedTuple):
    """Row of a point: tomorrow and today, what happens if nobody nominates tomorrow, and its offers.

    All that its markup is made of: equal rows have equal markup, but for the words of the chip of tomorrow.
    """

    modality: Modality
    public_id: str
    name: str
    company: str
    municipality: str
    served: str
    has_ended: bool
    is_proved: bool
    state: DayState
    tomorrow: DayChip
    today: DayChip | None
    rule: str
    # Why a signed standing order will not nominate tomorrow; blank where none is void.
    lapse: str
    offers: PointOffers | None


def render_points(board: Board, offers: Mapping[int, PointOffers], modality: Modality, now: datetime) -> list[Rendered]:
    """Return the row of each point of a page; today only with a nomination."""
    shown = []
    for state in board.points:
        chip = day_chip(state.tomorrow, now=now, proved=state.is_proved)
        offered = offers.get(state.point.id)
        if offered is not None and board.page.is_paged:
            offered = offered.shortened
        row = _row(state, chip._replace(text=""), offered, modality, now)
        shown.append(Shown(row, chip.text))
    return render_rows("nominations/_point.html", shown)


def _row(state: PointState, chip: DayChip, offers: PointOffers | None, modality: Modality, now: datetime) -> PointRow:
    point, today = state.point, state.today
    speaks = today.state not in (DayState.NOT_SERVED, DayState.CLOSED, DayState.NOTHING)
    return PointRow(
        modality=modality,
        public_id=point.public_id,
        name=point.name,
        company=point.contract.company.name,
        municipality=point.municipality,
        served=served_words(point, now),
        has_ended=has_ended(point, now),
        is_proved=state.is_proved,
        state=state.tomorrow.state,
        tomorrow=chip,
        today=day_chip(today, now=now, proved=state.is_proved) if speaks else None,
        rule=if_missing(state.tomorrow),
        lapse=lapse_words(state.tomorrow),
        offers=offers,
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
