"""The pages of the registry, filled in as a person does."""

from __future__ import annotations

import pytest

from portal.domain.accounts import Role
from portal.domain.codes import compute_nit_check_digit
from portal.models import Company, Contact, DeliveryPoint
from portal.services import ledger
from tests import factories
from tests.application import RunningPortal
from tests.browser import Browser, Page
from tests.factories import TODAY
from tests.services.ledger_rows import counted

HOME = "/consola/registro"
NIT = f"901234567-{compute_nit_check_digit('901234567')}"


@pytest.fixture
def staff(portal: RunningPortal) -> Browser:
    return portal.staff(Role.OPERATOR)


def made(staff: Browser) -> Page:
    """From the exit point to the delivery point, page after page; the page of the point."""
    page = staff.open(HOME).click("Nuevo punto de salida").form().fill(code="gra", name="Granada").submit()
    assert page.h1 == "Granada"
    page = staff.open(HOME).click("Nueva empresa").form().fill(nit=NIT, name="Gases del Ariari").submit()
    assert page.h1 == "Gases del Ariari"
    page = page.click("Nuevo contrato").form()
    page = page.fill(number="NR-900", maximum_micro="9.000", starts_on="01/12/2014").submit("Crear el contrato")
    assert page.h1 == "Contrato NR-900"
    form = page.click("Nuevo punto de entrega").form()
    form.fill(name="EDS Ariari", carrier_code="PE-900", exit_point="GRA", municipality="Granada")
    return form.fill(starts_on="01/12/2014").submit("Crear el punto de entrega")


def test_a_customer_is_registered_from_the_search_on_and_found_again(portal: RunningPortal, staff: Browser):
    page = made(staff)
    assert page.h1 == "EDS Ariari"
    assert "1/24 cada hora" in page.text
    form = page.form()
    page = form.fill(hourly_profile=",".join(["2"] * 12 + ["0"] * 12), ends_on="31/12/2027").submit("Guardar el punto")
    assert "El punto de entrega quedó como lo escribió." in page.text
    assert "8,3 %" in page.text
    changes = page.select(".trail-entry")[0].text
    assert "Punto de entrega cambiado" in changes
    assert "31/12/2027" in changes
    found = staff.open(f"{HOME}?q=ARIÁRI pe-900")
    assert [link.text for link in found.select("#resultados th a")] == ["EDS Ariari"]
    fragment = staff.open(f"{HOME}?q=901234567", htmx=True)
    assert fragment.is_fragment
    assert "Gases del Ariari" in fragment.text


def test_what_was_typed_stays_with_the_words_beside_it(staff: Browser):
    page = made(staff)
    form = page.form().fill(hourly_profile="1,2,3", municipality="Lejanías")
    again = form.submit("Guardar el punto")
    assert again.status == 422
    assert "Escriba 24 números enteros" in again.text
    assert (again.form()["municipality"], again.form()["hourly_profile"]) == ("Lejanías", "1,2,3")
    wrong = staff.open(f"{HOME}/empresas/nueva").form().fill(nit="901234567-0", name="X").submit()
    assert wrong.status == 422
    assert "El dígito de verificación no corresponde" in wrong.text
    assert wrong.form()["nit"] == "901234567-0"


def test_an_old_tab_is_told_what_holds_now(portal: RunningPortal, staff: Browser):
    old = made(staff)
    old.form().fill(municipality="Lejanías").submit("Guardar el punto")
    stale = old.form().fill(municipality="Acacías").submit("Guardar el punto")
    assert stale.status == 409
    assert "ahora: Lejanías · usted envió: Acacías" in stale.text
    typed = [each.get_text() for each in stale.select("[data-field=typed]")]
    assert old.form()["name"] in typed, "the rest of what was typed stands there to be copied"
    assert "Acacías" not in typed, "what the page says already is not said twice"
    with portal.session() as session:
        assert session.query(DeliveryPoint).one().municipality == "Lejanías"


def test_contacts_are_kept_with_what_each_gets_and_who_stands_in(portal: RunningPortal, staff: Browser):
    made(staff)
    with portal.session() as session:
        company = session.query(Company).one().public_id
    url = f"{HOME}/empresas/{company}"
    form = staff.open(url).click("Nuevo contacto").form()
    page = form.fill(name="Ana", email="ana@cliente.example", topic=["cuts"], is_deputy=True).submit()
    assert "suplente" in page.one("#contactos").text
    page = page.click("Ana").form().fill(email="ana.gas@cliente.example", is_deputy=False).submit("Guardar el contacto")
    assert "ana.gas@cliente.example" in page.one(".trail").text
    with portal.session() as session:
        kept = session.query(Contact).one()
        assert (kept.is_deputy, kept.wants_cuts, kept.wants_receipts) == (False, True, False)
    refused = page.form().submit("Quitar")
    assert refused.status == 422
    assert "Es el último contacto" in refused.text
    staff.open(url).click("Nuevo contacto").form().fill(name="Beto", email="beto@cliente.example").submit()
    gone = page.form().submit("Quitar")
    assert gone.url == url
    assert "Contacto quitado" in gone.one(".trail").text


def test_a_page_of_the_registry_asks_the_same_few_questions_whatever_it_shows(portal: RunningPortal, staff: Browser):
    page = made(staff)
    contract = page.select(".breadcrumbs a")[-1]["href"]
    few = {}
    for url in (HOME, str(contract)):
        with counted(portal.app.extensions["portal.engine"]) as asked:
            staff.open(url)
        few[url] = len(asked)
    form = staff.open(str(contract)).click("Nuevo punto de entrega").form()
    form.fill(name="EDS Dos", carrier_code="PE-901", exit_point="GRA", municipality="Granada")
    form.fill(starts_on="01/12/2014").submit("Crear el punto de entrega")
    for url, before in few.items():
        with counted(portal.app.extensions["portal.engine"]) as asked:
            staff.open(url)
        assert len(asked) == before <= 9


def test_a_file_is_previewed_and_then_done_or_thrown_away(portal: RunningPortal, staff: Browser):
    made(staff)
    text = f"nit;contrato;código transportador;municipio\n{NIT};NR-900;PE-900;%s\n"

    def sent(town: str) -> Page:
        form = staff.open(HOME).click("Por archivo").form("#archivo")
        return form.fill(file=("registro.csv", (text % town).encode())).submit()

    page = sent("Lejanías")
    assert "Granada → Lejanías" in page.one("#cambiaria").get_text()
    assert "Nada se ha registrado todavía" in page.text
    page.form("#decision").submit("Descartar el archivo")
    again = page.form("#decision").submit("Registrar todo")
    assert again.status == 422
    assert "ya se importó o se descartó" in again.text
    page = sent("Lejanías").form("#decision").submit("Registrar todo")
    assert "0 nuevos y 1 cambiado." in page.text
    with portal.session() as session:
        point = session.query(DeliveryPoint).one()
        assert point.municipality == "Lejanías"
        url = f"{HOME}/puntos/{point.public_id}"
    assert "registro.csv" in staff.open(url).one(".trail").text
    same = sent("Lejanías")
    assert same.status == 422
    assert "no dice nada nuevo" in same.text
    wrong = staff.open(f"{HOME}/archivo").form("#archivo")
    refused = wrong.fill(file=("r.csv", f"nit;ciudad\n{NIT[:-1]}x;Granada\n".encode())).submit()
    assert refused.status == 422
    assert "Fila 2, columna «nit»: escriba el NIT" in refused.text


def test_the_preview_says_which_rows_of_a_file_were_passed_over_and_why(staff: Browser):
    made(staff)
    head = "nit;contrato;código transportador;municipio\n"
    totals = "".join(f"Total;;;{number}\n" for number in range(11))
    text = f"Registro de clientes\n{head}{NIT};NR-900;PE-900;Lejanías\n{head}{totals}Fuente: ventas;;;\n"
    form = staff.open(f"{HOME}/archivo").form("#archivo")
    page = form.fill(file=("registro.csv", text.encode())).submit()
    assert page.one("#entendido").get_text().split(". ") == [
        "1 fila de datos, encabezado en la fila 2",
        "Se pasó 1 línea antes del encabezado",
        "El encabezado está otra vez en fila 4",
        "Totales que no se toman: filas 5, 6, 7, 8, 9, 10, 11, 12 y 3 más",
        "Notas que no se toman: fila 16.",
    ]
    assert "Granada → Lejanías" in page.one("#cambiaria").get_text()


def test_an_address_and_a_contact_change_only_with_the_second_factor_given_just_now(
    portal: RunningPortal, staff: Browser
):
    made(staff)
    with portal.session() as session:
        url = f"{HOME}/empresas/{session.query(Company).one().public_id}"
    portal.clock.forward(minutes=6)
    asked = staff.open(url).form(url).fill(address="Carrera 40 n.º 12-30").submit()
    assert asked.h1 == "Confirme que es usted"
    assert staff.open(url).form(url)["address"] != "Carrera 40 n.º 12-30"
    added = staff.open(url).click("Nuevo contacto").form()
    assert added.fill(name="Otro", email="otro@example.com").submit().h1 == "Confirme que es usted"
    assert portal.count(Contact) == 0


def test_an_end_names_the_days_whose_nominations_it_cancels(portal: RunningPortal, staff: Browser):
    page = made(staff)
    with portal.session() as session:
        for ahead in (1, 2):
            factories.nomination(session, session.query(DeliveryPoint).one(), TODAY.plus(ahead), "100")
        session.commit()
    shown = page.form().fill(ends_on="23/11/2026").submit("Guardar el punto")
    days = "del martes 24 de noviembre de 2026, del miércoles 25 de noviembre de 2026"
    assert f"se anulan las nominaciones {days}." in shown.text


def test_an_end_before_figures_shows_what_comes_after_and_is_saved_when_sent_again(
    portal: RunningPortal, staff: Browser
):
    page = made(staff)
    with portal.session() as session:
        point = session.query(DeliveryPoint).one()
        day = point.starts_on.plus(40)
        factories.reading(session, point, day, "100")
        ledger.rewrite_day(session, delivery_point=point, gas_day=day)
        session.commit()
    shown = page.form().fill(ends_on="31/12/2014", municipality="Lejanías").submit("Guardar el punto")
    assert shown.status == 422
    assert "Lo que viene después" in shown.text
    assert "EDS Ariari (PE-900)" in shown.text
    assert "1 día con cifras en la cuenta, 1 con medición, hasta el" in shown.text
    assert (shown.form()["ends_on"], shown.form()["municipality"]) == ("31/12/2014", "Lejanías")
    done = shown.form().submit("Guardar el punto")
    assert "El punto de entrega quedó como lo escribió." in done.text
    with portal.session() as session:
        assert str(session.query(DeliveryPoint).one().ends_on) == "2015-01-01"
