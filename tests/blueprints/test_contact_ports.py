"""A contact chooses by topic what reaches the telephone; the page offers only ports that have a gateway."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from portal.domain.audit_events import AuditEvent as Event
from portal.models import AuditEvent, Contact, ContactPort
from portal.services.store.transactions import transaction
from tests.application import RunningPortal, SetClock, run, settings_for
from tests.blueprints.test_contacts import FIRST, URL, add, confirmed, with_contract
from tests.customer import Customer


@pytest.fixture
def portal(sqlite_url: str, tmp_path: Path, clock: SetClock) -> Iterator[RunningPortal]:
    """The application with a gateway of text messages."""
    yield from run(settings_for(sqlite_url, tmp_path, clock, sms_url="https://gateway.example.co/"))


@pytest.fixture
def customer(portal: RunningPortal) -> Customer:
    """A customer whose company has a contact with a mobile number."""
    found = with_contract(portal)
    add(found)
    with portal.session() as session, transaction(session):
        session.scalars(select(Contact)).one().phone = "311 555 0101"
    return found


def chosen(portal: RunningPortal) -> set[tuple[str, str]]:
    with portal.session() as session:
        return {(row.topic, row.port.value) for row in session.scalars(select(ContactPort))}


def test_what_is_ticked_is_kept_shown_and_written_down(portal: RunningPortal, customer: Customer) -> None:
    page = customer.open(URL)
    assert "También por SMS al 311 555 0101" in page.text
    assert "WhatsApp" not in page.text, "it has no gateway"
    assert not page.select("[name=also][value^=receipts]"), "a receipt goes by mail"
    saved = confirmed(page.form(FIRST).fill(also=["cuts:sms", "reminders:sms"]).submit("Guardar"))
    assert chosen(portal) == {("cuts", "sms"), ("reminders", "sms")}
    ticked = {str(box["value"]) for box in saved.select("[name=also][checked]")}
    assert ticked == {"cuts:sms", "reminders:sms"}
    confirmed(saved.form(FIRST).fill(also=["cuts:sms"]).submit("Guardar"))
    assert chosen(portal) == {("cuts", "sms")}
    with portal.session() as session:
        last = session.scalars(
            select(AuditEvent.details).where(AuditEvent.event == Event.CONTACT_CHANGED).order_by(AuditEvent.sequence)
        ).all()[-1]
    assert '"new_by_sms":"cuts"' in last.replace(": ", ":")


def test_a_contact_without_a_mobile_number_is_offered_mail_alone_and_a_forged_choice_is_refused(
    portal: RunningPortal, customer: Customer
) -> None:
    form = customer.open(URL).form(FIRST).fill(also=["cuts:sms"])
    with portal.session() as session, transaction(session):
        session.scalars(select(Contact)).one().phone = "(608) 681 9000"
    refused = confirmed(form.submit("Guardar"))
    assert refused.status == 422
    assert "no tiene un celular de Colombia" in refused.text
    assert chosen(portal) == set()
    assert not refused.select("[name=also]")
    saved = confirmed(customer.open(URL).form(FIRST).fill(phone="311 555 0102").submit("Guardar"))
    assert "También por SMS al 311 555 0102" in saved.text


def test_a_choice_of_a_port_without_a_gateway_is_not_taken(portal: RunningPortal, customer: Customer) -> None:
    form = customer.open(URL).form(FIRST).tamper(also=["cuts:whatsapp", "receipts:sms", "nothing:sms"])
    confirmed(form.submit("Guardar"))
    assert chosen(portal) == set()
