"""Files of daily readings in the shapes that senders really produce, drawn at random, each with what it says."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any

from tests.services.measures.drawn_pages import Pages
from tests.services.measures.drawn_words import CUBIC_METRES_PER_KPC, DAY_FORMS, POINTS, TODAY, Truth


class Drawn(Pages):
    """A file of some points and days: its bytes, what it says, and how its sender would answer."""

    def __init__(self, seed: int, *, workbooks: bool | None = None) -> None:
        chance = self.chance = Random(seed)
        self.seed = seed
        self.notes: list[str] = []
        self.is_workbook = chance.random() < 0.3 if workbooks is None else workbooks
        self.points = chance.sample(POINTS, chance.randint(1, 4))
        last = TODAY - dt.timedelta(days=chance.randint(1, 12))
        count = chance.choice([1, 1, 2, 3, 5, 8])
        self.days = [last - dt.timedelta(days=ahead) for ahead in range(count)][::-1]
        self.called = chance.choice(["code", "code", "code", "name", "NAME", "lower", "both"])
        self.unit = chance.choice(["m3"] * 6 + ["KPC", "MBTU"])
        self.decimals = chance.choice([0, 0, 1, 2, 2, 2, 3, 4])
        self.truth: Truth = {}
        self.gaps: set[tuple[str, dt.date]] = set()
        # Rows that are to be refused, each for its own reason; nothing of them may be taken.
        self.bad: set[tuple[str, dt.date]] = set()
        self.bad_lines: set[int] = set()
        # Titles of columns that nobody needs: each is to be named.
        self.extras: list[str] = []
        self.answers: dict[str, str] = {}
        self.shape = chance.choice(
            ["long"] * 5
            + ["points across"] * 3
            + ["days across"] * 3
            + ["hours"] * 2
            + ["moments"]
            + ["hours across", "groups across", "point above", "day above", "blocks", "numbered days"]
        )
        self.day_form = chance.choice(DAY_FORMS)
        if self.shape in ("moments", "numbered days", "hours", "hours across"):
            self.day_form = chance.choice(DAY_FORMS[:13])
        self.figure_form = chance.choice(
            ["comma", "point", "dots and comma", "dots and comma", "commas and point", "blanks and comma"]
        )
        self.native_days, self.native_figures = chance.random() < 0.7, chance.random() < 0.7
        for code, _ in self.points:
            for day in self.days:
                if chance.random() < 0.06 and len(self.points) * len(self.days) > 2:
                    self.gaps.add((code, day))
                else:
                    self.truth[code, day] = self._draw_figure()
        self.rows: list[list[Any]] = []
        self.above: list[list[Any]] = []
        self.below: list[list[Any]] = []
        getattr(self, self.shape.replace(" ", "_"))()
        self._add_titles()
        self._add_footnotes()
        self.notes = [
            self.shape,
            self.day_form,
            self.figure_form,
            self.unit,
            self.called,
            "xlsx" if self.is_workbook else "csv",
            *self.notes,
        ]
        self.grid = [*self.above, *self.rows, *self.below]
        self.content = self.as_workbook() if self.is_workbook else self.as_text()

    def _draw_figure(self) -> Decimal:
        chance = self.chance
        if self.unit == "m3":
            whole = chance.choice(
                [
                    chance.randrange(1_000, 9_999),
                    chance.randrange(100, 999),
                    chance.randrange(10_000, 99_999),
                    chance.randrange(1_000, 9_999),
                    0,
                ]
            )
        else:
            whole = chance.randrange(10, 1_500)
        value = Decimal(whole)
        if self.decimals:
            value += Decimal(chance.randrange(10**self.decimals)) / 10**self.decimals
        return value.quantize(Decimal(1).scaleb(-self.decimals))

    def expected(self) -> Truth:
        """The readings in m³."""
        return {key: self._in_m3(value) for key, value in self.truth.items() if key not in self.bad}

    def _in_m3(self, value: Decimal) -> Decimal:
        if self.unit == "KPC":
            value = value * CUBIC_METRES_PER_KPC
        elif self.unit == "MBTU":
            value = value * 1000 * CUBIC_METRES_PER_KPC / 1000
        return value.quantize(Decimal("0.000001"), ROUND_HALF_UP)

    def _add_titles(self) -> None:
        chance = self.chance
        lines = [
            ["LLANOGAS S.A. E.S.P."],
            ["Reporte diario de mediciones"],
            ["Informe de consumos"],
            [],
            ["Cliente: Gas de la Sabana S.A.S."],
            ["Generado:", "23/11/2026 06:00"],
            ["Fecha de generación: 23/11/2026"],
            ["Periodo: 01/11/2026 a 22/11/2026"],
            ["Desde", "01/11/2026", "Hasta", "22/11/2026"],
            ["Página 1 de 3"],
            ["Usuario: scada"],
            ["Volúmenes a condiciones estándar"],
            ["NIT 900.000.001-7"],
            ["Versión 2"],
            ["Hora de corte: 06:00"],
        ]
        count = chance.choice([0, 0, 0, 1, 1, 2, 3, 5])
        if count:
            chosen = chance.sample(lines, count)
            self.notes += [f"above {' '.join(each)}" for each in chosen]
            self.above = [*chosen, *self.above] if chance.random() < 0.7 or not self.above else [*self.above, *chosen]

    def _add_footnotes(self) -> None:
        chance = self.chance
        if chance.random() < 0.25:
            lines = [
                ["Fin del reporte"],
                ["Nota: valores preliminares"],
                ["* Valores estimados"],
                ["Elaboró: Juan Pérez"],
                ["Total registros: 8"],
                ["Página 1 de 1"],
                ["Fuente: SCADA"],
                ["Revisado por: María Díaz"],
                ["Firma"],
                ["Observaciones: sin novedad"],
                ["Valores en condiciones estándar"],
                ["Tel. 310 555 0101"],
                ["Impreso el 23/11/2026 a las 06:00"],
                ["Elaboró", None, "Revisó"],
                [None, "Aprobado por operaciones"],
                ["Registros", "8"],
                ["Convenciones: N/D = no disponible"],
            ]
            chosen = chance.sample(lines, chance.randint(1, 2))
            self.below = [*([[]] if chance.random() < 0.5 else []), *chosen]
            self.notes += [f"below {' '.join(filter(None, each))}" for each in chosen]
