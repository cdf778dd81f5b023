"""Consumption alarm for its page: sentence, limits, twelve periods, picture."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from portal.domain.calendar import MONTHS, month_words
from portal.domain.deviations import RECENT_PERIODS, Deviation, Finding, Period, find_visit_margin
from portal.domain.gas_day import GasDay, Month
from portal.domain.investigations import VISITS, is_governed
from portal.domain.quantities import Quantity, plain
from portal.domain.spans import few
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


class Figure(NamedTuple):
    """A figure of the page: what it is of, its text and its exact value."""

    label: str
    text: str
    exact: str


class AlarmView(NamedTuple):
    """Page of a month; ``scaled`` figures are of 30 days, ``measured`` ones of the months as they were measured."""

    month: str
    tone: str
    title: str
    sentence: str
    scaled: tuple[Figure, ...]
    measured: tuple[Figure, ...]
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
        scaled=_list_scaled(found),
        measured=_list_measured(found),
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
            f"Su consumo de {name} superó el límite de 3σ: {measure(found.period.normalised)} en 30 días, y el límite "
            f"es {measure(limits.upper)}. {_cause(alarm, investigation, today)}"
            f"{_visit(alarm, investigation, today)}"
        )
    if found.finding is Finding.BELOW:
        return (
            f"Su consumo de {name} quedó por debajo del límite de 3σ: {measure(found.period.normalised)} en 30 días, y "
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
    period, limits = alarm.deviation.period, alarm.deviation.limits
    margin = find_visit_margin(period)
    if limits is None or margin is None:
        return ""
    compared = (
        f"Sin llevarlo a 30 días, el consumo ({measure(period.consumed)}) supera en "
        f"{measure(period.consumed - limits.recent_mean)} el promedio de los {few(RECENT_PERIODS)} periodos anteriores"
    )
    if alarm.deviation.deserves_visit:
        return f" {compared}: más de los {measure(margin)} de la tabla del anexo 4, así que puede haber una visita."
    if period.consumed <= limits.recent_mean:
        return " Sin llevarlo a 30 días, no supera el promedio de los periodos anteriores: por eso no hay visita."
    return f" {compared}: no pasa de los {measure(margin)} de la tabla del anexo 4, así que no hay visita."


def _list_scaled(found: Deviation) -> tuple[Figure, ...]:
    limits = found.limits
    if limits is None:
        return ()
    return (
        _figure(f"Promedio de {_span(limits.periods)}", limits.mean),
        _figure("Desviación estándar (σ)", limits.sigma),
        _figure("Límite superior (promedio + 3σ)", limits.upper),
        _figure("Límite inferior (promedio − 3σ)", limits.lower),
    )


def _list_measured(found: Deviation) -> tuple[Figure, ...]:
    """Return what decides about a visit: months as they were measured, the judged one beside those before it."""
    limits = found.limits
    if limits is None:
        return ()
    recent = _figure(f"Promedio de {_span(limits.periods[:RECENT_PERIODS])}", limits.recent_mean)
    if found.finding in (Finding.INCOMPLETE, Finding.NOT_OVER):
        return (recent,)
    return (_figure(f"Consumo de {month_words(found.period.month)}", found.period.consumed), recent)


def _span(periods: Sequence[Period]) -> str:
    """Return how many periods these are, and of which months: they end before the judged one."""
    first, last = periods[-1].month, periods[0].month
    since = MONTHS[first.number - 1] if first.year == last.year else month_words(first)
    return f"los {few(len(periods))} periodos anteriores, de {since} a {month_words(last)}"


def _figure(label: str, value: Quantity) -> Figure:
    return Figure(label, measure(value), plain(value))


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
