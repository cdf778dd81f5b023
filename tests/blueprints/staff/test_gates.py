"""Gates on their pages, without JavaScript: measured, month, terms, allocation, the transporter's answer and cuts."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from portal.blueprints.staff.readings.views import PREVIEWS
from portal.domain.accounts import Role
from portal.domain.jobs import UploadKind
from portal.models import Adjustment, AuthorisationDraft, DayBookSending, GateConfirmation, GateReading
from portal.services import ledger
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.browser import Browser
from tests.factories import TODAY
from tests.services.book_stage import TOMORROW, Stage, set_up

YESTERDAY = TODAY.plus(-1)
DAY = f"/consola/puertas/dia/{YESTERDAY.isoformat()}"
BOOK = f"/consola/libro/{TOMORROW.isoformat()}"
MONTH = "2026-11"


@pytest.fixture
def stage(portal: RunningPortal) -> Stage:
    """Two points of a gate that took 6,000 and 4,000 m³ yesterday and nominated for tomorrow."""
    with portal.session() as session:
        found = set_up(session)
        with transaction(session):
            for point, amount in ((found.first, "6000"), (found.second, "4000")):
                factories.reading(session, point, YESTERDAY, amount)
                ledger.rewrite_day(session, delivery_point=point, gas_day=YESTERDAY)
        return found


@pytest.fixture
def operator(portal: RunningPortal, stage: Stage) -> Browser:
    """The operator who works on it."""
    assert stage.operator.user_id is not None
    return portal.signed_in(stage.operator.user_id)


def measure(operator: Browser, amount: str):
    return operator.open(DAY).form("#puertas").fill(**{"volume-PS-01": amount}).submit("Guardar lo escrito")


def confirm(operator: Browser, **typed: str):
    form = operator.open(f"{BOOK}/confirmacion").form("#confirmacion")
    return form.fill(**{f"{name}-PS-01": value for name, value in typed.items()}).submit("Registrar la respuesta")


def test_the_console_leads_to_the_gates_of_yesterday_and_their_measurements_are_typed_there(portal, operator):
    page = operator.open("/consola/mediciones").click("Puertas")
    assert page.url == DAY
    page = measure(operator, "10.150,5")
    assert "1 medición guardada" in page.text
    row = page.one("tr[data-gate=PS-01]").get_text(" ", strip=True)
    assert "la puerta midió más" in row
    assert "Dentro de la banda" in row
    assert page.value("tr[data-gate=PS-01] [data-field=difference]") == "150.5"
    assert "0 mediciones guardadas" in page.form("#puertas").submit("Guardar lo escrito").text
    assert portal.count(GateReading) == 1


def test_a_bad_measurement_keeps_its_text_and_says_why(portal, operator):
    page = measure(operator, "diez mil")
    assert page.status == 422
    assert page.one("#volume-PS-01")["value"] == "diez mil"
    assert "No es un número" in page.one("tr[data-gate=PS-01]").get_text()
    assert portal.count(GateReading) == 0


def test_of_the_day_that_runs_nothing_is_missing_yet(operator):
    for address in (f"/consola/puertas/dia/{TODAY.isoformat()}", "/consola/puertas/PS-01"):
        page = operator.open(address)
        said = page.one(f"tr[data-gate=PS-01], tr[data-gas-day='{TODAY.isoformat()}']").get_text(" ", strip=True)
        assert "El día no ha terminado" in said
        assert "alta la medición" not in said
        assert "sin medición" not in said
    assert "Falta la medición" in operator.open(DAY).one("tr[data-gate=PS-01]").get_text()


def test_a_month_without_a_complete_day_shows_no_sums_of_zero(operator):
    page = operator.open("/consola/puertas/PS-01")
    assert "Ningún día de noviembre de 2026 está completo todavía" in page.one("#sin-dias").get_text()
    assert not page.select("[data-field=days_outside], a[href*=reparto]")
    measure(operator, "10150,5")
    page = operator.open("/consola/puertas/PS-01")
    assert page.value("[data-field=days_outside]") == "0"
    assert not page.select("#sin-dias")


def test_what_a_gate_has_to_authorise_is_said_beside_it(operator):
    said = operator.open(BOOK).one("#por-puerta tbody").get_text(" ", strip=True)
    assert "2 puntos, 2 por autorizar" in said


def test_a_day_to_come_has_no_gates_and_an_auditor_reads_without_fields(portal, stage):
    auditor = portal.staff(Role.AUDITOR)
    assert auditor.open(f"/consola/puertas/dia/{TOMORROW.isoformat()}").status == 404
    page = auditor.open(DAY)
    assert not page.select("#puertas input[name^=volume]")
    assert not auditor.open("/consola/puertas/PS-01").select("a[href$=condiciones]")
    assert not auditor.open(BOOK).select("a[href$=confirmacion]")


def test_terms_are_set_from_a_day_and_the_month_shows_them(operator):
    page = operator.open("/consola/puertas/PS-01").click("Cambiar desde un día")
    form = page.form("#condiciones-nuevas")
    wrong = form.fill(band="dos", valid_from="01/11/2026", reason="Acuerdo").submit("Registrar")
    assert wrong.status == 422
    assert "Escriba un porcentaje" in wrong.text
    good = wrong.form("#condiciones-nuevas").fill(
        band="1,5", capacity="12.000", allocation="pro-rata", valid_from="01/11/2026", reason="Acuerdo"
    )
    page = good.submit("Registrar")
    assert page.url.startswith("/consola/puertas/PS-01")
    assert "12.000 m³" in page.text
    assert "1,5 %" in page.text
    assert "A prorrata" in page.text


def test_the_difference_of_a_month_is_allocated_after_it_was_shown(portal, operator):
    measure(operator, "10150")
    nothing = operator.open(f"/consola/puertas/PS-01/reparto/{MONTH}")
    assert "No hay qué repartir" in nothing.text
    test_terms_are_set_from_a_day_and_the_month_shows_them(operator)
    page = operator.open("/consola/puertas/PS-01").click("Repartir la de noviembre de 2026")
    assert "150 m³ de 1 día" in page.text
    assert [row["data-value"] for row in page.select("#reparto tbody tr")] == ["-90", "-60"]
    wrong = page.form("#repartir").submit("Repartir")
    assert wrong.status == 422
    assert "Escriba el motivo" in wrong.text
    page = wrong.form("#repartir").fill(note="Balance del mes").submit("Repartir")
    assert "quedó repartida" in page.text
    assert portal.count(Adjustment) == 2
    assert "Repartida" in operator.open(DAY).text


def test_beyond_the_limit_a_supervisor_decides_on_the_same_page(portal, operator):
    measure(operator, "30000")
    test_terms_are_set_from_a_day_and_the_month_shows_them(operator)
    address = f"/consola/puertas/PS-01/reparto/{MONTH}"
    page = operator.open(address).form("#repartir").fill(note="Balance").submit("Pedir el reparto")
    assert "lo decide un supervisor" in page.text
    assert portal.count(Adjustment) == 0
    supervisor = portal.staff(Role.SUPERVISOR, name="Saúl Vega")
    page = supervisor.open(address).form("form[id^=decidir]").submit("Aprobar")
    assert "aprobado" in page.text
    assert portal.count(Adjustment) == 2


def test_a_file_of_measurements_is_shown_before_it_is_taken(portal, operator):
    text = f"puerta;fecha;volumen\nPS-01;{YESTERDAY.date:%d/%m/%Y};10150\n".encode()
    page = operator.open("/consola/puertas/archivo").form("#archivo").fill(file=("puertas.csv", text)).submit()
    assert [row["data-value"] for row in page.select("#registraria tbody tr")] == ["10150"]
    page = page.form("#decision").submit("Registrar todo")
    assert page.url == DAY
    assert "Quedó registrada 1 medición" in page.text
    bad = operator.open("/consola/puertas/archivo").form("#archivo").fill(file=("p.csv", b"puerta;fecha\nPS-01;x\n"))
    assert bad.submit().status == 422


def test_the_head_of_the_book_says_what_each_gate_asks_confirms_and_authorises(portal, operator):
    page = operator.open(BOOK)
    assert page.value("#por-puerta tr[data-gate=PS-01] [data-field=asked]") == "20000"
    assert page.value("#por-puerta tr[data-gate=PS-01] [data-field=confirmed]") == ""
    page = page.click("Registrar la respuesta del transportador")
    assert page.url == f"{BOOK}/confirmacion"
    page = confirm(operator, confirmed="20.000", unit="m3")
    assert "1 respuesta registrada" in page.text
    row = operator.open(BOOK).one("#por-puerta tr[data-gate=PS-01]")
    assert "Confirmada" in row.get_text()
    assert portal.count(GateConfirmation) == 1


def test_less_than_asked_asks_for_the_reason_and_keeps_what_was_typed(portal, operator):
    page = confirm(operator, confirmed="15.000", unit="m3")
    assert page.status == 422
    assert "En la puerta PS-01 se confirma 15.000 m³ de 20.000 m³: elija el motivo" in page.text
    assert page.one("#confirmed-PS-01")["value"] == "15.000"
    assert portal.count(GateConfirmation) == 0
    bad = confirm(operator, confirmed="quince mil")
    assert bad.status == 422
    assert "Eso no es una cantidad" in bad.text
    half = confirm(operator, nominated="15.000")
    assert half.status == 422
    assert "Escriba cuánto se confirma" in half.text


def test_cuts_of_a_gate_are_recorded_with_one_button_after_three_pages(portal, operator):
    page = confirm(operator, confirmed="10.000", unit="m3", reason="PCC")
    assert "10.000 m³ de 20.000 m³" in page.one("#faltante").get_text(" ", strip=True)
    page = page.click("Repartir el recorte")
    assert [row["data-value"] for row in page.select("#puntos tbody tr")] == ["6250", "3750"]
    page = page.form("#recortes").submit("Registrar 2 líneas")
    assert page.url == BOOK
    assert "Quedaron registradas 2 cantidades de la puerta PS-01" in page.text
    assert portal.count(AuthorisationDraft) == 2
    assert not page.select("#por-puerta a[href*=recortes]")
    page = page.form("#publicar").submit()
    assert "2 con recorte" in page.text


def test_a_cut_line_is_edited_and_a_wrong_one_says_which_point(portal, operator):
    confirm(operator, confirmed="10.000", unit="m3", reason="PCC")
    address = f"{BOOK}/recortes/PS-01"
    page = operator.open(address).form("#recortes").fill(**{"quantity-barzal": "99.999"}).submit("Registrar 2 líneas")
    assert page.status == 422
    assert "EDS Barzal" in page.one(".error-summary").get_text()
    assert page.one("#quantity-barzal")["value"] == "99.999"
    assert portal.count(AuthorisationDraft) == 0
    page = page.form("#recortes").fill(**{"quantity-barzal": "7.500", "quantity-apiay": "2.500"})
    page.submit("Registrar 2 líneas")
    with portal.session() as session:
        rows = session.scalars(select(AuthorisationDraft)).all()
        assert {row.cut_reason for row in rows} == {None, "PCC"}
    chosen = operator.open(f"{address}?regla=prioridad").one(".filter-bar [aria-current=page]")
    assert "Por la prioridad" in chosen.get_text()


def test_an_allocation_that_another_person_decides_is_on_the_board_and_leads_there(portal, operator):
    measure(operator, "90.000")
    test_terms_are_set_from_a_day_and_the_month_shows_them(operator)
    page = operator.open("/consola/puertas/PS-01").click("Repartir la de noviembre de 2026")
    asked = page.form("#repartir").fill(note="Calibración del medidor de la puerta").submit("Pedir el reparto")
    assert asked.status == 200
    supervisor = portal.staff(Role.SUPERVISOR)
    assert "1 reparto de una puerta por decidir" in " ".join(supervisor.open("/consola").text.split())
    assert "reparto de una puerta" not in operator.open("/consola").text
    page = supervisor.open(DAY).click("PS-01, noviembre de 2026")
    assert page.url.endswith(f"/reparto/{MONTH}")
    done = page.form("form[id^=decidir]").submit("Aprobar")
    assert done.status == 200
    assert not supervisor.open(DAY).select("#repartos-por-decidir")
    assert "reparto de una puerta" not in supervisor.open("/consola").text


def test_lines_edited_beyond_what_was_confirmed_are_asked_about_once(portal, operator):
    confirm(operator, confirmed="10.000", unit="m3", reason="PCC")
    form = operator.open(f"{BOOK}/recortes/PS-01").form("#recortes")
    page = form.fill(**{"quantity-barzal": "5.000"}).submit("Registrar 2 líneas")
    assert page.status == 422
    said = "Las líneas suman 11.250 m³: 1.250 m³ más de lo que confirmó el transportador, 10.000 m³."
    assert said in page.one(".error-summary").get_text(" ", strip=True)
    assert page.one("#quantity-barzal")["value"] == "5.000"
    assert portal.count(AuthorisationDraft) == 0
    page = page.form("#recortes").fill(beyond=True).submit("Registrar 2 líneas")
    assert page.url == BOOK
    assert portal.count(AuthorisationDraft) == 2


def test_of_two_people_at_one_gate_the_second_learns_what_the_first_recorded(portal, operator):
    confirm(operator, confirmed="10.000", unit="m3", reason="PCC")
    address = f"{BOOK}/recortes/PS-01"
    other = portal.staff(Role.SUPERVISOR)
    slow = other.open(address).form("#recortes").fill(**{"quantity-barzal": "3.000"})
    operator.open(address).form("#recortes").submit("Registrar 2 líneas")
    page = slow.submit("Registrar 2 líneas")
    assert page.status == 422
    assert "alguien registró o publicó cantidades de esta puerta" in page.one(".error-summary").get_text()
    assert [page.one(f"#quantity-{point}")["value"] for point in ("apiay", "barzal")] == ["6.250", "3.000"]
    assert "registrado 3.750 m³" in page.one("tr[data-point=barzal]").get_text(" ", strip=True)
    with portal.session() as session:
        recorded = {row.gas.m3.micro for row in session.scalars(select(AuthorisationDraft))}
    assert recorded == {3_750_000_000, 6_250_000_000}
    assert page.form("#recortes").submit("Registrar 2 líneas").url == BOOK
    again = operator.open(address).form("#recortes")
    assert "Quedó registrada 1 cantidad" in again.submit("Registrar 2 líneas").text
    said = operator.open(address).form("#recortes").submit("Registrar 2 líneas").text
    assert "Estas cantidades ya están registradas" in said


def test_of_two_answers_for_a_gate_the_second_learns_what_the_first_was(portal, operator):
    other = portal.staff(Role.SUPERVISOR)
    slow = other.open(f"{BOOK}/confirmacion").form("#confirmacion")
    slow.fill(**{"confirmed-PS-01": "9.000", "unit-PS-01": "m3", "reason-PS-01": "PCC"})
    confirm(operator, confirmed="10.000", unit="m3", reason="PCC")
    page = slow.submit("Registrar la respuesta")
    assert page.status == 422
    assert "registró 10.000 m³ mientras tanto: eso vale." in page.one(".error-summary").get_text()
    assert page.one("#confirmed-PS-01")["value"] == "9.000"
    assert portal.count(GateConfirmation) == 1
    page.form("#confirmacion").submit("Registrar la respuesta")
    assert portal.count(GateConfirmation) == 2


def test_an_answer_by_file_is_shown_before_it_is_taken(portal, operator):
    text = b"puerta;nominada;confirmada;unidad;motivo\nPS-01;19000;15000;m3;PCC\n"
    page = operator.open(f"{BOOK}/confirmacion/archivo").form("#archivo").fill(file=("r.csv", text)).submit()
    row = page.one("#registraria tbody tr").get_text(" ", strip=True)
    assert "5.000 m³ menos" in row
    assert "dice que se le pidió 19.000 m³" in row
    page = page.form("#decision").submit("Registrar todo")
    assert "El transportador vio otra cantidad" in page.text
    again = operator.open(f"{BOOK}/confirmacion/archivo").form("#archivo").fill(file=("r.csv", b"puerta;x\nPS;1\n"))
    assert again.submit().status == 422


def test_every_kind_of_last_file_leads_to_its_own_preview(portal, operator):
    csv = f"puerta;fecha;volumen\nPS-01;{YESTERDAY};10500\n".encode()
    operator.open("/consola/puertas/archivo").form("#archivo").fill(file=("puertas.csv", csv)).submit()
    text = b"puerta;confirmada;unidad;motivo\nPS-01;15000;m3;CPR\n"
    operator.open(f"{BOOK}/confirmacion/archivo").form("#archivo").fill(file=("respuesta.csv", text)).submit()
    assert set(PREVIEWS) == set(UploadKind)
    wanted = {"puertas.csv": "de las puertas", "respuesta.csv": "Lo que la respuesta registraría"}
    for name, heading in wanted.items():
        page = operator.open("/consola/mediciones").click(name)
        assert page.status == 200
        assert heading in page.h1
    # Another kind's page has nothing to show of them.
    upload = str(operator.open("/consola/mediciones").click("puertas.csv").url).rsplit("/", 1)[1]
    assert operator.open(f"/consola/archivos/{upload}").status == 404


def test_the_book_says_to_whom_it_was_sent_and_how_many_gates_answered(portal, operator):
    operator.open(BOOK).form("#congelar").submit()
    page = operator.open(BOOK)
    wrong = page.form("#enviado").fill(sent_to=" ").submit()
    assert wrong.status == 422
    assert "Escriba a quién se envió" in wrong.text
    page = wrong.form("#enviado").fill(sent_to="nominaciones@example.com").submit()
    assert "a nominaciones@example.com; sin respuesta todavía de 2" in " ".join(page.text.split())
    confirm(operator, confirmed="20.000", unit="m3")
    assert "respondió por 1 puerta de 2" in " ".join(operator.open(BOOK).text.split())
    with portal.session() as session:
        assert session.scalars(select(DayBookSending.sent_to)).all() == ["nominaciones@example.com"]


def test_who_was_overtaken_sees_what_counts_and_may_write_it_again(portal, operator):
    other = portal.staff(Role.SUPERVISOR, name="Saúl Vega")
    mine = operator.open(DAY).form("#puertas").fill(**{"volume-PS-01": "70.123"})
    theirs = other.open(DAY).form("#puertas").fill(**{"volume-PS-01": "71.000"})
    mine.submit("Guardar lo escrito")
    page = theirs.submit("Guardar lo escrito")
    assert page.status == 422
    assert "Otra persona escribió 70.123 m³ mientras tanto: eso rige." in page.one("tr[data-gate=PS-01]").get_text()
    assert page.one("#volume-PS-01")["value"] == "71.000"
    page.form("#puertas").submit("Guardar lo escrito")
    assert operator.open(DAY).value("tr[data-gate=PS-01] [data-field=measured]") == "71000"


def test_days_out_of_the_band_are_named_before_they_are_allocated(operator):
    test_terms_are_set_from_a_day_and_the_month_shows_them(operator)
    measure(operator, "10.100")
    address = f"/consola/puertas/PS-01/reparto/{MONTH}"
    assert "1 de esos días está fuera de la banda" not in operator.open(address).text
    form = operator.open(DAY).form("#puertas").fill(**{"volume-PS-01": "12.000"})
    form.submit("Guardar lo escrito")
    assert "1 de esos días está fuera de la banda" in operator.open(address).text


def test_more_confirmed_than_asked_is_no_plain_yes(operator):
    confirm(operator, confirmed="30.000", unit="m3")
    assert "Confirmó más de lo pedido" in operator.open(BOOK).one("#por-puerta tr[data-gate=PS-01]").get_text()
