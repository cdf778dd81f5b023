"""Every search box of the consoles finds the same points for the same words."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from portal.domain.accounts import Role
from portal.domain.gas_day import Month
from portal.domain.readings import ReadingState
from portal.models import DeliveryPoint
from portal.services import ledger
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.browser import Browser

OCTOBER = Month(2026, 10)
BOXES = {
    "registry": "/consola/registro?tipo=puntos&q={}",
    "letters": "/consola/claves/puntos?q={}",
    "accounts": "/consola/cuentas-de-balance?q={}",
    "readings": "/consola/mediciones?q={}",
    "certify": "/consola/mediciones/certificar?mes=10&anio=2026&q={}",
    "closings": "/consola/mediciones/cierres?mes=10&anio=2026&q={}",
    "day book": "/consola/libro/2026-11-30?q={}",
}
NAMES = {"acida": "Planta Ácida", "andu": "EDS El Ñandú", "cien": "EDS 100% Gas"}


@pytest.fixture
def staff(portal: RunningPortal) -> Browser:
    """A supervisor; three points of two companies, each with a provisional day."""
    with portal.session() as session, transaction(session):
        one = factories.company(session, name="Álvarez y Cía. S.A.S.", nit="900123456-8")
        other = factories.company(session, name="Gases del Ariari S.A.S.", nit="901234567-4")
        first = factories.contract(session, company=one, number="NR-Á-07")
        second = factories.contract(session, company=other, number="NR-B-08")
        made = (
            (first, "acida", "PE-0003", "Acacías"),
            (first, "andu", "PE-0004", "Granada"),
            (second, "cien", "PE-0014", "Granada"),
        )
        for contract, public_id, code, town in made:
            point = factories.delivery_point(
                session,
                contract=contract,
                public_id=public_id,
                name=NAMES[public_id],
                carrier_code=code,
                municipality=town,
            )
            for day in OCTOBER.days():
                state = ReadingState.PROVISIONAL if day == OCTOBER.last else ReadingState.CERTIFIED
                factories.reading(session, point, day, "5", state=state)
                ledger.rewrite_day(session, delivery_point=point, gas_day=day)
    return portal.staff(Role.SUPERVISOR)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("acida planta", {"acida"}),
        ("ÁCIDA", {"acida"}),
        ("nandu eds", {"andu"}),
        ("Granada ñandu", {"andu"}),
        ("alvarez", {"acida", "andu"}),
        ("cia acacias", {"acida"}),
        ("pe-0003", {"acida"}),
        ("PE0003", {"acida"}),
        ("nr-a-07", {"acida", "andu"}),
        ("NRB08", {"cien"}),
        ("900.123.456-8", {"acida", "andu"}),
        ("9001234568", {"acida", "andu"}),
        ("900123456", {"acida", "andu"}),
        ("901.234.567", {"cien"}),
        ("%", {"cien"}),
        ("_", set()),
        ("ariari acida", set()),
    ],
)
def test_every_search_box_finds_the_same_points(staff: Browser, typed: str, found: set[str]):
    said = {box: _points(staff, address.format(typed.replace("%", "%25"))) for box, address in BOXES.items()}
    assert said == dict.fromkeys(BOXES, found)


def test_an_exact_code_stands_before_what_only_holds_it(portal: RunningPortal, staff: Browser):
    with portal.session() as session, transaction(session):
        owner = factories.contract(session, company=factories.company(session, name="Aaa"))
        factories.delivery_point(session, contract=owner, public_id="prior", name="A PE-00031", carrier_code="PE-00031")
    page = staff.open("/consola/mediciones?q=pe-0003")
    assert [link.get_text() for link in page.select(".readings-points a")] == ["Planta Ácida", "A PE-00031"]


def _points(staff: Browser, address: str) -> set[str]:
    page = staff.open(address)
    assert page.status == 200
    main = page.one("main").get_text(" ", strip=True)
    return {public_id for public_id, name in NAMES.items() if name in main}


def test_a_station_is_found_by_its_telephone_however_it_is_spaced(portal: RunningPortal, staff: Browser) -> None:
    with portal.session() as session, transaction(session):
        point = session.scalars(select(DeliveryPoint).where(DeliveryPoint.public_id == "andu")).unique().one()
        point.contact_phone = "310 555 0004"
    for typed in ("310 555 0004", "3105550004"):
        page = staff.open(f"/consola/registro?tipo=puntos&q={typed.replace(' ', '+')}")
        assert NAMES["andu"] in page.text
        assert NAMES["acida"] not in page.text
