"""A customer proves a month from the papers in hand: receipts as files or typed, the sheet in each of its forms."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from portal.domain.calendar import day_words
from portal.domain.quantities import Unit, figure, round_typed
from portal.domain.successions import SuccessionKind
from portal.models import Nomination, PointSuccession
from portal.services import ledger
from portal.services.account import month_proofs
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.blueprints.balances.conftest import Sheet, opened_by
from tests.browser import Page
from tests.factories import TODAY

URL = "/verificar"
MONTH = f"?mes={TODAY.date.month}&anio={TODAY.date.year}"
DAYS = (TODAY.plus(1), TODAY.plus(2))
EVERY_FORM = pytest.mark.parametrize("name", ["hoja.csv", "hoja.xlsx", "estado.pdf"])


@dataclass
class Papers:
    """What the customer holds: the sheet, and for each receipt its line and its PDF."""

    portal: RunningPortal
    sheet: Sheet
    lines: list[str] = field(default_factory=list)
    pdfs: list[tuple[str, bytes]] = field(default_factory=list)

    def keep(self, page: Page) -> None:
        """Keep a receipt."""
        shown = {name: page.value(f"[data-field={name}]") for name in ("gas_day", "quantity")}
        number = page.one("#radicado").get_text(strip=True)
        pdf = self.sheet.customer.browser.client.get(f"{page.url}/comprobante.pdf").get_data()
        found = re.search(rb"<pdf:Keywords>[^;]*;[^;]*;([^;]*);", pdf)
        assert found
        self.lines.append(f"{number}; {found[1].decode()}; {shown['gas_day']}; {shown['quantity'].replace('.', ',')}")
        self.pdfs.append((f"{number}.pdf", pdf))

    def file(self, name: str) -> bytes:
        """The sheet of the month in one of its forms."""
        return bytes(self.sheet.bytes_of(name, MONTH).get_data())

    def prove(
        self,
        name: str = "hoja.csv",
        content: bytes | None = None,
        *,
        typed: list[str] | None = None,
        files: list[tuple[str, bytes]] | None = None,
    ) -> Page:
        """Bring them to the page, as a stranger does."""
        form = self.portal.browser().open(URL).form(URL)
        given = {"sheet": (name, self.file(name) if content is None else content), "files": files or []}
        lines = self.lines if typed is None and files is None else typed or []
        return form.fill(receipts="\n".join(lines), **given).submit("Verificar el mes")


def nominated(portal: RunningPortal, first: str, *second: str) -> Papers:
    """A plant with a receipt for the first day, and those for the second one."""
    found = Papers(portal, opened_by(portal))
    for day, quantity in [(DAYS[0], first), *((DAYS[1], each) for each in second)]:
        found.keep(found.sheet.customer.nominate(quantity, day=day.isoformat()))
    return found


def measure(found: Papers) -> Papers:
    """Both days measured, days later, and a third that nobody nominated."""
    sheet, portal = found.sheet, found.portal
    point = sheet.customer.way.point
    sheet.customer = portal.holder_of(sheet.customer.way)
    sheet.customer.use_keys()
    with portal.session() as session, transaction(session):
        for day, taken in zip((*DAYS, TODAY), ("12000", "9200", "50"), strict=True):
            factories.reading(session, point, day, taken)
            ledger.rewrite_day(session, delivery_point=point, gas_day=day)
    return found


@pytest.fixture
def papers(portal: RunningPortal) -> Papers:
    """Two days nominated, the second one changed; both measured, and a third that nobody nominated."""
    found = nominated(portal, "12.500", "9.000", "9.100")
    portal.clock.forward(days=4)
    return measure(found)


def two_plants(portal: RunningPortal, *other: str) -> tuple[Papers, Papers]:
    """The same plant, changed on no day, and another one whose receipts were filed later."""
    found = nominated(portal, "12.500", "9.100"), nominated(portal, *other)
    portal.clock.forward(days=4)
    measure(found[0])
    return found


def verdicts(page: Page) -> dict[str, str]:
    """The verdict on each day that has one, days without a nomination apart."""
    found = {str(row["data-gas-day"]): str(row["data-verdict"]) for row in page.select("#dias tbody tr")}
    assert len(found) == 27
    return {day: verdict for day, verdict in found.items() if verdict != "not-nominated"}


ALL_AGREE = dict.fromkeys((day.isoformat() for day in DAYS), "agrees")


@EVERY_FORM
def test_a_month_agrees_with_its_receipts_in_every_form_of_its_sheet(papers: Papers, name: str):
    page = papers.prove(name)
    assert verdicts(page) == ALL_AGREE
    assert "Las cuentas de la hoja cierran" in page.one("#resultado").get_text()
    assert "notice-success" in str(page.one("main").select_one(".notice")["class"])
    assert bool(page.select("#sello")) == (name == "estado.pdf")
    if name == "estado.pdf":
        assert "El estado es auténtico y sigue vigente" in page.text


def test_the_pdf_files_of_the_receipts_say_what_the_typed_lines_say(papers: Papers):
    page = papers.prove(files=papers.pdfs)
    assert verdicts(page) == ALL_AGREE
    lines = ("mis comprobantes.csv", "\ufeffradicado;código;día;cantidad\n".encode() + "\n".join(papers.lines).encode())
    assert verdicts(papers.prove(files=[lines])) == ALL_AGREE


def test_a_receipt_is_typed_with_its_day_and_its_unit_as_they_are_printed(papers: Papers):
    lines = [line.split("; ") for line in papers.lines]
    typed = ["; ".join((*each[:2], day_words(date.fromisoformat(each[2])), f"{each[3]} m³")) for each in lines]
    assert verdicts(papers.prove(typed=typed)) == ALL_AGREE
    cancelled = papers.prove(typed=["; ".join((*lines[0][:3], "Anulada"))])
    assert lines[0][0] in cancelled.one("#rechazados").get_text()


def test_a_receipt_that_is_missing_and_one_that_was_replaced_are_named(papers: Papers):
    page = papers.prove(typed=papers.lines[1:2])
    assert verdicts(page) == {DAYS[0].isoformat(): "no-receipt", DAYS[1].isoformat(): "differs"}
    row = page.one(f"[data-gas-day='{DAYS[1].isoformat()}']").get_text()
    assert "9.100" in row
    assert "9.000" in row
    assert "puede faltar un comprobante posterior" in page.text


def test_on_a_telephone_each_figure_stands_under_its_day_with_its_name(papers: Papers):
    table = papers.prove().one("#dias")
    assert "table-cards" in table["class"]
    for row in table.select("tbody tr"):
        assert [cell.get("data-head") for cell in row.select("td")] == ["Resultado", "Hoja", "Comprobante"]


@EVERY_FORM
def test_without_receipts_as_of_before_the_portal_the_sums_alone_are_proved(papers: Papers, name: str):
    page = papers.prove(name, typed=[])
    assert page.one("#resultado").get_text() == (
        "Sin comprobantes no se comparó ningún día. Las cuentas de la hoja cierran."
    )
    assert page.select(".notice-success")
    assert "anteriores al portal no tienen comprobante" in page.one("#sin-comprobantes").get_text()
    assert not page.select("#dias")
    assert "no trae comprobante" not in page.text


def test_without_receipts_a_sum_that_is_wrong_is_named_still(papers: Papers):
    sheet = altered(papers.file("hoja.csv"), set_cell(DAYS[0].isoformat(), "Acumulado total", "451"))
    page = papers.prove(content=sheet, typed=[])
    assert "el acumulado total dice 451 y debe decir 450" in page.one("#cuentas").get_text()
    assert page.one("#resultado").find_parent(class_="notice-error")


@EVERY_FORM
def test_a_later_receipt_of_another_plant_is_left_out_and_listed_without_a_word_about_its_plant(
    portal: RunningPortal, name: str
):
    right, other = two_plants(portal, "12.500", "8.000")
    page = right.prove(name, typed=right.lines + other.lines)
    assert verdicts(page) == ALL_AGREE
    listed = page.one("#de-otro-punto").get_text()
    for line in other.lines:
        assert line.split(";")[0] in listed
    assert "24 de noviembre" in listed
    assert "reclame" not in page.text
    for kept_secret in (other.sheet.customer.way.point.name, other.sheet.customer.point, "8.000"):
        assert kept_secret not in page.text


def test_receipts_of_two_plants_with_equal_amounts_are_refused_but_with_a_statement(portal: RunningPortal):
    right, other = two_plants(portal, "12.500", "9.100")
    for brought in (right.lines + other.lines, [right.lines[0], other.lines[1]]):
        page = right.prove(typed=brought)
        assert page.status == 422
        assert "son de varios puntos" in page.one(".error-summary").get_text()
    page = right.prove("estado.pdf", typed=right.lines + other.lines)
    assert verdicts(page) == ALL_AGREE
    assert other.lines[0].split(";")[0] in page.one("#de-otro-punto").get_text()


def test_receipts_that_agree_on_no_day_may_be_of_another_plant_and_a_statement_knows(portal: RunningPortal):
    right, other = two_plants(portal, "7.000", "8.000")
    page = right.prove(typed=other.lines)
    assert set(verdicts(page).values()) == {"differs"}
    assert "antes de reclamar" in page.one("#donde-difiere").get_text()
    page = right.prove("estado.pdf", typed=other.lines)
    assert set(verdicts(page).values()) == {"no-receipt"}
    assert page.select("#de-otro-punto")
    assert "antes de reclamar" not in right.prove(typed=[right.lines[0], other.lines[1]]).text


def test_a_reference_that_was_written_into_a_statement_names_no_point(portal: RunningPortal):
    right, other = two_plants(portal, "7.000", "8.000")
    forged = right.file("estado.pdf").replace(
        f";{right.sheet.customer.point}-".encode(), f";{other.sheet.customer.point}-".encode()
    )
    page = right.prove("estado.pdf", forged, typed=right.lines + other.lines)
    assert "No podemos decir que este estado sea auténtico" in page.text
    assert verdicts(page) == ALL_AGREE


@pytest.mark.parametrize(("kind", "is_one"), [(SuccessionKind.CHANGE, True), (SuccessionKind.MERGER, False)])
def test_the_receipts_of_a_point_that_goes_on_in_another_row_are_of_one_point(
    portal_on_each: RunningPortal, kind: SuccessionKind, is_one: bool
):
    right, other = two_plants(portal_on_each, "12.500", "9.100")
    with portal_on_each.session() as session, transaction(session):
        ids = [each.sheet.customer.way.point.id for each in (right, other)]
        act = factories.act_of(session)
        session.add(
            PointSuccession(
                before_id=ids[0],
                after_id=ids[1],
                gas_day=DAYS[1],
                kind=kind,
                carries=True,
                reason="Acta 3",
                recorded_at=factories.NOW,
                recorded_by_id=act.actor.user_id,
            )
        )
    page = right.prove(typed=[right.lines[0], other.lines[1]])
    assert page.status == (200 if is_one else 422)
    if is_one:
        assert verdicts(page) == ALL_AGREE
        assert not page.select("#de-otro-punto")


def altered(content: bytes, change: Callable[[list[list[str]]], None]) -> bytes:
    """The CSV of a sheet after somebody changed cells of it."""
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    change(rows)
    written = io.StringIO()
    csv.writer(written, delimiter=";").writerows(rows)
    return written.getvalue().encode("utf-8-sig")


def set_cell(day: str, title: str, value: str) -> Callable[[list[list[str]]], None]:
    def change(rows: list[list[str]]) -> None:
        place = next(at for at, each in enumerate(rows[0]) if each.startswith(title))
        next(row for row in rows if row[0].startswith(day))[place] = value

    return change


@pytest.mark.parametrize(
    ("title", "value", "said"),
    [
        ("Consumo", "12100", "el desbalance diario dice 500 y debe decir 400"),
        ("Desbalance diario", "600", "el desbalance diario dice 600 y debe decir 500"),
        ("Acumulado del mes", "451", "el acumulado del mes dice 451 y debe decir 450"),
        ("Acumulado total", "451", "el acumulado total dice 451 y debe decir 450"),
        ("Ajuste", "-7", "el acumulado total dice 450 y debe decir 443"),
    ],
)
def test_a_figure_that_does_not_follow_from_the_others_is_named(papers: Papers, title: str, value: str, said: str):
    sheet = altered(papers.file("hoja.csv"), set_cell(DAYS[0].isoformat(), title, value))
    page = papers.prove(content=sheet)
    assert said in page.one("#cuentas").get_text()
    assert verdicts(page) == ALL_AGREE


@pytest.mark.parametrize(
    ("apart", "verdict"), [(Decimal(0), "Las cuentas de la hoja cierran"), (Decimal(7), "no cierra")]
)
def test_a_row_of_the_balance_before_the_first_day_has_to_lead_to_its_total(
    papers: Papers, apart: Decimal, verdict: str
):
    sheet = altered(papers.file("hoja.csv"), begin_with_balance(apart))
    assert "Saldo anterior" in sheet.decode()
    assert verdict in papers.prove(content=sheet).one("#resultado").get_text()


def begin_with_balance(apart: Decimal) -> Callable[[list[list[str]]], None]:
    """The row that a workbook begins with, above the first day: right, or ``apart`` from what follows."""

    def change(rows: list[list[str]]) -> None:
        opening = ["Saldo anterior", *[""] * (len(rows[0]) - 1)]
        totals = [at for at, title in enumerate(rows[0]) if title.startswith("Acumulado total")]
        for at, own in zip(totals, (apart, Decimal(0)), strict=True):
            total, imbalance, adjustment = (
                Decimal(rows[1][place].replace(",", ".") or 0) for place in (at, at - 3, at - 1)
            )
            opening[at] = str(total - imbalance - adjustment + own).replace(".", ",")
        rows.insert(1, opening)

    return change


def set_second(day: str, title: str, value: str) -> Callable[[list[list[str]]], None]:
    """The second column of a title: the other unit."""

    def change(rows: list[list[str]]) -> None:
        place = [at for at, each in enumerate(rows[0]) if each.startswith(title)][1]
        next(row for row in rows if row[0].startswith(day))[place] = value

    return change


@pytest.mark.parametrize(
    ("title", "value", "said"),
    [
        ("Variación", "3,5", "la variación dice 3,5 % y debe decir 4 %"),
        ("Variación", "", "la variación dice nada y debe decir 4 %"),
        ("Tolerancia", "casi", "la tolerancia dice «casi» y debe decir «dentro o fuera»"),
        ("Notas", "Desbalance en contra", "una nota dice «Desbalance en contra» y debe decir «Desbalance a favor»"),
        ("Notas", "Sin nominación", "una nota dice «Sin nominación» y debe decir nada"),
        ("Notas", "Sin medición", "una nota dice «Sin medición» y debe decir nada"),
    ],
)
def test_a_variation_and_a_word_that_do_not_follow_from_the_figures_are_named(
    papers: Papers, title: str, value: str, said: str
):
    sheet = altered(papers.file("hoja.csv"), set_cell(DAYS[0].isoformat(), title, value))
    page = papers.prove(content=sheet)
    assert said in page.one("#cuentas").get_text()
    assert len(page.select("#cuentas li")) == 1
    assert page.one("#resultado").find_parent(class_="notice-error")


def test_a_weekday_that_is_not_that_of_its_date_is_named(papers: Papers):
    def change(rows: list[list[str]]) -> None:
        next(row for row in rows if row[0] == DAYS[0].isoformat())[1] = "lunes"

    page = papers.prove(content=altered(papers.file("hoja.csv"), change))
    assert "el día de la semana dice «lunes» y debe decir «martes»" in page.one("#cuentas").get_text()


@pytest.mark.parametrize("title", ["Nominación", "Consumo", "Desbalance diario", "Acumulado total", "Ajuste"])
def test_a_figure_of_the_second_unit_that_does_not_follow_is_named(papers: Papers, title: str):
    sheet = altered(papers.file("hoja.csv"), set_second(DAYS[0].isoformat(), title, "1"))
    page = papers.prove(content=sheet)
    assert "en la segunda unidad dice" in page.one("#cuentas").get_text()
    assert "no cierra" in page.one("#resultado").get_text()


def test_a_second_unit_whose_own_sums_close_is_held_to_the_heating_value_of_the_day(papers: Papers):
    content = papers.file("hoja.csv")

    def change(rows: list[list[str]]) -> None:
        place = [at for at, each in enumerate(rows[0]) if each.startswith("Nominación")][1]
        for row in rows[1:]:
            for at in range(place, place + 7):
                figure = row[at].replace(",", ".")
                # Doubled all through: every sum of the second unit holds.
                row[at] = str(2 * Decimal(figure)).replace(".", ",") if figure else ""

    page = papers.prove(content=altered(content, change))
    said = page.one("#cuentas").get_text()
    assert "el consumo en la segunda unidad dice" in said
    assert "desbalance" not in said


def test_the_sums_of_the_days_to_be_measured_are_recomputed(portal: RunningPortal):
    right = nominated(portal, "12.500", "9.100")
    content = right.file("hoja.csv")
    assert "no cierra" not in right.prove(content=content).one("#resultado").get_text()
    wrong = altered(content, set_cell(DAYS[1].isoformat(), "Nominación (", "9200"))
    said = right.prove(content=wrong, typed=[]).one("#cuentas").get_text()
    assert "Fila de los días por medir: la nominación dice 21.600 y debe decir 21.700" in said
    label = next(row[0] for row in rows_of(content) if "por medir" in row[0])
    miscounted = altered(content, lambda rows: rows[-1].__setitem__(0, "2 días por medir"))
    assert label != "2 días por medir"
    assert "el número de días dice 2" in right.prove(content=miscounted, typed=[]).one("#cuentas").get_text()
    without = altered(content, lambda rows: rows.pop())
    assert "Fila de los días por medir: el número de días dice nada" in right.prove(content=without, typed=[]).text


def rows_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))


@pytest.mark.parametrize(
    ("name", "sheet", "cell", "value"),
    [
        ("variation", "Días m³", "J", 1.5),
        ("second unit", "Días MBTU", "D", 1),
        ("days out", "Días m³", "K", "9 fuera"),
        ("opening", "Días m³", "I", 77),
    ],
)
def test_a_workbook_is_recomputed_on_both_of_its_sheets(
    papers: Papers, name: str, sheet: str, cell: str, value: float | str
):
    book = load_workbook(io.BytesIO(papers.file("hoja.xlsx")))
    page = book[sheet]
    labels = {str(row[0].value)[:13]: row[0].row for row in page.iter_rows(min_row=5)}
    by_name = {"days out": "Total", "opening": "Saldo anterio"}
    at = next(row for label, row in labels.items() if label.startswith(by_name.get(name, DAYS[0].isoformat()[:10])))
    page[f"{cell}{at}"] = value
    held = io.BytesIO()
    book.save(held)
    assert "no cierra" in papers.prove("hoja.xlsx", held.getvalue()).one("#resultado").get_text()


@pytest.mark.parametrize(("name", "has_words"), [("hoja.csv", True), ("hoja.xlsx", True), ("estado.pdf", False)])
def test_the_answer_says_what_was_recomputed_and_what_was_taken_as_the_sheet_says_it(
    papers: Papers, name: str, has_words: bool
):
    page = papers.prove(name)
    recomputed, taken = page.one("#recalculado").get_text(), page.one("#sin-recalcular").get_text()
    assert "desbalance diario" in recomputed
    assert "el saldo anterior" in taken
    assert ("variación" in recomputed) == ("tolerancia del contrato" in taken) == has_words
    assert ("segunda unidad" in recomputed) == ("poder calorífico" in taken) == has_words
    assert ("día de la semana" in recomputed) == (name == "hoja.csv")


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("Nominación", "Fila de totales: la nominación dice 1 y debe decir 21.600"),
        ("Autorizada", "Fila de totales: la cantidad autorizada dice 1 y debe decir 0"),
        ("Consumo", "Fila de totales: el consumo dice 1 y debe decir 21.250"),
        ("Desbalance diario", "Fila de totales: el desbalance dice 1 y debe decir 350"),
    ],
)
def test_a_sum_that_is_not_the_sum_is_named(papers: Papers, title: str, said: str):
    page = papers.prove(content=altered(papers.file("hoja.csv"), set_cell("Total", title, "1")))
    assert said in page.one("#cuentas").get_text()


def test_another_quantity_on_the_sheet_differs_from_its_receipt(papers: Papers):
    page = papers.prove(
        content=altered(papers.file("hoja.csv"), set_cell(DAYS[0].isoformat(), "Nominación (", "12600"))
    )
    # The other unit of the same row agrees still: a forger changes both.
    both = altered(papers.file("hoja.csv"), set_cell(DAYS[0].isoformat(), "Nominación (", "12600"))
    both = altered(both, set_cell(DAYS[0].isoformat(), "Nominación (MBTU", "502"))
    assert verdicts(papers.prove(content=both))[DAYS[0].isoformat()] == "differs"
    assert "el desbalance diario dice 500 y debe decir 600" in page.text


def test_a_receipt_counts_by_either_quantity_that_it_prints_and_is_shown_in_its_own_unit(papers: Papers):
    with papers.portal.session() as session:
        first = session.scalars(select(Nomination).order_by(Nomination.id)).first()
        assert first is not None
        own, other = first.quantity, round_typed(first.gas.in_unit(Unit.MBTU))
    assert own.unit is Unit.M3
    parts = papers.lines[0].split("; ")
    for said in (f"{figure(other)} MBTU", figure(other)):
        page = papers.prove(typed=["; ".join([*parts[:3], said]), *papers.lines[1:]])
        assert set(verdicts(page).values()) <= {"agrees", "not-nominated", "no-receipt"}
        assert verdicts(page)[DAYS[0].isoformat()] == "agrees"
        row = page.one(f"tr[data-gas-day='{DAYS[0].isoformat()}']").get_text(" ")
        assert f"{figure(own)} m³" in row
    wrong = papers.prove(typed=["; ".join([*parts[:3], f"{figure(own)} MBTU"])])
    assert verdicts(wrong)[DAYS[0].isoformat()] == "no-receipt"


@pytest.mark.parametrize("between", [";", "\t", " | ", "   ", '","'])
def test_a_line_is_read_however_its_parts_are_parted_and_its_titles_are_passed_over(papers: Papers, between: str):
    typed = [between.join(line.split("; ")) for line in papers.lines]
    titles = between.join(["Radicado", "Código", "Día de gas", "Cantidad (m3)"])
    page = papers.prove(typed=[titles, *typed])
    assert page.status == 200
    assert verdicts(page) == verdicts(papers.prove())


@pytest.mark.parametrize("part", range(4))
def test_an_altered_receipt_is_not_used_and_nothing_of_the_real_one_is_told(papers: Papers, part: int):
    right = papers.lines[0].split("; ")
    wrong = list(right)
    wrong[part] = (
        "N-2026-099999",
        right[1][:-1] + ("2" if right[1][-1] != "2" else "3"),
        TODAY.plus(3).isoformat(),
        "12400",
    )[part]
    page = papers.prove(typed=["; ".join(wrong), papers.lines[2]])
    assert wrong[0] in page.one("#rechazados").get_text()
    assert verdicts(page)[DAYS[0].isoformat()] == "no-receipt"
    assert papers.sheet.customer.way.point.name not in page.text


def test_a_statement_whose_days_were_altered_does_not_keep_its_seal(papers: Papers):
    content = papers.file("estado.pdf")
    forged = content.replace(b"12000:", b"11000:").replace(b":350|", b":950|")
    assert forged != content
    page = papers.prove("estado.pdf", forged)
    assert "el desbalance diario dice 500 y debe decir 1.500" in page.text
    last = content.replace(b":350</pdf", b":950</pdf")
    both = last.replace(b";350;", b";950;")
    assert content != last != both
    for altered_one in (last, both):
        page = papers.prove("estado.pdf", altered_one)
        assert "No podemos decir que este estado sea auténtico" in page.text


def test_a_line_without_a_digit_is_no_receipt_and_is_named(papers: Papers):
    page = papers.prove(typed=["Radicado; Código; Día; Cantidad", *papers.lines, "", "Cordialmente, la gerencia"])
    assert verdicts(page) == ALL_AGREE
    assert page.one("#sin-leer").get_text() == (
        "No se leyeron, porque no traen ninguna cifra: «Cordialmente la gerencia»."
    )
    assert not papers.prove().select("#sin-leer")
    file = ("lista.csv", "\n".join([*papers.lines, "fin"]).encode())
    assert "«fin»" in papers.prove(typed=[], files=[file]).one("#sin-leer").get_text()


def test_more_lines_than_are_read_are_refused_and_not_cut(papers: Papers):
    page = papers.prove(typed=[*[""] * 1_500, *papers.lines])
    assert page.status == 422
    assert "Son demasiadas líneas: hasta 1.500." in page.text


def test_days_altered_so_that_they_lead_to_the_printed_balance_are_told_from_those_that_were_printed(papers: Papers):
    content = papers.file("estado.pdf")
    page = papers.prove("estado.pdf", content)
    assert "El estado es auténtico y sigue vigente" in page.text
    assert "Las cifras de sus días son las que se imprimieron." in page.one("#sello").get_text()
    # A thousand more on the first day, a thousand less on the second: every sum closes, and the balance is that of the
    # paper.
    forged = content.replace(b":12500::12000:500:450:0:450", b":12500::13000:-500:-550:0:-550").replace(
        b":9100::9200:-100:350", b":9100::8200:900:350"
    )
    assert forged.count(b":13000:") == forged.count(b":8200:900:") == content.count(b":12000:") > 0
    page = papers.prove("estado.pdf", forged)
    assert "Las cuentas de la hoja cierran" in page.text
    assert "Las cifras de los días no son las que se imprimieron" in page.text
    assert "notice-error" in str(page.one("main").select_one(".notice")["class"])
    assert "auténtico" not in page.one("main").get_text()


def test_of_a_statement_whose_account_changed_later_the_page_says_that_its_days_cannot_be_compared(papers: Papers):
    content = papers.file("estado.pdf")
    with papers.portal.session() as session, transaction(session):
        point = papers.sheet.customer.way.point
        factories.reading(session, point, DAYS[0], "12100", version=2)
        ledger.rewrite_day(session, delivery_point=point, gas_day=DAYS[0])
    page = papers.prove("estado.pdf", content)
    assert "El estado es auténtico, pero la cuenta cambió después" in page.text
    assert "ya no se puede saber" in page.one("#sello").get_text()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("foto.jpg", b"\xff\xd8\xff\xe0 nada", "no es la hoja de un mes"),
        ("vacio.csv", b"", "no es la hoja de un mes"),
        ("roto.xlsx", b"PK\x03\x04 nada", "no es la hoja de un mes"),
        ("otro.pdf", b"%PDF-1.7\n<pdf:Keywords>hoja/1;a;b;c;2026-13-01:1</pdf:Keywords>", "no es la hoja de un mes"),
        ("grande.csv", b"a" * (month_proofs.LARGEST_FILE + 1), "pesa demasiado"),
    ],
)
def test_what_is_no_sheet_is_refused_in_words(papers: Papers, name: str, content: bytes, said: str):
    page = papers.prove(name, content)
    assert page.status == 422
    assert said in page.one(".error-summary").get_text()


def test_a_year_two_sheets_and_a_day_that_is_cut_out_are_no_month(papers: Papers):
    year = bytes(papers.sheet.bytes_of("historia.csv").get_data())
    cut = altered(papers.file("hoja.csv"), lambda rows: rows.pop(5))
    twice = altered(papers.file("hoja.csv"), lambda rows: rows.insert(5, rows[4]))
    for content in (cut, twice):
        assert "días seguidos de un solo mes" in papers.prove(content=content).text
    assert papers.prove(content=year).status == 200, "the history of this point is one month"


@pytest.mark.parametrize(
    ("typed", "files", "said"),
    [
        (["hola 1"], [], "En la línea 1 el radicado dice «hola». Va primero, como está impreso: N-2026-000123."),
        (
            ["N-2026-000001; 7K2M-9QXT; 20/11/2026; 10"],
            [],
            "En la línea 1 el código de verificación dice «7K2M-9QXT». Va después del radicado y tiene tres grupos",
        ),
        (
            ["N-2026-000001 7K2M9QXT4B8 20/11/2026 10"],
            [],
            "En la línea 1 el código de verificación dice «7K2M9QXT4B8».",
        ),
        (
            ["N-2026-000001; 7K2M-9QXT-4B8C; 31/02/2026; 10"],
            [],
            "En la línea 1 el día de gas dice «31/02/2026». Ese día no existe en el calendario.",
        ),
        (
            ["N-2026-000001; 7K2M-9QXT-4B8C; lunes 20 de noviembre de 2026; 10"],
            [],
            "de 2026». Revise la fecha: el 20 de noviembre de 2026 es viernes, no lunes.",
        ),
        (
            ["", "N-2026-000001; 7K2M-9QXT-4B8C; 20/11/2026; 1e9"],
            [],
            "En la línea 2 la cantidad dice «1e9». Va de última, como está impresa: 12.500 o 250,5",
        ),
        (
            ["N-2026-000001; 7K2M-9QXT-4B8C; 20/11/2026"],
            [],
            "A la línea 1 le faltan partes de un comprobante; la última que trae dice «20/11/2026».",
        ),
        ([], [("recibos.csv", b"N-2026-000001;7K2M;20/11/2026;10")], "En la línea 1 de «recibos.csv» el código"),
        ([], [("foto.pdf", b"%PDF-1.7 nada")], "«foto.pdf» no trae los datos de un comprobante"),
        ([], [("x.pdf", b"%PDF-" + b"a" * month_proofs.LARGEST_FILE)], "pesa demasiado"),
        (
            [f"N-2026-{n:06}; 7K2M-9QXT-4B8C; 20/11/2026; 10" for n in range(151)],
            [],
            "demasiados: hasta 150",
        ),
        ([], [(f"{n}.csv", b"x") for n in range(61)], "demasiados: hasta 60"),
    ],
)
def test_what_is_no_receipt_is_refused_in_words(
    papers: Papers, typed: list[str], files: list[tuple[str, bytes]], said: str
):
    page = papers.prove(typed=typed, files=files)
    assert page.status == 422
    assert said in page.one(".error-summary").get_text()


def test_the_sheet_leads_to_the_proof_beside_its_files(papers: Papers):
    page = papers.sheet.open(MONTH).click(f"#archivos ~ p a[href='{URL}']")
    assert page.h1 == "Verificar un mes con sus propios papeles"


def test_the_pages_that_verify_one_paper_lead_here_and_back(portal: RunningPortal):
    for path in ("comprobante", "estado"):
        page = portal.browser().open(f"/verificar/{path}").click(f"main a[href='{URL}']")
        assert page.h1 == "Verificar un mes con sus propios papeles"
        assert page.one(f"main a[href='/verificar/{path}']")
