"""Chart of a month: consumption against the authorised quantity, and the running account with its tolerance."""

from __future__ import annotations

from portal.domain.balance import tell_side
from portal.domain.calendar import day_short
from portal.domain.counts import counted
from portal.domain.readings import ReadingState
from portal.services.account.balances import MonthSheet, SheetDay
from portal.web.filters import UNIT_WORDS, measure, quantity

from .cells import strayed
from .plot import LOWER, UPPER, Chart, Columns, Key, Label, Scale, Spot, share
from .words import days

_BASIS_POINTS = 10_000
DUE_WORDS = "Autorizado, o nominado si aún no se autoriza"


def draw(sheet: MonthSheet, point_name: str, month: str, tolerance: str) -> Chart:
    """Return the chart of a sheet."""
    rows, unit = sheet.account.rows, UNIT_WORDS[sheet.unit]
    # As wide as the whole month, so that a month that has begun shows what is to come.
    length = sheet.month.last.date.day
    columns = Columns(length)
    place = [row.gas_day.date.day - 1 for row in rows]
    totals = [row.total_to_date.micro for row in rows]
    outer = _band(sheet)
    most = [row.due.micro for row in rows] + [row.consumed.micro for row in rows if row.consumed is not None]
    above = Scale(UPPER, [0, 10**6, *most], 4)
    # The movement matters, not the distance from zero: this panel begins where the month does.
    opening = sheet.account.opening.micro
    below = Scale(LOWER, [opening, opening + 10**6, *totals, *[edge for pair in outer for edge in pair]], 4)
    return Chart(
        title=f"Consumo, cantidad autorizada y acumulado de {month}",
        sentence=_sentence(sheet, point_name, month, tolerance),
        upper_title=f"{unit} por día",
        lower_title=f"Acumulado total, {unit}",
        upper=above.ticks(sheet.unit),
        lower=below.ticks(sheet.unit),
        width=columns.width,
        bars=columns.bars(above, _measured(sheet, estimated=False)),
        estimated=columns.bars(above, _measured(sheet, estimated=True)),
        outs=tuple([share(columns.middle(_place(day))) for day in sheet.days if day.out_of_tolerance]),
        due=columns.stairs([(at, above.y(row.due.micro)) for at, row in zip(place, rows, strict=True)]),
        band=_around(columns, below, place, outer),
        total=columns.line([(at, below.y(amount)) for at, amount in zip(place, totals, strict=True)]),
        dot=(share(columns.middle(place[-1])), share(below.y(totals[-1]))) if rows else None,
        today=next(
            (share(columns.middle(at)) for at, row in zip(place, rows, strict=True) if row.gas_day == sheet.today), None
        ),
        labels=tuple(
            [Label(share(columns.middle(n - 1)), str(n)) for n in range(1, length + 1) if n % 5 == 0 or n == 1]
        ),
        spots=_spots(sheet, length),
        keys=_keys(sheet, tolerance),
    )


def _today(sheet: MonthSheet, columns: Columns) -> str | None:
    listed = any(row.gas_day == sheet.today for row in sheet.account.rows)
    return share(columns.middle(sheet.today.date.day - 1)) if listed else None


def _place(day: SheetDay) -> int:
    return day.account.gas_day.date.day - 1


def _measured(sheet: MonthSheet, *, estimated: bool) -> list[tuple[int, int]]:
    return [
        (_place(day), day.account.consumed.micro)
        for day in sheet.days
        if day.account.consumed is not None and (day.reading_state is ReadingState.ESTIMATED) is estimated
    ]


def _around(columns: Columns, scale: Scale, place: list[int], outer: list[tuple[int, int]]) -> str:
    upper = [(at, scale.y(high)) for at, (_, high) in zip(place, outer, strict=True)]
    lower = [(at, scale.y(low)) for at, (low, _) in zip(place, outer, strict=True)]
    return f"{columns.line([*upper, *lower[::-1]])}z" if outer else ""


def _band(sheet: MonthSheet) -> list[tuple[int, int]]:
    """Return the range of the running account if every measured day had kept to the tolerance."""
    at, reach = sheet.account.opening.micro, 0
    found = []
    for row in sheet.account.rows:
        at += row.adjustment.micro
        if row.consumed is not None:
            reach += row.due.micro * sheet.tolerance_basis_points
        found.append((at - reach // _BASIS_POINTS, at + reach // _BASIS_POINTS))
    return found


def _spots(sheet: MonthSheet, length: int) -> tuple[Spot, ...]:
    """Return a spot per day of the month; days outside the table have no words."""
    found = {day.account.gas_day.date.day: _spot(day) for day in sheet.days}
    return tuple([found.get(number, Spot(None, "")) for number in range(1, length + 1)])


def _spot(day: SheetDay) -> Spot:
    account = day.account
    said = [f"{day_short(account.gas_day)}: autorizado {measure(account.due)}"]
    if account.consumed is None:
        said.append("sin medición")
    else:
        cell = strayed(account.variation, day.out_of_tolerance)
        said += [f"consumo {measure(account.consumed)}", f"{cell.words}: {cell.text}"]
    return Spot(f"#d{account.gas_day.date.day:02}", ", ".join(said))


def _keys(sheet: MonthSheet, tolerance: str) -> tuple[Key, ...]:
    found = [Key("key-bar", "Consumo")]
    if any(day.reading_state is ReadingState.ESTIMATED for day in sheet.days):
        found.append(Key("key-estimated", "Consumo estimado"))
    if any(day.out_of_tolerance for day in sheet.days):
        found.append(Key("key-out", "Día fuera de tolerancia"))
    found += [Key("key-due", DUE_WORDS), Key("key-total", "Acumulado total")]
    return (*found, Key("key-band", f"Con cada día dentro de la tolerancia de {tolerance}"))


def _sentence(sheet: MonthSheet, point_name: str, month: str, tolerance: str) -> str:
    account, unit = sheet.account, UNIT_WORDS[sheet.unit]
    if not account.measured_days:
        return f"{point_name} no tiene consumo medido en {month}."
    outside = sum(day.out_of_tolerance for day in sheet.days)
    strayed_days = counted(outside, "día quedó", "días quedaron") if outside else "ningún día quedó"
    closing = account.closing
    return (
        f"En {month} {point_name} consumió {quantity(account.consumed)} {unit} en {days(account.measured_days)} con"
        f" medición; {strayed_days} fuera de la tolerancia de {tolerance}. El acumulado total llegó a"
        f" {quantity(abs(closing))} {unit} {tell_side(closing) or '(en equilibrio)'}."
    )
