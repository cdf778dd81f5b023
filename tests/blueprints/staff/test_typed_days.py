"""Days typed on the pages of the consoles: the spellings of everybody else's forms, and the same refusals."""

from __future__ import annotations

import pytest

from portal.domain.accounts import Role
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.browser import Browser
from tests.factories import TODAY

CHANGE = "/consola/registro/puntos/apiay/desde-un-dia"
# Page, the form's id, its field of a day and the button; the form is wrong in other ways too.
FORMS = [
    ("/consola/balance/ajustes/apiay", "#ajuste", "gas_day", "Ver el efecto"),
    ("/consola/horario", "/consola/horario", "gas_day", "Ver el efecto"),
    ("/consola/horario/festivos", "#festivo", "day", "Ver el efecto"),
    ("/consola/puertas/PS-LOMA/condiciones", "#condiciones-nuevas", "valid_from", "Registrar"),
    (CHANGE, CHANGE, "day", "Ver el efecto"),
]


@pytest.fixture
def supervisor(portal: RunningPortal) -> Browser:
    """A point on a gate."""
    with portal.session() as session, transaction(session):
        gate = factories.exit_point(session, code="PS-LOMA")
        contract = factories.contract(session)
        factories.delivery_point(session, contract=contract, exit_point_id=gate.id, public_id="apiay", name="EDS Apiay")
    return portal.staff(Role.SUPERVISOR)


@pytest.mark.parametrize(("address", "form", "name", "button"), FORMS)
def test_a_day_is_typed_in_a_console_as_everywhere(
    supervisor: Browser, address: str, form: str, name: str, button: str
):
    page = supervisor.open(address)
    wrong = f"domingo {TODAY.date:%d/%m/%Y}"
    page = page.form(form).fill(**{name: wrong}).submit(button)
    assert page.status == 422
    assert "Revise la fecha: " in page.text
    assert str(page.one(f"[name={name}]")["value"]) == wrong
    for typed, words in (("31/02/2026", "Ese día no existe en el calendario"), ("ayer", "No reconocemos esa fecha")):
        assert words in page.form(form).fill(**{name: typed}).submit(button).text
    spelt = f"{TODAY.date.day} nov {TODAY.date.year}"
    said = page.form(form).fill(**{name: spelt}).submit(button).text
    assert "Revise la fecha" not in said
    assert "No reconocemos esa fecha" not in said
