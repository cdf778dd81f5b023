"""First page of the day: tomorrow's nomination, time left, imbalance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal.domain.calendar import day_words, month_words
from portal.domain.counts import agree, counted
from portal.domain.deviations import Finding
from portal.domain.gas_day import GasDay, Month
from portal.domain.lifecycle import AS_ASKED, STILL_MISSING, DayState
from portal.domain.modalities import Modality
from portal.domain.quantities import Quantity
from portal.domain.timetable import RequestKind
from portal.models import Contract, DeliveryPoint
from portal.services import announcements, timetable
from portal.services.account.start import Figures, PointState, Start, start
from portal.services.nominations import DayStanding, PointPage
from portal.services.nominations.suggestions import PointOffers
from portal.services.timetable import close_moves
from portal.web import database, runtime, trusted_devices
from portal.web.access import Audience, act, me, open_to, use_grants
from portal.web.answers import page
from portal.web.distributor import named
from portal.web.filters import MODALITY_WORDS, moment_words
from portal.web.point_pages import asked_page
from portal.web.point_rows import Shown, render_rows
from portal.web.rendered import Rendered
from portal.words.account_news import news_words
from portal.words.day_states import DayChip, count_words, day_chip, if_missing, lapse_words

from . import last_seen
from .bands import Band, balance_words, band_of

blueprint = Blueprint("start", __name__)


@blueprint.get("/inicio")
@open_to(Audience.CUSTOMER)
def start_page() -> ResponseReturnValue:
    """Show the contracts of a person and today's tasks of each open point."""
    session, actor, now = database.current(), me(), runtime.now()
    use_grants()
    asked = asked_page()
    found = start(act(), asked)
    mine = {state.contract.modality for state in found.contracts}
    moves = [move for move in close_moves.list_moves(session, since=found.today) if move.modality in (None, *mine)]
    keeper = trusted_devices.keeper()
    answer = page(
        "start/start.html",
        start=present(found, now, closes=_find_closes(found)),
        # A page of what was searched for would stand for all of it.
        kept=None if keeper is None or asked.text or asked.number > 1 else last_seen.describe(found, now),
        shown=found.page,
        text=asked.text,
        moves=moves,
        announcements=announcements.list_for_banner(act(), user_id=actor.user_id or 0),
    )
    # Of a device that was forgotten elsewhere, the name goes too.
    return trusted_devices.mark_keeper(answer, keeper)


class PointRow(NamedTuple):
    """Row of a point; ``band`` and what follows only where its figures are shown, ``offers`` where allowed.

    ``may_change``: what was nominated for tomorrow can be changed now, or a late request sent; ``may_change_today``:
    the same of today. ``changed`` counts the figures that ``news`` tells of. A letter, the row of the only point, has
    nothing folded.
    All that its markup is made of: equal rows have equal markup, but for the words of the chip of tomorrow.
    """

    modality: Modality
    public_id: str
    name: str
    municipality: str
    tomorrow: DayChip
    state: DayState
    today: DayChip | None
    is_missing: bool
    # True where tomorrow asks for something: what can still be done about it stands unfolded.
    is_urgent: bool
    may_change: bool
    may_change_today: bool
    rule: str
    # That its last day is near; blank where it is not.
    ending: str
    # Why a signed standing order will not nominate tomorrow; blank where none is void.
    lapse: str
    # True where a standing order nominates tomorrow at the close, or has nominated it.
    has_order: bool
    band: Band | None
    total: str
    total_tone: str
    reading: str
    alarms: tuple[str, ...]
    news: str | None
    changed: int
    offers: PointOffers | None
    is_letter: bool

    @property
    def folds_change(self) -> bool:
        """True where something can be done about tomorrow that is not urgent."""
        return not self.is_urgent and bool(self.tomorrow.then or self.may_change)

    @property
    def says_today(self) -> bool:
        """True where the line of the rest says how the running day stands; else it says until when tomorrow changes."""
        return not (self.folds_change and self.tomorrow.then)

    @property
    def has_records(self) -> bool:
        """True where an offer has been right or wrong before."""
        return self.offers is not None and any(offer.record for offer in self.offers.offers)

    @property
    def folds(self) -> bool:
        """True where something is folded."""
        return bool(self.folds_change or (self.today and self.today.then) or self.news or self.has_records)

    @property
    def more(self) -> str:
        """Line of the rest, folded below it or not: the clock or the running day, how many figures changed; or ""."""
        changed = agree(self.changed, "1 dato cambió", "{} datos cambiaron") if self.changed else ""
        if not self.says_today:
            return f"{self.tomorrow.then} {changed}.".removesuffix(" .")
        told = [changed] if changed else []
        if self.today is not None:
            told.insert(0, f"Hoy: {self.today.text}")
        elif self.folds_change:
            told.insert(0, "Cambiar la cantidad")
        if not told and self.has_records:
            told.append("Qué tanto acierta cada cantidad")
        return " · ".join(told)


class ContractRows(NamedTuple):
    """Contract and its points; none of them before its web key was entered."""

    contract: Contract
    is_open: bool
    rows: tuple[Rendered, ...]
    # Of points that take more than one page: whether these need something.
    needs: bool | None


class StartView(NamedTuple):
    """Start page. ``letter`` for a single point: laid out as a letter, not as a table."""

    tomorrow: GasDay
    contracts: tuple[ContractRows, ...]
    lead: str
    letter: bool
    # True when some point can be nominated with one tap, or shows its month as a bar.
    offers_any: bool
    bars_any: bool


def _find_closes(found: Start) -> dict[Modality, datetime]:
    """Return when tomorrow's nomination closes, for who opened no contract in this session; empty for any other.

    By the timetable of the person's modalities, of every modality before the first contract.
    """
    if any(each.is_open for each in found.contracts):
        return {}
    rows = timetable.list_windows(database.current())
    modalities = {each.contract.modality for each in found.contracts} or set(Modality)
    closes = {
        modality: timetable.deadlines.find_close(rows, modality, RequestKind.NOMINATION, found.tomorrow)
        for modality in Modality
        if modality in modalities
    }
    return {modality: closes_at for modality, closes_at in closes.items() if closes_at is not None}


def present(found: Start, now: datetime, *, closes: Mapping[Modality, datetime]) -> StartView:
    """Return the page; ``closes`` are those of tomorrow while no contract is open."""
    rows = iter(render_rows("start/_point.html", _list_rows(found, now)))
    contracts = tuple(
        [
            ContractRows(each.contract, each.is_open, tuple(islice(rows, len(each.points))), each.needs)
            for each in found.contracts
        ]
    )
    standings = [state.tomorrow for each in found.contracts for state in each.points]
    if found.page.is_paged:
        lead = many_words(found.page, found.tomorrow, to_open=found.to_open)
    elif closes:
        lead = close_words(closes, found.tomorrow, now)
    else:
        lead = lead_words(standings, found.tomorrow, to_open=found.to_open)
    states = [state for each in found.contracts for state in each.points]
    offers_any, bars_any = any(state.offers for state in states), any(state.figures for state in states)
    return StartView(found.tomorrow, contracts, lead, found.page.total == 1, offers_any, bars_any)


def many_words(shown: PointPage, tomorrow: GasDay, *, to_open: int) -> str:
    """Return the sentence about tomorrow of points that take more than one page; ``to_open`` as for ``lead_words``."""
    day, total = day_words(tomorrow), counted(shown.served, "punto", "puntos")
    if shown.without:
        lack = agree(shown.without, "1 no tiene", "{} no tienen")
        said = f"De {total} de lo {_OPENED}, {lack} nominación en firme para mañana, {day}."
    else:
        said = f"De {total} de lo {_OPENED}, todos tienen nominación para mañana, {day}."
    return said + _to_open_words(to_open)


def close_words(closes: Mapping[Modality, datetime], tomorrow: GasDay, now: datetime) -> str:
    """Return until when tomorrow's nomination is received, by modality where that differs."""
    told = {
        modality: f"{'se recibe hasta' if now <= closes_at else 'cerró'} {moment_words(closes_at, now)}"
        for modality, closes_at in closes.items()
    }
    what = f"La nominación para mañana, {day_words(tomorrow)}"
    if len(set(told.values())) == 1:
        return f"{what}, {next(iter(told.values()))}."
    each = "; ".join([f"{MODALITY_WORDS[modality]}, {words}" for modality, words in told.items()])
    return f"{what}: {each}."


def lead_words(standings: Sequence[DayStanding], tomorrow: GasDay, *, to_open: int) -> str:
    """Return the sentence about tomorrow: what is missing, or the number of points in each state.

    It covers what is open in this session, and says so: ``to_open`` contracts of the account are not, and one whose web
    key was never typed is not known to be the account's. "Todo" counts only nominated quantities that stand unchanged.
    """
    served = [each for each in standings if each.state is not DayState.NOT_SERVED]
    over = len(standings) - len(served)
    ended = f" Sin servicio ese día: {counted(over, 'punto', 'puntos')}." if over else ""
    return _lead(served, day_words(tomorrow)) + ended + _to_open_words(to_open)


def _lead(standings: Sequence[DayStanding], day: str) -> str:
    missing = sum(is_left_open(each) for each in standings)
    ordered = sum(each.is_ordered and each.state in STILL_MISSING for each in standings)
    others = [each for each in standings if each.state not in STILL_MISSING]
    by_order = f"{counted(ordered, 'punto', 'puntos')} por orden permanente, al cierre" if ordered else ""
    if ordered and not missing:
        rest = f" Lo demás: {count_words(others)}." if others else ""
        return f"Para el {day}, en lo {_OPENED}, no falta ninguna nominación: {by_order}.{rest}"
    if missing:
        lacks = agree(missing, "Falta una nominación", "Faltan {} nominaciones")
        told = ", ".join([each for each in (by_order, count_words(others) if others else "") if each])
        rest = f" Lo demás: {told}." if told else ""
        return f"{lacks} para el {day} en lo {_OPENED}.{rest}"
    if not standings:
        return f"Mañana es {day}."
    if all(each.state in AS_ASKED and not each.by_rule for each in standings):
        states = {each.state for each in standings}
        how = f" {named(_ALL[states.pop()])}" if len(states) == 1 else f" {count_words(standings).capitalize()}."
        return f"Todo lo {_OPENED} está nominado para mañana, {day}.{how}".strip()
    return f"Para mañana, {day}, en lo {_OPENED}: {count_words(standings)}."


def is_left_open(standing: DayStanding) -> bool:
    """Tell whether nothing nominates a day yet: nobody did, and no standing order will."""
    return standing.state in STILL_MISSING and not standing.is_ordered


def _to_open_words(count: int) -> str:
    return "" if not count else f" De {counted(count, 'contrato', 'contratos')} por abrir, aquí no se cuenta nada."


# What the sentences count, after "lo".
_OPENED = "abierto en esta sesión"
# After "Todo lo abierto … está nominado", when every point is in the same state.
_ALL = {
    DayState.NOMINATED: "",
    DayState.IN_REVIEW: "{distributor.name} lo está revisando.",
    DayState.AUTHORISED: "Todo quedó autorizado.",
}


def _list_rows(found: Start, now: datetime) -> Iterator[Shown]:
    month = Month.of(found.today)
    for each in found.contracts:
        for state in each.points:
            chip = day_chip(state.tomorrow, now=now, proved=state.is_proved)
            yield Shown(_row(state, each.contract.modality, chip._replace(text=""), found, month, now), chip.text)


def _row(
    state: PointState, modality: Modality, tomorrow: DayChip, found: Start, month: Month, now: datetime
) -> PointRow:
    figures, offers = state.figures, state.offers
    news = None if figures is None else figures.news
    return PointRow(
        modality=modality,
        public_id=state.point.public_id,
        name=state.point.name,
        municipality=state.point.municipality,
        tomorrow=tomorrow,
        state=state.tomorrow.state,
        today=_today(state, now),
        is_missing=state.tomorrow.state in STILL_MISSING,
        is_urgent=tomorrow.kind in ("warning", "error") and bool(tomorrow.then),
        may_change=_may_change(state.tomorrow),
        may_change_today=_may_change(state.today),
        rule=if_missing(state.tomorrow),
        ending=_ending_words(state.point, found.today),
        lapse=lapse_words(state.tomorrow),
        has_order=state.tomorrow.is_ordered or state.tomorrow.by_order,
        band=None if figures is None else band_of(figures, month),
        total="" if figures is None else balance_words(figures.total),
        total_tone="" if figures is None else _tone(figures.total),
        reading="" if figures is None else _age(figures.last_reading, found.today),
        alarms=() if figures is None else tuple(_alarms(figures)),
        news=None if news is None else news_words(news),
        changed=0 if news is None else len(news.changes),
        offers=offers.shortened if offers is not None and found.page.is_paged else offers,
        is_letter=found.page.total == 1,
    )


def _may_change(day: DayStanding) -> bool:
    return day.kind is not None and day.state not in STILL_MISSING


# Said of tomorrow, today and yesterday, by the days from today.
_LAST_DAYS = {
    1: "Mañana, {day}, es su último día de servicio.",
    0: "Hoy, {day}, es su último día de servicio: mañana ya no hay qué nominar.",
    -1: "Ayer, {day}, fue su último día de servicio: ya no hay qué nominar.",
}


def _ending_words(point: DeliveryPoint, today: GasDay) -> str:
    """Return that the last day of a point is near, by its own end or its contract's; blank where it is not."""
    ends = [each.ends_on for each in (point, point.contract) if each.ends_on is not None]
    if not ends:
        return ""
    last = min(ends).plus(-1)
    said = _LAST_DAYS.get((last.date - today.date).days)
    return "" if said is None else said.format(day=day_words(last))


def _today(state: PointState, now: datetime) -> DayChip | None:
    """Return the state of the running day; empty without a nomination."""
    if state.today.state in (DayState.NOT_SERVED, DayState.CLOSED, DayState.NOTHING):
        return None
    return day_chip(state.today, now=now, proved=state.is_proved)


def _alarms(figures: Figures) -> list[str]:
    found = []
    if figures.out_of_band:
        found.append("El desbalance del mes está fuera de la tolerancia.")
    if figures.missing_days:
        days = counted(figures.missing_days, "día", "días")
        found.append(f"Falta la medición de {days} de este mes.")
    if figures.missing_before:
        days = counted(figures.missing_before, "día", "días")
        found.append(f"Falta la medición de {days} de meses anteriores: el acumulado total no los cuenta.")
    finding = figures.alarm.deviation.finding
    if finding in (Finding.ABOVE, Finding.BELOW) and not figures.alarm.is_expected:
        name = month_words(figures.alarm.deviation.period.month).split(" ")[0]
        where = "superó el límite superior" if finding is Finding.ABOVE else "quedó bajo el límite inferior"
        found.append(f"El consumo de {name} {where} de 3σ.")
    return found


def _age(last: GasDay | None, today: GasDay) -> str:
    if last is None:
        return "todavía sin mediciones"
    days = (today.date - last.date).days
    if days <= 0:
        return "de hoy"
    return agree(days, "de ayer", "de hace {} días")


def _tone(value: Quantity) -> str:
    return "" if value.micro == 0 else "favour" if value.micro > 0 else "against"
