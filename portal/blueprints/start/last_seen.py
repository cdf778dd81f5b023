"""Words of the start page that a device keeps where its person asked for it, with their hour (adr/0167)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

from flask import url_for

from portal.domain.calendar import day_words, month_words
from portal.domain.gas_day import Month
from portal.domain.lifecycle import STILL_MISSING, DayState
from portal.domain.modalities import Modality
from portal.domain.timetable import RequestKind
from portal.services.account.start import PointState, Start
from portal.services.nominations import DayStanding
from portal.web.filters import UNIT_WORDS, hour_words
from portal.web.trusted_devices import LAST_SEEN_LIFE
from portal.words.day_states import DAY_WORDS, day_chip, if_missing

from .bands import balance_words, band_of


def describe(found: Start, now: datetime) -> str:
    """Return what is kept as JSON: ``seen`` and ``until`` in ISO 8601, and for each point shown its lines in words.

    Nothing of it is relative to now: it is read hours later. ``ask`` is where a quantity that is typed without a signal
    leads once there is one, None where tomorrow is not to be nominated.
    """
    points = [
        {
            "id": state.point.public_id,
            "name": state.point.name,
            "unit": UNIT_WORDS[state.point.unit],
            "day": state.tomorrow.gas_day.isoformat(),
            "words": day_words(state.tomorrow.gas_day),
            "closes": state.tomorrow.closes_at.isoformat() if state.tomorrow.closes_at else None,
            "ask": _ask(state, each.contract.modality),
            "lines": list(_lines(state, Month.of(found.today), now)),
        }
        for each in found.contracts
        for state in each.points
    ]
    kept = {"seen": now.isoformat(), "until": (now + LAST_SEEN_LIFE).isoformat(), "points": points}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


def _ask(state: PointState, modality: Modality) -> str | None:
    if state.tomorrow.state not in STILL_MISSING or state.tomorrow.kind is not RequestKind.NOMINATION:
        return None
    day, kind = state.tomorrow.gas_day.isoformat(), RequestKind.NOMINATION.value
    return url_for("nominations.new", modality=modality.value, punto=state.point.public_id, tipo=kind, dia=day)


def _lines(state: PointState, month: Month, now: datetime) -> Iterator[str]:
    yield _day_line(state.tomorrow, now=now, proved=state.is_proved)
    if rule := if_missing(state.tomorrow):
        yield f"Si no se envía, {rule}."
    if state.today.state not in (DayState.NOT_SERVED, DayState.CLOSED, DayState.NOTHING):
        yield _day_line(state.today, now=now, proved=state.is_proved)
    figures = state.figures
    if figures is None:
        return
    yield f"Desbalance de {month_words(month)}: {band_of(figures, month).sentence}."
    yield f"Acumulado total: {balance_words(figures.total)}."
    if figures.last_reading is not None:
        yield f"Última medición: la del {day_words(figures.last_reading)}."


def _day_line(standing: DayStanding, *, now: datetime, proved: bool) -> str:
    """Return a day's state; one that is missing by its close, never by the time left."""
    words = day_words(standing.gas_day)
    day = f"{words[0].upper()}{words[1:]}"
    if standing.state in STILL_MISSING and standing.closes_at is not None:
        return f"{day}: {DAY_WORDS[standing.state].lower()}. Se recibe hasta el {hour_words(standing.closes_at)}."
    return f"{day}: {day_chip(standing, now=now, proved=proved).text}."
