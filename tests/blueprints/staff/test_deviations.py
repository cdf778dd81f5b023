"""Significant deviations: what staff look at, the investigation step by step, and what the customer reads of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.gas_day import GasDay, Month
from portal.domain.investigations import (
    InvestigationStep,
    charge_until,
    decide_by,
    is_governed,
    is_open,
    list_next_steps,
)
from portal.models import AuditEvent, InvestigationEntry
from portal.services.account.consumption import investigations
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from portal.services.trace import sealed_rows
from tests import factories
from tests.application import RunningPortal
from tests.blueprints.test_consumption import EVEN, OCTOBER, opened, page_of
from tests.browser import Browser, Page
from tests.customer import Customer
from tests.factories import TODAY

LIST = "/consola/desviaciones"
S = InvestigationStep


def open_due(portal: RunningPortal) -> int:
    with portal.session() as session:
        return investigations.open_due(Act.of_system(session, portal.clock.now))


def case_of(customer: Customer) -> str:
    return f"{LIST}/{customer.point}/{OCTOBER.isoformat()}"


def write(staff: Browser, customer: Customer, step: InvestigationStep, text: str = "Todo en orden.") -> Page:
    form = staff.open(case_of(customer)).form("#paso")
    return form.fill(step=step.value, done_on=f"{TODAY.date:%d/%m/%Y}", text=text).submit("Escribir el paso")


def steps_of(page: Page) -> list[str]:
    return [str(each["data-step"]) for each in page.select("#pasos li")]


def test_the_list_names_the_points_beyond_the_limits_those_that_must_be_looked_at_first(portal_on_each: RunningPortal):
    portal = portal_on_each
    above, below, inside = (opened(portal, EVEN, october) for october in (1400, 500, 1000))
    page = portal.staff(Role.OPERATOR).open(LIST)
    assert page.h1 == "Desviaciones de octubre de 2026"
    rows = {str(row["data-delivery-point"]): row.get_text(" ") for row in page.select("#desviaciones tbody tr")}
    assert list(rows) == [above.point, below.point]
    assert inside.point not in rows
    assert "se debe investigar" in rows[above.point]
    assert "42.000 m³" in rows[above.point]
    assert "39.000 m³" in rows[above.point]
    assert "sin abrir" in rows[above.point]
    assert "se puede investigar" in rows[below.point]


def test_the_worker_opens_what_must_be_investigated_once_and_not_what_the_customer_declared(portal: RunningPortal):
    above, expected, below = (opened(portal, EVEN, october) for october in (1400, 1400, 500))
    form = page_of(expected).form("form[action$=patron]")
    form.fill(months=["10"], note="Cosecha").submit("Guardar el patrón")
    assert open_due(portal) == 1
    assert open_due(portal) == 0, "once a day"
    assert steps_of(page_of(above)) == ["opened"]
    assert steps_of(page_of(expected)) == steps_of(page_of(below)) == []
    portal.clock.forward(days=1)
    assert open_due(portal) == 0, "once for the month"
    with portal.session() as session:
        [entry] = session.scalars(select(InvestigationEntry))
        assert (entry.delivery_point_id, entry.step, entry.written_by_id) == (above.way.point.id, S.OPENED, None)
    assert portal.count(AuditEvent, event="investigation:step-written") == 1


def test_an_investigation_goes_step_by_step_and_the_customer_reads_each(portal_on_each: RunningPortal):
    portal = portal_on_each
    customer = opened(portal, EVEN, 1400)
    assert open_due(portal) == 1
    staff = portal.staff(Role.OPERATOR, name="Olga Toro")
    page = write(staff, customer, S.MISSED_VISIT, "No hubo quien abriera.")
    page = write(staff, customer, S.VISIT, "Se probó el medidor.")
    page = write(staff, customer, S.RECORD, "Acta 118.")
    page = write(staff, customer, S.DECISION, "El consumo fue real.")
    assert [str(each["value"]) for each in page.select("#paso option")] == ["notice"]
    assert "Olga Toro" in page.one("#pasos").get_text()
    assert portal.staff(Role.OPERATOR).open("/consola").text.count("investigación por desviación abierta") == 1
    page = write(staff, customer, S.NOTICE, "Con la factura de noviembre.")
    assert page.select("#paso") == []
    assert "terminó con la notificación" in page.text
    seen = page_of(customer)
    assert steps_of(seen) == ["opened", "missed-visit", "visit", "record", "decision", "notice"]
    assert "Acta 118." in seen.text
    assert "Olga Toro" not in seen.text
    assert "terminada" in staff.open(LIST).one("#desviaciones").get_text()
    assert "investigación por desviación abierta" not in staff.open("/consola").text
    with portal.session() as session:
        assert sealed_rows.verify(session) is None


def test_the_terms_are_told_to_both(portal: RunningPortal):
    customer = opened(portal, EVEN, 1400)
    open_due(portal)
    page = portal.staff(Role.OPERATOR).open(case_of(customer))
    assert page.value("[data-field=decide_by]") == "2026-11-30"
    assert page.value("[data-field=charge_until]") == "2027-03-31"
    seen = page_of(customer).text
    assert "decide a más tardar el lunes 30 de noviembre de 2026" in seen
    assert "se puede cobrar hasta el miércoles 31 de marzo de 2027" in seen


REVIEW = f"?mes={OCTOBER.number}&anio={OCTOBER.year}"
DECIDE_BY, CHARGE_UNTIL = GasDay(decide_by(OCTOBER)), GasDay(charge_until(OCTOBER))


def seen_on(portal: RunningPortal, customer: Customer, day: GasDay, hour: int = 0) -> tuple[str, str]:
    """The sentence of the month, and what is said under the steps of its investigation, on a day."""
    portal.clock.now = day.start + timedelta(hours=hour)
    customer = portal.holder_of(customer.way)
    customer.use_keys()
    page = page_of(customer, REVIEW)
    section = page.select("[aria-labelledby=investigacion-titulo]")
    return page.one("#alarma").get_text(), section[0].get_text(" ") if section else ""


def test_an_investigation_says_on_each_day_which_of_its_terms_are_past(portal: RunningPortal):
    customer = opened(portal, EVEN, 1400)
    open_due(portal)
    for day, said, not_said in (
        (DECIDE_BY, "decide a más tardar el lunes 30 de noviembre", "debía decidir"),
        (DECIDE_BY.plus(1), "debía decidir a más tardar el lunes 30 de noviembre de 2026 y todavía no", "decide a más"),
        (CHARGE_UNTIL, "se puede cobrar hasta el miércoles 31 de marzo", "ya no se puede"),
        (CHARGE_UNTIL.plus(1), "ya no se puede cobrar: el plazo terminó el miércoles 31 de marzo", "se puede cobrar h"),
    ):
        for hour in (0, 23):
            sentence, section = seen_on(portal, customer, day, hour)
            assert said in section
            assert not_said not in section
            assert "está investigando la causa" in sentence
            assert ("puede haber una visita" in sentence) == (day <= DECIDE_BY)


def test_an_investigation_that_is_decided_awaits_its_notice_and_then_is_over(portal: RunningPortal):
    customer = opened(portal, EVEN, 1400)
    open_due(portal)
    staff = portal.staff(Role.OPERATOR)
    write(staff, customer, S.VISIT)
    sentence, section = seen_on(portal, customer, TODAY, 9)
    assert "está investigando la causa" in sentence
    assert "visita" not in sentence
    write(portal.staff(Role.OPERATOR), customer, S.DESK)
    write(portal.staff(Role.OPERATOR), customer, S.DECISION)
    sentence, section = seen_on(portal, customer, DECIDE_BY.plus(1))
    assert "investigó la causa y decidió" in sentence
    assert "Lo que se está revisando" in section
    assert "Falta que Llanogas le notifique la decisión" in section
    assert "decidir" not in section
    write(portal.staff(Role.OPERATOR), customer, S.NOTICE)
    sentence, section = seen_on(portal, customer, DECIDE_BY.plus(1))
    assert "Lo que se revisó" in section
    assert "Falta" not in section


def test_a_month_that_nobody_investigated_promises_nothing_once_its_terms_are_past(portal: RunningPortal):
    above, below = opened(portal, EVEN, 1400), opened(portal, EVEN, 500)
    assert "debe investigar la causa" in seen_on(portal, above, DECIDE_BY)[0]
    sentence, section = seen_on(portal, above, DECIDE_BY.plus(1))
    assert "no hay una investigación de ese mes" in sentence
    assert "visita" not in sentence
    assert section == ""
    assert "puede investigar la causa" in seen_on(portal, below, CHARGE_UNTIL)[0]
    assert "investigar" not in seen_on(portal, below, CHARGE_UNTIL.plus(1))[0]


def test_a_month_of_before_the_annex_is_not_said_to_oblige(portal: RunningPortal):
    assert not is_governed(Month(2024, 6))
    assert is_governed(Month(2024, 7))
    customer = opened(portal, (*(1000,) * 27, 1400, *EVEN), 1000)
    june = "?mes=6&anio=2024"
    sentence = page_of(customer, june).one("#alarma").get_text()
    assert "superó el límite de 3σ" in sentence
    assert "investigar" not in sentence
    row = portal.staff(Role.OPERATOR).open(f"{LIST}{june}").one("#desviaciones tbody tr").get_text(" ")
    assert "se puede investigar" in row
    assert "debía" not in row


def test_a_month_that_was_declared_need_not_be_investigated(portal: RunningPortal):
    customer = opened(portal, EVEN, 1400)
    page_of(customer).form("form[action$=patron]").fill(months=["10"], note="Cosecha").submit("Guardar el patrón")
    assert "puede investigar la causa" in seen_on(portal, customer, TODAY)[0]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"text": " "}, "Escriba qué se encontró"),
        ({"done_on": "mañana"}, "No reconocemos esa fecha"),
        ({"done_on": f"{TODAY.plus(1).date:%d/%m/%Y}"}, "entre el primero del mes que se investiga y hoy"),
        ({"done_on": "30/09/2026"}, "entre el primero del mes que se investiga y hoy"),
    ],
)
def test_a_step_that_says_too_little_or_lies_elsewhere_is_refused(
    portal: RunningPortal, given: dict[str, str], said: str
):
    customer = opened(portal, EVEN, 1400)
    form = portal.staff(Role.OPERATOR).open(case_of(customer)).form("#paso")
    right = {"step": "opened", "done_on": f"{TODAY.date:%d/%m/%Y}", "text": "A petición del cliente."}
    page = form.fill(**right | given).submit("Escribir el paso")
    assert page.status == 422
    assert said in page.one(".error-summary").get_text()
    assert portal.count(InvestigationEntry) == 0


def test_a_step_that_somebody_wrote_meanwhile_is_not_written_twice(portal: RunningPortal):
    customer = opened(portal, EVEN, 1400)
    staff = portal.staff(Role.OPERATOR)
    form = staff.open(case_of(customer)).form("#paso")
    assert open_due(portal) == 1
    page = form.fill(step="opened", done_on=f"{TODAY.date:%d/%m/%Y}", text="Abierta.").submit("Escribir el paso")
    assert (page.status, portal.count(InvestigationEntry)) == (422, 1)
    assert "Ese paso no sigue ahora" in page.text


def test_an_auditor_reads_and_writes_nothing(portal: RunningPortal):
    customer = opened(portal, EVEN, 1400)
    page = portal.staff(Role.AUDITOR).open(case_of(customer))
    assert page.status == 200
    assert page.select("#paso") == []


def test_an_open_investigation_of_another_month_stands_first(portal: RunningPortal):
    customer = opened(portal, EVEN, 1400)
    open_due(portal)
    portal.clock.forward(days=30)
    page = portal.staff(Role.OPERATOR).open(LIST)
    assert page.h1 == "Desviaciones de noviembre de 2026"
    row = page.one(f"#abiertas [data-delivery-point='{customer.point}']").get_text(" ")
    assert "octubre de 2026" in row
    assert "Ningún punto salió de los límites ese mes" in page.text


def row_of(portal: RunningPortal, customer: Customer, day: GasDay) -> str:
    """What staff read of the month on a day."""
    portal.clock.now = day.start
    page = portal.staff(Role.OPERATOR).open(f"{LIST}{REVIEW}")
    return page.one(f"#desviaciones [data-delivery-point='{customer.point}']").get_text(" ")


def duty_of(portal: RunningPortal, customer: Customer) -> str:
    found = portal.staff(Role.OPERATOR).open(case_of(customer)).select("#deber")
    return found[0].get_text() if found else ""


def test_the_list_says_of_each_month_whether_it_must_still_be_investigated(portal: RunningPortal):
    above, expected = opened(portal, EVEN, 1400), opened(portal, EVEN, 1400)
    page_of(expected).form("form[action$=patron]").fill(months=["10"], note="Cosecha").submit("Guardar el patrón")
    assert "se puede investigar" in row_of(portal, expected, TODAY)
    assert "se debe" not in row_of(portal, expected, TODAY)
    assert "se debe investigar" in row_of(portal, above, DECIDE_BY)
    assert duty_of(portal, above) == "se debe investigar"
    assert "se debía investigar a más tardar el lunes 30" in row_of(portal, above, DECIDE_BY.plus(1))
    assert duty_of(portal, above).startswith("se debía investigar")
    write(portal.staff(Role.OPERATOR), above, S.OPENED)
    assert "investigar" not in row_of(portal, above, DECIDE_BY)
    assert duty_of(portal, above) == ""


def test_the_list_says_of_an_open_investigation_what_is_still_owed(portal: RunningPortal):
    customer = opened(portal, EVEN, 1400)
    open_due(portal)
    assert "se decide a más tardar el lunes 30" in row_of(portal, customer, DECIDE_BY)
    assert "debía decidirse a más tardar el lunes 30" in row_of(portal, customer, DECIDE_BY.plus(1))
    for step in (S.DESK, S.DECISION):
        write(portal.staff(Role.OPERATOR), customer, step)
    row = row_of(portal, customer, DECIDE_BY.plus(1))
    assert "decidida, falta notificarla" in row
    assert "a más tardar" not in row


def test_a_month_that_nobody_opened_before_is_not_opened_by_the_portal_later(portal: RunningPortal):
    customer = opened(portal, EVEN, 1400)
    portal.clock.forward(days=30)
    assert open_due(portal) == 0
    page = portal.staff(Role.OPERATOR).open(f"{LIST}{REVIEW}")
    assert "lo de meses anteriores se abre aquí" in page.text
    assert "sin abrir" in page.one(f"#desviaciones [data-delivery-point='{customer.point}']").get_text()


def test_the_investigation_leads_back_to_the_list_of_its_month(portal: RunningPortal):
    customer = opened(portal, EVEN, 1400)
    portal.clock.forward(days=60)
    staff = portal.staff(Role.OPERATOR)
    assert staff.open(case_of(customer)).click(".breadcrumbs a[href*=mes]").h1 == "Desviaciones de octubre de 2026"
    running = staff.open(f"{LIST}/{customer.point}/2027-01")
    assert running.click(f".breadcrumbs a[href='{LIST}']").h1 == "Desviaciones de diciembre de 2026"


def test_its_arrows_lead_from_month_to_month_as_on_other_pages(portal: RunningPortal):
    page = portal.staff(Role.OPERATOR).open(LIST).click("a[rel=prev]")
    assert page.url.endswith("?mes=9&anio=2026")
    assert page.h1 == "Desviaciones de septiembre de 2026"
    page = page.click("a[rel=next]")
    assert page.h1 == "Desviaciones de octubre de 2026"
    assert not page.select("a[rel=next]")


@pytest.mark.parametrize("asked", ["mes=13&anio=2026", "mes=11&anio=2014", "mes=12&anio=2026", "mes=ayer", "anio=2026"])
def test_a_month_that_is_none_says_which_there_are(portal: RunningPortal, asked: str):
    page = portal.staff(Role.OPERATOR).open(f"{LIST}?{asked}")
    assert page.status == 404
    assert "Elija un mes entre diciembre de 2014 y octubre de 2026" in page.text


@pytest.mark.parametrize(
    ("done", "then"),
    [
        ((), (S.OPENED,)),
        ((S.OPENED,), (S.DESK, S.VISIT, S.MISSED_VISIT)),
        ((S.OPENED, S.DESK), (S.VISIT, S.MISSED_VISIT, S.DECISION)),
        ((S.OPENED, S.MISSED_VISIT), (S.DESK, S.VISIT, S.MISSED_VISIT, S.RECORD)),
        ((S.OPENED, S.MISSED_VISIT, S.MISSED_VISIT), (S.DESK, S.RECORD, S.DECISION)),
        ((S.OPENED, S.VISIT, S.RECORD), (S.DESK, S.VISIT, S.MISSED_VISIT, S.DECISION)),
        ((S.OPENED, S.DESK, S.DECISION), (S.NOTICE,)),
        ((S.OPENED, S.DESK, S.DECISION, S.NOTICE), ()),
    ],
)
def test_which_steps_may_follow(done: tuple[InvestigationStep, ...], then: tuple[InvestigationStep, ...]):
    assert list_next_steps(done) == then
    assert is_open(done) == (bool(done) and S.NOTICE not in done)


def test_the_terms_of_a_month_end_with_months():
    assert decide_by(OCTOBER).isoformat() == "2026-11-30"
    assert charge_until(OCTOBER.previous).isoformat() == "2027-02-28"


def test_the_steps_of_one_point_are_not_those_of_another(session: Session):
    with transaction(session):
        points = [factories.delivery_point(session) for _ in range(2)]
    act = factories.act_of(session)
    for place, point in enumerate(points):
        for text in ("Una.", "Otra.")[: place + 1]:
            known = investigations.find_of_point(session, delivery_point_id=point.id, month=OCTOBER)
            step = known.next_steps[0]
            investigations.write(act, public_id=point.public_id, month=OCTOBER, step=step, done_on=TODAY, text=text)
    found = [investigations.find_of_point(session, delivery_point_id=each.id, month=OCTOBER) for each in points]
    assert [[entry.text for entry in each.entries] for each in found] == [["Una."], ["Una.", "Otra."]]
