"""Consumption alarm for its page: sentence, limits, twelve periods, picture."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from portal.domain.calendar import month_words
from portal.domain.deviations import Deviation, Finding, Period
from portal.domain.gas_day import GasDay, Month
from portal.domain.investigations import VISITS, is_governed
from portal.domain.quantities import Quantity, plain
from portal.services.account.consumption import Alarm
from portal.services.account.consumption.investigations import Investigation
from portal.web.distributor import current
from portal.web.filters import measure, quantity

from .words import FINDING_TITLES

# Picture: a point per period, the judged month last, in coordinates of its view box. It shows little more than the
# range of the limits: on a scale from zero, limits of ±7 % would nearly touch.
WIDTH, HEIGHT, TOP, FLOOR = 640, 240, 24, 200
_LEFT, _RIGHT = 20, 100
_STEP = (WIDTH - _LEFT - _RIGHT) // 13


class Dot(NamedTuple):
    """Month of the picture."""

    x: int
    y: int
    css: str
    label: str


class Edge(NamedTuple):
    """Level line of the picture, and the label at its end."""

    y: int
    css: str
    label: str


class Row(NamedTuple):
    """Row of the table: consumption, days measured, consumption of 30 days."""

    month: str
    key: str
    consumed: str
    days: int
    normalised: str
    exact: str
    is_judged: bool


class AlarmView(NamedTuple):
    """Page of a month."""

    month: str
    tone: str
    title: str
    sentence: str
    figures: tuple[tuple[str, str, str], ...]
    rows: tuple[Row, ...]
    dots: tuple[Dot, ...]
    edges: tuple[Edge, ...]


def present(alarm: Alarm, investigation: Investigation, today: GasDay) -> AlarmView:
    """Return the page of a month, as it is said ``today``."""
    found = alarm.deviation
    month = month_words(found.period.month)
    tone, title = _title(alarm)
    periods = [*reversed(found.limits.periods), found.period] if found.limits else [found.period]
    limits = found.limits
    shown = [each.normalised.micro for each in periods]
    if limits is not None:
        shown += [limits.upper.micro, limits.lower.micro]
    lowest, span = min(shown), max(1, max(shown) - min(shown))

    def y(value: Quantity) -> int:
        return FLOOR - (value.micro - lowest) * (FLOOR - TOP) // span

    return AlarmView(
        month=month,
        tone=tone,
        title=title,
        sentence=_sentence(alarm, month, investigation, today.date),
        figures=_figures(found),
        rows=tuple([_row(each, each is found.period) for each in reversed(periods)]),
        dots=tuple([_dot(place, each, y(each.normalised), each is found.period) for place, each in enumerate(periods)]),
        edges=()
        if limits is None
        else (
            Edge(y(limits.upper), "limits-edge", quantity(limits.upper)),
            Edge(y(limits.mean), "limits-mean", quantity(limits.mean)),
            Edge(y(limits.lower), "limits-edge", quantity(limits.lower)),
        ),
    )


def _title(alarm: Alarm) -> tuple[str, str]:
    finding = alarm.deviation.finding
    if finding in (Finding.ABOVE, Finding.BELOW) and alarm.is_expected:
        return "info", "Consumo distinto, en un mes que usted declaró"
    return FINDING_TITLES[finding]


def _sentence(alarm: Alarm, month: str, investigation: Investigation, today: date) -> str:
    found, limits = alarm.deviation, alarm.deviation.limits
    name = month.split(" ", maxsplit=1)[0]
    if limits is None:
        return "Hacen falta doce meses anteriores con consumo para calcular los límites."
    if found.finding is Finding.ABOVE:
        return (
            f"Su consumo de {name} superó el límite de 3σ: {measure(found.period.normalised)} de 30 días, y el límite "
            f"es {measure(limits.upper)}. {_cause(alarm, investigation, today)}"
            f"{_visit(alarm, investigation, today)}"
        )
    if found.finding is Finding.BELOW:
        return (
            f"Su consumo de {name} quedó por debajo del límite de 3σ: {measure(found.period.normalised)} de 30 días, y "
            f"el límite es {measure(limits.lower)}. {_cause(alarm, investigation, today)}"
        )
    if found.finding is Finding.NORMAL:
        return (
            f"El consumo de {name}, llevado a 30 días, fue {measure(found.period.normalised)}: está entre "
            f"{measure(limits.lower)} y {measure(limits.upper)}."
        )
    if found.finding is Finding.INCOMPLETE:
        return f"El consumo de {name} no se juzga hasta que lleguen todas sus mediciones."
    return f"El consumo de {name} se juzga cuando termine el mes. El límite superior será {measure(limits.upper)}."


def _cause(alarm: Alarm, investigation: Investigation, today: date) -> str:
    """Return what is done about a month beyond a limit: the duty, while nothing was done and it can be met."""
    name = current().name
    if investigation.is_decided:
        return f"{name} investigó la causa y decidió."
    if investigation.entries:
        return f"{name} está investigando la causa."
    if alarm.deviation.finding is Finding.BELOW or alarm.is_expected:
        return f"{name} puede investigar la causa." if today <= investigation.charge_until else ""
    if not is_governed(investigation.month):
        return ""
    if today <= investigation.decide_by:
        return f"{name} debe investigar la causa."
    return "El contrato manda investigar la causa; en el portal no hay una investigación de ese mes."


def _visit(alarm: Alarm, investigation: Investigation, today: date) -> str:
    """Return whether a visit is to be expected: nothing once there was one, it was decided or the term has passed."""
    begun = any(step in VISITS for step in investigation.steps)
    if alarm.is_expected or begun or investigation.is_decided or today > investigation.decide_by:
        return ""
    if alarm.deviation.deserves_visit:
        return " Está además muy por encima del promedio de los últimos seis meses, así que puede haber una visita."
    return " No está tan lejos del promedio de los últimos seis meses como para una visita."


def _figures(found: Deviation) -> tuple[tuple[str, str, str], ...]:
    limits = found.limits
    if limits is None:
        return ()
    return (
        ("Promedio de 12 periodos", quantity(limits.mean), plain(limits.mean)),
        ("Desviación estándar (σ)", quantity(limits.sigma), plain(limits.sigma)),
        ("Límite superior (promedio + 3σ)", quantity(limits.upper), plain(limits.upper)),
        ("Límite inferior (promedio − 3σ)", quantity(limits.lower), plain(limits.lower)),
        ("Promedio de los últimos 6 periodos", quantity(limits.recent_mean), plain(limits.recent_mean)),
    )


def _row(period: Period, is_judged: bool) -> Row:
    return Row(
        month_words(period.month),
        f"{period.month.year:04d}-{period.month.number:02d}",
        quantity(period.consumed),
        period.days,
        quantity(period.normalised),
        plain(period.normalised),
        is_judged,
    )


def _dot(place: int, period: Period, at: int, is_judged: bool) -> Dot:
    return Dot(
        _LEFT + place * _STEP + _STEP // 2,
        at,
        "is-judged" if is_judged else "",
        _short(period.month),
    )


def _short(month: Month) -> str:
    return month_words(month)[:3]
