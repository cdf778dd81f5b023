"""Drawn tables of a value a row, and of points or days across."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from tests.services.measures.drawn_files import Written
from tests.services.measures.drawn_words import MARKS, WEEKDAYS, Joined, Missing, Truth, Wrong


class Tables(Written):
    """Tables of a value a row, and of points or days across, with what people put beside them."""

    points: list[tuple[str, str]]
    days: list[dt.date]
    called: str
    unit: str
    truth: Truth
    gaps: set[tuple[str, dt.date]]
    bad: set[tuple[str, dt.date]]
    extras: list[str]
    rows: list[list[Any]]
    above: list[list[Any]]

    def _cell(self, code: str, day: dt.date) -> Any:
        if (code, day) in self.gaps:
            return Missing(self.chance.choice(MARKS))
        return self.truth[code, day]

    def _name(self, point: tuple[str, str]) -> str:
        code, name = point
        return {"code": code, "name": name, "NAME": name.upper(), "lower": name.lower(), "both": f"{code} - {name}"}[
            self.called
        ]

    def _volume_title(self) -> str:
        names = ["Volumen", "Consumo", "Volumen corregido", "Medición", "Cantidad", "Volumen diario", "VOLUMEN"]
        if self.unit == "m3":
            form = self.chance.choice(["{}", "{} (m³)", "{} m3", "{} [Sm3]", "{} (m3/día)", "{} en m³"])
        else:
            form = self.chance.choice([f"{{}} ({self.unit})", f"{{}} {self.unit}", f"{{}} [{self.unit}]"])
            names = names if self.unit == "KPC" else [*names, "Energía"]
        self.unit_row = False
        if self.chance.random() < 0.12:
            self.unit_row, form = True, "{}"
            names = [name for name in names if name != "Energía"]
            self.notes.append("units row")
        return form.format(self.chance.choice(names))

    def _extras(self, count: int = 0) -> list[tuple[str, Any]]:
        """Titles of columns that nobody needs, with a function of their values."""
        chance = self.chance
        every: list[tuple[str, Any]] = [
            ("Presión (psig)", lambda: Decimal(chance.randrange(400, 700)) / 10),
            ("Temperatura (°F)", lambda: Decimal(chance.randrange(700, 900)) / 10),
            ("Alarma", lambda: chance.choice(["no", "sí", ""])),
            ("Municipio", lambda: chance.choice(["Acacías", "Villavicencio"])),
            ("Observaciones", lambda: chance.choice(["", "", "normal", "lluvia", "corte 2 h"])),
            ("% variación", lambda: chance.choice(["3,5%", "-1,2 %", "0%"])),
            ("Diferencia", lambda: chance.choice(["-12", "(35)", "18"])),
            ("Energía (MBTU)", lambda: Decimal(chance.randrange(1000, 9000)) / 10),
            ("Poder calorífico (BTU/ft3)", lambda: Decimal(chance.randrange(9900, 11000)) / 10),
            ("Horas", lambda: "24"),
            ("Acumulado mes", lambda: Decimal(chance.randrange(10_000, 90_000))),
            ("Estado", lambda: chance.choice(["OK", "Normal", "Comunicando"])),
            ("Calidad", lambda: chance.choice(["Buena", "192"])),
            ("Contrato", lambda: "NR-0001"),
            ("NIT", lambda: "900.000.001-7"),
            ("Usuario", lambda: chance.choice(["scada", "jperez"])),
            ("Empresa", lambda: "Gas de la Sabana S.A.S."),
            ("Volumen sin corregir (m3)", lambda: Decimal(chance.randrange(100, 900))),
            ("Semana", lambda: "47"),
            ("Día semana", lambda: chance.choice(WEEKDAYS)),
            ("Promedio mes", lambda: Decimal(chance.randrange(10_000, 90_000))),
            ("Fecha de carga", lambda: chance.choice(["22/11/2026", "23/11/2026"])),
            ("Hora reporte", lambda: "06:00"),
            ("Fuente", lambda: "SCADA"),
            ("Serial medidor", lambda: str(chance.randrange(10_000, 99_999))),
        ]
        if self.unit == "MBTU":
            every = [each for each in every if "MBTU" not in each[0]]
        return chance.sample(every, count or chance.choice([0, 0, 0, 1, 1, 2, 3]))

    def _with_extras(
        self, head: list[Any], body: list[list[Any]], *, first: int = 0
    ) -> tuple[list[Any], list[list[Any]]]:
        for title, draw in self._extras():
            at = self.chance.randint(first, len(head))
            self.notes.append(f"+{title}@{at}")
            self.extras.append(title)
            head = [*head[:at], title, *head[at:]]
            body = [
                [
                    *row[:at],
                    draw() if any(cell is not None for cell in row) and not self._is_total(row) else None,
                    *row[at:],
                ]
                for row in body
            ]
        if self.chance.random() < 0.1:
            self.notes.append("numbered rows")
            head = [self.chance.choice(["N°", "Item", "No.", "#"]), *head]
            self.extras.append(head[0])
            body = [
                [str(number) if not self._is_total(row) else None, *row] for number, row in enumerate(body, start=1)
            ]
        return head, body

    def _is_total(self, row: list[Any]) -> bool:
        if len([cell for cell in row if cell is not None]) == 1:
            return True
        return any(
            isinstance(cell, str)
            and cell.lower().startswith(("total", "subtotal", "suma", "promedio", "máximo", "mínimo"))
            and cell not in self._names_used()
            for cell in row
        )

    def _names_used(self) -> set[str]:
        return {self._name(point) for point in self.points} | {name for _, name in self.points}

    def _sum(self, keys: list[tuple[str, dt.date]]) -> Decimal:
        return sum((self.truth[key] for key in keys if key in self.truth), Decimal(0))

    def long(self) -> None:
        """A point and a day a row."""
        chance = self.chance
        titles = {
            "point": chance.choice(["Punto", "Código", "EDS", "Estación", "PUNTO DE ENTREGA", "Medidor"]),
            "day": chance.choice(["Fecha", "Día de gas", "Fecha gas", "FECHA", "Día", "Fecha de medición"]),
            "figure": self._volume_title(),
            "name": chance.choice(["Nombre", "Nombre del punto", "Descripción"]),
        }
        order = ["point", "day", "figure"]
        if chance.random() < 0.3:
            chance.shuffle(order)
        if self.called == "code" and chance.random() < 0.25:
            order.insert(order.index("point") + 1, "name")
            self.notes.append("code and name")
        body = self._rows_by_group(order, by_day=chance.random() < 0.4)
        if chance.random() < 0.1:
            row = chance.choice(body)
            if not self._is_total(row) and "merged" not in self.notes:
                body.append(list(row))
                self.notes.append("equal again")
        self._spoil(body, order)
        self._add_totals(body, order)
        head, body = self._with_extras([titles[each] for each in order], body)
        self._head(head, body, figures={head.index(titles["figure"])})
        half = len(self.rows) // 2 + 1
        if chance.random() < 0.08 and half > len(self.rows) - len(body):
            self.rows = [*self.rows[:half], [], head, *self.rows[half:]]
            self.notes.append("header again")

    def _rows_by_group(self, order: list[str], *, by_day: bool) -> list[list[Any]]:
        """The rows, by point or by day, with the subtotal of each or the title of each merged over its rows."""
        chance = self.chance
        subtotals = chance.random() < 0.12
        merged = chance.random() < 0.08 and order[0] == ("day" if by_day else "point") and "name" not in order
        self.notes += [*(["subtotals"] if subtotals else []), *(["merged"] if merged else [])]
        body: list[list[Any]] = []
        for each in self.days if by_day else self.points:
            keys = [(point, each) for point in self.points] if by_day else [(each, day) for day in self.days]
            for number, (point, day) in enumerate(keys):
                values = {"point": self._name(point), "name": point[1], "day": day, "figure": self._cell(point[0], day)}
                row = [values[column] for column in order]
                body.append([Joined(), *row[1:]] if merged and number else row)
            if subtotals:
                of_point = ["Subtotal", "Total " + self._name(keys[0][0]), "SUBTOTAL", "Total punto", "Suma"]
                said = chance.choice(["Subtotal", "Total día", "Total"] if by_day else of_point)
                body.append(self._total_row(order, said, [(point[0], day) for point, day in keys]))
        return body

    def _total_row(self, order: list[str], said: str | None, keys: list[tuple[str, dt.date]]) -> list[Any]:
        at, row = order.index("figure"), [None] * len(order)
        row[0 if at else 1], row[at] = said, self._sum(keys)
        return row

    def _add_totals(self, body: list[list[Any]], order: list[str]) -> None:
        chance, keys = self.chance, [(code, day) for code, _ in self.points for day in self.days]
        words = ["TOTAL", "Total", "Total general", "TOTALES", "Suma", "Total:", "Total m3", "TOTAL DEL DÍA"]
        where = chance.random()
        if where < 0.15:
            body.append(self._total_row(order, chance.choice([*words, "Gran total"]), keys))
            self.notes.append("total below")
        elif where < 0.2:
            body.insert(0, self._total_row(order, chance.choice(words), keys))
            self.notes.append("total on top")
        elif where < 0.23 and order.index("figure") and len(keys) > 1 and not self.bad:
            if "equal again" not in self.notes:
                body.append(self._total_row(order, None, keys))
                self.notes.append("total without a word")
        elif where < 0.26:
            body += [self._total_row(order, word, keys) for word in ("Promedio", "Máximo", "Mínimo")]
            self.notes.append("average below")

    def _spoil(self, body: list[list[Any]], order: list[str]) -> None:
        """Make of one row one that is to be mended: a point that nobody has, less than nothing, or two figures."""
        chance = self.chance
        rows = [
            row
            for row in body
            if not self._is_total(row)
            and isinstance(row[order.index("figure")], Decimal)
            and row[order.index("point")] is not None
        ]
        if len(rows) < 2 or "equal again" in self.notes or "merged" in self.notes or chance.random() > 0.15:
            return
        row = chance.choice(rows)
        at_point, at_day, at_figure = (order.index(each) for each in ("point", "day", "figure"))
        code = next(code for code, name in self.points if self._name((code, name)) == row[at_point])
        kind = chance.choice(["misspelt", "negative", "brackets", "two figures"])
        self.notes.append(kind)
        self.bad.add((code, row[at_day]))
        if kind == "misspelt":
            row[at_point] = Wrong(chance.choice(["EDS Brisas del Guatiqia", "PE-00O1", "Desconocida"]))
            if "name" in order:
                row[order.index("name")] = "Desconocida"
        elif kind == "two figures":
            other = list(row)
            row[at_figure], other[at_figure] = (
                Wrong(self.spell(row[at_figure])),
                Wrong(self.spell(row[at_figure] + 1)),
            )
            body.append(other)
        else:
            said = self.spell(abs(row[at_figure]) + 1)
            row[at_figure] = Wrong(f"({said})" if kind == "brackets" else f"-{said}")

    def _head(self, head: list[Any], body: list[list[Any]], figures: set[int]) -> None:
        """Put the header above the body: of one row or two, and a row of units below it."""
        chance = self.chance
        rows: list[list[Any]] = [head]
        if chance.random() < 0.08 and len(head) > 2:
            group: list[Any] = [None] * len(head)
            group[0] = chance.choice(["Identificación", "Datos", "Punto de consumo"])
            group[min(2, len(head) - 1)] = chance.choice(["Medición", "Variables de proceso"])
            rows.insert(0, group)
            self.notes.append("groups above the header")
        if getattr(self, "unit_row", False):
            rows.append(
                [
                    self._unit_word() if place in figures else ({"Presión (psig)": "psig"}.get(title, "") or None)
                    for place, title in enumerate(head)
                ]
            )
        elif chance.random() < 0.05:
            rows.append([])
            self.notes.append("blank below the header")
        self.rows = [*rows, *body]

    def _unit_word(self) -> str:
        return self.chance.choice(["m³", "m3", "(m3)", "Sm3"]) if self.unit == "m3" else self.unit

    def _say_unit_above(self) -> None:
        """For shapes whose titles name no figure: the unit stands above, or nowhere where it is m³."""
        if self.unit != "m3" or self.chance.random() < 0.3:
            word = self._unit_word().strip("()")
            self.above.append([self.chance.choice([f"Consumos en {word}", f"Unidad: {word}", f"Volumen ({word})"])])
            self.notes.append("unit above")

    def points_across(self) -> None:
        chance = self.chance
        self._say_unit_above()
        head: list[Any] = [chance.choice(["Fecha", "Día", "Día de gas", "FECHA"]), *map(self._name, self.points)]
        body: list[list[Any]] = [[day, *[self._cell(code, day) for code, _ in self.points]] for day in self.days]
        if chance.random() < 0.3:
            title = chance.choice(["Total", "TOTAL", "Total día", "Suma", "Promedio", "Total m3"])
            head.append(title)
            for row, day in zip(body, self.days, strict=True):
                row.append(self._sum([(code, day) for code, _ in self.points]))
            self.notes.append("total right")
        if chance.random() < 0.3:
            row = [chance.choice(["Total", "TOTAL MES", "Promedio", "Máximo", "Suma"])]
            row += [self._sum([(code, day) for day in self.days]) for code, _ in self.points]
            row += [self._sum(list(self.truth))] if len(head) > len(row) else []
            if chance.random() < 0.15:
                body.insert(0, row)
                self.notes.append("total on top")
            else:
                body.append(row)
                self.notes.append("total below")
        head, body = self._with_extras_across(head, body)
        rows = [head]
        if chance.random() < 0.12 and self.called == "code":
            known = dict(self.points)
            rows = [
                [head[0], *[known.get(text) for text in head[1:]]],
                [None, *[text if text in known else None for text in head[1:]]],
            ]
            rows[0] = [text or (head[at] if rows[1][at] is None else None) for at, text in enumerate(rows[0])]
            self.notes.append("names over codes")
        self.rows = [*rows, *body]

    def _with_extras_across(self, head: list[Any], body: list[list[Any]]) -> tuple[list[Any], list[list[Any]]]:
        if self.chance.random() < 0.25:
            title, draw = self.chance.choice(
                [
                    ("Observaciones", lambda: self.chance.choice(["", "lluvia", "corte"])),
                    ("Día semana", lambda: self.chance.choice(WEEKDAYS)),
                    ("Responsable", lambda: "J. Pérez"),
                    ("Presión puerta", lambda: Decimal("61.5")),
                    ("Semana", lambda: "47"),
                    ("Desbalance", lambda: Decimal("-12.5")),
                ]
            )
            at = self.chance.choice([len(head), len(head), 1])
            self.notes.append(f"+{title}@{at}")
            head = [*head[:at], title, *head[at:]]
            body = [[*row[:at], draw() if not self._is_total(row) else None, *row[at:]] for row in body]
        return head, body

    def days_across(self) -> None:
        chance = self.chance
        if len(self.days) < 2:
            self.long()
            return
        self._say_unit_above()
        head: list[Any] = [chance.choice(["Punto", "EDS", "Estación", "Código", "Punto de consumo"]), *self.days]
        body: list[list[Any]] = [
            [self._name(point), *[self._cell(point[0], day) for day in self.days]] for point in self.points
        ]
        if chance.random() < 0.3:
            head.append(chance.choice(["Total", "TOTAL", "Promedio", "Acumulado", "Total mes"]))
            for row, (code, _) in zip(body, self.points, strict=True):
                row.append(self._sum([(code, day) for day in self.days]))
            self.notes.append("total right")
        if chance.random() < 0.3:
            row: list[Any] = [chance.choice(["Total", "TOTAL GENERAL", "Promedio", "Suma"])]
            row += [self._sum([(code, day) for code, _ in self.points]) for day in self.days]
            row += [self._sum(list(self.truth))] if len(head) > len(row) else []
            body.append(row)
            self.notes.append("total below")
        if chance.random() < 0.25:
            title = chance.choice(["Municipio", "Contrato", "Nombre", "Ciudad", "Modalidad"])
            if title != "Nombre" or self.called == "code":
                known = dict(self.points)
                head.insert(1, title)
                for row in body:
                    row.insert(
                        1,
                        known.get(row[0]) if title == "Nombre" else ("NR-0001" if not self._is_total(row) else None),
                    )
                self.notes.append(f"+{title}@1")
        self.rows = [head, *body]
        if chance.random() < 0.15:
            names = [WEEKDAYS[cell.weekday()][:3] if isinstance(cell, dt.date) else None for cell in head]
            self.rows.insert(chance.choice([0, 1]), names)
            self.notes.append("weekdays")
