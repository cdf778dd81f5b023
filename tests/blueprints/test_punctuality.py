"""The public board of the distributor's own deadlines: what it says, and what it withholds."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.domain.gas_day import Month
from portal.domain.nominations import CutReason
from portal.domain.punctuality import authorised_by, measured_by
from portal.services.market import punctuality
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.factories import TODAY

PAGE = "/cumplimiento"
DAYS = tuple(TODAY.plus(-ago) for ago in (3, 4, 5))


def work(portal: RunningPortal, points: int, *, cut: CutReason | None = None) -> None:
    """Three days at some points: the last one authorised late, a reading in four missing; then the count."""
    with portal.session() as session, transaction(session):
        for number in range(points):
            point = factories.delivery_point(session, name=f"EDS Escondida {number}")
            for day in DAYS:
                evening = authorised_by(day)
                factories.nomination(session, point, day, "1000", received_at=evening - timedelta(hours=9))
                late = timedelta(minutes=day == DAYS[0])
                factories.authorisation(session, point, day, "1000", recorded_at=evening + late, cut_reason=cut)
                if number % 4:
                    factories.reading(session, point, day, "990", recorded_at=measured_by(day))
    with portal.session() as session:
        punctuality.rebuild(Act.of_system(session, portal.clock.now))


def test_before_the_first_count_it_says_so(portal: RunningPortal):
    page = portal.browser().open(PAGE)
    assert page.status == 200
    assert "Todavía no hay cifras" in page.text
    assert not page.select("table")


def test_home_and_the_foot_of_every_page_lead_to_it(portal: RunningPortal):
    home = portal.browser().open("/")
    assert home.one(f".ways a[href='{PAGE}']")
    assert portal.browser().open("/tarifas").click(f"footer a[href='{PAGE}']").one("h1").get_text() == (
        "Nuestro cumplimiento"
    )


def test_it_says_that_a_decision_with_a_cut_counts_as_authorised_in_time(portal: RunningPortal):
    work(portal, 6, cut=CutReason.PCC)
    said = " ".join(portal.browser().open(PAGE).text.split())
    assert "tuvo su decisión a más tardar a las 20:30 del día anterior." in said
    assert "Cuenta autorizarlo completo, con recorte o en cero" in said
    assert "todo lo nominado quedó autorizado" not in said


def test_each_month_and_all_of_them_say_what_was_kept(portal: RunningPortal):
    work(portal, 8)
    page = portal.browser().open(PAGE)
    assert "Contado hasta el domingo 22 de noviembre de 2026 a las 24:00" in page.text
    for key in ("total", Month.of(TODAY).isoformat()):
        row = page.one(f"tr[data-month='{key}']")
        values = {str(cell["data-field"]): str(cell["data-value"]) for cell in row.select("[data-field]")}
        assert values == {"days": "2/3", "readings": "75", "corrections": "0", "terms": ""}
        assert "2 de 3" in row.get_text()
        assert "75,0 %" in row.get_text()
    assert "en curso" in page.one(f"tr[data-month='{Month.of(TODAY).isoformat()}']").get_text()
    assert len(page.select("#cumplimiento tbody tr, #meses tbody tr")) == 13
    assert "No hubo recortes" in page.text


@pytest.mark.parametrize("points", [4, 5])
def test_what_customers_got_is_shown_of_enough_points_only(portal: RunningPortal, points: int):
    work(portal, points, cut=CutReason.CCD)
    page = portal.browser().open(PAGE)
    shares = {str(cell["data-value"]) for cell in page.select("[data-field=readings]")}
    if points < 5:
        assert shares == {""}
        assert not page.select("[data-cut]")
        assert "ninguna causa tocó a 5 puntos o más" in page.text
    else:
        assert shares == {"60", ""}
        cut = page.one("[data-cut=CCD]")
        assert cut.select_one("[data-field=days]")["data-value"] == "3"
        assert cut.select_one("[data-field=share]")["data-value"] == "100"
    assert "Escondida" not in page.text


def test_it_is_the_same_page_for_every_stranger(portal: RunningPortal):
    work(portal, 5)
    first = portal.app.test_client().get(PAGE)
    again = portal.app.test_client().get(PAGE, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
