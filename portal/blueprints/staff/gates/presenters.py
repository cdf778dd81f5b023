"""Gates for their pages: every figure and word of a row ready."""

from __future__ import annotations

from typing import NamedTuple

from portal.domain.counts import counted
from portal.domain.gas_day import GasDay
from portal.services.measures.gates import GateDay
from portal.web.filters import NONE, measure
from portal.words.gates import percent, side


class GateRow(NamedTuple):
    """Row of a gate and day: its figures in words, their exact values, and the chips of its state."""

    day: GateDay
    measured: str
    counted: str
    counted_note: str
    difference: str
    difference_note: str
    percent: str
    states: list[tuple[str, str]]


def row_of(day: GateDay, today: GasDay) -> GateRow:
    """Return the row of a gate and day; of one that runs nothing is said to be missing."""
    points = day.counted
    notes = [f"{points.measured} de {points.served}"] if day.missing else [counted(points.measured, "punto", "puntos")]
    if points.estimated:
        notes.append(counted(points.estimated, "estimado", "estimados"))
    return GateRow(
        day,
        measure(day.measured.volume),
        measure(points.volume) if points.measured else NONE,
        ", ".join(notes),
        NONE if day.difference is None else measure(abs(day.difference)),
        side(day.difference),
        percent(day.basis_points),
        _states(day, today),
    )


def _states(day: GateDay, today: GasDay) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    runs = day.gas_day >= today
    if runs:
        found.append(("info", "El día no ha terminado"))
    if day.measured.volume is None and not runs:
        found.append(("warning", "Falta la medición"))
    if day.missing and not runs:
        found.append(("warning", f"{counted(day.missing, 'punto', 'puntos')} sin medición"))
    if day.is_complete:
        found.append(("error", "Fuera de la banda") if day.is_outside else ("success", "Dentro de la banda"))
    if day.is_above_capacity:
        found.append(("error", "Sobre la capacidad"))
    if day.has_moved:
        found.append(("warning", "Cambió después del reparto"))
    elif day.allocated is not None:
        found.append(("info", "Repartida"))
    return found
