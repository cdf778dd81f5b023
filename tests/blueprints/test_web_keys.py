"""The web key (guide steps 10 and 17): what opens, what is refused in which words, what a wrong one costs."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from portal.domain.modalities import Modality
from portal.models import AccessKey, AttemptCounter, Binding, Grant, KeyAttempt
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.customer import Customer

WRONG = "7777-7777-7777"
PAGES = ["/cuentas-de-balance/gnv-suministro/clave-web", "/nominacion/gnv-suministro/clave-web"]


def wrong(customer: Customer, times: int = 1, url: str = PAGES[1]):
    page = customer.open(url)
    for _ in range(times):
        page = page.form().fill(web_key=WRONG).submit()
    return page


@pytest.mark.parametrize(
    ("way", "leads_to"),
    [("cuentas-de-balance", "/cuentas-de-balance/gnv-suministro"), ("nominacion", "/nominacion/gnv-suministro")],
)
def test_the_web_key_opens_the_contract_on_both_ways(portal_on_each: RunningPortal, way: str, leads_to: str):
    customer = portal_on_each.customer()
    page = customer.open_contract(way)
    assert (page.url, page.history) == (leads_to, [(303, f"/{way}/gnv-suministro/clave-web")])
    for other in ("/cuentas-de-balance/gnv-suministro", "/nominacion/gnv-suministro"):
        assert customer.open(other).history == []
    assert portal_on_each.count(Grant) == 1


def test_letters_and_figures_count_not_how_they_are_written(customer: Customer):
    typed = customer.way.web_key.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert customer.open(PAGES[1]).form().fill(web_key=f"  {typed} ").submit().url == "/nominacion/gnv-suministro"


@pytest.mark.parametrize("url", PAGES)
def test_a_wrong_key_is_told_as_such_with_the_attempts_left_and_keeps_what_was_typed(customer: Customer, url: str):
    page = wrong(customer, url=url)
    assert page.status == 422
    assert page.title.startswith("Error:")
    assert "Clave incorrecta. Revise la clave web de su carta" in page.text
    assert "Le quedan 9 intentos antes de bloquearse." in page.text
    assert page.form()["web_key"] == WRONG
    assert page.one("#resumen-errores a")["href"] == "#web_key"


def test_what_cannot_be_a_web_key_is_told_at_once_and_costs_no_attempt(
    portal: RunningPortal, customer: Customer, subtests: pytest.Subtests
):
    for typed in ["", "   ", "abc", "7777-7777-777U", "77777777777٧", "x" * 64, "clave", "<b>"]:
        with subtests.test(typed=typed):
            page = customer.open(PAGES[1]).form().fill(web_key=typed).submit()
            assert page.status == 422
            words = (
                "Clave incorrecta: la clave web tiene 12 letras y números" if typed.strip() else "Escriba la clave web"
            )
            assert words in page.text
            assert page.form()["web_key"] == typed.strip()
            assert portal.count(AttemptCounter) == portal.count(KeyAttempt) == portal.count(Grant) == 0


def test_a_form_without_its_field_or_with_too_long_a_one_is_refused(customer: Customer):
    for lost, words in ((None, "Escriba la clave web de su carta."), ("x" * 65, "Clave incorrecta")):
        page = customer.open(PAGES[1]).form().tamper(web_key=lost).submit()
        assert page.status == 422
        assert words in page.text


@pytest.mark.parametrize("way", ["nominacion", "cuentas-de-balance"])
def test_a_key_typed_under_another_modality_leads_to_its_contract_and_costs_nothing(
    portal: RunningPortal, customer: Customer, way: str
):
    page = customer.open(f"/{way}/industrial/clave-web").form().fill(web_key=customer.way.web_key).submit()
    assert page.url == f"/{way}/gnv-suministro"
    assert "Esa clave es de su contrato de suministro de GNV: lo abrimos y seguimos allí." in page.text
    assert portal.count(Grant) == portal.count(Binding) == 1
    with portal.session() as session:
        assert session.scalars(select(AttemptCounter.count).where(AttemptCounter.count > 0)).all() == []


def test_a_key_that_nobody_used_in_thirty_days_says_when_it_ended_and_what_to_do(
    portal: RunningPortal, customer: Customer
):
    page = customer.open(PAGES[1])
    form = page.form().fill(web_key=customer.way.web_key)
    with portal.session() as session, transaction(session):
        session.execute(update(AccessKey).values(valid_until=portal.clock.now))
    page = form.submit()
    assert page.status == 422
    assert "Esta clave venció el 23 de noviembre: pida otra carta. Este intento no se contó." in page.text
    assert "incorrecta" not in page.text


def test_four_wrong_keys_are_free_the_fifth_brings_a_wait_in_which_the_right_one_is_refused_too(
    portal: RunningPortal, customer: Customer
):
    page = wrong(customer, 4)
    assert "Le quedan 6 intentos antes de bloquearse; después del próximo habrá una espera." in page.text
    portal.clock.forward(seconds=20)
    page = wrong(customer)
    assert "Le quedan 5 intentos; podrá usar el siguiente el lunes 23 de noviembre de 2026 a las 09:02." in page.text
    portal.clock.forward(seconds=30, microseconds=1)
    page = customer.open_contract()
    assert (page.status, page.h1) == (429, "Demasiados intentos")
    assert page.headers["Retry-After"] == "30"
    assert "en pausa hasta el lunes 23 de noviembre de 2026 a las 09:02 (hora de Colombia)" in page.text
    assert portal.count(Grant) == 0
    portal.clock.forward(seconds=30)
    assert customer.open_contract().url == "/nominacion/gnv-suministro"


def test_ten_wrong_keys_in_a_row_block_until_llanogas_unlocks(portal: RunningPortal, customer: Customer):
    for _ in range(9):
        wrong(customer)
        portal.clock.forward(minutes=20)
        portal.sign_in(customer.browser, customer.way.actor.user_id)
    page = wrong(customer)
    assert "Esta clave quedó bloqueada para su cuenta: llame al PBX" in page.text
    portal.clock.forward(days=3)
    portal.sign_in(customer.browser, customer.way.actor.user_id)
    page = customer.open_contract()
    assert page.status == 429
    assert "solo Llanogas la puede desbloquear" in page.text
    assert page.headers["Retry-After"] == "86400"


def test_htmx_gets_the_fragment_of_a_refusal_and_is_led_on_by_a_header(customer: Customer):
    refused = customer.open(PAGES[1]).form().fill(web_key=WRONG).submit(htmx=True)
    assert (refused.status, refused.is_fragment) == (422, True)
    assert refused.one("#paso #resumen-errores")
    assert "HX-Request" in refused.headers["Vary"]
    answer = customer.open(PAGES[1]).form().fill(web_key=customer.way.web_key).submit(htmx=True)
    assert answer.history == [(200, PAGES[1])]
    assert answer.url == "/nominacion/gnv-suministro"


def test_the_page_names_what_is_open_already_and_leads_on_without_another_key(customer: Customer):
    customer.open_contract()
    page = customer.open(PAGES[0])
    assert f"contrato {customer.way.contract.number}" in page.text
    assert page.click("Continuar sin escribir otra clave").url == "/cuentas-de-balance/gnv-suministro"


def test_a_second_contract_of_the_modality_is_opened_beside_the_first(portal: RunningPortal, customer: Customer):
    other = portal.customer(modality=Modality.GNV_SUPPLY)
    customer.open_contract()
    page = customer.open(PAGES[0]).form().fill(web_key=other.way.web_key).submit()
    offered = {str(link["data-delivery-point"]) for link in page.select("a[data-delivery-point]")}
    assert offered == {customer.point, other.point}


def test_an_opened_contract_closes_after_half_an_hour_unused_and_a_draft_goes_on_after_the_key(
    portal: RunningPortal, customer: Customer
):
    customer.open_contract()
    draft = customer.choose_day().url
    portal.clock.forward(minutes=31)
    portal.sign_in(customer.browser, customer.way.actor.user_id)
    page = customer.open(draft)
    assert page.url == f"/nominacion/gnv-suministro/clave-web?siguiente={draft}"
    page = page.form().fill(web_key=WRONG).submit().form().fill(web_key=customer.way.web_key).submit()
    assert (page.url, page.status) == (draft, 200), page.history


def test_after_the_key_nobody_is_led_out_of_the_portal(customer: Customer, subtests: pytest.Subtests):
    for wanted in ["https://otro.example", "//otro.example", "/\\otro.example", "javascript:1", ""]:
        with subtests.test(wanted=wanted):
            page = customer.open(f"{PAGES[1]}?siguiente={wanted}").form().fill(web_key=customer.way.web_key).submit()
            assert page.url == "/nominacion/gnv-suministro"


def test_a_revoked_key_closes_the_contract_at_the_next_request(portal: RunningPortal, customer: Customer):
    from portal.services import keys
    from portal.services.store.acts import Actor

    customer.open_contract()
    with portal.session() as session:
        keys.issue(Act.at(session, Actor.system(), portal.clock.now), contract=customer.way.contract, compromised=True)
    assert customer.open("/nominacion/gnv-suministro").url == PAGES[1]
    page = customer.open_contract()
    assert "Esta clave fue anulada el 23 de noviembre: use la de su carta más reciente." in page.text


def test_a_customer_who_is_not_signed_in_is_led_to_the_sign_in_and_back(portal: RunningPortal):
    for way in PAGES:
        for answer in (portal.browser().client.get(way), portal.browser().client.post(way)):
            assert answer.status_code == 303
            assert answer.headers["Location"] == f"/ingreso?siguiente={way}"


def test_the_account_of_a_console_finds_no_customers_page(portal: RunningPortal):
    from portal.domain.accounts import Role

    with portal.session() as session, transaction(session):
        operator = factories.user(session, role=Role.OPERATOR)
    browser = portal.signed_in(operator.id)
    assert browser.open(PAGES[0]).body == browser.open("/nada").body


def test_the_key_leads_back_to_the_page_that_asked_for_it(portal: RunningPortal, subtests: pytest.Subtests):
    for path in ("/nominacion/gnv-suministro/historial?mes=10", "/nominacion/gnv-suministro/{}/calendario"):
        with subtests.test(path=path):
            customer = portal.customer()
            asked = customer.open(wanted := path.format(customer.point))
            assert asked.url == "/nominacion/gnv-suministro/clave-web"
            assert (
                asked.form().fill(web_key=WRONG).submit().form().fill(web_key=customer.way.web_key).submit().url
                == wanted
            )


def test_both_keys_lead_back_to_the_sheet_of_the_month_that_was_asked_for(customer: Customer):
    wanted = f"/cuentas-de-balance/gnv-suministro/{customer.point}?mes=10&anio=2026"
    numeric = customer.open(wanted).form().fill(web_key=customer.way.web_key).submit()
    assert numeric.h1.startswith("Clave numérica de")
    assert numeric.form().fill(numeric_key=customer.way.numeric_key).submit().url == wanted


def test_a_key_page_that_somebody_opens_later_leads_where_it_always_did(customer: Customer):
    customer.open("/nominacion/gnv-suministro/historial")
    page = customer.open(PAGES[1])
    assert page.form().fill(web_key=customer.way.web_key).submit().url == "/nominacion/gnv-suministro"
