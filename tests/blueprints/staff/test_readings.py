"""Readings on the pages of the consoles, without JavaScript: files, days by hand, gaps, months, corrections."""

from __future__ import annotations

import pytest
from sqlalchemy import event, select

from portal.domain.accounts import Role
from portal.domain.gas_day import Month
from portal.domain.jobs import JobState
from portal.domain.readings import ReadingState
from portal.models import DailyBalance, Job, LateCorrection, MonthClosing, Reading, Upload
from portal.services import ledger
from portal.services.files import jobs
from portal.services.ops import job_runners
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.browser import Browser, Page
from tests.services.messy_workbooks import workbook

TODAY = factories.TODAY
YESTERDAY = TODAY.plus(-1)
DAY = f"/consola/mediciones/puntos/apiay/dias/{YESTERDAY.isoformat()}"
P, C = ReadingState.PROVISIONAL, ReadingState.CERTIFIED
FILE = f"punto;fecha;cantidad\nTOP-01;{YESTERDAY};5320,75\nTOP-01;{TODAY.plus(-2)};5000\nTOP-01;{TODAY.plus(-3)};100\n"


@pytest.fixture
def operator(portal: RunningPortal) -> Browser:
    """The operator; the point TOP-01 was measured two and three days ago."""
    with portal.session() as session, transaction(session):
        point = factories.delivery_point(
            session, public_id="apiay", carrier_code="TOP-01", name="EDS Apiay", starts_on=TODAY.plus(-60)
        )
        for ago, amount in ((2, "4800"), (3, "100"), (8, "4000")):
            factories.reading(session, point, TODAY.plus(-ago), amount, state=P)
            ledger.rewrite_day(session, delivery_point=point, gas_day=TODAY.plus(-ago))
    return portal.staff(Role.OPERATOR)


def send(browser: Browser, content: bytes, name: str = "lecturas.csv", to: str = "mediciones/archivo") -> Page:
    return browser.open(f"/consola/{to}").form("form#archivo").fill(file=(name, content)).submit()


def work(portal: RunningPortal) -> None:
    with portal.session() as session:
        jobs.run_next(session, runners=job_runners.RUNNERS, clock=portal.clock)


def test_a_file_is_previewed_confirmed_and_taken_in_behind_the_page(portal: RunningPortal, operator: Browser):
    page = send(operator, FILE.encode())
    assert page.h1 == "lecturas.csv"
    assert [page.value(f"[data-field={name}]") for name in ("new", "changed", "unchanged")] == ["1", "1", "1"]
    changed = page.one("#cambian tbody tr").get_text(" ", strip=True)
    for words in ("EDS Apiay", "4.800 m³", "P provisional", "5.000 m³"):
        assert words in changed
    assert "5.320,75 m³" in page.one("#nuevas").get_text()
    assert portal.count(Reading) == 3
    page = page.form("form#decidir").submit("Registrar lo del archivo")
    assert page.one("#tarea")["data-state"] == "waiting"
    assert page.one("#tarea")["hx-trigger"] == "every 1s"
    work(portal)
    fragment = operator.open(page.url, htmx=True)
    assert fragment.one("#tarea")["data-state"] == "done"
    assert "hx-trigger" not in fragment.one("#tarea").attrs
    assert portal.count(Reading) == 5
    assert "Confirmado" in operator.open("/consola/mediciones").one("#archivos").get_text()


def test_a_workbook_is_taken_as_well(portal: RunningPortal, operator: Browser):
    content = workbook(("punto", "fecha", "cantidad"), ("TOP-01", YESTERDAY.date, 5320.75))
    page = send(operator, content, "lecturas.xlsx")
    assert page.value("[data-field=new]") == "1"


def test_a_bad_file_is_told_cell_by_cell_and_kept_nowhere(portal: RunningPortal, operator: Browser):
    page = send(operator, f"punto;fecha;cantidad\nTOP-01;{YESTERDAY};x\nTOP-99;ayer;5\n".encode())
    assert page.status == 422
    said = page.one("#resumen-errores").get_text(" ", strip=True)
    for words in ("Fila 2, columna «cantidad»", "no es un número", "Fila 3, columna «punto»", "«ayer»"):
        assert words in said
    assert portal.count(Upload) == 0


def test_a_row_without_a_value_is_no_reading_and_the_preview_says_so(portal: RunningPortal, operator: Browser):
    page = send(
        operator, f"punto;fecha;cantidad;presión\nTOP-01;{YESTERDAY};5320;60\nTOP-01;2026-11-01;N/D;61\n".encode()
    )
    said = page.one("#entendido").get_text(" ", strip=True)
    assert "Sin valor, y por eso sin medición (nunca cero): fila 3." in said
    assert "quedaron por fuera: presión" in said
    assert [row["data-value"] for row in page.select("tr[data-gas-day][data-point]")] == ["5320"]


def test_a_discarded_file_does_nothing_and_who_comes_second_is_told(portal: RunningPortal, operator: Browser):
    page = send(operator, FILE.encode())
    old = page.form("form#decidir")
    page.form("form#decidir").submit("Descartar el archivo")
    page = old.submit("Registrar lo del archivo")
    assert page.status == 409
    assert "Descartado" in page.text
    assert (portal.count(Job), portal.count(Reading)) == (0, 3)


def test_a_job_says_why_it_was_not_done(portal: RunningPortal, operator: Browser):
    page = send(operator, FILE.encode()).form("form#decidir").submit("Registrar lo del archivo")
    with portal.session() as session, transaction(session):
        point = session.scalars(select(Reading.delivery_point_id)).first()
        row = {
            "delivery_point_id": point,
            "gas_day": TODAY.plus(-2),
            "version": 2,
            "state": C,
            "recorded_at": portal.clock.now,
        }
        volume = session.scalars(select(Reading.volume_m3)).first()
        session.add(Reading(volume_m3=volume, **row))
    work(portal)
    page = operator.open(page.url)
    assert page.one("#tarea")["data-state"] == "failed"
    assert "Fila 3" in page.text
    assert "solo se corrige con el estado A" in page.text
    with portal.session() as session:
        assert session.scalars(select(Job.state)).one() is JobState.FAILED


def test_heating_values_go_the_same_way(portal: RunningPortal, operator: Browser):
    with portal.session() as session, transaction(session):
        code = factories.exit_point(session, code="PS-77").code
    page = send(operator, f"{code};{YESTERDAY};1131,5\n".encode(), to="poder-calorifico")
    assert page.value("[data-field=new]") == "1"
    page.form("form#decidir").submit("Registrar lo del archivo")
    work(portal)
    assert "1.131,5" in operator.open("/consola/poder-calorifico").one("#valores").get_text()
    assert send(operator, f"{code};{YESTERDAY};2000\n".encode(), to="poder-calorifico").status == 422


def test_a_heating_value_is_written_by_hand(portal: RunningPortal, operator: Browser):
    with portal.session() as session, transaction(session):
        factories.exit_point(session, code='P"S;77', name="Puerta Sur")
    page = operator.open("/consola/poder-calorifico").click("Registrar un solo valor a mano").form("form#valor")
    page = page.fill(exit_point='P"S;77', gas_day="22/11/2026", value="2.000").submit()
    assert page.status == 422
    assert "Está fuera de 700–1.500 BTU/ft³" in page.text
    assert (page.form("form#valor")["value"], page.form("form#valor")["gas_day"]) == ("2.000", "22/11/2026")
    page = page.form("form#valor").fill(value="1.131,5").submit()
    assert "1.131,5" in page.one("#valores").get_text()
    form = operator.open("/consola/poder-calorifico/dia").form("form#valor")
    page = form.fill(exit_point='P"S;77', gas_day="2026-11-22", value="1131,5").submit()
    assert page.status == 422
    assert page.form("form#valor").tamper(exit_point="PS-99").submit().status == 422


def test_a_day_is_written_by_hand_and_a_bad_figure_keeps_what_was_typed(portal: RunningPortal, operator: Browser):
    page = operator.open(DAY).form("form#registrar").fill(volume="mucho", state="certified").submit()
    assert page.status == 422
    assert page.form("form#registrar")["volume"] == "mucho"
    page = page.form("form#registrar").fill(volume="5.320,75", state="certified").submit()
    assert page.h1 == "EDS Apiay"
    row = page.one(f"tr[data-day='{YESTERDAY.isoformat()}']").get_text(" ", strip=True)
    assert "5.321 m³" in row
    assert "C certificada" in row
    page = operator.open(DAY).form("form#registrar").fill(volume="5.400", state="provisional").submit()
    assert page.status == 422
    assert "solo se corrige con el estado A" in page.text


def test_who_was_slower_on_a_day_is_told_what_is_in_force(portal: RunningPortal, operator: Browser):
    old = operator.open(DAY).form("form#registrar").fill(volume="7")
    operator.open(DAY).form("form#registrar").fill(volume="5.400").submit()
    page = old.submit()
    assert page.status == 409
    assert "5.400 m³" in page.text
    assert portal.count(Reading) == 4


def test_points_are_found_by_name_code_or_company(operator: Browser):
    page = operator.open("/consola/mediciones").form("form[role=search]").fill(q="top-0").submit()
    assert page.click("EDS Apiay").h1 == "EDS Apiay"
    assert operator.open("/consola/mediciones?q=api", htmx=True).one("li a").get_text() == "EDS Apiay"
    assert "Ningún punto se llama así" in operator.open("/consola/mediciones?q=%25").text


def test_gaps_are_estimated_as_they_were_shown(portal: RunningPortal, operator: Browser):
    page = operator.open("/consola/mediciones/huecos").click("Siguientes →")
    box = page.one(f"input[value^='apiay.{YESTERDAY.isoformat()}']")
    assert str(box["value"]).endswith(".4000000000")
    assert page.form("form#estimar").submit().status == 422
    page = page.form("form#estimar").fill(hueco=[str(box["value"])]).submit()
    assert "Quedó estimado 1 día" in page.text
    with portal.session() as session:
        assert (
            session.scalars(select(Reading.state).where(Reading.gas_day == YESTERDAY)).one() is ReadingState.ESTIMATED
        )
    forged = operator.open("/consola/mediciones/huecos").form("form#estimar")
    page = forged.tamper(hueco=f"apiay.{TODAY.plus(-20).isoformat()}.77").submit()
    assert page.status == 422
    assert portal.count(Reading) == 4


def test_a_month_is_certified_and_closed(portal: RunningPortal, operator: Browser):
    with portal.session() as session, transaction(session):
        contract = factories.contract(session)
        point = factories.delivery_point(session, contract=contract, public_id="barzal", starts_on=Month(2026, 10).last)
        factories.reading(session, point, Month(2026, 10).last, "5", state=P)
        ledger.rewrite_day(session, delivery_point=point, gas_day=Month(2026, 10).last)
    page = operator.open("/consola/mediciones/certificar").form("form#certificar").submit()
    work(portal)
    assert operator.open(page.url).one("#tarea")["data-state"] == "done"
    with portal.session() as session:
        states = session.scalars(select(DailyBalance.reading_state).where(DailyBalance.gas_day == Month(2026, 10).last))
        assert states.all() == [C]
    page = operator.open("/consola/mediciones/cierres")
    assert "Faltan" in page.one("tr[data-point=apiay]").get_text()
    forged = page.form("form#cerrar").tamper(point="apiay")
    page = page.form("form#cerrar").submit("Cerrar los que están listos (1)")
    assert "CB-2026-" in page.one("tr[data-point=barzal]").get_text()
    page = forged.submit(page.one("h1"))
    assert page.status == 422
    assert "Estímelas antes de cerrar" in page.text
    assert portal.count(MonthClosing) == 1


def closed_day(portal: RunningPortal) -> None:
    with portal.session() as session, transaction(session):
        point = factories.delivery_point(session, public_id="barzal", name="EDS Barzal", starts_on=Month(2026, 10).last)
        factories.reading(session, point, Month(2026, 10).last, "500")
        ledger.rewrite_day(session, delivery_point=point, gas_day=Month(2026, 10).last)
        factories.month_closing(session, point, Month(2026, 10), "0")


def test_a_closed_month_is_corrected_by_two_people(portal: RunningPortal, operator: Browser):
    closed_day(portal)
    day = f"/consola/mediciones/puntos/barzal/dias/{Month(2026, 10).last.isoformat()}"
    page = operator.open(day).form("form#registrar").fill(volume="490", reason="Medidor descalibrado").submit()
    assert page.h1 == "Correcciones de meses cerrados"
    assert "La decide otra persona" in page.one("#correcciones").get_text()
    with portal.session() as session:
        asked = session.scalars(select(LateCorrection.public_id)).one()
    other = portal.staff(Role.SUPERVISOR)
    form = other.open("/consola/mediciones/correcciones").form(f"form#decidir-{asked}")
    # Whoever asked cannot approve, with a forged form either.
    data = {
        "correction": asked,
        "accion": "aprobar",
        "csrf_token": operator.open("/consola").form("/salir")["csrf_token"],
    }
    assert operator.client.post("/consola/mediciones/correcciones", data=data).status_code == 403
    page = form.submit("Aprobar")
    assert "Aprobada" in page.one("#correcciones").get_text()
    assert form.submit("Rechazar").status == 409


def test_no_page_asks_more_of_the_database_with_more_points(portal: RunningPortal, operator: Browser):
    pages = (
        "/consola/mediciones",
        "/consola/mediciones/huecos",
        "/consola/mediciones/certificar",
        "/consola/mediciones/cierres",
        "/consola/mediciones/correcciones",
        "/consola/poder-calorifico",
    )

    def asked() -> dict[str, int]:
        counts: dict[str, int] = {}
        for url in pages:
            seen: list[str] = []
            listener = lambda *given, seen=seen: seen.append(given[2])  # noqa: E731
            event.listen(portal.app.extensions["portal.engine"], "before_cursor_execute", listener)
            operator.open(url)
            event.remove(portal.app.extensions["portal.engine"], "before_cursor_execute", listener)
            counts[url] = len(seen)
        return counts

    # Whose portal it is, is read once a minute, by whichever page comes first.
    operator.open("/consola")
    before = asked()
    with portal.session() as session, transaction(session):
        for _ in range(3):
            point = factories.delivery_point(session, starts_on=TODAY.plus(-60))
            factories.reading(session, point, TODAY.plus(-40), "5", state=P)
            ledger.rewrite_day(session, delivery_point=point, gas_day=TODAY.plus(-40))
    assert asked() == before
    # The gaps of all points are counted by what their months keep.
    assert before.pop("/consola/mediciones/huecos") <= 17
    assert max(before.values()) <= 11


def test_a_day_without_what_its_page_showed_is_not_written_and_says_so(
    portal: RunningPortal, operator: Browser, subtests: pytest.Subtests
):
    operator.open(DAY).form("form#registrar").fill(volume="5.000", state="provisional").submit()
    token = operator.open(DAY).form("form#registrar")["csrf_token"]
    typed = {"csrf_token": token, "volume": "6.000", "state": "provisional", "reason": ""}
    before = portal.count(Reading)
    for seen in ({}, {"seen": ""}, {"seen": "x"}, {"seen": "-1"}, {"seen": "9" * 400}):
        with subtests.test(seen=seen):
            answer = operator.client.post(DAY, data=typed | seen)
            assert answer.status_code == 422
            assert "no dice qué mostraba la página" in answer.text
            assert 'value="6.000"' in answer.text, "what was typed stays"
            assert portal.count(Reading) == before
