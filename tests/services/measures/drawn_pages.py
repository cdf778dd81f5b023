"""Drawn tables by the hour, of groups, and those with a point, a day or a month above them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from tests.services.measures.drawn_tables import Tables
from tests.services.measures.drawn_words import LONG_MONTHS, MARKS, Missing, spell_day


class Pages(Tables):
    """Tables by the hour, of groups, and those with a point, a day or a month above them."""

    decimals: int

    def _hours_of(self, code: str, day: dt.date) -> list[Decimal]:
        total = self.truth[code, day]
        step = Decimal(1).scaleb(-self.decimals)
        each = (total / 24).quantize(step)
        return (
            [*[each] * 23, total - each * 23] if total - each * 23 >= 0 else [Decimal(0).quantize(step)] * 23 + [total]
        )

    def _drop_hours(self) -> dict[tuple[str, dt.date], int]:
        """Some days lack an hour, so that they have no total."""
        dropped: dict[tuple[str, dt.date], int] = {}
        self.points, self.days = self.points[:2], self.days[:2]
        self.truth = {
            (code, day): self.truth.get((code, day), Decimal(240)) for code, _ in self.points for day in self.days
        }
        self.gaps = set()
        for key in list(self.truth):
            if self.chance.random() < 0.15:
                dropped[key] = self.chance.randrange(24)
                self.notes.append("hour missing")
        return dropped

    def _without(self, dropped: dict[tuple[str, dt.date], int]) -> None:
        for key in dropped:
            del self.truth[key]
            self.gaps.add(key)

    def hours(self) -> None:
        chance = self.chance
        dropped = self._drop_hours()
        first = chance.choice([0, 1])
        spell = chance.choice(["{}", "{:02}:00", "H{}", "{:02}", "Hora {}"])
        head = [chance.choice(["Punto", "Código"]), "Fecha", "Hora", self._volume_title()]
        body: list[list[Any]] = []
        for point in self.points:
            for day in self.days:
                for hour, value in enumerate(self._hours_of(point[0], day)):
                    if dropped.get((point[0], day)) == hour:
                        if chance.random() < 0.5:
                            continue
                        value = Missing(chance.choice(MARKS))  # noqa: PLW2901
                    body.append([self._name(point), day, spell.format(hour + first), value])
        self._without(dropped)
        title = head[3]
        head, body = self._with_extras(head, body)
        self._head(head, body, figures={head.index(title)})

    def moments(self) -> None:
        chance = self.chance
        dropped = self._drop_hours()
        ends = chance.random() < 0.5
        self.answers["stamps"] = "hora-fin" if ends else "hora-inicio"
        head = [
            chance.choice(["Fecha y hora", "Timestamp", "Fecha/Hora"]),
            chance.choice(["Punto", "Código", "Tag"]),
            self._volume_title(),
        ]
        body: list[list[Any]] = []
        for point in self.points:
            for day in self.days:
                start = dt.datetime(day.year, day.month, day.day)  # noqa: DTZ001
                for hour, value in enumerate(self._hours_of(point[0], day)):
                    if dropped.get((point[0], day)) != hour:
                        body.append([start + dt.timedelta(hours=hour + ends), self._name(point), value])
        self._without(dropped)
        title = head[2]
        head, body = self._with_extras(head, body, first=1)
        self._head(head, body, figures={head.index(title)})

    def hours_across(self) -> None:
        dropped = self._drop_hours()
        first = self.chance.choice([0, 1])
        spell = self.chance.choice(["H{}", "{}", "{:02}:00", "Hora {}"])
        if self.unit != "m3":
            self._say_unit_above()
        head = ["Punto", "Fecha", *[spell.format(hour + first) for hour in range(24)]]
        body: list[list[Any]] = []
        total = self.chance.random() < 0.4
        for point in self.points:
            for day in self.days:
                values: list[Any] = list(self._hours_of(point[0], day))
                said = sum(values)
                if (point[0], day) in dropped:
                    values[dropped[point[0], day]] = Missing(self.chance.choice(MARKS))
                body.append([self._name(point), day, *values, *([said] if total else [])])
        self._without(dropped)
        if total:
            head.append("Total")
            self.notes.append("total right")
        self.rows = [head, *body]

    def groups_across(self) -> None:
        title = self._volume_title()
        self.unit_row = False
        if self.unit != "m3" and self.unit not in title:
            title = f"Volumen ({self.unit})"
        head: list[Any] = ["Fecha"]
        under: list[Any] = [None]
        for point in self.points:
            head += [self._name(point), None, None]
            under += [title, "Presión (psig)", "Temperatura (°F)"]
        body = [
            [
                day,
                *[
                    cell
                    for code, _ in self.points
                    for cell in (self._cell(code, day), Decimal("60.5"), Decimal("81.2"))
                ],
            ]
            for day in self.days
        ]
        self.rows = [head, under, *body]

    def point_above(self) -> None:
        self.points = self.points[:1]
        self._keep_only()
        self.above.append([self.chance.choice(["Punto:", "Medidor:", "Estación:"]), self._name(self.points[0])])
        head = [self.chance.choice(["Fecha", "Día"]), self._volume_title()]
        body = [[day, self._cell(self.points[0][0], day)] for day in self.days]
        title = head[1]
        head, body = self._with_extras(head, body)
        self._head(head, body, figures={head.index(title)})

    def _keep_only(self) -> None:
        codes = {code for code, _ in self.points}
        self.truth = {key: value for key, value in self.truth.items() if key[0] in codes and key[1] in self.days}
        self.gaps = {key for key in self.gaps if key[0] in codes and key[1] in self.days}

    def day_above(self) -> None:
        self.days = self.days[-1:]
        self._keep_only()
        day = self.days[0]
        form = self.chance.choice(["slashes", "iso", "named", "words", "weekday"])
        self.above.append([self.chance.choice(["Día de gas:", "Fecha:", "Fecha de gas:"]), spell_day(day, form)])
        head = [self.chance.choice(["Punto", "EDS"]), self._volume_title()]
        body = [[self._name(point), self._cell(point[0], day)] for point in self.points]
        self._head(head, body, figures={1})

    def blocks(self) -> None:
        """A page a point: its name above its rows, each with the header again."""
        title = self._volume_title()
        self.unit_row = False
        if self.unit != "m3" and self.unit not in title:
            title = f"Volumen ({self.unit})"
        chance = self.chance
        report = [["Reporte de consumos"], ["Planta", "Villavicencio"]] if chance.random() < 0.3 else []
        total = chance.random() < 0.4
        by_day = chance.random() < 0.3
        self.notes += [*(["titles again"] if report else []), *(["a page a day"] if by_day else [])]
        for each in self.days if by_day else self.points:
            keys = [(point, each) for point in self.points] if by_day else [(each, day) for day in self.days]
            above = ["Fecha:", spell_day(each, "slashes")] if by_day else ["Punto:", self._name(each)]
            self.rows += [*report, above, ["Punto" if by_day else "Fecha", title]]
            self.rows += [[self._name(point) if by_day else day, self._cell(point[0], day)] for point, day in keys]
            if total:
                self.rows.append(
                    [
                        chance.choice(["Total", "TOTAL", "Total día"]),
                        self._sum([(point[0], day) for point, day in keys]),
                    ]
                )
            self.rows.append([])

    def numbered_days(self) -> None:
        """The month above, and the days as numbers, across or down."""
        chance = self.chance
        month = self.days[-1].replace(day=1)
        self.days = [day for day in self.days if (day.year, day.month) == (month.year, month.month)]
        if len(self.days) < 2:
            self.days = (
                [self.days[-1].replace(day=each) for each in (1, 2)]
                if self.days[-1].day > 2
                else [month, month + dt.timedelta(days=1)]
            )
        self.truth = {
            (code, day): self.truth.get((code, day)) or self._draw_figure()
            for code, _ in self.points
            for day in self.days
        }
        self.gaps = set()
        name = LONG_MONTHS[month.month - 1]
        self.above.append(
            [
                chance.choice(
                    [
                        f"Consumos de {name} de {month.year}",
                        f"Mes: {name} {month.year}",
                        f"{name.upper()} {month.year}",
                        f"{month:%m/%Y}",
                    ]
                )
            ]
        )
        if self.unit != "m3":
            self.above.append([f"Unidad: {self.unit}"])
        if chance.random() < 0.5:
            self.rows = [
                ["Punto", *[str(day.day) for day in self.days]],
                *[[self._name(point), *[self._cell(point[0], day) for day in self.days]] for point in self.points],
            ]
        else:
            self.rows = [
                ["Día", *map(self._name, self.points)],
                *[[str(day.day), *[self._cell(code, day) for code, _ in self.points]] for day in self.days],
            ]
