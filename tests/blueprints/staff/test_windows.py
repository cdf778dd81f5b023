"""The console page that changes the timetable from a gas day on."""

from __future__ import annotations

from portal.domain.accounts import Role
from portal.models import Contact, OutboxMessage, TimetableRow
from portal.services.store.transactions import transaction
from tests.application import RunningPortal


def test_hours_are_seen_then_changed_and_customers_are_told(portal: RunningPortal):
    customer = portal.customer()
    with portal.session() as session, transaction(session):
        company = customer.way.contract.company_id
        session.add(
            Contact(
                public_id="c", company_id=company, name="Ana", email="ana@cliente.example", created_at=portal.clock.now
            )
        )
    before = portal.count(TimetableRow)
    page = portal.staff(Role.OPERATOR).open("/consola/horario").click("Cambiar el horario desde un día en adelante")
    said = {"gas_day": "01/12/2026", "closes_time": "14:00", "reason": "Nuevo contrato de transporte"}
    seen = page.form().fill(**said).submit("Ver el efecto")
    assert "al lunes 30 de noviembre de 2026 a las 14:00" in seen.text
    assert portal.count(TimetableRow) == before
    done = seen.form().submit("Cambiar el horario y avisar a los clientes")
    assert done.h1 == "Horario de nominaciones"
    assert portal.count(TimetableRow) == before + 6
    with portal.session() as session:
        told = session.query(OutboxMessage).filter_by(recipient="ana@cliente.example").one()
    assert "se recibe hasta las 14:00 del día anterior" in told.body
    wrong = page.form().fill(**said | {"gas_day": "23/11/2026", "notice_hours": "99"}).submit("Ver el efecto")
    assert wrong.status == 422
    assert "de 0 a 23" in wrong.text
    assert portal.staff(Role.AUDITOR).open("/consola/horario/desde-un-dia").status == 403


def test_the_rows_say_their_days_in_words(portal: RunningPortal) -> None:
    rows = portal.staff(Role.OPERATOR).open("/consola/horario").one("#filas").get_text(" ", strip=True)
    assert "31 días antes, 00:00 el día anterior, 12:00 de inmediato" in rows
    assert "el día anterior, 12:00 el mismo día, 16:00 6 h" in rows
    assert "D-" not in rows
