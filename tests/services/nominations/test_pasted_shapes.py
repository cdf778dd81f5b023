"""Tables of every shape that people paste, made at random: what is taken is what the table says, or nothing is."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest

from portal.domain.gas_day import GasDay
from portal.services.nominations.groups import pasted
from portal.services.nominations.groups.left_out import Missed
from portal.services.store.refusals import Rejected
from tests.services.nominations.test_pasted_tables import OPEN, POINTS, TODAY

MONTHS = ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic")
WEEKDAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
Truth = dict[tuple[int, GasDay], int]
WEEKDAY_ALONE = 10
# Lines above weekdays from Tuesday to Saturday of the week of 30 November: by how many days they move them; None where
# nothing may be taken.
WEEK_LINES = {
    "": None,
    "Semana del 30 de noviembre": 0,
    "Nominación semana del lunes 30 de noviembre de 2026": 0,
    "Semana del 30/11/2026 al 06/12/2026": 0,
    "SEMANA DEL 7 AL 13 DE DICIEMBRE": 7,
    "Semana del 7 de diciembre": 7,
    "Semana del 6 de diciembre": None,
    "Semana 49": None,
    "Próxima semana": None,
    "Semana del martes 30 de noviembre": None,
    "Semana del 30 de noviembre al 8 de diciembre": None,
    "Semana del 30 al 6 de diciembre": None,
    "Semana 48 del 30 de noviembre": None,
    "Del 30 de noviembre": None,
}


def spell_day(day: date, form: int) -> str:
    """A day as people write it; the last three forms are no date, and never to be taken for one."""
    weekday, month = WEEKDAYS[day.weekday()], MONTHS[day.month - 1]
    return (
        f"{day.day}/{day.month}/{day.year}",
        f"{day:%d-%m-%y}",
        f"{day.day} {month}",
        f"{weekday[:3]} {day.day} {month}",
        f"{weekday}, {day.day} de diciembre",
        day.isoformat(),
        f"{day:%d.%m.%Y}",
        f"{day.day}-{month}-{day:%y}",
        f"{weekday[:3].upper()} {day:%d}",
        str(day.day),
        weekday,
    )[form]


def spell_quantity(chance: Random, quantity: int) -> str:
    grouped = f"{quantity:,}".replace(",", ".")
    return chance.choice([str(quantity), grouped, f"{quantity} m3", f"{grouped} m³", f"{quantity}.00"])


class Drawn:
    """A table of some points and days, and what it says."""

    def __init__(self, seed: int) -> None:
        chance = self.chance = Random(seed)
        self.points = chance.sample(POINTS, chance.randint(1, 3))
        self.days = [TODAY.plus(ahead) for ahead in sorted(chance.sample(range(1, 6), chance.randint(1, 3)))]
        self.form = chance.randrange(11)
        self.truth: Truth = {
            (point.id, day): chance.randrange(1_000, 20_000) for point in self.points for day in self.days
        }
        self.is_titled = True
        # What a line above says of weekdays without a date: the week of the days, another one, or nothing clear.
        self.week = chance.choice(list(WEEK_LINES)) if self.form == WEEKDAY_ALONE else ""
        self.rows = chance.choice([self._days_across, self._points_across, self._a_row_each])()
        self._disturb()
        if self.week:
            self.rows.insert(0, [self.week])
            moved = WEEK_LINES[self.week]
            self.truth = (
                {} if moved is None else {(at, day.plus(moved)): said for (at, day), said in self.truth.items()}
            )

    @property
    def text(self) -> str:
        between = self.chance.choice("\t\t;|")
        return "\n".join(between.join(row) for row in self.rows)

    def _name(self, place: int) -> str:
        point = self.points[place]
        return self.chance.choice([point.name, point.carrier_code, point.name.upper()])

    def _said(self, place: int, day: GasDay) -> str:
        return spell_quantity(self.chance, self.truth[self.points[place].id, day])

    def _days(self) -> list[str]:
        return [spell_day(day.date, self.form) for day in self.days]

    def _days_across(self) -> list[list[str]]:
        title = self.chance.choice(["Punto", "Estación", "EDS", ""])
        body = [[self._name(at), *[self._said(at, day) for day in self.days]] for at in range(len(self.points))]
        return [[title, *self._days()], *body]

    def _points_across(self) -> list[list[str]]:
        places = range(len(self.points))
        title = self.chance.choice(["Fecha", "Día", ""])
        body = [
            [said, *[self._said(at, day) for at in places]] for day, said in zip(self.days, self._days(), strict=True)
        ]
        return [[title, *[self._name(at) for at in places]], *body]

    def _a_row_each(self) -> list[list[str]]:
        order = self.chance.sample(range(3), 3)
        titles = [
            self.chance.choice(each)
            for each in (["Punto", "Estación"], ["Fecha", "Día"], ["Cant.", "m3", "Nominación"])
        ]
        rows = [
            [self._name(at), said, self._said(at, day)]
            for at in range(len(self.points))
            for day, said in zip(self.days, self._days(), strict=True)
        ]
        self.is_titled = self.chance.random() < 0.8
        return [[row[place] for place in order] for row in ([titles] if self.is_titled else []) + rows]

    def _disturb(self) -> None:
        """Add what real sheets have besides: a column more, totals, a line above, a line below."""
        chance = self.chance
        if chance.random() < 0.4:
            at = chance.randint(0, len(self.rows[0]))
            title = chance.choice(["Obs", "Municipio", "N°", "Unidad", "Promedio", "Total", "Usual", "Contrato"])
            for place, row in enumerate(self.rows):
                row.insert(at, title if self.is_titled and not place else self._beside(title, place))
        if chance.random() < 0.3:
            self.rows.append(["Total", *[str(chance.randrange(9_999, 99_999)) for _ in self.rows[0][1:]]])
        if chance.random() < 0.3:
            self.rows.insert(0, [chance.choice(["Programa", "Nominación de gas", "Contrato NR-GS-001", "Semana 49"])])
        if chance.random() < 0.2:
            self.rows.append([chance.choice(["Elaboró: Juan Pérez", "Tel 310 555 0101", "Enviado 30/11/2026"])])

    def _beside(self, title: str, place: int) -> str:
        figure = str(self.chance.randrange(1_000, 9_000))
        remark = self.chance.choice(["ok", "revisar 2 dic", "2 dic", "280", ""])
        said = {"Obs": remark, "Municipio": "Acacías", "N°": str(place), "Unidad": "m3", "Contrato": "NR-GS-001"}
        return said.get(title, figure)


def read(drawn: Drawn) -> Truth:
    """The quantities that were taken; without those that stay as text."""
    try:
        found = pasted.parse_table(drawn.text, points=POINTS, open_days=OPEN, today=TODAY)
    except Rejected:
        return {}
    return {
        (point, given.gas_day): int(given.quantity.amount)
        for point, of_point in found.cells.items()
        for given in of_point
        if given.quantity is not None
    }


@pytest.mark.parametrize("first", range(0, 3_000, 500))
def test_no_table_gives_another_figure_than_it_says(first: int):
    for seed in range(first, first + 500):
        drawn = Drawn(seed)
        wrong = {key: amount for key, amount in read(drawn).items() if drawn.truth.get(key) != amount}
        assert wrong == {}, f"seed {seed}:\n{drawn.text}"


def test_most_tables_with_dates_are_taken_whole():
    drawn = [each for each in map(Drawn, range(1_000)) if each.form < 8]
    whole = sum(read(each) == each.truth for each in drawn)
    assert whole >= 0.85 * len(drawn), f"{whole} of {len(drawn)}"


def test_weekdays_below_the_line_of_their_week_are_taken():
    # Those of a week later are beyond the seven days of a table.
    drawn = [each for each in map(Drawn, range(12_000)) if WEEK_LINES.get(each.week or " ") == 0]
    whole = sum(read(each) == each.truth for each in drawn)
    assert len(drawn) > 200
    assert whole >= 0.75 * len(drawn), f"{whole} of {len(drawn)}"


@pytest.mark.parametrize("lies", ["across", "down"])
@pytest.mark.parametrize("first", range(1, 9))
@pytest.mark.parametrize("count", [5, 6, 7, 8])
def test_weekdays_alone_are_taken_only_as_the_next_seven_open_days_in_order(lies: str, first: int, count: int):
    days = [TODAY.plus(first + place) for place in range(count)]
    names = [WEEKDAYS[day.date.weekday()] for day in days]
    quantities = [str(1_000 + place) for place in range(count)]
    if lies == "across":
        text = "\n".join("\t".join(row) for row in (["Punto", *names], [POINTS[0].name, *quantities]))
    else:
        body = [[name, each, "7000"] for name, each in zip(names, quantities, strict=True)]
        text = "\n".join("\t".join(row) for row in (["Día", POINTS[0].name, POINTS[3].name], *body))
    if (first - 1) % 7 or count != 7:
        with pytest.raises(Rejected) as refused:
            pasted.parse_table(text, points=POINTS, open_days=OPEN, today=TODAY)
        assert {each.why for each in refused.value.facts["left_out"]} <= {Missed.WEEKDAY_ALONE, Missed.REPEATED}
        return
    found = pasted.parse_table(text, points=POINTS, open_days=OPEN, today=TODAY)
    assert [int(given.quantity.amount) for given in found.cells[1] if given.quantity] == list(map(int, quantities))
    assert [given.gas_day for given in found.cells[1]] == OPEN[:7]


@pytest.mark.parametrize(
    "text",
    [
        # Dates of its own below the weekdays, whatever the week above says.
        "Semana del 30 de noviembre\nPunto\tmartes\tmiércoles\n\t8/12/2026\t9/12/2026\nEDS El Morichal\t1000\t1001\n",
        # Numbers of days below them.
        "Semana del 30 de noviembre\nPunto\tmartes\tmiércoles\n\t8\t9\nEDS El Morichal\t1000\t1001\n",
        # Two weeks, and a date beside the week.
        "Semana del 30 de noviembre\nSemana del 7 de diciembre\nPunto\tmartes\nEDS El Morichal\t1000\n",
        "Semana del 30 de noviembre\nEnviado 9/12/2026\nPunto\tmartes\nEDS El Morichal\t1000\n",
        # A second table that names no week of its own.
        "Punto\tmartes\nEDS El Morichal\t1000\nPunto\tmartes\nEDS El Morichal\t1001\n",
        # A gap in the column, and a column of remarks.
        "Semana del 30 de noviembre\nDía\tEDS El Morichal\nmartes\t1000\n\t1001\n",
        "Semana del 7 de diciembre\nEDS El Morichal\tmartes\tmiércoles\t1000\n",
    ],
)
def test_weekdays_with_a_doubt_are_never_put_on_a_day_of_the_portals_choosing(text: str):
    try:
        found = pasted.parse_table(text, points=POINTS, open_days=OPEN, today=TODAY)
    except Rejected:
        return
    # Only the dates that the table says itself.
    said = {GasDay(date(2026, 12, 8)), GasDay(date(2026, 12, 9))}
    assert {given.gas_day for of_point in found.cells.values() for given in of_point} <= said
