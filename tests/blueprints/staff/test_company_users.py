"""The console's pages of customers' accounts, and the company's own page of colleagues."""

from __future__ import annotations

import pytest

from portal.domain.accounts import Role
from portal.models import Binding
from tests.application import RunningPortal
from tests.browser import Page
from tests.customer import Customer

LIST, OWN = "/consola/usuarios", "/cuenta/empresa"


@pytest.fixture
def manager(portal: RunningPortal) -> Customer:
    """The first account of a contract."""
    found = portal.customer()
    found.use_keys(of_point=False)
    return found


@pytest.fixture
def eva(portal: RunningPortal, manager: Customer) -> Customer:
    """A second account of another mail domain."""
    found = portal.colleague_of(manager, name="Eva Díaz", email="eva@otra.example")
    found.use_keys(of_point=False)
    return found


def own_form(page: Page, name: str) -> str:
    """The selector of the form about the person of that name."""
    panel = next(panel for panel in page.select(".panel") if name in panel.get_text())
    return f"[data-account='{panel['data-account']}'] form"


def test_a_supervisor_approves_whom_the_list_shows_first(portal: RunningPortal, eva: Customer):
    page = portal.staff(Role.SUPERVISOR).open(LIST).click("Eva Díaz")
    assert page.h1 == "Eva Díaz"
    done = page.form("[data-contract] form").submit("Aprobar para nominar")
    assert "Eva Díaz puede nominar desde ahora." in done.text
    assert "por aprobar" in done.one("#historial del").get_text()
    assert "Nadie espera una aprobación." in done.browser.open(LIST).text
    assert eva.nominate().h1
    stale = page.form("[data-contract] form").submit("Aprobar para nominar")
    assert stale.status == 422
    assert "Alguien cambió ese acceso" in stale.text


def test_access_that_is_taken_away_ends_with_the_next_page(portal: RunningPortal, manager: Customer):
    manager.open_point()
    signing = manager.review()
    supervisor = portal.staff(Role.SUPERVISOR)
    page = supervisor.open(LIST, headers={}).form(LIST).fill(q="persona").submit("Buscar")
    page = page.click(manager.way.actor.name)
    page.form("[data-contract] form").submit("Quitar el acceso")
    sheet = manager.open(f"/cuentas-de-balance/{manager.modality}/{manager.point}")
    assert "clave-web" in sheet.url
    assert "comprobante" not in manager.sign(signing).url
    again = manager.open_contract()
    assert again.status == 422
    assert "Su acceso a este contrato está deshabilitado" in again.text
    assert "Sin acceso" in manager.open("/cuenta").text


def test_a_disabled_account_is_signed_out_at_once(portal: RunningPortal, eva: Customer):
    page = portal.staff(Role.SUPERVISOR).open(LIST).click("Eva Díaz")
    done = page.form("form:not(:has([name=contrato])):has([value=deshabilitar-cuenta])").submit()
    assert "Deshabilitada el" in done.text
    assert eva.open("/inicio").url.startswith("/ingreso")
    back = done.form("form:has([value=habilitar-cuenta])").submit()
    assert "La cuenta puede ingresar de nuevo." in back.text


def test_the_first_account_keeps_its_colleagues(portal: RunningPortal, manager: Customer, eva: Customer):
    page = manager.open("/cuenta").click("Las cuentas de sus colegas, y qué puede hacer cada una")
    form = own_form(page, "Eva Díaz")
    page = page.form(form).submit("Dejar solo en consulta")
    assert "Eva Díaz puede consultar y no nomina desde ahora." in page.text
    page = page.form(form).submit("Quitar el acceso")
    assert "Sin acceso" in page.text
    assert "clave-web" in eva.open(f"/nominacion/{eva.modality}").url
    page.form(form).submit("Devolver el acceso")
    with portal.session() as session:
        assert [binding.state.value for binding in session.query(Binding).order_by(Binding.id)][-1] == "consults"


def test_a_crafted_form_of_a_manager_or_of_anybody_else_changes_nothing(
    portal: RunningPortal, manager: Customer, eva: Customer
):
    page = manager.open(OWN)
    assert len(page.select("main .panel form")) == 1, "none for one's own account"
    form = page.form(own_form(page, "Eva Díaz")).tamper(cuenta=str(page.select("[data-account]")[0]["data-account"]))
    own = form.submit("Dejar solo en consulta")
    assert own.status == 422
    assert "Nadie cambia su propio acceso." in own.text
    unknown = page.form(own_form(page, "Eva Díaz")).tamper(accion="role=admin")
    assert unknown.submit("Quitar el acceso").status == 400
    nobodys = eva.open(OWN)
    assert "No administra las cuentas de ningún contrato" in nobodys.text
    foreign = page.form(own_form(page, "Eva Díaz")).tamper(contrato="no-such")
    assert foreign.submit("Quitar el acceso").status == 404


def test_the_pages_are_the_supervisors_alone(portal: RunningPortal, manager: Customer):
    for role in (Role.OPERATOR, Role.AUDITOR, Role.ADMIN):
        assert portal.staff(role).open(LIST).status == 403
    assert manager.open(LIST).status == 404
    assert portal.staff(Role.SUPERVISOR).open(OWN).status == 404
    assert portal.staff(Role.SUPERVISOR).open(f"{LIST}/nobody").status == 404
