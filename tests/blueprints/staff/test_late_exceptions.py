"""The exception to five months on the pages: asked for by a supervisor, shown to who decides and to the customer."""

from __future__ import annotations

from datetime import date

from portal.domain.accounts import Role
from portal.domain.gas_day import GasDay, Month
from portal.services import ledger
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal

OLD = GasDay(date(2026, 5, 31))
PROOF = "Sello roto, acta 41"


def test_a_supervisor_states_the_exception_and_another_reads_it_before_approving(portal: RunningPortal):
    with portal.session() as session, transaction(session):
        point = factories.delivery_point(session, public_id="barzal", name="EDS Barzal", starts_on=OLD)
        factories.reading(session, point, OLD, "500")
        ledger.rewrite_day(session, delivery_point=point, gas_day=OLD)
        factories.month_closing(session, point, Month(2026, 5), "0")
    day = f"/consola/mediciones/puntos/barzal/dias/{OLD.isoformat()}"
    assert not portal.staff(Role.OPERATOR).open(day).select("[name=exception_clause]")
    page = portal.staff(Role.SUPERVISOR).open(day)
    form = page.form("form#registrar").fill(volume="520", reason="Medidor", exception_clause="51")
    refused = form.submit()
    assert refused.status == 422
    assert "la cláusula y la prueba del dolo" in refused.text
    again = refused.form("form#registrar")
    assert (again["volume"], again["exception_clause"]) == ("520", "51")
    assert again.fill(exception_reason=PROOF).submit().h1 == "Correcciones de meses cerrados"
    other = portal.staff(Role.SUPERVISOR).open("/consola/mediciones/correcciones")
    row = other.one("#correcciones").get_text(" ")
    assert f"Excepción, cláusula 51 (más de cinco meses): {PROOF} Si se aprueba, se cobra." in row
    assert "sin cobro" not in row
    done = other.form("#correcciones form").submit("Aprobar")
    assert "la cuenta está al día" in done.text
    assert f"cláusula 51 (más de cinco meses): {PROOF}" in done.one("#correcciones").get_text(" ")
