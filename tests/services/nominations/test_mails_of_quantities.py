"""Every mail: quantities in digits with their unit first, an address to go on with, and until when one can correct."""

from __future__ import annotations

import ast
import re
from datetime import timedelta
from pathlib import Path

import pytest

import portal
from portal.domain.nominations import CutReason
from portal.domain.quantities import Quantity, Unit
from portal.models import Contact, OutboxMessage
from portal.services.day_book import authorisation_mails
from portal.services.nominations import day_closes
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.customer import RENOMINATION, TOMORROW, Customer
from tests.factories import NOW
from tests.html import text_of
from tests.services.mail_stage import rendered

SERVICES = Path(portal.__file__).parent / "services"
LINK = re.compile(r"https?://\S+")
FIGURE = re.compile(r"\d[\d.]*(?:,\d+)? (?:m³|MBTU)\b")


@pytest.fixture
def customer(portal: RunningPortal) -> Customer:
    found = portal.customer()
    found.open_contract()
    return found


def mails(portal: RunningPortal, kind: str) -> list[OutboxMessage]:
    with portal.session() as session:
        found = session.query(OutboxMessage).filter_by(kind=kind).order_by(OutboxMessage.id).all()
        words = [rendered(session, mail) for mail in found]
        session.expunge_all()
        for mail, (text, html) in zip(found, words, strict=True):
            mail.body, mail.html = text, html
        return found


def told(portal: RunningPortal, customer: Customer) -> None:
    """The company has a contact who wants to hear of everything."""
    with portal.session() as session, transaction(session):
        company = customer.way.contract.company_id
        session.add(Contact(public_id="con", company_id=company, name="Ana", email="ana@example.com", created_at=NOW))


def test_no_mail_says_a_quantity_in_words_alone() -> None:
    found = [
        f"{path.relative_to(SERVICES)}:{node.lineno}"
        for path in SERVICES.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Name) and node.id == "spell_out"
    ]
    assert found == [], "say it with in_digits_and_words"


def test_a_receipt_says_how_much_where_it_is_and_until_when_it_can_be_corrected(
    portal: RunningPortal, customer: Customer
) -> None:
    page = customer.nominate("12.500")
    mail = mails(portal, "receipt")[-1]
    assert "Cantidad: 12.500 m³ (doce mil quinientos m³)" in mail.body
    assert page.url in LINK.search(mail.body.partition("Ver el comprobante")[2])[0]  # type: ignore[index]
    assert "Puede corregirla hasta el lunes 23 de noviembre de 2026 a las 12:00." in mail.body
    customer.sign(page.click("anular"))
    cancelled = mails(portal, "receipt")[-1]
    assert "Puede nominar otra vez hasta el lunes 23 de noviembre de 2026 a las 12:00." in cancelled.body
    assert "autorizada" not in cancelled.body


def test_the_mail_of_a_cancellation_says_what_its_receipt_says_of_the_close(
    portal: RunningPortal, customer: Customer
) -> None:
    rule = "Si al cierre no hay otra, se nominará por usted el promedio de los últimos cuatro martes."
    withdrawn = customer.sign(customer.nominate("12.500").click("anular"))
    assert rule in withdrawn.text
    assert rule in mails(portal, "receipt")[-1].body
    page = customer.open(f"/nominacion/{customer.modality}").click(f"Orden permanente de {customer.way.point.name}")
    document = page.form("#orden").fill(every_day="7.000").submit("Revisar la orden")
    document.form().fill(security_code=customer.way.numeric_key).submit("Firmar la orden permanente")
    withdrawn = customer.sign(customer.nominate("12.000").click("anular"))
    order = "Si al cierre no hay otra, se nominará por su orden permanente: 7.000 m³."
    assert order in withdrawn.text
    assert order in mails(portal, "receipt")[-1].body


def test_a_late_request_and_a_close_say_the_same(portal: RunningPortal, customer: Customer) -> None:
    told(portal, customer)
    portal.clock.now = NOW + timedelta(hours=3, minutes=1)
    with portal.session() as session:
        act = Act.of_system(session, portal.clock.now)
        day_closes.apply(act, gas_day=TOMORROW, modality=customer.way.modality)
    close = mails(portal, "close")[-1]
    assert "0 m³ (cero m³): el pronóstico" in close.body
    assert f"{act.base_url}/inicio" in close.body
    again = portal.holder_of(customer.way)
    again.open_contract()
    again.nominate("9.000", kind=RENOMINATION)
    late = mails(portal, "receipt")[-1]
    assert "9.000 m³ (nueve mil m³)" in late.body
    assert "hasta el martes 24 de noviembre de 2026 a las 16:00." in late.body


def test_a_cut_leads_to_a_renomination_that_only_has_to_be_signed(portal: RunningPortal, customer: Customer) -> None:
    told(portal, customer)
    customer.nominate("12.500")
    portal.clock.now = NOW + timedelta(hours=4)
    with portal.session() as session, transaction(session):
        row = factories.authorisation(
            session, customer.way.point, TOMORROW, "10000", revision=1, cut_reason=CutReason.PCC
        )
        authorisation_mails.post_cut(
            Act.of_system(session, portal.clock.now),
            authorisation=row,
            asked=Quantity.of("12500", Unit.M3),
            by_rule=False,
        )
    mail = mails(portal, "cut")[-1]
    for figure in ("12.500 m³ (doce", "10.000 m³ (diez", "2.500 m³ (dos"):
        assert figure in mail.body
    assert "hasta el martes 24 de noviembre de 2026 a las 16:00" in mail.body
    address = LINK.search(mail.body)[0]  # type: ignore[index]
    assert mail.html is not None
    again = portal.holder_of(customer.way)
    again.open_contract()
    page = again.open("/" + address.split("/", 3)[3])
    assert "10.000 m³, el total del día. Nada se envía hasta que la firme" in page.text
    assert len(page.select("input[name=delivery_point]")) == 1
    document = page.form().submit("Continuar")
    assert document.url.endswith("/firma")
    assert "10.000 m³" in document.text
    assert "martes 24 de noviembre de 2026" in document.text
    receipt = again.sign(document)
    assert receipt.one('[data-field="quantity"]')["data-value"] == "10000"


def link_for(
    customer: Customer, day: str, *, kind: str = RENOMINATION, point: str = "", quantity: str = "10000"
) -> str:
    asked = f"punto={point or customer.point}&tipo={kind}&dia={day}&cantidad={quantity}"
    return f"/nominacion/{customer.modality}/nueva?{asked}"


def test_a_link_opened_after_its_day_closed_says_so_at_once_and_what_can_be_done(
    portal: RunningPortal, customer: Customer
) -> None:
    customer.nominate("12.500")
    portal.clock.now = NOW + timedelta(days=1, hours=7, minutes=1)
    again = portal.holder_of(customer.way)
    again.open_contract()
    page = again.open(link_for(customer, "2026-11-24"))
    words = (
        "La re-nominación para el martes 24 de noviembre de 2026 cerró el martes 24 de noviembre de 2026 a las 16:00."
    )
    assert words in page.text
    assert "El enlace preparaba una re-nominación de 10.000 m³ en" in page.text
    assert "Nada se envió." in page.text
    assert not page.select("main form")
    others = page.select(".link-row a")
    assert [text_of(link) for link in others] == ["Nominar otro día", "Ver qué se pidió ese día"]
    assert all(again.open(str(link["href"])).status == 200 for link in others)
    # One minute before, the same link still prepares it.
    portal.clock.now -= timedelta(minutes=1)
    assert "Nada se envía hasta que la firme" in again.open(link_for(customer, "2026-11-24")).text


def test_a_link_that_closes_between_its_page_and_continuar_says_so_too(
    portal: RunningPortal, customer: Customer
) -> None:
    portal.clock.now = NOW + timedelta(hours=3)
    again = portal.holder_of(customer.way)
    again.open_contract()
    page = again.open(link_for(customer, "2026-11-24", kind="nominacion"))
    portal.clock.now += timedelta(seconds=1)
    refused = page.form().submit("Continuar")
    assert refused.status == 422
    assert "La nominación para el martes 24 de noviembre de 2026 cerró" in refused.text
    # Late requests are still taken: one tap prepares the same as a renomination.
    prepared = refused.click("Preparar una re-nominación de ese día")
    assert "10.000 m³" in prepared.text
    assert prepared.form().submit("Continuar").url.endswith("/firma")


def test_a_link_to_a_point_that_is_not_open_here_prepares_nothing_for_another_point(customer: Customer) -> None:
    page = customer.open(link_for(customer, "2026-11-24", kind="nominacion", point="abcdefghij"))
    assert "un punto que no está entre lo abierto en esta sesión" in page.text
    page.form().fill(delivery_point=customer.point)
    assert page.form().fill(delivery_point=customer.point).submit("Continuar").url.endswith("/tipo")


def test_a_link_that_lacks_or_garbles_an_answer_asks_for_it(customer: Customer) -> None:
    assert customer.open(link_for(customer, "ayer")).form().submit("Continuar").url.endswith("/tipo")
    garbled = link_for(customer, "2026-11-24", kind="nominacion", quantity="muchos")
    assert customer.open(garbled).form().submit("Continuar").status == 422


def test_many_days_have_their_total_their_receipt_and_their_first_deadline(
    portal: RunningPortal, customer: Customer
) -> None:
    page = customer.open(f"/nominacion/{customer.modality}/{customer.point}/varios-dias")
    shown = page.form("#rango").fill(first="24/11/2026", last="25/11/2026", quantity="1.200").submit("Ver los días")
    customer.sign(shown.form().submit("Continuar a la firma"))
    mail = mails(portal, "receipt")[-1]
    assert len(FIGURE.findall(mail.body)) >= 3
    assert "En total: 2.400 m³ (dos mil cuatrocientos m³)." in mail.body
    assert re.search(r"https?://\S+/nominacion/lotes/\S+/comprobante", mail.body)
    words = "Puede corregir la del martes 24 de noviembre de 2026 hasta el lunes 23 de noviembre de 2026 a las 12:00."
    assert words in mail.body
