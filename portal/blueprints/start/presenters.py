"""The start page ready to be read: words, chips and bands."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from portal.domain.calendar import month_words
from portal.domain.close_policies import POLICY_WORDS
from portal.domain.deviations import Finding
from portal.domain.gas_day import GasDay
from portal.domain.quantities import Quantity
from portal.domain.timetable import time_left_words
from portal.filters import measure
from portal.models import Contract, DeliveryPoint
from portal.services.changes import PointNews
from portal.services.start import ContractState, Figures, PointState, Start
from portal.services.suggestions import PointOffers

# The bar is so wide, and the band takes the middle half of it: what lies beyond still shows.
BAR_WIDTH, BAND_WIDTH = 200, 100


class Chip(NamedTuple):
    """A state in words; the colour repeats it."""

    kind: str
    text: str


class Band(NamedTuple):
    """The month's imbalance inside its tolerance: where the mark stands, and the sentence that says it."""

    x: int
    width: int
    tone: str
    words: str


class PointRow(NamedTuple):
    """A point as one row; ``band`` and what follows only where its figures are shown, ``offers`` where they may be."""

    point: DeliveryPoint
    nomination: Chip
    is_nominated: bool
    may_nominate: bool
    rule: str
    band: Band | None
    total: str
    total_tone: str
    reading: str
    alarms: tuple[str, ...]
    news: str | None
    offers: PointOffers | None


class ContractRows(NamedTuple):
    """A contract and its points; none of them while its web key was not entered."""

    contract: Contract
    is_open: bool
    rows: tuple[PointRow, ...]


class StartView(NamedTuple):
    """What the page shows. ``letter`` when one point is all there is: it reads like a letter, not like a table."""

    tomorrow: GasDay
    contracts: tuple[ContractRows, ...]
    missing: int
    all_nominated: bool
    letter: bool

    @property
    def offers_any(self) -> bool:
        """Some point can be nominated with one tap."""
        return any(row.offers for each in self.contracts for row in each.rows)


def present(found: Start, now: datetime) -> StartView:
    """Return the page as it is read."""
    contracts = tuple([_contract(each, found.today, now) for each in found.contracts])
    rows = [row for each in contracts for row in each.rows]
    waiting = [row for row in rows if not row.is_nominated and row.may_nominate]
    nominated = bool(rows) and all(row.is_nominated for row in rows)
    return StartView(found.tomorrow, contracts, len(waiting), nominated, len(rows) == 1)


def _contract(state: ContractState, today: GasDay, now: datetime) -> ContractRows:
    rows = tuple([_row(point, today, now) for point in state.points])
    return ContractRows(state.contract, state.is_open, rows)


def _row(state: PointState, today: GasDay, now: datetime) -> PointRow:
    figures = state.figures
    return PointRow(
        point=state.point,
        nomination=_chip(state, now),
        is_nominated=state.is_nominated,
        may_nominate=state.is_open,
        # How a forecast is made stands where the points of a contract are listed.
        rule="" if state.rule is None else POLICY_WORDS[state.rule].partition(":")[0],
        band=None if figures is None else _band(figures.month, figures.band, out=figures.out_of_band),
        total="" if figures is None else _balance(figures.total),
        total_tone="" if figures is None else _tone(figures.total),
        reading="" if figures is None else _age(figures.last_reading, today),
        alarms=() if figures is None else tuple(_alarms(figures)),
        news=None if figures is None or figures.news is None else _news(figures.news),
        offers=state.offers,
    )


def _chip(state: PointState, now: datetime) -> Chip:
    figures = state.figures
    if state.is_nominated:
        asked = None if figures is None else figures.nominated
        return Chip("success", "Nominada" if asked is None else f"Nominada {measure(asked)}")
    if not state.is_open:
        return Chip("error", "Sin nominar – ya cerró")
    return Chip("warning", f"Sin nominar – cierra en {time_left_words(state.closes_at - now)}")


def _band(month: Quantity, limit: Quantity, *, out: bool) -> Band:
    """Return the mark, drawn from the middle of the bar: to the left what is against, to the right in favour."""
    half = BAND_WIDTH // 2
    reach = 0 if limit.micro == 0 else abs(month.micro) * half // limit.micro
    if limit.micro == 0 and month.micro:
        reach = BAR_WIDTH // 2
    reach = max(2 if month.micro else 0, min(reach, BAR_WIDTH // 2))
    middle = BAR_WIDTH // 2
    side = _side(month)
    balance = f"{measure(abs(month))} {side}" if side else "en equilibrio"
    where = "fuera de la tolerancia" if out else "dentro de la tolerancia"
    return Band(
        x=middle - reach if month.micro < 0 else middle,
        width=reach,
        tone="out" if out else "in",
        words=f"{balance}, {where} de {measure(limit)}",
    )


def _alarms(figures: Figures) -> list[str]:
    found = []
    if figures.cut is not None and figures.authorised is not None:
        found.append(f"Mañana le autorizaron {measure(figures.authorised)} de {measure(figures.nominated)}.")
    if figures.out_of_band:
        found.append("El desbalance del mes está fuera de la tolerancia.")
    if figures.missing_days:
        days = "1 día" if figures.missing_days == 1 else f"{figures.missing_days} días"
        found.append(f"Falta la medición de {days} de este mes.")
    finding = figures.alarm.deviation.finding
    if finding in (Finding.ABOVE, Finding.BELOW) and not figures.alarm.is_expected:
        name = month_words(figures.alarm.deviation.period.month).split(" ")[0]
        where = "superó el límite superior" if finding is Finding.ABOVE else "quedó bajo el límite inferior"
        found.append(f"El consumo de {name} {where} de 3σ.")
    return found


def _news(news: PointNews) -> str:
    count = len(news.changes)
    what = "1 cambio" if count == 1 else f"{count} cambios"
    effect = _balance(news.effect) if news.effect.micro else "sin efecto en el acumulado"
    return f"{what} desde su última visita: {effect}"


def _age(last: GasDay | None, today: GasDay) -> str:
    if last is None:
        return "todavía sin mediciones"
    days = (today.date - last.date).days
    if days <= 0:
        return "de hoy"
    return "de ayer" if days == 1 else f"de hace {days} días"


def _balance(value: Quantity) -> str:
    side = _side(value)
    return f"{measure(abs(value))} {side}" if side else measure(value)


def _side(value: Quantity) -> str:
    return "" if value.micro == 0 else "a favor" if value.micro > 0 else "en contra"


def _tone(value: Quantity) -> str:
    return "" if value.micro == 0 else "favour" if value.micro > 0 else "against"
