"""A nomination withdrawn, and one that comes late: what the pages say and offer."""

from __future__ import annotations

from io import BytesIO

from pypdf import PdfReader

from portal.domain.accounts import Role
from portal.domain.nominations import Channel, ClosePolicy
from portal.models import DeliveryPoint
from portal.services.nominations import day_closes
from portal.services.points import close_policies
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.blueprints.nominations.pages import IN_WORDS, afternoon
from tests.browser import Page
from tests.customer import RENOMINATION, TOMORROW, Customer


def withdraw(customer: Customer, receipt: Page) -> Page:
    """The page that follows the signature of a cancellation, from the link of the receipt on."""
    return customer.sign(receipt.click("anular"))


def test_a_receipt_leads_to_a_page_that_shows_what_would_be_withdrawn(customer: Customer):
    receipt = customer.nominate("12.500")
    page = receipt.click("anular")
    assert page.one("h1").get_text(strip=True) == "Anular una nominación"
    assert receipt.value("#radicado") in page.text
    assert "12.500 m³" in page.text
    assert "Anular no es pedir cero." in page.text
    assert "hasta el lunes 23 de noviembre de 2026 a las 12:00" in page.text
    assert "Si al cierre no hay otra, se nominará por usted el promedio de los últimos cuatro martes." in page.text


def test_a_cancellation_has_a_receipt_of_its_own_and_the_first_one_says_so(customer: Customer):
    first = customer.nominate("12.500")
    page = withdraw(customer, first)
    assert "Anulamos su nominación" in page.text
    assert page.value("#radicado") != first.value("#radicado")
    assert page.value("[data-field=quantity]") == "0"
    assert "El punto queda sin nominación para ese día." in page.text
    again = customer.open(first.url)
    assert again.one(".receipt-sign").get_text() == "Ya no rige: la nominación se anuló"
    assert "Esta nominación se anuló después: ese día no tiene nada en firme." in again.text
    assert "anular" not in again.text
    for one in (page, again):
        assert "cantidad autorizada" not in one.one("main").get_text()
    assert "Cantidad Anulada Con esta solicitud, ese día quedó sin nominación" in page.text
    history = customer.open(f"/nominacion/{customer.modality}/historial").one(".history-day")
    assert [chip.get_text(strip=True) for chip in history.select(".chip")] == ["Anulada", "Anulada"]
    assert " 0 m³" not in f"{history.get_text(' ', strip=True)} {page.text}"
    board = customer.open(f"/nominacion/{customer.modality}")
    assert "Anulada, sin nominar" in board.text


def said_of(customer: Customer, receipt: Page) -> tuple[str, str]:
    """The words of a receipt on its page and in its PDF."""
    answer = customer.browser.client.get(f"{receipt.url}/comprobante.pdf")
    paper = "".join(page.extract_text() for page in PdfReader(BytesIO(answer.data)).pages)
    shown = customer.open(receipt.url).one("main").get_text(" ", strip=True)
    return (" ".join(shown.split()), " ".join(paper.split()))


def test_the_receipt_of_a_cancellation_says_what_follows_at_every_hour(portal: RunningPortal, customer: Customer):
    page = withdraw(customer, customer.nominate("12.500"))
    rule = "Si al cierre no hay otra, se nominará por usted el promedio de los últimos cuatro martes."
    nothing = "Ese día no tiene nada en firme."
    for said in said_of(customer, page):
        assert rule in said
        assert nothing not in said
    back = afternoon(portal, customer)
    for said in said_of(back, page):
        assert nothing in said
        assert "Si al cierre" not in said
    with portal.session() as session:
        act = Act.of_system(session, portal.clock.now)
        day_closes.apply(act, gas_day=TOMORROW, modality=customer.way.modality)
    for said in said_of(back, page):
        assert "Rige la versión 3 de ese día" in said
        assert nothing not in said
        assert "queda sin nominación" not in said


def test_a_wrong_code_withdraws_nothing(customer: Customer):
    first = customer.nominate("12.500")
    page = customer.sign(first.click("anular"), customer.wrong_code)
    assert page.status == 422
    assert "Código incorrecto" in page.text
    assert "Es la solicitud en firme para ese día." in customer.open(first.url).text


def test_after_the_close_the_page_says_what_to_do_instead(portal: RunningPortal, customer: Customer):
    first = customer.nominate("12.500")
    back = afternoon(portal, customer)
    page = back.open(f"{first.url}/anular")
    assert page.status == 422
    assert f"La nominación para el {IN_WORDS} se podía anular hasta el" in page.text
    assert "re-nominación" in page.text
    assert "anular" not in back.open(first.url).text


def test_somebody_elses_receipt_cannot_be_withdrawn(portal: RunningPortal, customer: Customer):
    first = customer.nominate("12.500")
    stranger = portal.customer()
    stranger.open_contract()
    assert stranger.open(f"{first.url}/anular").status == 404


def test_a_day_that_changed_meanwhile_is_answered_with_409(portal: RunningPortal, customer: Customer):
    first = customer.nominate("12.500")
    page = first.click("anular")
    form = page.form().fill(security_code=customer.way.numeric_key).tamper(shown="ab" * 32)
    assert form.submit().status == 409


def test_a_late_nomination_says_at_every_step_that_the_operator_decides(portal: RunningPortal, customer: Customer):
    late = afternoon(portal, customer)
    quantity = late.choose_day(kind=RENOMINATION)
    assert "Es una nominación tardía" in quantity.text
    document = quantity.form().fill(quantity="9.000").submit()
    assert "Nominación tardía" in document.text
    assert "Vale solo si el operador la acepta" in document.text
    receipt = late.sign(document)
    assert "Recibimos su nominación tardía" in receipt.text
    assert "Todavía no está en firme." in receipt.text
    late.open_point()
    sheet = late.open(
        f"/cuentas-de-balance/{late.modality}/{late.point}?mes={TOMORROW.date.month}&anio={TOMORROW.date.year}"
    )
    assert sheet.status == 200
    assert "9.000" not in sheet.text, "until it is accepted it counts nowhere"


def test_the_page_says_what_will_be_nominated_at_the_close(portal: RunningPortal, customer: Customer):
    receipt = customer.nominate("12.500")
    assert (
        "Si al cierre no hay otra, se nominará por usted el promedio de los últimos cuatro "
        in receipt.click("anular").text
    )
    with portal.session() as session:
        with transaction(session):
            actor = factories.signed_in(session, factories.user(session, role=Role.OPERATOR))
            point = session.get_one(DeliveryPoint, customer.way.point.id)
        close_policies.set_policy(
            Act.at(session, actor, factories.NOW), point=point, policy=ClosePolicy.ZERO, valid_from=factories.TODAY
        )
    assert "Si al cierre no hay otra, se nominará cero (0)." in receipt.click("anular").text


def test_a_day_nominated_again_after_a_cancellation_is_not_called_its_first(customer: Customer):
    withdraw(customer, customer.nominate("12.500"))
    page = customer.review("9.000")
    assert "Es la primera de ese día" not in page.text
    assert "Ese día no tiene otra en firme: la anterior se anuló" in page.text
    assert "Versión 3 de ese día" in customer.sign(page).text


def test_a_late_nomination_replaces_and_rules_only_if_it_is_accepted(portal: RunningPortal, customer: Customer):
    with portal.session() as session, transaction(session):
        factories.nomination(session, session.merge(customer.way.point), TOMORROW, "5803", channel=Channel.POLICY)
    late = afternoon(portal, customer)
    document = late.review("9.000", kind=RENOMINATION)
    assert "Si el operador la acepta, reemplaza lo que se nominó al cierre" in document.text
    assert "Si el operador la acepta, rige desde el martes 24 de noviembre de 2026 a las 00:00" in document.text
    assert "re-nominación" not in document.one("button.button-primary").get_text()
    receipt = late.sign(document)
    assert "Regiría desde" in receipt.one("main").get_text()
    assert "Rige desde" not in receipt.one("main").get_text()
    late.open_point()
    history = late.open(f"/nominacion/{late.modality}/historial")
    assert "No nominó: en revisión" in [chip.get_text(strip=True) for chip in history.select(".chip")]


def test_a_late_request_that_nobody_decided_says_so_on_its_receipt_once_it_cannot_be_decided(
    portal: RunningPortal, customer: Customer
):
    late = afternoon(portal, customer)
    first = late.sign(late.choose_day(kind=RENOMINATION).form().fill(quantity="9.000").submit())
    for said in said_of(late, first):
        assert "vale solo si el operador la acepta" in said
    second = late.sign(late.choose_day(kind=RENOMINATION).form().fill(quantity="9.500").submit())
    overtaken = "antes de que el operador la decidiera llegó otra solicitud para ese día."
    for said in said_of(late, first):
        assert overtaken in said
        assert "vale solo si" not in said
    back = afternoon(portal, customer, days=1, hours=12)
    back.use_keys()
    lapsed = "el día terminó sin que el operador la decidiera."
    for said in said_of(back, second):
        assert lapsed in said
        assert "vale solo si" not in said
    month = f"mes={TOMORROW.date.month}&anio={TOMORROW.date.year}"
    history = back.open(f"/nominacion/{back.modality}/historial?{month}")
    assert [each["data-state"] for each in history.select("[data-revision]")] == ["lapsed", "replaced"]
