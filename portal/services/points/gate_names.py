"""Resolve what people and files call a gate: its code, also as spreadsheets change it, or its name."""

from __future__ import annotations

import re
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.codes import index_of, keys_of, may_be_changed
from portal.domain.searched import comparable
from portal.models import ExitPoint


class Meant(NamedTuple):
    """Gate that a text means; None where it means none or several, whose codes are then ``codes``.

    ``resembles`` is true where the text is not the gate's code letter by letter.
    """

    gate: ExitPoint | None
    codes: tuple[str, ...] = ()
    resembles: bool = False


# What a gate is, and no name of one: senders write "Puerta de ciudad X", "City Gate X" or "X" alone.
_KIND = re.compile(r"^(?:(?:puerta(?: de)?(?: ciudad)?|city ?gate|punto de salida|estacion|nodo|c\.?g\.?) +)+")


def _proper(name: str) -> str:
    """Return a name without the words that say what it is the name of."""
    return _KIND.sub("", comparable(name))


class GateNames:
    """All gates by their codes and names; one query."""

    def __init__(self, session: Session) -> None:
        gates = list(session.scalars(select(ExitPoint).order_by(ExitPoint.code)))
        self._gates = {gate.code: gate for gate in gates}
        self._alike = index_of(self._gates)
        self._named: dict[str, list[str]] = {}
        for gate in gates:
            for name in {gate.name, f"{gate.code} {gate.name}"}:
                self._named.setdefault(_proper(name), []).append(gate.code)

    def find(self, text: str) -> Meant:
        """Return what a text means, with codes whose spelling it may have lost in a spreadsheet."""
        codes = {code for key in keys_of(text) for code in self._alike.get(key, [])} if text else set[str]()
        exact = next((code for code in codes if comparable(code) == comparable(text)), None)
        if exact is not None and (len(codes) == 1 or not may_be_changed(text)):
            return Meant(self._gates[exact])
        codes = codes or set(self._named.get(_proper(text), []))
        if len(codes) == 1:
            (code,) = codes
            return Meant(self._gates[code], resembles=True)
        return Meant(None, tuple(sorted(codes)))
