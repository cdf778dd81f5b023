"""Many days on their pages: four ways in, the table of differences, one code, a receipt with a line for each."""

from __future__ import annotations

import io

import openpyxl
import pytest

from portal.models import Nomination, NominationBatch
from portal.services import ledger
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.browser import Page
from tests.customer import TOMORROW, Customer
from tests.factories import TODAY

FIRST, SECOND = TOMORROW.isoformat(), TOMORROW.plus(1).isoformat()


@pytest.fixture
def customer(portal: RunningPortal) -> Customer:
    found = portal.customer()
    found.use_keys(of_point=False)
    return found


def give(customer: Customer) -> Page:
    return customer.open(f"/nominacion/{customer.modality}/{customer.point}/varios-dias")


CHECK = "/verificar/comprobante"


def paste(customer: Customer, text: str = "24/11/2026\t12.500\n25/11/2026\t9.000") -> Page:
    return give(customer).form("#pegar").fill(pasted=text).submit("Revisar")


def state(page: Page, day: str) -> str:
    return str(page.one(f'tr[data-gas-day="{day}"]')["data-state"])


def quantity(page: Page, day: str) -> str:
    return str(page.one(f'input[name="q-{day}"]')["value"])


def test_pasted_days_are_shown_signed_and_receipted_each_by_itself(portal: RunningPortal, customer: Customer):
    page = paste(customer)
    assert page.h1 == "Revise los 2 días"
    assert [state(page, day) for day in (FIRST, SECOND)] == ["new", "new"]
    assert "21.500 m³" in page.text
    document = page.form().submit("Continuar a la firma")
    assert "Nominación de 2 días" in document.text
    receipt = customer.sign(document)
    assert receipt.url.endswith("/comprobante")
    rows = receipt.select(".receipt-row")
    assert [str(row["data-gas-day"]) for row in rows] == [FIRST, SECOND]
    assert "N-2026-000001" in receipt.text
    assert "N-2026-000002" in receipt.text
    assert receipt.click("N-2026-000002").value("[data-field=quantity]") == "9000"
    for row, day, number in zip(rows, (FIRST, SECOND), ("N-2026-000001", "N-2026-000002"), strict=True):
        quantity, code = row.select_one("[data-field=quantity]"), row.select_one("[data-field=code]")
        paper = {"radicado": number, "codigo": code.get_text(), "dia": day, "cantidad": quantity.get_text()}
        answer = portal.browser().open(CHECK).form(CHECK).fill(**paper).submit("Verificar")
        assert answer.h1 == "El comprobante es auténtico"
    with portal.session() as session:
        assert session.query(Nomination).count() == 2


def test_a_weekday_that_the_date_does_not_have_is_told_beside_its_line(customer: Customer):
    said = "evise la fecha: el 1 de diciembre de 2026 es martes, no miércoles"
    for good, bad in (("24/11/2026\t12.500", "mié 1 dic\t9.000"), ("24/11/2026 12.500", "mié 1 dic 2026: 8.000")):
        assert said in paste(customer, f"{good}\n{bad}").one("#por-arreglar").get_text(" ")
        assert said in paste(customer, bad).one(".error-summary").get_text(" ")


def test_the_receipt_leads_to_the_history_of_the_month_of_its_days(customer: Customer):
    document = paste(customer, "01/12/2026\t12.500\n02/12/2026\t9.000").form().submit("Continuar a la firma")
    history = customer.sign(document).click("Ver el historial")
    assert history.one(".month-nav strong").get_text() == "diciembre de 2026"
    assert "12.500" in history.one("#historial").get_text()


def test_the_table_says_what_is_new_changed_equal_and_not_possible_with_its_cell(customer: Customer):
    customer.nominate("9.000", day=FIRST)
    customer.nominate("9.100", day=SECOND)
    text = "fecha;cantidad\n22/11/2026;1\n24/11/2026;9.000\n25/11/2026;9.500\n26/11/2026;doce mil\n27/11/2026;8.000"
    page = paste(customer, text)
    found = [str(row["data-state"]) for row in page.select("tbody tr")]
    assert found == ["invalid", "equal", "changed", "invalid", "new"]
    assert "Celda B5: «doce mil» no es una cantidad" in page.text
    assert "Celda B2: Cerró el" in page.text
    stays = page.form().submit("Continuar a la firma")
    assert stays.h1 == "Revise los 5 días", "nothing can be signed while a line is not possible"


def test_a_line_is_put_right_and_another_taken_out(customer: Customer):
    page = paste(customer, "24/11/2026;doce mil\n25/11/2026;9.000\n26/11/2026;8.000")
    page = page.form().fill(**{f"q-{FIRST}": "12.000"}).submit("Actualizar la lista")
    assert (state(page, FIRST), quantity(page, FIRST)) == ("new", "12.000")
    page = page.form().submit(TOMORROW.plus(2).isoformat())
    assert page.h1 == "Revise los 2 días"
    assert "Nominación de 2 días" in page.form().submit("Continuar a la firma").text


def test_a_wrong_quantity_stays_as_it_was_typed(customer: Customer):
    page = paste(customer)
    page = page.form().fill(**{f"q-{SECOND}": "1.25"}).submit("Actualizar la lista")
    assert (state(page, SECOND), quantity(page, SECOND)) == ("invalid", "1.25")
    assert "se puede leer de dos maneras" in page.text


def test_a_range_asks_for_the_quantity_of_each_day(customer: Customer):
    form = give(customer).form("#rango").fill(first="24/11/2026", last="26/11/2026", quantity="")
    page = form.submit("Ver los días")
    assert [str(row["data-state"]) for row in page.select("tbody tr")] == ["invalid"] * 3
    assert "falta la cantidad" in page.text
    again = give(customer).form("#rango").fill(first="24/11/2026", last="26/11/2026", quantity="7.000")
    assert "21.000 m³" in again.submit("Ver los días").text


def test_a_week_is_copied(customer: Customer):
    customer.nominate("9.000", day=FIRST)
    page = give(customer).form("#semana").fill(source="23/11/2026", target="30/11/2026").submit("Copiar la semana")
    assert quantity(page, TOMORROW.plus(7).isoformat()) == "9.000"


@pytest.mark.parametrize(
    ("way", "typed", "button", "words"),
    [
        ("rango", {"first": "ayer", "last": "26/11/2026"}, "Ver los días", "No reconocemos esa fecha."),
        ("rango", {"first": "26/11/2026", "last": "24/11/2026"}, "Ver los días", "El último día es anterior"),
        ("rango", {"first": "24/11/2026", "last": "24/11/2027"}, "Ver los días", "Son demasiados días a la vez"),
        ("semana", {"source": "01/11/2026", "target": "30/11/2026"}, "Copiar la semana", "no hay ninguna nominación"),
        ("pegar", {"pasted": ""}, "Revisar", "Pegue aquí dos columnas"),
        ("pegar", {"pasted": "ayer;3"}, "Revisar", "ayer"),
    ],
)
def test_what_cannot_be_a_list_of_days_is_said_and_kept(
    portal: RunningPortal, customer: Customer, way: str, typed: dict[str, str], button: str, words: str
):
    # A week tells what is nominated: only with the point's key (adr/0005).
    customer.open_point()
    page = give(customer).form(f"#{way}").fill(**typed).submit(button)
    assert page.status == 422
    assert page.title.startswith("Error:")
    assert words in page.text
    assert page.one(f"details[open] #{way}"), "the way that was tried stays open"
    with portal.session() as session:
        assert session.query(NominationBatch).count() == 0


def test_a_file_of_two_columns_is_read(customer: Customer):
    form = give(customer).form("#archivo").fill(file=("dias.csv", b"fecha;cantidad\n24/11/2026;12.500\n"))
    assert quantity(form.submit("Ver el archivo"), FIRST) == "12.500"


def test_a_wrong_code_signs_nothing(portal: RunningPortal, customer: Customer):
    document = paste(customer).form().submit("Continuar a la firma")
    page = customer.sign(document, customer.wrong_code)
    assert page.status == 422
    assert "Código incorrecto" in page.text
    with portal.session() as session:
        assert session.query(Nomination).count() == 0


def test_a_day_that_somebody_nominated_meanwhile_is_answered_with_409(portal: RunningPortal, customer: Customer):
    document = paste(customer).form().submit("Continuar a la firma")
    customer.nominate("1.000", day=FIRST)
    page = customer.sign(document)
    assert page.status == 409
    with portal.session() as session:
        assert session.query(Nomination).count() == 1


def test_the_receipt_names_the_days_that_had_their_quantity_already(customer: Customer):
    customer.nominate("9.000", day=FIRST)
    document = (
        paste(customer, "fecha;cantidad\n24/11/2026;9.000\n25/11/2026;9.500").form().submit("Continuar a la firma")
    )
    receipt = customer.sign(document)
    assert [str(row["data-gas-day"]) for row in receipt.select(".receipt-row")] == [SECOND]
    unchanged = receipt.one("#sin-cambio").get_text()
    assert "martes 24 de noviembre" in unchanged
    assert "(9.000 m³)" in unchanged


def test_the_longest_list_can_be_sent_back_and_no_longer_one(customer: Customer):
    page = give(customer).form("#rango").fill(first="24/11/2026", last="24/01/2027", quantity="9.000").submit()
    assert page.h1 == "Revise los 62 días"
    kept = page.form().fill(**{"q-2026-11-24": "8.000"}).submit("Actualizar la lista")
    assert (kept.status, quantity(kept, "2026-11-24")) == (200, "8.000")
    # A quantity and a tick for each day, and no more.
    more = {f"q-2027-{month:02}-{day:02}": "1" for month in (2, 3, 4) for day in range(1, 26)}
    longer = kept.form().tamper(**more).submit("Actualizar la lista")
    assert longer.status == 413


def test_signing_twice_leads_to_the_same_receipt(portal: RunningPortal, customer: Customer):
    document = paste(customer).form().submit("Continuar a la firma")
    first, second = customer.sign(document), customer.sign(document)
    assert first.url == second.url
    with portal.session() as session:
        assert session.query(Nomination).count() == 2


def test_somebody_elses_list_is_not_there(portal: RunningPortal, customer: Customer):
    page = paste(customer)
    stranger = portal.customer()
    stranger.use_keys(of_point=False)
    assert stranger.open(page.url).status == 404


def test_an_unusual_day_asks_for_a_tick(customer: Customer):
    page = paste(customer, "24/11/2026;20.001")
    assert "supera el máximo diario del contrato" in page.text.lower()
    again = page.form().submit("Continuar a la firma")
    assert again.h1 == "Revise el día", "it is asked for again"
    assert again.status == 422
    assert "Marque «es correcta» en cada día señalado" in again.text
    document = again.form().fill(**{f"visto-{FIRST}": True}).submit("Continuar a la firma")
    assert "Revise lo que va a firmar" in document.text


def test_each_warned_day_has_its_own_amber_row_tick_and_measure_up_to_the_page_to_sign(customer: Customer):
    page = paste(customer, "24/11/2026;230.000\n25/11/2026;9.000\n26/11/2026;240.000")
    rows = {str(row["data-gas-day"]): row for row in page.select("tr[data-gas-day]")}
    third = TOMORROW.plus(2).isoformat()
    for day, times in ((FIRST, "11,5 veces"), (third, "12,0 veces")):
        assert "chip-warning" in str(rows[day].select(".chip")[0]["class"])
        assert f"{times} de 20.000 m³" in rows[day].get_text()
        assert rows[day].select(f'input[name="visto-{day}"]')
    assert "chip-success" in str(rows[SECOND].select(".chip")[0]["class"])
    assert rows[SECOND].select("input[type=checkbox]") == []
    half = page.form().fill(**{f"visto-{FIRST}": True}).submit("Continuar a la firma")
    assert half.h1 == "Revise los 3 días", "the other day was not looked at"
    document = half.form().fill(**{f"visto-{FIRST}": True, f"visto-{third}": True}).submit("Continuar a la firma")
    assert [str(each["data-warned-day"]) for each in document.select("[data-warned-day]")] == [FIRST, third]
    receipt = customer.sign(document)
    assert [str(each["data-gas-day"]) for each in receipt.select("[data-gas-day]") if "máximo" in each.get_text()] == [
        FIRST,
        third,
    ]


def test_the_tick_for_one_quantity_is_not_there_for_another(customer: Customer):
    page = paste(customer, "24/11/2026;20.001\n25/11/2026;9.000")
    changed = page.form().fill(**{f"visto-{FIRST}": True, f"q-{FIRST}": "20.002"}).submit("Continuar a la firma")
    assert changed.h1 == "Revise los 2 días", "another quantity than the one that was looked at"
    document = changed.form().fill(**{f"visto-{FIRST}": True}).submit("Continuar a la firma")
    assert "Revise lo que va a firmar" in document.text


def test_the_first_button_of_the_table_takes_no_day_out(customer: Customer):
    """A browser presses it when somebody types Enter in a field."""
    page = paste(customer)
    first = page.select("main form button")[0]
    assert first.get("name") is None
    assert page.form().submit().h1 == "Revise los 2 días"


def test_a_day_that_is_as_it_should_be_is_skipped_even_after_its_close(portal: RunningPortal, customer: Customer):
    customer.nominate("9.000", day=FIRST)
    portal.clock.forward(hours=5)
    back = portal.holder_of(customer.way)
    back.use_keys(of_point=False)
    page = paste(back, "24/11/2026;9.000\n26/11/2026;8.000")
    assert [state(page, FIRST), state(page, TOMORROW.plus(2).isoformat())] == ["equal", "new"]


def test_a_line_that_says_no_day_is_listed_and_put_right(customer: Customer):
    page = paste(customer, "24/11/2026 12.500\nmañana 9.000\n26/11/2026 8.000\nTotal 29.500")
    assert page.status == 200
    assert [str(row["data-gas-day"]) for row in page.select("tbody tr")] == [FIRST, TOMORROW.plus(2).isoformat()]
    assert "«mañana 9.000»: no es una fecha" in page.one("#por-arreglar").get_text()
    again = (
        page.form("#arreglar").fill(pasted="pasado 1\nmiércoles 25 de noviembre 9.000").submit("Agregar estas líneas")
    )
    assert [quantity(again, TOMORROW.plus(n).isoformat()) for n in range(3)] == ["12.500", "9.000", "8.000"]
    assert "«pasado 1»" in again.one("#por-arreglar").get_text()
    done = again.form("#arreglar").fill(pasted="").submit("Agregar estas líneas")
    assert not done.select("#por-arreglar")


def test_what_was_left_out_of_pasted_text_or_of_a_file_is_said_on_the_page_to_revise(customer: Customer):
    table = "Fecha\tCantidad (m3)\tNota\n24/11/2026\t9.000\t\n25/11/2026\t8.000\tparada\nTotal\t17.001\t"
    page = paste(customer, table)
    said = "Columnas que no se necesitan y quedaron por fuera: Nota. Totales que no se toman: fila 4."
    assert page.one(".notice-info").get_text(" ", strip=True) == said
    assert not paste(customer).select(".notice-info")
    assert "Totales que no se toman: fila 3." in paste(customer, "24/11/2026 9.000\n25/11/2026 8.000\nTotal 9").text
    page = give(customer).form("#archivo").fill(file=("semana.tsv", table.encode())).submit("Ver el archivo")
    assert page.one(".notice-info").get_text(" ", strip=True).endswith(said)
    assert "2 filas de datos, encabezado en la fila 1" in page.text


def test_a_day_that_is_given_twice_is_repeated_as_people_write_it_and_can_be_taken_back(customer: Customer):
    page = paste(customer, "24/11/2026\t9.000\n24/11/2026\t8.000")
    assert "24/11/2026 8.000: ese día ya está en la lista con otra cantidad" in page.one("#por-arreglar").get_text(
        " "
    ).replace("«", "").replace("»", "")
    assert "Una línea quedó por fuera" in page.text


def test_a_list_of_zeros_is_not_measured_against_the_usual(portal: RunningPortal, customer: Customer):
    customer.open_point()
    with portal.session() as session, transaction(session):
        factories.reading(session, customer.way.point, TODAY.plus(-1), "5000")
        ledger.rewrite_day(session, delivery_point=customer.way.point, gas_day=TODAY.plus(-1))
    said = paste(customer, "24/11/2026\t0").one(".lead").get_text()
    assert "En total 0 m³; lo usual de esos días: 5.000 m³." in said


def test_hidden_rows_of_a_file_are_asked_about(customer: Customer):
    book = openpyxl.Workbook()
    for row in (("fecha", "cantidad"), ("24/11/2026", 12500), ("25/11/2026", 9000)):
        book.active.append(row)
    book.active.row_dimensions[3].hidden = True
    body = io.BytesIO()
    book.save(body)
    page = give(customer).form("#archivo").fill(file=("dias.xlsx", body.getvalue())).submit("Ver el archivo")
    assert page.status == 422
    assert "1 fila oculta: ¿también?" in page.text
    answered = (
        page.form("#archivo").fill(file=("dias.xlsx", body.getvalue()), answer="ocultas-no").submit("Ver el archivo")
    )
    assert [str(row["data-gas-day"]) for row in answered.select("tbody tr")] == [FIRST]


def test_a_pasted_line_is_repeated_as_it_looks_with_a_space_between_its_cells(customer: Customer):
    page = paste(customer, "el jueves\t6.000")
    assert page.status == 422
    assert "«el jueves 6.000»: no es una fecha" in page.text
