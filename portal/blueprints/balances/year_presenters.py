"""Overview of a year for its template: ready strings."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from portal.domain.balance import tell_side
from portal.domain.calendar import MONTHS, day_short, month_words
from portal.domain.counts import agree, counted
from portal.domain.gas_day import AccountYear, GasDay, Month, YearKind
from portal.domain.quantities import Quantity
from portal.services.account.balances import YearDay, YearMonth, YearOverview
from portal.web.filters import UNIT_WORDS, measure, quantity, size

from .cells import Cell, KeyFigure, balance, figure, percent, share_words, side_words, strayed
from .links import Place
from .plot import LOWER, UPPER, Chart, Columns, Key, Label, Scale, Spot, share
from .words import AFTER_END_WORDS, days, tone


class MonthLine(NamedTuple):
    """Row of the table: the month, its address, its figures by field, its notes."""

    month: str
    name: str
    url: str
    figures: tuple[tuple[str, str, Cell], ...]
    measured: int
    missing: str | None
    after_end: str | None
    out: int
    statement: str
    restated: str | None


class WorstLine(NamedTuple):
    """One of the year's worst days, with the address of its row."""

    gas_day: str
    day: str
    url: str
    due: Cell
    consumed: Cell
    imbalance: Cell
    variation: Cell


class YearPage(NamedTuple):
    """Page of a year."""

    title: str
    extent: str
    unit: str
    tolerance: str
    figures: tuple[KeyFigure, ...]
    lines: tuple[MonthLine, ...]
    total: MonthLine
    pending: tuple[Cell, Cell] | None
    most_out: tuple[WorstLine, ...]
    largest: tuple[WorstLine, ...]
    incomplete: str | None
    days_out: int


def year_words(year: AccountYear) -> str:
    """Return a year in words: "año 2026", "año de gas 2025–2026"."""
    return f"año de gas {year.number - 1}–{year.number}" if year.kind is YearKind.GAS else f"año {year.number}"


def present(overview: YearOverview, place: Place) -> YearPage:
    """Return the strings of an overview; ``place`` is the base of its links."""
    total = overview.total
    return YearPage(
        title=year_words(overview.year),
        extent=f"Del {_date(overview.year.first_day)} al {_date(overview.year.last_day)}",
        unit=UNIT_WORDS[overview.unit],
        tolerance=percent(Decimal(overview.tolerance_basis_points) / 100, fewest=0),
        figures=_key_figures(overview),
        lines=tuple([_line(each, place.month(each.month), month_words(each.month)) for each in overview.months]),
        total=_line(total, "", _total_words(total)),
        pending=_pending(total),
        most_out=tuple([_worst(day, place, overview.ends_on) for day in overview.most_out]),
        largest=tuple([_worst(day, place, overview.ends_on) for day in overview.largest]),
        incomplete=_incomplete(overview),
        days_out=total.days_out,
    )


def _line(found: YearMonth, url: str, name: str) -> MonthLine:
    versions = found.closings
    return MonthLine(
        month=found.month.isoformat(),
        name=name,
        url=url,
        figures=(
            ("nominated", "Nominación", figure(found.nominated)),
            ("authorised", "Autorizada", figure(found.authorised)),
            ("consumed", "Consumo", figure(found.consumed)),
            ("imbalance", "Desbalance", balance(found.imbalance, incomplete=found.missing_days > 0)),
            ("adjustment", "Ajustes", _adjustment(found.adjustment)),
            ("closing", "Acumulado total", balance(found.closing, incomplete=found.closing_incomplete)),
        ),
        measured=found.measured_days,
        missing=agree(found.missing_days, "falta {}", "faltan {}") if found.missing_days else None,
        after_end=f"{found.after_end} {AFTER_END_WORDS}" if found.after_end else None,
        out=found.days_out,
        statement=versions[-1].number if versions else "",
        restated=f"cambió después del cierre; antes {versions[-2].number}" if len(versions) > 1 else None,
    )


def _total_words(total: YearMonth) -> str:
    return f"En {days(total.measured_days)} con medición" if _pending(total) else "Total del año"


def _pending(total: YearMonth) -> tuple[Cell, Cell] | None:
    """Return the sums nominated and authorised for days without a reading; None without such days."""
    asked, allowed = total.pending_nominated, total.pending_authorised
    return (figure(asked), figure(allowed)) if asked.micro or allowed.micro else None


def _adjustment(value: Quantity) -> Cell:
    return balance(value) if value.micro else figure(value)


def _worst(day: YearDay, place: Place, ends_on: GasDay | None) -> WorstLine:
    month = place.month(Month.of(day.gas_day), row=f"d{day.gas_day.date.day:02}")
    return WorstLine(
        day.gas_day.isoformat(),
        day_short(day.gas_day),
        month,
        figure(day.due),
        figure(day.consumed, AFTER_END_WORDS if ends_on is not None and day.gas_day >= ends_on else ""),
        balance(day.imbalance),
        strayed(day.variation, day.out_of_tolerance),
    )


def _key_figures(overview: YearOverview) -> tuple[KeyFigure, ...]:
    total, unit = overview.total, UNIT_WORDS[overview.unit]
    last = _last_measured(overview)
    reached = "de años anteriores" if last is None else f"en {month_words(last)}"
    out = agree(total.days_out, "día", "días")
    share = f"de {days(total.measured_days)} con medición"
    return (
        KeyFigure(
            "Consumo del año", figure(total.consumed), unit, share_words(total.measured_days, total.missing_days)
        ),
        KeyFigure(
            "Desbalance del año",
            balance(total.imbalance),
            unit,
            side_words(
                total.imbalance,
                total.missing_days > 0,
                "consumió menos de lo autorizado",
                "consumió más de lo autorizado",
                measured=total.measured_days > 0,
            ),
            tone(total.imbalance) or None,
        ),
        KeyFigure(
            "Acumulado total",
            balance(total.closing),
            unit,
            side_words(total.closing, total.closing_incomplete, reached, reached),
            tone(total.closing) or None,
        ),
        KeyFigure("Fuera de tolerancia", Cell(str(total.days_out), str(total.days_out)), out, share),
    )


def _last_measured(overview: YearOverview) -> Month | None:
    """Return the last month with a measurement: later ones have nominations alone, which move no balance."""
    return next((each.month for each in reversed(overview.months) if each.measured_days), None)


def _incomplete(overview: YearOverview) -> str | None:
    total = overview.total
    if total.missing_days:
        return (
            f"Falta la medición de {days(total.missing_days)} de este año: los totales no los cuentan y están"
            " incompletos hasta que llegue."
        )
    if total.closing_incomplete:
        return "Faltan mediciones de años anteriores: el acumulado total no las cuenta y está incompleto."
    return None


def _date(day: GasDay) -> str:
    return f"{day.date.day} de {MONTHS[day.date.month - 1]} de {day.date.year}"


def draw(overview: YearOverview, place: Place, point_name: str, view: YearPage) -> Chart:
    """Return the chart of an overview."""
    unit, last = UNIT_WORDS[overview.unit], _last_measured(overview)
    months = [] if last is None else [each for each in overview.months if each.month <= last]
    calendar = overview.year.months()
    columns = Columns(len(calendar))
    placed = [(calendar.index(each.month), each) for each in months]
    at = [calendar.index(each.month) for each in months]
    due = [_due(each) for each in months]
    above = Scale(UPPER, [0, 10**6, *due, *[each.consumed.micro for each in months]], 4)
    opening = overview.total.opening.micro
    below = Scale(LOWER, [opening, opening + 10**6, *[each.closing.micro for each in months]], 4)
    return Chart(
        title=f"Consumo, cantidad autorizada y acumulado, {view.title}",
        sentence=_sentence(overview, point_name, view),
        upper_title=f"{unit} por mes",
        lower_title=f"Acumulado total, {unit}",
        upper=above.ticks(overview.unit),
        lower=below.ticks(overview.unit),
        width=columns.width,
        bars=columns.bars(above, [(n, m.consumed.micro) for n, m in placed if not m.missing_days]),
        estimated=columns.bars(above, [(n, m.consumed.micro) for n, m in placed if m.missing_days]),
        outs=(),
        due=columns.stairs([(n, above.y(amount)) for n, amount in zip(at, due, strict=True)]),
        band="",
        total=columns.line([(n, below.y(each.closing.micro)) for n, each in zip(at, months, strict=True)]),
        dot=(share(columns.middle(at[-1])), share(below.y(months[-1].closing.micro))) if months else None,
        today=None,
        labels=tuple(
            [
                Label(share(columns.middle(n)), MONTHS[month.number - 1][:3], n % 2 == 1)
                for n, month in enumerate(calendar)
            ]
        ),
        spots=_spots(overview, place),
        keys=_keys(overview),
    )


def _due(month: YearMonth) -> int:
    """Return the quantity authorised on the days with a reading, which the imbalance counts."""
    return month.consumed.micro + month.imbalance.micro


def _spots(overview: YearOverview, place: Place) -> tuple[Spot, ...]:
    found = {
        each.month: Spot(place.month(each.month), f"{month_words(each.month)}: {_spot_words(each)}")
        for each in overview.months
    }
    return tuple([found.get(month, Spot(None, "")) for month in overview.year.months()])


def _spot_words(month: YearMonth) -> str:
    """Return the month's figures; its balance without a sign, for its side follows in words."""
    if not month.measured_days:
        return "sin mediciones"
    return (
        f"consumo {measure(month.consumed)}, desbalance {size(month.imbalance)} {tell_side(month.imbalance)}".rstrip()
    )


def _keys(overview: YearOverview) -> tuple[Key, ...]:
    found = [Key("key-bar", "Consumo")]
    if overview.total.missing_days:
        found.append(Key("key-estimated", "Consumo de un mes incompleto"))
    return (
        *found,
        Key("key-due", "Autorizado en los días con medición"),
        Key("key-total", "Acumulado total al terminar el mes"),
    )


def _sentence(overview: YearOverview, point_name: str, view: YearPage) -> str:
    total, unit = overview.total, UNIT_WORDS[overview.unit]
    if not total.measured_days:
        return f"{point_name} no tiene consumo medido en el {view.title}."
    out = total.days_out
    strayed = counted(out, "día quedó", "días quedaron") if out else "ningún día quedó"
    return (
        f"En el {view.title} {point_name} consumió {quantity(total.consumed)} {unit} en {days(total.measured_days)} con"
        f" medición; {strayed} fuera de la tolerancia de {view.tolerance}. El acumulado total llegó a"
        f" {quantity(abs(total.closing))} {unit} {tell_side(total.closing) or '(en equilibrio)'}."
    )
