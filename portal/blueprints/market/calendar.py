"""Public calendar: gas days with their holidays, the closes of every modality, and announced work (guide step 3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from flask import Response, url_for
from flask.typing import ResponseReturnValue

from portal.domain.announcements import Severity
from portal.domain.calendar import day_short, day_words, is_business_day
from portal.domain.gas_day import BOGOTA, FIRST_GAS_DAY, GasDay, Month
from portal.domain.timetable import KIND_WORDS, RequestKind
from portal.papers import calendar_file
from portal.services import announcements
from portal.services.announcements import Told
from portal.services.timetable import calendar_days, holidays
from portal.services.timetable.calendar_days import CalendarDay, DayClose
from portal.web import runtime
from portal.web.access import Audience, act, open_to
from portal.web.answers import page
from portal.web.distributor import current
from portal.web.filters import MODALITY_WORDS
from portal.web.periods import is_month_asked, read_month, typed_month

from .views import blueprint

if TYPE_CHECKING:
    from icalendar import Calendar

# Days of the file from yesterday on: a program asks again every hour.
DAYS_AHEAD = 30
WORK = (Severity.CRITICAL, Severity.MAINTENANCE)


class CalendarRow(NamedTuple):
    """Gas day of the page: words of its closes by kind, and what is announced for it."""

    day: CalendarDay
    is_today: bool
    is_business_day: bool
    closes: dict[RequestKind, list[tuple[str, str]]]
    notices: list[Told]


@blueprint.get("/calendario")
@open_to(Audience.PUBLIC)
def calendar() -> ResponseReturnValue:
    """Show a month: each gas day with its holiday, until when it is nominated, and announced work."""
    today = GasDay.of(runtime.now())
    first, last = Month.of(FIRST_GAS_DAY), Month(holidays.find_last_year(runtime.now()), 12)
    asked = read_month()
    unknown = is_month_asked() and (asked is None or not first.first <= asked.first <= last.first)
    month = Month.of(today) if asked is None or unknown else asked
    days = calendar_days.list_days(act(), first=month.first, last=month.last)
    return page(
        "market/calendar.html",
        "market/_calendar.html",
        status=404 if unknown else 200,
        unknown=typed_month() if unknown else "",
        first=first,
        last=last,
        month=month,
        rows=list_rows(days, _work(), today=today),
        kinds=KIND_WORDS,
        years=range(first.year, last.year + 1),
        previous_url=_url(month.previous) if month != first else None,
        next_url=_url(month.next) if month != last else None,
    )


@blueprint.get("/calendario.ics")
@open_to(Audience.PUBLIC)
def calendar_ics() -> ResponseReturnValue:
    """Give closes, holidays and announced work for calendar programs; it says nothing of anybody."""
    now = runtime.now()
    first = GasDay.of(now).plus(-1)
    base_url = runtime.settings().base_url
    host = calendar_file.host_of(base_url)
    found = calendar_file.make_calendar(
        uid=f"publico@{host}",
        publisher=current().name,
        name=f"Calendario de {current().name}",
        description="Cierres de nominación de cada modalidad, festivos y trabajos anunciados.",
    )
    for day in calendar_days.list_days(act(), first=first, last=first.plus(DAYS_AHEAD)):
        for close in day.closes:
            which = "-".join(modality.value for modality in close.modalities)
            found.add_component(
                calendar_file.make_event(
                    uid=f"cierre-{close.kind.value}-{which}-{day.gas_day}@{host}",
                    stamp=now,
                    summary=f"Cierre de {KIND_WORDS[close.kind].lower()} para el {day_words(day.gas_day.date)}"
                    f"{_of_whom(close)}",
                    starts=close.closes_at,
                    description=_moved(close),
                    url=base_url + url_for("market.calendar"),
                    categories=[KIND_WORDS[close.kind]],
                )
            )
    _add_holidays(found, first.date.year, host)
    for told in _work():
        found.add_component(
            calendar_file.make_event(
                uid=f"aviso-{told.public_id}@{host}",
                stamp=now,
                summary=told.title,
                starts=told.starts_at,
                ends=told.ends_at,
                description=told.text,
                url=f"{base_url}{url_for('market.notices')}#aviso-{told.public_id}",
                categories=["Aviso"],
            )
        )
    return Response(found.to_ical(), content_type="text/calendar; charset=utf-8")


def _add_holidays(found: Calendar, year: int, host: str) -> None:
    """Add the holidays of a year and the next one, a whole day each."""
    known = holidays.list_between(act().session, first=date(year, 1, 1), last=date(year + 1, 12, 31))
    for day, name in sorted(known.items()):
        found.add_component(
            calendar_file.make_event(
                uid=f"festivo-{day}@{host}",
                stamp=runtime.now(),
                summary=f"Festivo: {name}",
                starts=day,
                ends=day + timedelta(days=1),
                categories=["Festivo"],
            )
        )


def list_rows(days: Sequence[CalendarDay], work: Sequence[Told], *, today: GasDay) -> list[CalendarRow]:
    """Return the rows of the page."""
    known = {day.gas_day.date for day in days if day.holiday}
    return [
        CalendarRow(
            day,
            day.gas_day == today,
            is_business_day(day.gas_day, known),
            {
                kind: [
                    (_short(close.closes_at) + _of_whom(close), _moved(close))
                    for close in day.closes
                    if close.kind is kind
                ]
                for kind in RequestKind
            },
            [told for told in work if _falls_on(told, day.gas_day)],
        )
        for day in days
    ]


def _work() -> list[Told]:
    """Return work and contingencies announced to everybody, in force or to come."""
    return [told for told in announcements.list_for_person(act(), user_id=None) if told.severity in WORK]


def _falls_on(told: Told, day: GasDay) -> bool:
    return told.starts_at < day.end and (told.ends_at is None or told.ends_at > day.start)


def _short(moment: datetime) -> str:
    local = moment.astimezone(BOGOTA)
    return f"{day_short(local.date())}, {local:%H:%M}"


def _of_whom(close: DayClose) -> str:
    if close.is_common:
        return ""
    return f" ({', '.join(MODALITY_WORDS[modality] for modality in close.modalities)})"


def _moved(close: DayClose) -> str:
    return f"Cambiado solo para este día: {close.reason}" if close.reason else ""


def _url(month: Month) -> str:
    return url_for("market.calendar", mes=month.number, anio=month.year)
