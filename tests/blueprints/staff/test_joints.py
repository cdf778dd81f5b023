"""The pages "Unir a otro punto" and "Dividir en dos" of a delivery point, filled in as a person does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.domain.accounts import Role
from portal.domain.quantities import HeatingValue
from portal.models import DeliveryPoint
from portal.services import ledger
from tests import factories
from tests.application import RunningPortal
from tests.blueprints.staff.test_succession import typed
from tests.browser import Browser, Page
from tests.factories import TODAY

YESTERDAY = TODAY.plus(-1)


@pytest.fixture
def staff(portal: RunningPortal) -> Browser:
    return portal.staff(Role.OPERATOR)


@pytest.fixture
def point(portal: RunningPortal) -> str:
    """The page of a point measured yesterday, beside another of its contract."""
    with portal.session() as session:
        made = factories.delivery_point(session, name="EDS Ariari", carrier_code="PE-900")
        other = factories.delivery_point(
            session,
            contract=made.contract,
            exit_point_id=made.exit_point_id,
            name="EDS Guamal",
            carrier_code="PE-901",
        )
        factories.heating_value(session, made.exit_point_id, YESTERDAY, HeatingValue.of("1130"))
        for each, m3 in ((made, "100"), (other, "40")):
            factories.nomination(session, each, YESTERDAY, "50")
            factories.reading(session, each, YESTERDAY, m3)
            ledger.rebuild_point(session, delivery_point=each)
        session.commit()
        return f"/consola/registro/puntos/{made.public_id}"


def merged(staff: Browser, point: str, **given: object) -> Page:
    form = staff.open(point).click("Unir a otro punto").form(f"{point}/unir")
    values = {"day": typed(YESTERDAY), "into": "pe-901", "reason": "Un solo medidor"} | given
    return form.fill(**values).submit("Ver el efecto")


def divided(staff: Browser, point: str, **given: object) -> Page:
    form = staff.open(point).click("Dividir en dos").form(f"{point}/dividir")
    values = {"day": typed(YESTERDAY), "code": "PE-902", "name": "EDS Humadea", "share": "12,5", "reason": "Otrosí"}
    return form.fill(**(values | given)).submit("Ver el efecto")


def test_a_merger_is_shown_and_done_and_stands_in_the_timeline(portal: RunningPortal, staff: Browser, point: str):
    shown = merged(staff, point)
    assert shown.status == 200
    assert "Desde el" in shown.one("#efecto").text
    assert "punto de salida" not in shown.one("#efecto").text
    assert "140 m³" in shown.one(f"#dias tr[data-gas-day='{YESTERDAY.isoformat()}']").text
    values = {str(cell["data-field"]): str(cell["data-value"]) for cell in shown.select("#cuentas td[data-field]")}
    assert values == {"before": "0", "after": "-40"}
    done = shown.form(f"{point}/unir").submit("Unir los puntos desde ese día")
    assert "El punto se unió a EDS Guamal" in done.text
    assert "Se le unió EDS Ariari; el saldo sigue aquí: Un solo medidor" in done.one("#linea-de-tiempo").text
    assert "PE-900" in done.one("#linea-de-tiempo").text
    assert "Se le unió EDS Ariari, desde el" in done.one("#historial").text
    assert "Un solo medidor" in done.one("#historial").text
    assert "Se unió a EDS Guamal, desde el" in staff.open(point).one("#historial").text
    refused = merged(staff, point, day=typed(TODAY))
    assert refused.status == 422
    assert "este punto sigue en otra cuenta" in refused.text


def test_a_division_is_shown_and_done_and_stands_in_the_timeline(portal: RunningPortal, staff: Browser, point: str):
    shown = divided(staff, point)
    assert shown.status == 200
    row = shown.one(f"#dias tr[data-gas-day='{YESTERDAY.isoformat()}']").text
    assert "88 m³" in row
    assert "13 m³" in row
    values = {str(cell["data-field"]): str(cell["data-value"]) for cell in shown.select("#cuentas td[data-field]")}
    assert values == {"before": "-43.5", "after": "-6.5"}
    done = shown.form(f"{point}/dividir").submit("Dividir el punto desde ese día")
    assert "EDS Humadea quedó creado" in done.text
    assert "Salió de EDS Ariari" in done.one("#linea-de-tiempo").text
    assert "Salió de EDS Ariari, desde el" in done.one("#historial").text
    assert "De aquí salió EDS Humadea, desde el" in staff.open(point).one("#historial").text
    with portal.session() as session:
        assert session.scalars(select(DeliveryPoint).where(DeliveryPoint.carrier_code == "PE-902")).unique().one()


def test_a_merger_into_another_exit_point_names_both(portal: RunningPortal, staff: Browser, point: str):
    with portal.session() as session:
        other = session.scalars(select(DeliveryPoint).filter_by(carrier_code="PE-901")).one()
        other.exit_point_id = factories.exit_point(session, name="Puerta Guamal").id
        session.commit()
    (said,) = [each for each in merged(staff, point).select("#efecto li") if "punto de salida" in each.text]
    assert "EDS Guamal por Puerta Guamal: desde ese día su gas se suma allá" in said.text


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"day": "ayer"}, "No reconocemos esa fecha"),
        ({"day": "15/11/2014"}, "va del 01/12/2014 al 31/12/2099"),
        ({"day": "01/01/2999"}, "va del 01/12/2014 al 31/12/2099"),
        ({"into": "PE-999"}, "Ningún otro punto de"),
        ({"into": ""}, "Escriba el código del punto que sigue"),
        ({"reason": " "}, "queda en la auditoría"),
    ],
)
def test_a_merger_that_cannot_be_keeps_what_was_typed(staff: Browser, point: str, given: dict[str, str], words: str):
    refused = merged(staff, point, **given)
    assert refused.status == 422
    assert words in refused.text
    (name, text) = next(iter(given.items()))
    assert refused.form(f"{point}/unir")[name].strip() == text.strip()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"share": "0"}, "ni nada ni todo"),
        ({"share": "mucho"}, "Escriba un porcentaje"),
        ({"code": "PE-901"}, "código"),
        ({"name": "EDS Guamal"}, "El contrato ya tiene un punto que se llama así"),
        ({"code": ""}, "Escriba el código del punto nuevo"),
    ],
)
def test_a_division_that_cannot_be_keeps_what_was_typed(staff: Browser, point: str, given: dict[str, str], words: str):
    refused = divided(staff, point, **given)
    assert refused.status == 422
    assert words in refused.text
    (name, text) = next(iter(given.items()))
    assert refused.form(f"{point}/dividir")[name] == text


def test_what_changed_since_it_was_shown_is_shown_again_and_an_old_tab_is_told(
    portal: RunningPortal, staff: Browser, point: str
):
    shown, tab = merged(staff, point), divided(staff, point)
    with portal.session() as session:
        other = session.scalars(select(DeliveryPoint).where(DeliveryPoint.carrier_code == "PE-901")).unique().one()
        factories.reading(session, other, YESTERDAY, "41", version=2)
        ledger.rebuild_point(session, delivery_point=other)
        session.commit()
    again = shown.form(f"{point}/unir").submit("Unir los puntos desde ese día")
    assert again.status == 422
    assert "ya no es lo que se mostró" in again.text
    assert "141 m³" in again.text
    staff.open(point).form(point).fill(municipality="Lejanías").submit("Guardar el punto")
    for stale, url, name in (
        (again, f"{point}/unir", "Unir los puntos desde ese día"),
        (tab, f"{point}/dividir", "Dividir el punto desde ese día"),
    ):
        assert stale.form(url).submit(name).status == 409


def test_both_ask_for_the_code_again(portal: RunningPortal, staff: Browser, point: str):
    pages = (merged(staff, point), divided(staff, point))
    portal.clock.now += timedelta(minutes=6)
    for shown, url, name in zip(
        pages,
        (f"{point}/unir", f"{point}/dividir"),
        ("Unir los puntos desde ese día", "Dividir el punto desde ese día"),
        strict=True,
    ):
        assert shown.form(url).submit(name).h1 == "Confirme que es usted"
