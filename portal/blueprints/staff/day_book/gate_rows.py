"""Gates of a day's book for its pages: asked, confirmed, authorised, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from portal.domain.counts import counted
from portal.domain.quantities import Quantity, Unit
from portal.services.day_book import GateOfBook, is_noticeable
from portal.web.filters import measure


class GateRow(NamedTuple):
    """Row of a gate: figures in words, the state in chips, and where its cuts are made, empty where none are due."""

    gate: GateOfBook
    asked: str
    asked_note: str
    confirmed: str
    confirmed_note: str
    authorised: str
    authorised_note: str
    states: list[tuple[str, str]]
    wants_cuts: bool


def gate_rows(gates: Sequence[GateOfBook]) -> list[GateRow]:
    """Return the rows of the gates of a book."""
    return [_row(gate) for gate in gates]


def difference_words(apart: Quantity) -> str:
    """Return how much less or more something is than what was asked."""
    return f"{measure(abs(apart))} {'menos' if apart.micro < 0 else 'más'}"


def _row(gate: GateOfBook) -> GateRow:
    found = gate.confirmation
    unit = Unit.M3 if found is None else found.confirmed.unit
    other = Unit.MBTU if unit is Unit.M3 else Unit.M3
    apart = gate.difference
    note = ""
    if found is not None and apart is not None and apart.micro and gate.is_short:
        note = f"{difference_words(apart)}, {found.cut_reason.value if found.cut_reason else 'sin motivo'}"
    elif apart is not None and apart.micro > 0 and measure(apart) != measure(Quantity.zero(apart.unit)):
        note = difference_words(apart)
    waiting = f", {gate.waiting} por autorizar" if gate.waiting else ""
    return GateRow(
        gate,
        measure(gate.asked.in_unit(unit)),
        measure(gate.asked.in_unit(other)),
        measure(None if found is None else found.confirmed),
        note,
        measure(gate.authorised.in_unit(unit)),
        f"{counted(gate.points, 'punto', 'puntos')}{waiting}",
        _states(gate),
        gate.is_short and (gate.waiting > 0 or gate.excess is not None),
    )


def _states(gate: GateOfBook) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if gate.is_above_capacity:
        found.append(("error", "Sobre la capacidad"))
    if gate.misunderstood is not None:
        found.append(("warning", "El transportador vio otra cantidad"))
    if gate.excess is not None:
        found.append(("error", "Autorizado de más"))
    if gate.confirmation is None:
        if gate.sent_version is not None:
            found.append(("warning", "Sin respuesta"))
    elif not gate.is_answered:
        book = gate.confirmation.book
        found.append(("warning", f"Responde a la versión {book}" if book else "Sin versión enviada"))
    elif gate.is_short:
        found.append(("warning", "Confirmó menos"))
    elif gate.difference is not None and is_noticeable(gate.difference):
        found.append(("warning", "Confirmó más de lo pedido"))
    else:
        found.append(("success", "Confirmada"))
    return found
