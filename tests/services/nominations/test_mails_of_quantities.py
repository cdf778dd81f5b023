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
    assert "Nada se envía hasta que la firme" in page.text
    document = page.form().submit("Continuar")
    assert document.url.endswith("/firma")
    assert "10.000 m³" in document.text
    assert "martes 24 de noviembre de 2026" in document.text
    receipt = again.sign(document)
    assert receipt.one('[data-field="quantity"]')["data-value"] == "10000"


def test_what_a_link_prepares_is_refused_in_words_when_too_late(portal: RunningPortal, customer: Customer) -> None:
    url = f"/nominacion/{customer.modality}/nueva?punto={customer.point}&tipo=nominacion&cantidad=10000&dia="
    page = customer.open(f"{url}2026-11-20").form().submit("Continuar")
    assert page.status == 422
    assert "cerró el" in page.text
    assert customer.open(f"{url}ayer").form().submit("Continuar").url.endswith("/tipo")
    assert customer.open(f"{url}2026-11-24".replace("10000", "muchos")).form().submit("Continuar").status == 422


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
