"""The page "Cambiar el máximo desde un día" of a contract, filled in as a person does."""

from __future__ import annotations

import pytest

from portal.domain.accounts import Role
from tests import factories
from tests.application import RunningPortal
from tests.blueprints.staff.test_succession import typed
from tests.browser import Browser, Page
from tests.factories import TODAY

TOMORROW = TODAY.plus(1)


@pytest.fixture
def staff(portal: RunningPortal) -> Browser:
    return portal.staff(Role.OPERATOR)


@pytest.fixture
def contract(portal: RunningPortal) -> str:
    """The page of a contract of 20,000 m³ whose point nominated 15,000 m³ for tomorrow."""
    with portal.session() as session:
        first = TODAY.plus(-90)
        owner = factories.contract(session, starts_on=first)
        point = factories.delivery_point(session, contract=owner, name="EDS Ariari", starts_on=first)
        factories.nomination(session, point, TOMORROW, "15000")
        session.commit()
        return f"/consola/registro/contratos/{point.contract.public_id}"


def filled(staff: Browser, contract: str, **given: object) -> Page:
    form = staff.open(contract).click("Cambiar el máximo desde un día").form(f"{contract}/maximo")
    return form.fill(**({"day": typed(TOMORROW), "maximum": "12.500", "reason": "Otrosí 4"} | given)).submit(
        "Ver el efecto"
    )


def test_a_maximum_is_shown_with_its_effect_then_set_and_stands_on_contract_and_point(staff: Browser, contract: str):
    shown = filled(staff, contract)
    assert shown.status == 200
    effect = shown.one("#efecto").text
    assert "de 20.000 m³ a 12.500 m³" in effect
    assert "1 por encima del máximo nuevo; ninguno por encima del de ahora" in effect
    assert "15.000 m³" in shown.one(f"#dias tr[data-gas-day='{TOMORROW.isoformat()}']").text
    done = shown.form(f"{contract}/maximo").submit("Cambiar el máximo desde ese día")
    assert done.url == contract
    assert "El máximo es de 12.500 m³ desde el" in done.text
    row = done.one(f"#maximos tr[data-gas-day='{TOMORROW.isoformat()}']").text
    assert "12.500 m³" in row
    assert ": Otrosí 4" in row
    assert "como se firmó" in done.one("#maximos").text
    change = done.select(".trail-entry")[0].text
    assert typed(TOMORROW) in change
    assert "20.000 al día → 12.500 al día" in change
    point = done.click("EDS Ariari")
    assert "12.500 m³ desde el" in point.one("#linea-de-tiempo").text
    assert "Otrosí 4" in point.one("#linea-de-tiempo").text


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"day": "ayer"}, "No reconocemos esa fecha"),
        ({"day": typed(TODAY.plus(-91))}, "El contrato empieza el"),
        ({"maximum": "mucho"}, "Escriba una cantidad en la unidad del contrato"),
        ({"maximum": "0"}, "mayor que cero"),
        ({"maximum": "20.000"}, "Ese máximo ya rige ese día"),
        ({"reason": " "}, "queda en la auditoría del contrato"),
    ],
)
def test_a_maximum_that_cannot_be_keeps_what_was_typed(
    staff: Browser, contract: str, given: dict[str, str], words: str
):
    refused = filled(staff, contract, **given)
    assert refused.status == 422
    assert words in refused.text
    ((name, text),) = given.items()
    assert refused.form(f"{contract}/maximo")[name].strip() == text.strip()


def test_what_changed_since_it_was_shown_is_shown_again(portal: RunningPortal, staff: Browser, contract: str):
    shown = filled(staff, contract)
    other = filled(staff, contract, maximum="14.000")
    other.form(f"{contract}/maximo").submit("Cambiar el máximo desde ese día")
    again = shown.form(f"{contract}/maximo").submit("Cambiar el máximo desde ese día")
    assert again.status == 422
    assert "ya no es lo que se mostró" in again.text
    assert "de 14.000 m³ a 12.500 m³" in again.one("#efecto").text
    done = again.form(f"{contract}/maximo").submit("Cambiar el máximo desde ese día")
    assert "El máximo es de 12.500 m³" in done.text


def test_what_somebody_else_set_meanwhile_is_said_to_hold_already(staff: Browser, contract: str):
    shown, other = filled(staff, contract), filled(staff, contract)
    other.form(f"{contract}/maximo").submit("Cambiar el máximo desde ese día")
    again = shown.form(f"{contract}/maximo").submit("Cambiar el máximo desde ese día")
    assert again.status == 422
    assert "Ese máximo ya rige ese día" in again.text
