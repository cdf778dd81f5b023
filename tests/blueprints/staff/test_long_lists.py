"""Lists of hundreds of points: the sums first, a search over all of them, a page at a time, all that fit chosen."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from portal.domain.accounts import Role
from portal.domain.gas_day import Month
from portal.domain.readings import ReadingState
from portal.models import DeliveryPoint, MonthClosing, Reading
from portal.services import ledger
from portal.services.files import jobs
from portal.services.ops import job_runners
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.browser import Browser, Page

OCTOBER, TODAY = Month(2026, 10), factories.TODAY
CLOSINGS, CERTIFYING = "/consola/mediciones/cierres", "/consola/mediciones/certificar"


@pytest.fixture
def supervisor(portal: RunningPortal) -> Browser:
    """A supervisor; 45 points called Sur and one called Norte have one provisional day in October."""
    with portal.session() as session, transaction(session):
        owner = factories.contract(session)
        for number in range(46):
            point = factories.delivery_point(
                session,
                contract=owner,
                public_id=f"p{number:02}",
                name=f"EDS Sur {number:02}" if number < 45 else "Estación Nórte",
                starts_on=OCTOBER.last,
            )
            factories.reading(session, point, OCTOBER.last, "5", state=ReadingState.PROVISIONAL)
            ledger.rewrite_day(session, delivery_point=point, gas_day=OCTOBER.last)
    return portal.staff(Role.SUPERVISOR)


def search(page: Page, text: str) -> Page:
    return page.form("form[role=search]").fill(q=text).submit()


def test_the_closings_show_their_sums_first_and_a_page_of_what_is_searched(supervisor: Browser):
    page = supervisor.open(CLOSINGS)
    assert [page.value(f"[data-field={name}]") for name in ("closed", "ready", "missing")] == ["0", "46", "0"]
    assert page.source.index('data-field="ready"') < page.source.index('id="cierres"')
    assert len(page.select("#cierres tr[data-point]")) == 40
    page = page.click("Siguientes →")
    assert len(page.select("#cierres tr[data-point]")) == 6
    page = search(page, "norte estacion")
    assert [row["data-point"] for row in page.select("#cierres tr[data-point]")] == ["p45"]
    assert page.value("[data-field=ready]") == "46"
    assert "Ningún punto cumple" in search(page, "oeste").text


def test_all_that_fit_the_search_are_closed_beyond_the_page_and_no_other(portal: RunningPortal, supervisor: Browser):
    page = search(supervisor.open(CLOSINGS), "sur")
    stale = page.form("form#cerrar")
    page = page.form("form#cerrar").submit("Cerrar los 45 listos que cumplen la búsqueda")
    assert "Se cerraron 45 puntos." in page.text
    assert portal.count(MonthClosing) == 45
    page = search(page, "norte")
    assert "Listo" in page.one("#cierres").get_text()
    # The page of before counts others than are ready now.
    again = stale.submit("Cerrar los 45 listos que cumplen la búsqueda")
    assert again.status == 422
    assert "cambiaron mientras tanto" in again.text


def test_only_the_ticked_points_are_closed(portal: RunningPortal, supervisor: Browser):
    form = supervisor.open(CLOSINGS).form("form#cerrar")
    assert form.submit("Cerrar los marcados").status == 422
    page = form.tamper(point=["p03", "p05"]).submit("Cerrar los marcados")
    assert "Se cerraron 2 puntos." in page.text
    assert portal.count(MonthClosing) == 2


def test_a_month_that_is_refused_names_its_point_and_what_was_closed_before(portal: RunningPortal, supervisor: Browser):
    page = supervisor.open(CLOSINGS).form("form#cerrar").tamper(point=["p03"]).submit("Cerrar los marcados")
    page = page.form("form#cerrar").tamper(point=["p04", "p03", "p05"]).submit("Cerrar los marcados")
    assert page.status == 422
    said = page.one("#resumen-errores").get_text()
    assert "EDS Sur 03: La cuenta está cerrada" in said
    assert "Antes se cerró 1." in said
    assert portal.count(MonthClosing) == 2


@pytest.mark.parametrize(
    ("button", "ticked", "certified"),
    [
        ("Certificar 1 medición de la búsqueda", [], {"p45"}),
        ("Certificar las de los puntos marcados", ["p45.1"], {"p45"}),
    ],
)
def test_what_fits_the_search_or_is_ticked_is_certified_alone(
    portal: RunningPortal, supervisor: Browser, button: str, ticked: list[str], certified: set[str]
):
    page = supervisor.open(CERTIFYING)
    assert page.value("[data-field=provisional]") == "46"
    assert len(page.select("#por-certificar tbody tr")) == 40
    form = search(page, "norte").form("form#certificar")
    (form.tamper(punto=ticked) if ticked else form).submit(button)
    with portal.session() as session:
        jobs.run_next(session, runners=job_runners.RUNNERS, clock=portal.clock)
    with portal.session() as session:
        found = session.scalars(
            select(DeliveryPoint.public_id)
            .join(Reading, Reading.delivery_point_id == DeliveryPoint.id)
            .where(Reading.state == ReadingState.CERTIFIED)
        )
        assert set(found) == certified


def test_nothing_is_certified_when_no_point_is_ticked(supervisor: Browser):
    page = supervisor.open(CERTIFYING).form("form#certificar").submit("Certificar las de los puntos marcados")
    assert page.status == 422
    assert "Marque los puntos" in page.text


def test_what_is_chosen_beyond_the_page_stands_beside_its_figures_and_is_verified_again(
    portal: RunningPortal, supervisor: Browser
):
    page = search(supervisor.open(CLOSINGS), "sur")
    assert "45 puntos listos" in page.one("#escogidos").get_text(" ", strip=True)
    assert page.value("[data-field=ready_gas]") == "225"
    stale = page.form("form#cerrar")
    with portal.session() as session, transaction(session):
        point = session.scalars(select(DeliveryPoint).where(DeliveryPoint.public_id == "p07")).one()
        factories.reading(session, point, OCTOBER.last, "6", version=2)
        ledger.rewrite_day(session, delivery_point=point, gas_day=OCTOBER.last)
    # As many points, but not what was shown of them.
    assert stale.submit("Cerrar los 45 listos que cumplen la búsqueda").status == 422
    assert portal.count(MonthClosing) == 0
    page = supervisor.open(CERTIFYING)
    assert "45 mediciones de 45 puntos" in page.one("#escogidas").get_text(" ", strip=True)


def test_a_list_is_filtered_by_what_its_points_need(portal: RunningPortal, supervisor: Browser):
    supervisor.open(CLOSINGS).form("form#cerrar").tamper(point=["p03"]).submit("Cerrar los marcados")
    page = supervisor.open(f"{CLOSINGS}?estado=cerrados")
    assert [row["data-point"] for row in page.select("#cierres tr[data-point]")] == ["p03"]
    assert "1 de 46 cumple el filtro" in page.one("#cumplen").get_text(" ", strip=True)
    assert len(page.click("Quitar los filtros").select("#cierres tr[data-point]")) == 40


def test_the_links_to_a_list_lead_to_it_as_the_person_left_it(portal: RunningPortal, supervisor: Browser):
    search(supervisor.open(CERTIFYING), "norte")
    page = supervisor.open("/consola/mediciones").click("Certificar")
    assert page.one("#q")["value"] == "norte"
    assert len(page.select("#por-certificar tbody tr")) == 1
    page = page.click("Quitar los filtros")
    assert page.one("#q")["value"] == ""
    assert supervisor.open("/consola/mediciones").click("Certificar").one("#q")["value"] == ""
    # Another person, and the same one after signing out, begin with the whole list.
    search(supervisor.open(CERTIFYING), "norte")
    assert portal.staff(Role.SUPERVISOR).open("/consola/mediciones").click("Certificar").one("#q")["value"] == ""


def test_each_gap_stands_on_one_page_and_a_filled_one_hides_none(portal: RunningPortal, supervisor: Browser):
    with portal.session() as session, transaction(session):
        point = session.scalars(select(DeliveryPoint).where(DeliveryPoint.public_id == "p45")).one()
        point.starts_on = OCTOBER.first
    gaps: list[str] = []
    page = supervisor.open("/consola/mediciones/huecos")
    # 46 points miss the days of November up to yesterday, one of them thirty days of October besides.
    expected = 46 * (TODAY.date.day - 1) + 30
    assert page.value("[data-field=missing_days]") == str(expected)
    while True:
        gaps += [row.get_text(" ", strip=True) for row in page.select("#huecos tbody tr")]
        if not page.select("a[rel=next]:-soup-contains('Siguientes')"):
            break
        page = page.click("Siguientes →")
    assert len(gaps) == len(set(gaps)) == expected
    assert "octubre" in gaps[29]
    assert "noviembre" in gaps[30]
    found = search(supervisor.open("/consola/mediciones/huecos"), "norte")
    assert f"{TODAY.date.day - 1 + 30} de " in found.one("#cumplen").get_text(" ", strip=True)


def test_a_count_has_its_thousands_parted_wherever_a_figure_stands_out(portal: RunningPortal) -> None:
    with portal.app.test_request_context():
        figures = portal.app.jinja_env.get_template("components/figures.html").module
        said = [str(figures.key_figure("Nuevas", value)) for value in (2674, 13, "–", "2.674 m³")]  # type: ignore[attr-defined]
    shown = [re.search(r'figure-value">([^<]*)<', each) for each in said]
    assert [each and each[1] for each in shown] == ["2.674", "13", "–", "2.674 m³"]
