"""The public calendar: closes of every modality, holidays and announced work, as a page and as a file."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import icalendar
import pytest

from portal.domain.accounts import Role
from portal.domain.announcements import Severity
from portal.domain.gas_day import BOGOTA
from portal.domain.modalities import Modality
from portal.domain.timetable import RequestKind
from portal.models import Holiday, TimetableRow
from portal.services import announcements
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.browser import Page
from tests.factories import TODAY

PAGE = "/calendario"
TOMORROW = TODAY.plus(1)


def cell(page: Page, day, kind: str) -> str:
    return page.one(f"tr[data-gas-day='{day.isoformat()}'] [data-field={kind}]").get_text(" ", strip=True)


def announce(portal: RunningPortal, severity: Severity, title: str, **more) -> str:
    now = portal.clock.now
    values = {"text": "Se trabaja en la red.", "starts_at": now, "ends_at": now + timedelta(hours=30)} | more
    draft = announcements.Draft(
        severity, title, values["text"], values["starts_at"], values["ends_at"], more.get("modality"), None
    )
    with portal.session() as session:
        with transaction(session):
            actor = factories.signed_in(session, factories.user(session, role=Role.SUPERVISOR))
        return announcements.publish(Act.at(session, actor, now), draft=draft).public_id


def test_the_month_says_until_when_each_day_is_nominated(portal: RunningPortal):
    page = portal.browser().open(PAGE)
    rows = page.select("#dias tbody tr")
    assert len(rows) == 30
    assert page.one("tr[aria-current=date]")["data-gas-day"] == TODAY.isoformat()
    assert cell(page, TOMORROW, "nominacion").endswith("12:00")
    assert cell(page, TOMORROW, "renominacion")


def test_a_close_moved_for_one_modality_is_named_with_its_reason(portal: RunningPortal):
    with portal.session() as session, transaction(session):
        session.add(
            TimetableRow(
                kind=RequestKind.NOMINATION,
                modality=Modality.INDUSTRIAL,
                opens_day=-31,
                opens_time=time(0),
                closes_day=-1,
                closes_time=time(10),
                notice_hours=0,
                valid_from=TOMORROW,
                valid_until=TOMORROW.plus(1),
                reason="Mantenimiento en la estación",
            )
        )
    said = cell(portal.browser().open(PAGE), TOMORROW, "nominacion")
    assert "10:00 (Industrial)" in said
    assert "Cambiado solo para este día: Mantenimiento en la estación" in said
    assert "12:00 (GNV con contrato de suministro, GNV con contrato ATR)" in said


def test_holidays_and_announced_work_stand_on_their_days(portal: RunningPortal):
    with portal.session() as session, transaction(session):
        session.add(Holiday(day=TODAY.plus(2).date, name="Fiesta de prueba"))
    told = announce(portal, Severity.MAINTENANCE, "Corte en el tramo norte")
    announce(portal, Severity.INFORMATION, "Nueva oficina")
    announce(portal, Severity.MAINTENANCE, "Solo industriales", modality=Modality.INDUSTRIAL)
    page = portal.browser().open(PAGE)
    assert "Festivo: Fiesta de prueba" in page.one(f"tr[data-gas-day='{TODAY.plus(2).isoformat()}']").get_text()
    named = [str(tag["href"]) for tag in page.select("#dias a")]
    assert set(named) == {f"/avisos#aviso-{told}"}
    assert len(named) == 2, "on each day that it falls on"
    assert "Nueva oficina" not in page.text
    assert "Solo industriales" not in page.text


def test_another_month_is_chosen_and_what_is_none_shows_this_one(portal: RunningPortal):
    browser = portal.browser()
    assert len(browser.open(f"{PAGE}?mes=2&anio=2028").select("#dias tbody tr")) == 29
    for query in ("mes=13&anio=2026", "mes=1&anio=1999", "mes=1&anio=9999", "mes=x&anio=y", "mes=1&anio=99999999999"):
        assert browser.open(f"{PAGE}?{query}").one("tr[aria-current=date]")["data-gas-day"] == TODAY.isoformat()
    assert not browser.open(f"{PAGE}?mes=12&anio=2014").select("a[rel=prev]")


@pytest.fixture
def events(portal: RunningPortal) -> dict[str, icalendar.Event]:
    announce(portal, Severity.CRITICAL, "Falla en el tramo sur", ends_at=None)
    answer = portal.app.test_client().get("/calendario.ics")
    assert answer.content_type == "text/calendar; charset=utf-8"
    calendar = icalendar.Calendar.from_ical(answer.data)
    return {str(event["uid"]): event for event in calendar.walk("VEVENT")}


def test_the_file_has_closes_holidays_and_work_and_nothing_of_anybody(events: dict[str, icalendar.Event]):
    summaries = [str(event["summary"]) for event in events.values()]
    assert any(said.startswith("Cierre de nominación para el") for said in summaries)
    assert any(said.startswith("Festivo: ") for said in summaries)
    assert "Falla en el tramo sur" in summaries
    assert len(events) == len(summaries)
    (tomorrow,) = [
        event for uid, event in events.items() if uid.startswith("cierre-nominacion") and TOMORROW.isoformat() in uid
    ]
    assert tomorrow.start == datetime.combine(TODAY.date, time(12), BOGOTA)
    assert str(tomorrow["transp"]) == "TRANSPARENT"


def test_the_page_leads_to_the_file_and_a_customer_to_the_own_calendar(portal: RunningPortal):
    assert portal.browser().open(PAGE).select("a[href='/calendario.ics']")
    customer = portal.customer()
    assert customer.open(PAGE).select("a[href='/cuenta/calendario']")


@pytest.mark.parametrize("asked", ["mes=13&anio=2026", "mes=1&anio=1999", "mes=enero", "anio=2026", "mes=1&anio=2999"])
def test_a_month_that_the_calendar_has_not_is_said_with_those_there_are(portal: RunningPortal, asked: str):
    page = portal.browser().open(f"/calendario?{asked}")
    assert page.status == 404
    assert "va de diciembre de 2014 a diciembre de" in page.text
    assert "Se muestra noviembre de 2026" in page.text
    assert portal.browser().open("/calendario?mes=&anio=").status == 200
