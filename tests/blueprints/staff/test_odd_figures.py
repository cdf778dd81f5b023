"""Odd figures of a file are questioned before they count, worst first, and need a tick with a reason."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.blueprints.staff.readings import held
from portal.domain.accounts import Role
from portal.domain.jobs import HeldState
from portal.domain.readings import ReadingState
from portal.models import AuditEvent, DeliveryPoint, HeldRow, Reading
from portal.services import ledger
from portal.services.files import intake, jobs
from portal.services.measures import readings
from portal.services.ops import job_runners
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.browser import Browser, Page

TODAY = factories.TODAY
YESTERDAY = TODAY.plus(-1)
POINTS = {"apiay": "TOP-01", "ocoa": "TOP-02", "rosa": "TOP-03"}


def usual(ago: int) -> int:
    return (2000 if TODAY.plus(-ago).date.weekday() == 6 else 5000) + ago * 7 % 100


@pytest.fixture
def operator(portal: RunningPortal) -> Browser:
    """Three points, each measured every day of the last eight weeks but yesterday."""
    with portal.session() as session, transaction(session):
        contract = factories.contract(session, maximum_micro=90_000 * 10**6)
        for public_id, code in POINTS.items():
            point = factories.delivery_point(
                session,
                contract=contract,
                public_id=public_id,
                carrier_code=code,
                name=f"EDS {public_id.title()}",
                starts_on=TODAY.plus(-80),
            )
            for ago in range(2, 60):
                factories.reading(session, point, TODAY.plus(-ago), str(usual(ago)), state=ReadingState.PROVISIONAL)
            ledger.rebuild_point(session, delivery_point=point)
    return portal.staff(Role.OPERATOR)


def send(browser: Browser, **figures: str) -> Page:
    lines = [f"{POINTS[point]};{YESTERDAY};{figure}" for point, figure in figures.items()]
    content = "\n".join(["punto;fecha;cantidad", *lines, ""]).encode()
    return browser.open("/consola/mediciones/archivo").form("form#archivo").fill(file=("dia.csv", content)).submit()


def flags(page: Page) -> dict[str, str]:
    return {str(row["data-point"]): str(row["data-flag"]) for row in page.select("tr[data-flag]")}


def test_the_preview_shows_what_is_odd_worst_first_with_mean_and_times(operator: Browser):
    # Yesterday was a Sunday.
    page = send(operator, apiay="2050", ocoa="20500", rosa="0")
    assert flags(page) == {"ocoa": "times-more", "rosa": "zero"}
    rows = [row.get_text(" ", strip=True) for row in page.select("#raras tbody tr")]
    assert "3 veces o más lo usual" in rows[0]
    assert "4.623 m³ 4,4" in rows[0]
    assert "cero, y este punto no los tiene" in rows[1]
    assert page.value("[data-field=total]") == "22550"
    assert "(los primeros" not in page.text
    # What is ordinary has its mean as well.
    assert "2.050 m³" in page.one("#nuevas").get_text()
    assert "data-flag" not in str(page.one("#nuevas tbody tr"))


def test_points_that_usually_come_and_are_missing_are_named(operator: Browser):
    page = send(operator, apiay="2050")
    assert "2 puntos que suelen venir faltan" in page.text
    month = f"?mes={YESTERDAY.date.month}&anio={YESTERDAY.date.year}"
    assert {f"/consola/mediciones/puntos/{point}{month}" for point in ("ocoa", "rosa")} <= {
        str(tag["href"]) for tag in page.select("main a")
    }
    assert "suelen venir" not in send(operator, apiay="2050", ocoa="2100", rosa="2080").text


def test_an_odd_figure_counts_only_with_a_tick_and_a_reason(portal: RunningPortal, operator: Browser):
    before = portal.count(Reading)
    page = send(operator, apiay="2050", ocoa="20500")
    page = page.form("#decidir").submit("Registrar lo del archivo")
    assert page.status == 422
    assert "Marque que revisó cada cifra rara; sin marcar: 1." in page.text
    page = page.form("#decidir").fill(revisada=[f"ocoa.{YESTERDAY.isoformat()}"]).submit("Registrar lo del archivo")
    assert "Diga por qué las cifras raras son así" in page.text
    assert page.select("input[name=revisada][checked]")
    page = page.form("#decidir").fill(reason="Se llenaron dos carrotanques").submit("Registrar lo del archivo")
    assert "tarea" in page.url or "/consola/tareas/" in page.url
    with portal.session() as session:
        jobs.run_next(session, runners=job_runners.RUNNERS, clock=portal.clock)
        said = session.scalars(select(AuditEvent.details).where(AuditEvent.event == "file:confirmed")).one()
    assert portal.count(Reading) == before + 2
    assert json.loads(said)["reason"] == "Se llenaron dos carrotanques"
    assert json.loads(said)["odd_figures"] == 1


def test_a_file_without_odd_figures_asks_nothing(operator: Browser):
    page = send(operator, apiay="2050", ocoa="2100", rosa="2080")
    assert not page.select("#raras")
    assert page.form("#decidir").submit("Registrar lo del archivo").status == 200


def test_the_watched_folder_parks_odd_figures_and_takes_the_others(portal: RunningPortal, operator: Browser):
    content = f"punto;fecha;cantidad\nTOP-01;{YESTERDAY};2050\nTOP-02;{YESTERDAY};205000\n".encode()
    with portal.session() as session:
        act = Act.of_system(session, portal.clock.now)
        done = intake.import_file(act, readings.FILES, name="dia.csv", content=content, parks_odd=True)
        assert (done.new, done.left) == (1, 1)
        held = session.scalars(select(HeldRow)).one()
        assert held.state is HeldState.WAITING
        assert "odd-figure" in held.problems
    page = operator.open("/consola/mediciones/por-arreglar")
    assert "la cifra no se parece a las anteriores" in page.text
    assert "pasa del máximo" in page.text


def parked(portal: RunningPortal, operator: Browser, figure: str) -> Page:
    """The page of a row that a watched folder left for its figure."""
    content = f"punto;fecha;cantidad\nTOP-01;{YESTERDAY};2050\nTOP-02;{YESTERDAY};{figure}\n".encode()
    with portal.session() as session:
        act = Act.of_system(session, portal.clock.now)
        intake.import_file(act, readings.FILES, name="dia.csv", content=content, parks_odd=True)
    page = operator.open("/consola/mediciones/por-arreglar")
    return operator.open(str(page.one("tr[data-held-row] a")["href"]))


def test_a_row_that_was_parked_shows_why_and_counts_only_with_a_tick_and_a_reason(portal, operator):
    page = parked(portal, operator, "20500")
    before = portal.count(Reading)
    assert flags(page) == {"ocoa": "times-more"}
    row = page.one("#raras tbody tr").get_text(" ", strip=True)
    assert "3 veces o más lo usual" in row
    assert "4.623 m³ 4,4" in row
    page = page.form("#arreglar").fill(why="Dos carrotanques").submit()
    assert page.status == 422
    assert "Marque que revisó cada cifra rara; sin marcar: 1." in page.text
    assert page.one("textarea[name=why]").get_text(strip=True) == "Dos carrotanques"
    tick = f"ocoa.{YESTERDAY.isoformat()}.20500"
    page = page.form("#arreglar").fill(revisada=[tick], why="").submit()
    assert "Diga por qué las cifras raras son así" in page.text
    assert page.select("input[name=revisada][checked]")
    assert portal.count(Reading) == before
    # A tick is for the figure that was seen, and for no other one.
    page = page.form("#arreglar").fill(figure="30500", why="Dos carrotanques").submit()
    assert page.status == 422
    assert page.one("input[name=figure]")["value"] == "30500"
    assert not page.select("input[name=revisada][checked]")
    tick = f"ocoa.{YESTERDAY.isoformat()}.30500"
    page.form("#arreglar").fill(revisada=[tick]).submit()
    assert portal.count(Reading) == before + 1
    with portal.session() as session:
        said = session.scalars(select(AuditEvent.details).where(AuditEvent.event == "held-row:mended")).one()
    assert json.loads(said)["reason"] == "Dos carrotanques"


def test_a_row_that_is_mended_with_an_odd_figure_is_questioned_and_with_a_usual_one_is_not(portal, operator):
    page = parked(portal, operator, "205000")
    before = portal.count(Reading)
    page = page.form("#arreglar").fill(figure="20500").submit()
    assert page.status == 422
    assert flags(page) == {"ocoa": "times-more"}
    assert portal.count(Reading) == before
    page.form("#arreglar").fill(figure="2050").submit()
    assert portal.count(Reading) == before + 1


def test_days_of_long_ago_are_history_and_held_against_nothing(operator: Browser):
    old = TODAY.plus(-70)
    content = f"punto;fecha;cantidad\nTOP-01;{old};500000\n".encode()
    page = operator.open("/consola/mediciones/archivo").form("form#archivo").fill(file=("viejo.csv", content)).submit()
    assert not page.select("#raras")
    assert "No se compararon con lo usual 1 fila de hace más de 62 días" in page.text
    assert YESTERDAY.date - old.date > timedelta(days=62)


def test_a_file_whose_points_do_not_add_up_to_their_gate_is_questioned_at_the_farthest(portal, operator):
    with portal.session() as session, transaction(session):
        point = session.scalars(select(DeliveryPoint).where(DeliveryPoint.public_id == "rosa")).unique().one()
        code = point.exit_point.code
        for each in session.scalars(select(DeliveryPoint)).unique():
            each.exit_point_id = point.exit_point_id
    form = operator.open(f"/consola/puertas/dia/{YESTERDAY.isoformat()}").form("#puertas")
    form.fill(**{f"volume-{code}": str(3 * usual(1))}).submit("Guardar lo escrito")
    page = send(operator, apiay=str(usual(1)), ocoa=str(usual(1)))
    # A point is missing: nothing is told of the sum.
    assert not page.select("#puertas")
    page = send(operator, apiay=str(usual(1)), ocoa=str(usual(1)), rosa=str(usual(1) * 13 // 10))
    assert code in page.one("#puertas li").get_text()
    assert "gate-sum" in flags(page)["rosa"]
    good = send(operator, apiay=str(usual(1)), ocoa=str(usual(1)), rosa=str(usual(1)))
    assert not good.select("#puertas")
    assert "rosa" not in flags(good)


def test_the_caption_says_how_many_odd_figures_are_not_shown(portal, operator, monkeypatch: pytest.MonkeyPatch):
    assert parked(portal, operator, "20500").one("#raras caption").get_text() == "De la más rara a la menos"
    monkeypatch.setattr(held, "MOST_SHOWN", 0)
    page = operator.open(operator.open("/consola/mediciones/por-arreglar").one("tr[data-held-row] a")["href"])
    assert page.one("#raras caption").get_text() == "De la más rara a la menos (las primeras 0 de 1)"
