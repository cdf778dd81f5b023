"""Chart of a year: consumption of each month against the authorised quantity, and the running account."""

from __future__ import annotations

from portal.domain.calendar import MONTHS, month_words
from portal.services.account.balances import YearMonth, YearOverview
from portal.web.filters import UNIT_WORDS, measure, quantity

from .links import Place
from .plot import LOWER, UPPER, Chart, Columns, Key, Label, Scale, Spot, share
from .words import days, side
from .year_presenters import YearPage


def draw(overview: YearOverview, place: Place, point_name: str, view: YearPage) -> Chart:
    """Return the chart of an overview."""
    unit, months = UNIT_WORDS[overview.unit], overview.months
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
        each.month: Spot(
            place.month(each.month),
            f"{month_words(each.month)}: consumo {measure(each.consumed)}, desbalance {measure(each.imbalance)}"
            f" {side(each.imbalance)}".rstrip(),
        )
        for each in overview.months
    }
    return tuple([found.get(month, Spot(None, "")) for month in overview.year.months()])


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
    strayed = "ningún día quedó" if not out else f"{days(out)} {'quedó' if out == 1 else 'quedaron'}"
    return (
        f"En el {view.title} {point_name} consumió {quantity(total.consumed)} {unit} en {days(total.measured_days)} con"
        f" medición; {strayed} fuera de la tolerancia de {view.tolerance}. El acumulado total llegó a"
        f" {quantity(abs(total.closing))} {unit} {side(total.closing) or '(en equilibrio)'}."
    )
