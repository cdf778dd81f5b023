"""All keys of a company on one page: each is checked and charged by itself, and what is right opens at once."""

from __future__ import annotations

from portal.domain.keys import SIGNED_ALL_THE_SAME, generate_web_key
from portal.domain.modalities import Modality
from portal.models import KeyAttempt
from portal.services import keys
from portal.services.store.acts import Act, Actor
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.browser import Page
from tests.customer import Customer
from tests.journeys.test_trusted_devices import next_morning, remembered


def bound(portal: RunningPortal, *, points: int = 2) -> tuple[Customer, dict[str, str]]:
    """A customer who opened the contract on another day, with more points; the numeric key of each."""
    customer = portal.customer()
    with portal.session() as session:
        numeric = {customer.point: customer.way.numeric_key}
        for _ in range(points - 1):
            with transaction(session):
                point = factories.delivery_point(session, contract=session.merge(customer.way.contract))
            act = Act.at(session, Actor.system(), portal.clock.now)
            numeric[point.public_id] = keys.issue(act, delivery_point=point)
    customer.open_contract()
    portal.clock.forward(days=1)
    return portal.holder_of(customer.way), numeric


def send(page: Page, customer: Customer, *, web: str = "", remember: bool = False, **numeric: str) -> Page:
    """Type keys beside their contract and points, and send the form."""
    form = page.form().fill(remember_device=remember)
    for field in page.select("input.control"):
        name = str(field["id"])
        text = web if name.startswith("contrato-") else numeric.get(name.removeprefix("punto-"), "")
        form._typed[id(field)] = [text]
    return form.submit()


def test_all_keys_of_a_company_open_everything_with_one_form(portal_on_each: RunningPortal):
    customer, numeric = bound(portal_on_each)
    page = customer.open("/cuenta").click("Escribir todas las claves de una empresa en una página")
    assert SIGNED_ALL_THE_SAME in page.text
    page = send(page, customer, web=customer.way.web_key, **numeric)
    assert page.url == "/inicio"
    assert "Se abrió lo de 3 claves." in page.text
    for point in numeric:
        assert customer.open(f"/cuentas-de-balance/{customer.modality}/{point}").select("#hoja-de-balance")
    page = customer.open("/cuenta/claves")
    assert "que ya abrió alguna vez con esta cuenta, y siguen vigentes, están abiertos en esta sesión" in page.text
    assert "Todo está abierto" not in page.text
    assert page.click("Continuar").url == "/inicio"


def test_to_continue_never_leads_back_to_a_page_that_asks_for_a_key(portal: RunningPortal):
    customer, numeric = bound(portal)
    other = next(each.value for each in Modality if each.value != customer.modality)
    page = customer.open(f"/nominacion/{customer.modality}/clave-web").click("Escríbalas todas en una página")
    assert page.click("Seguir sin escribirlas").url == "/inicio"
    send(page, customer, web=customer.way.web_key, **{customer.point: numeric[customer.point]})
    closed = next(point for point in numeric if point != customer.point)
    page = customer.open(f"/cuentas-de-balance/{customer.modality}/{closed}/clave")
    assert page.click("Escríbalas todas en una página").click("Seguir sin escribirlas").url == "/inicio"
    send(customer.open("/cuenta/claves"), customer, **numeric)
    page = customer.open(f"/cuentas-de-balance/{other}").click("Escríbalas todas en una página")
    assert page.click("Continuar").url == "/inicio"
    wanted = f"/cuentas-de-balance/{customer.modality}/{closed}"
    assert customer.open(f"/cuenta/claves?siguiente={wanted}").click("Continuar").url == wanted


def test_a_contract_that_was_never_opened_is_led_to_the_page_of_its_web_key(portal: RunningPortal):
    customer = portal.customer()
    page = customer.open("/cuenta/claves")
    assert "Esta cuenta todavía no ha abierto ningún contrato." in page.text
    keyed = {str(each["href"]): each.get_text() for each in page.select("main a[href$='/clave-web']")}
    assert list(keyed) == [f"/cuentas-de-balance/{each.value}/clave-web" for each in Modality]
    page = page.click(keyed[f"/cuentas-de-balance/{customer.modality}/clave-web"])
    assert page.h1 == "Clave web"
    page.form().fill(web_key=customer.way.web_key).submit()
    assert len(customer.open("/cuenta/claves").select("main a[href$='/clave-web']")) == len(Modality)


def test_a_wrong_key_is_told_beside_its_field_and_charged_alone_while_the_others_open(portal: RunningPortal):
    customer, numeric = bound(portal)
    other = next(point for point in numeric if point != customer.point)
    before = portal.count(KeyAttempt, outcome="wrong")
    typed = numeric | {customer.point: customer.wrong_code}
    page = send(customer.open("/cuenta/claves"), customer, web=customer.way.web_key, **typed)
    assert page.status == 422
    assert "Código incorrecto" in page.one(f"#punto-{customer.point}-error").get_text()
    assert customer.wrong_code not in page.source
    assert portal.count(KeyAttempt, outcome="wrong") == before + 1
    assert customer.open(f"/cuentas-de-balance/{customer.modality}/{other}").select("#hoja-de-balance")


def test_what_was_right_is_remembered_though_another_key_was_wrong(portal: RunningPortal):
    customer, numeric = bound(portal)
    other = next(point for point in numeric if point != customer.point)
    remembered(portal, customer, of_point=False)
    typed = {customer.point: customer.wrong_code, other: numeric[other]}
    page = send(customer.open("/cuenta/claves"), customer, remember=True, **typed)
    assert page.status == 422
    next_morning(portal, customer)
    assert customer.open(f"/cuentas-de-balance/{customer.modality}/{other}").select("#hoja-de-balance")


def test_a_point_without_its_contract_is_not_checked_and_not_charged(portal: RunningPortal):
    customer, numeric = bound(portal)
    before = portal.count(KeyAttempt)
    page = send(customer.open("/cuenta/claves"), customer, **numeric)
    assert page.status == 422
    assert "primero hace falta la clave web de su contrato" in page.text
    assert portal.count(KeyAttempt) == before


def test_nothing_typed_is_said_and_changes_nothing(portal: RunningPortal):
    customer, _ = bound(portal)
    page = send(customer.open("/cuenta/claves"), customer)
    assert "No escribió ninguna clave" in page.text


def test_a_wrong_web_key_leaves_the_right_keys_of_points_unchecked_and_asks_for_both_again(portal: RunningPortal):
    customer, numeric = bound(portal)
    page = send(customer.open("/cuenta/claves"), customer, web=generate_web_key(), **numeric)
    assert "Escriba las dos juntas." in page.one(f"#punto-{customer.point}-error").get_text()
    assert "Cada una se revisa por separado" not in page.text
    page = send(page, customer, web=customer.way.web_key, **numeric)
    assert "Se abrió lo de 3 claves." in page.text


def test_a_key_of_what_another_tab_opened_meanwhile_is_not_called_missing(portal: RunningPortal):
    customer, _ = bound(portal)
    other_tab = customer.open("/cuenta/claves")
    send(customer.open("/cuenta/claves"), customer, web=customer.way.web_key)
    page = send(other_tab, customer, web=customer.way.web_key)
    assert "lo abrió en otra pestaña" in page.text
    assert "No escribió ninguna clave" not in page.text


def test_many_keys_come_twenty_at_a_time(portal: RunningPortal):
    customer, numeric = bound(portal, points=24)
    page = customer.open("/cuenta/claves")
    assert len(page.select("input.control")) == 20
    assert "5 claves más siguen después de estas." in page.text
    page = send(page, customer, web=customer.way.web_key, **numeric)
    assert page.url.startswith("/cuenta/claves")
    assert len(page.select("input.control")) == 5


def test_a_point_of_somebody_else_is_not_there(portal: RunningPortal):
    customer, _ = bound(portal)
    stranger = portal.customer()
    page = customer.open("/cuenta/claves")
    page.form().fill().tamper(point=f"punto-{stranger.point}", numeric_key=stranger.way.numeric_key).submit()
    assert "/clave" in customer.open(f"/cuentas-de-balance/{stranger.modality}/{stranger.point}").url
