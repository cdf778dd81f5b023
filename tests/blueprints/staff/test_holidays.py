"""A holiday of a new law reaches an installed portal, is told, and can be put right by hand; terms follow."""

from __future__ import annotations

import json
from datetime import date

import pytest
from sqlalchemy import select

from portal.domain.accounts import Role
from portal.domain.cases import answer_due
from portal.migrations import runner
from portal.models import AuditEvent, Case, Holiday, OutboxMessage
from portal.services.store.acts import Act, Actor
from portal.services.store.transactions import transaction
from portal.services.timetable import calendar_library, holiday_news, holidays
from portal.services.trace import audit
from tests.application import RunningPortal

PAGE = "/consola/horario/festivos"
LAW = date(2026, 12, 11)


def enact(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on the library knows one day more, as after an upgrade of it."""
    ask = calendar_library.ask

    def with_the_law(first: int, last: int) -> dict[date, str]:
        return {**ask(first, last), LAW: "Día de la ley nueva"}

    for way in ("ask", "ask_apart"):
        monkeypatch.setattr(calendar_library, way, with_the_law)


def test_a_new_law_reaches_an_installed_portal_and_the_administrators_are_told_once(
    portal_on_each: RunningPortal, monkeypatch: pytest.MonkeyPatch
):
    portal = portal_on_each
    administrator = portal.staff(Role.ADMIN)
    with portal.session() as session:
        assert holiday_news.learn_due(Act.of_system(session, portal.clock.now)) == 0
        assert LAW not in holidays.load_known(session)
    assert "festivo" not in administrator.open("/consola").text.lower()
    enact(monkeypatch)
    runner.upgrade(portal.app.extensions["portal.engine"])
    for told in (1, 0):
        with portal.session() as session:
            assert holiday_news.learn_due(Act.of_system(session, portal.clock.now)) == told
    with portal.session() as session:
        mails = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "holidays-learnt")).all()
        assert len(mails) == 1
        assert "Día de la ley nueva: viernes 11 de diciembre de 2026" in mails[0].body
        assert holidays.read(session)[LAW] == "Día de la ley nueva"
        assert session.scalars(select(AuditEvent.subject).where(AuditEvent.event == "holiday:learnt")).all() == [
            "2026-12-11"
        ]
    board = administrator.open("/consola")
    assert "viernes 11 de diciembre de 2026" in board.one("[data-alarm=holidays-learnt]").get_text()
    portal.clock.forward(days=30)
    assert not portal.staff(Role.ADMIN).open("/consola").select("[data-alarm=holidays-learnt]")


def test_a_holiday_that_the_library_drops_stays_and_the_administrators_are_told_once(
    portal_on_each: RunningPortal, monkeypatch: pytest.MonkeyPatch
):
    portal = portal_on_each
    portal.staff(Role.ADMIN)
    ask, gone, added = calendar_library.ask, date(2026, 12, 8), date(2026, 12, 15)
    with portal.session() as session:
        assert holiday_news.learn_due(Act.of_system(session, portal.clock.now)) == 0
    with portal.session() as session, transaction(session):
        # As the form records it: what staff added no library need know.
        session.add(Holiday(day=added, name="Día cívico"))
        actor = Actor.system("worker")
        audit.record(Act.at(session, actor, portal.clock.now), event="holiday:added", subject=added.isoformat())
    monkeypatch.setattr(
        calendar_library,
        "ask_apart",
        lambda first, last: {day: name for day, name in ask(first, last).items() if day != gone},
    )
    portal.clock.forward(days=1)
    for _ in range(2):
        with portal.session() as session:
            holiday_news.learn_due(Act.of_system(session, portal.clock.now))
        portal.clock.forward(days=1)
    with portal.session() as session:
        mails = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "holidays-dropped")).all()
        assert len(mails) == 1
        assert "martes 8 de diciembre de 2026" in mails[0].body
        assert "Día cívico" not in mails[0].body
        assert gone in holidays.read(session), "nothing is withdrawn by itself"
        dropped = session.scalars(select(AuditEvent.subject).where(AuditEvent.event == "holiday:dropped")).all()
        assert dropped == ["2026-12-08"]


def test_the_worker_learns_without_an_upgrade_of_the_database(portal: RunningPortal, monkeypatch: pytest.MonkeyPatch):
    enact(monkeypatch)
    with portal.session() as session:
        assert holiday_news.learn_due(Act.of_system(session, portal.clock.now)) == 1
        assert LAW in holidays.load_known(session)


def test_a_holiday_is_added_and_withdrawn_with_a_reason_its_effect_shown_first(
    portal_on_each: RunningPortal,
):
    portal = portal_on_each
    customer = portal.customer()
    customer.use_keys()
    customer.dispute()
    operator = portal.staff(Role.OPERATOR)
    form = operator.open(PAGE).form("form#festivo")
    seen = form.fill(day="11/12/2026", name="Día cívico", reason="Decreto 1 de 2026").submit()
    assert seen.status == 200
    assert "deja de ser día hábil" in seen.text
    assert "1 caso por responder conserva el plazo que se le dio" in seen.text
    with portal.session() as session:
        assert LAW not in holidays.read(session), "nothing is written before it was seen"
    done = seen.form("form#festivo").submit("Agregar el festivo")
    assert "El festivo quedó agregado." in done.text
    assert "Día cívico" in done.one('tr[data-day="2026-12-11"]').get_text()
    with portal.session() as session:
        case = session.scalars(select(Case)).one()
        anew = answer_due(case.filed_at, holidays.load_known(session))
        assert case.due_on == date(2026, 12, 15), "the term that was promised stays"
    assert "hasta el martes 15 de diciembre de 2026; contado de nuevo iría hasta el miércoles 16" in seen.text
    assert anew == date(2026, 12, 16)
    again = done.form("form#festivo").fill(day="11/12/2026", name="Otro", reason="x").submit()
    assert (again.status, "ya es festivo: Día cívico" in again.text) == (422, True)
    seen = again.form("form#festivo").fill(act="retirar", reason="Se derogó").submit()
    assert "vuelve a ser día hábil" in seen.text
    done = seen.form("form#festivo").submit("Retirar el festivo")
    assert "Retirado" in done.one('tr[data-day="2026-12-11"]').get_text()
    with portal.session() as session:
        assert LAW not in holidays.load_known(session)
        events = session.execute(select(AuditEvent.event, AuditEvent.details).where(AuditEvent.subject == "2026-12-11"))
        assert [(row.event, json.loads(row.details)["reason"]) for row in events] == [
            ("holiday:added", "Decreto 1 de 2026"),
            ("holiday:withdrawn", "Se derogó"),
        ]


def test_the_library_says_the_same_in_a_process_of_its_own():
    asked = calendar_library.ask_apart(2025, 2027)
    assert asked == dict(calendar_library.ask(2025, 2027))
    assert asked[date(2026, 7, 20)] == "Día de la Independencia"


def test_what_staff_withdrew_the_library_does_not_bring_back(portal: RunningPortal):
    with portal.session() as session:
        with transaction(session):
            session.get_one(Holiday, date(2026, 12, 8)).is_observed = False
        with transaction(session):
            library = calendar_library.ask(*holidays.find_years(portal.clock.now))
            assert holidays.learn(Act.of_system(session, portal.clock.now), library=library) == []
        assert date(2026, 12, 8) not in holidays.read(session)


def test_what_cannot_be_a_holiday_is_said_at_its_field(portal: RunningPortal, subtests: pytest.Subtests):
    operator = portal.staff(Role.OPERATOR)
    for fields, words in (
        ({"day": "11/12/2026", "name": "x", "reason": ""}, "Escriba la razón"),
        ({"day": "11/12/2026", "name": " ", "reason": "x"}, "Escriba cómo se llama el festivo"),
        ({"day": "11/12/2050", "name": "x", "reason": "x"}, "de 2014 a 2035"),
        ({"day": "11/12/2026", "act": "retirar", "reason": "x"}, "Ese día no es festivo"),
        ({"day": "31/02/2026", "name": "x", "reason": "x"}, "Ese día no existe en el calendario"),
    ):
        with subtests.test(fields=fields):
            page = operator.open(PAGE).form("form#festivo").fill(**fields).submit()
            assert (page.status, words in page.text) == (422, True), page.text


def test_a_holiday_that_the_law_moves_to_a_monday_is_called_as_people_call_it(portal: RunningPortal):
    with portal.session() as session:
        assert session.get_one(Holiday, date(2026, 11, 2)).name == "Día de Todos los Santos (observado)"
        assert holidays.read(session)[date(2026, 11, 2)] == "Día de Todos los Santos"
    page = portal.browser().open("/").click("Calendario")
    assert "Día de Todos los Santos" in page.text
    assert "observado" not in page.text
