"""The EDS or companies of the opened contract (guide step 11): one's own, and nobody else's."""

from __future__ import annotations

from portal.domain.modalities import DeliveryPointKind, Modality
from portal.domain.quantities import Unit
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.customer import Customer


def test_every_point_of_the_contract_is_listed_by_name_and_leads_to_its_sheet(
    portal: RunningPortal, customer: Customer
):
    with portal.session() as session, transaction(session):
        for name in ("EDS Zuria", "EDS Acacías"):
            factories.delivery_point(session, contract=customer.way.contract, name=name, unit=Unit.MBTU)
    page = customer.open_contract("cuentas-de-balance")
    assert page.h1 == "Elija su EDS"
    names = [text.get_text() for text in page.select(".point-name")]
    assert names == ["EDS Acacías", customer.way.point.name, "EDS Zuria"]
    assert "se nomina en MBTU" in page.text
    assert "se nomina en m³" in page.text
    link = page.one(f"a[data-delivery-point={customer.point}]")
    assert link["href"] == f"/cuentas-de-balance/gnv-suministro/{customer.point}"
    assert "Pide clave numérica" in page.text


def test_a_plant_is_called_so_and_points_of_both_kinds_are_points(portal: RunningPortal):
    customer = portal.customer(modality=Modality.INDUSTRIAL)
    assert customer.open_contract("cuentas-de-balance").h1 == "Elija su planta"
    with portal.session() as session, transaction(session):
        factories.delivery_point(session, contract=customer.way.contract, kind=DeliveryPointKind.STATION)
    assert customer.open("/cuentas-de-balance/industrial").h1 == "Elija su punto de entrega"


def test_no_other_company_is_named(portal: RunningPortal, customer: Customer):
    other = portal.customer()
    page = customer.open_contract("cuentas-de-balance")
    assert other.way.point.name not in page.text
    company = other.open_contract("cuentas-de-balance").one("main h2").get_text()
    assert company not in page.text


def test_an_atr_contract_names_the_supplier_of_the_gas(portal: RunningPortal):
    customer = portal.customer(modality=Modality.GNV_ATR)
    page = customer.open_contract("cuentas-de-balance")
    assert "gas de Gas de Origen S.A." in page.text


def test_without_the_web_key_the_list_leads_there(customer: Customer):
    page = customer.open("/cuentas-de-balance/gnv-suministro")
    assert page.history == [(303, "/cuentas-de-balance/gnv-suministro")]
    assert page.url == "/cuentas-de-balance/gnv-suministro/clave-web"


def test_a_contract_of_one_modality_does_not_open_another(customer: Customer):
    customer.open_contract()
    for modality in ("gnv-atr", "industrial"):
        assert customer.open(f"/cuentas-de-balance/{modality}").url.endswith("/clave-web")
        assert customer.open(f"/nominacion/{modality}").url.endswith("/clave-web")
