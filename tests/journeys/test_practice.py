"""A customer practises a nomination: marked on every screen, signed with the printed code, and nothing of it counts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select

from portal.domain.practice import CODE, MOST_A_DAY
from portal.models import AuditEvent, Base, DutyRun, OutboxMessage, PracticeNomination, TimetableRow
from portal.services.nominations import practice
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from tests.application import RunningPortal
from tests.browser import Page
from tests.customer import TOMORROW, Customer
from tests.factories import TODAY

URL = "/practica"


@pytest.fixture
def customer(portal_on_each: RunningPortal) -> Customer:
    """Somebody signed in who opened nothing."""
    return portal_on_each.customer()


def ask(customer: Customer, quantity: str = "12.500", day: str = TOMORROW.isoformat()) -> Page:
    form = customer.open(URL).form(URL)
    return form.fill(gas_day=day, quantity=quantity).submit("Continuar la práctica")


def sign(page: Page, code: str = CODE) -> Page:
    return page.form().fill(security_code=code).submit("Firmar la práctica")


def rows(portal: RunningPortal) -> dict[str, int]:
    """How many rows each table has."""
    with portal.session() as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }


def test_it_goes_from_the_account_to_a_receipt_and_is_marked_on_every_screen(customer: Customer):
    pages = [customer.open("/cuenta").click(f"main a[href='{URL}']")]
    pages.append(ask(customer))
    printed = pages[-1].one("#codigo").get_text()
    pages.append(sign(pages[-1], printed))
    assert pages[-1].h1.startswith("PRÁCTICA-")
    receipt = pages[-1].one("#comprobante").get_text(" ")
    assert "12.500 m³" in receipt
    assert "doce mil quinientos m³" in receipt
    pages.append(customer.open(URL))
    assert "12.500 m³" in pages[-1].one("#practicado").get_text()
    for page in pages:
        assert "PRÁCTICA" in page.one("title").get_text()
        assert "no es una nominación" in page.one("#marca").get_text()


def test_nothing_but_its_own_row_is_written(customer: Customer, portal_on_each: RunningPortal):
    customer.open(URL)
    before = rows(portal_on_each)
    sign(ask(customer))
    after = rows(portal_on_each)
    assert {name: after[name] - before[name] for name in after if after[name] != before[name]} == {
        PracticeNomination.__tablename__: 1
    }
    assert (portal_on_each.count(OutboxMessage), before["audit_events"]) == (0, portal_on_each.count(AuditEvent))


def test_only_the_printed_code_signs_and_the_real_one_does_not(customer: Customer, portal_on_each: RunningPortal):
    page = ask(customer)
    for wrong in (customer.way.numeric_key, "123", ""):
        answer = sign(page, wrong)
        assert answer.status == 422
        assert "Código incorrecto" in answer.one(".error-summary").get_text()
    assert "sin firmar" in customer.open(URL).one("#practicado").get_text()
    assert "Todavía no la ha firmado" in customer.open(page.url.removesuffix("/firma")).text
    assert sign(page).status == sign(page).status == 200
    assert portal_on_each.count(PracticeNomination) == 1


@pytest.mark.parametrize(
    ("day", "quantity", "said"),
    [
        ("mañana", "10", "No reconocemos esa fecha"),
        (
            TODAY.isoformat(),
            "10",
            "La nominación para el lunes 23 de noviembre de 2026 cerró el domingo 22 de noviembre",
        ),
        (TODAY.plus(40).isoformat(), "10", "se recibe a partir del miércoles 2 de diciembre de 2026 a las 00:00"),
        (TOMORROW.isoformat(), "1.25", "La cantidad se puede leer de dos maneras"),
        (TOMORROW.isoformat(), "", "Escriba la cantidad total del día"),
    ],
)
def test_what_a_real_nomination_would_refuse_is_refused(portal: RunningPortal, day: str, quantity: str, said: str):
    page = ask(portal.customer(), quantity, day)
    assert page.status == 422
    assert said in page.one(".error-summary").get_text()
    assert portal.count(PracticeNomination) == 0


@pytest.mark.parametrize("hours", [0, 2.99, 3.01, 14, 38])
def test_the_day_of_the_example_is_taken_at_every_hour(portal: RunningPortal, hours: float):
    portal.clock.forward(hours=hours)
    customer = portal.customer()
    hint = customer.open(URL).one("#gas_day-pista").get_text()
    example = hint.removeprefix("Como ").removesuffix(".")
    assert ask(customer, day=example).status == 200


def test_without_an_open_day_no_example_is_given(portal: RunningPortal):
    with portal.session() as session, transaction(session):
        session.execute(delete(TimetableRow))
    customer = portal.customer()
    assert "de ningún día" in customer.open(URL).one("#gas_day-pista").get_text()
    assert ask(customer).status == 422


def test_after_the_close_of_the_day_it_is_refused_as_the_real_one_is(portal: RunningPortal):
    portal.clock.forward(hours=3, seconds=1)
    customer = portal.customer()
    page = ask(customer)
    assert page.status == 422
    closed = "La nominación para el martes 24 de noviembre de 2026 cerró el lunes 23 de noviembre de 2026 a las 12:00."
    assert closed in page.one(".error-summary").get_text()
    assert ask(customer, day=TODAY.plus(2).isoformat()).status == 200


def test_it_says_how_the_real_nomination_differs(portal: RunningPortal):
    said = portal.customer().open(URL).text
    assert "La nominación de verdad va en cinco pasos" in said
    assert "Los pasos y los plazos son los de verdad" not in said


def test_twenty_a_day_are_enough(portal: RunningPortal):
    customer = portal.customer()
    for _ in range(MOST_A_DAY):
        assert ask(customer).status == 200
    page = ask(customer)
    assert page.status == 422
    assert "Ya practicó 20 veces hoy" in page.text


def test_what_was_practised_yesterday_neither_shows_nor_counts_before_it_is_wiped(
    customer: Customer, portal_on_each: RunningPortal
):
    for _ in range(MOST_A_DAY):
        sign(ask(customer))
    assert customer.open(URL).select("#practicado")
    portal_on_each.clock.now = TODAY.plus(1).start
    customer = portal_on_each.holder_of(customer.way)
    assert not customer.open(URL).select("#practicado")
    assert ask(customer, day=TODAY.plus(2).isoformat()).status == 200
    assert portal_on_each.count(PracticeNomination) == MOST_A_DAY + 1


def test_what_another_person_practises_is_not_there(portal: RunningPortal):
    page = ask(portal.customer())
    other = portal.customer()
    for path in (page.url, page.url.removesuffix("/firma")):
        assert other.open(path).status == 404
    assert not other.open(URL).select("#practicado")


def test_the_worker_wipes_it_each_night_once(customer: Customer, portal_on_each: RunningPortal):
    sign(ask(customer))
    with portal_on_each.session() as session:
        act = Act.of_system(session, portal_on_each.clock.now)
        assert practice.reset_due(act) == 0
        tomorrow = act.moved(TODAY.plus(1).start)
        assert practice.reset_due(tomorrow) == 1
        assert practice.reset_due(tomorrow.moved(tomorrow.now + timedelta(hours=2))) == 0
        assert session.scalar(select(func.count(DutyRun.name))) == 2
    assert portal_on_each.count(PracticeNomination) == 0
