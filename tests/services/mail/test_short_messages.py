"""Messages to telephones: by choice, once, short enough for one text message, without quantities, points or names."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.announcements import Severity
from portal.domain.nominations import CutReason
from portal.domain.ports import LONGEST_SMS, Port, count_septets, write_sms
from portal.models import Contact, ContactPort, Holiday, Nomination, NominationMail, OutboxMessage
from portal.services import announcements
from portal.services.announcements import Draft
from portal.services.mail import TOPICS_OF_PORTS, Topic
from portal.services.nominations import day_closes, reminders
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from portal.services.timetable import holidays
from portal.services.timetable.contact_hours import find_send_moment
from tests.factories import NOW
from tests.services.book_stage import TOMORROW, Stage, publish, record, set_up

NUMBER = "+573115550101"


@pytest.fixture
def stage(session: Session) -> Stage:
    """The company's contact wants everything by SMS and by WhatsApp."""
    found = set_up(session)
    with transaction(session):
        contact = session.scalars(select(Contact)).one()
        contact.phone = "311 555 0101"
        for port in (Port.SMS, Port.WHATSAPP):
            session.add_all([ContactPort(contact_id=contact.id, topic=each, port=port) for each in TOPICS_OF_PORTS])
    return found


def texts(session: Session, port: Port = Port.SMS) -> list[OutboxMessage]:
    session.rollback()
    return list(session.scalars(select(OutboxMessage).where(OutboxMessage.port == port).order_by(OutboxMessage.id)))


def as_sent(message: OutboxMessage) -> str:
    text, _, address = message.body.rpartition("\n")
    sent = write_sms(text, address)
    assert count_septets(sent) <= LONGEST_SMS
    assert sent.endswith(address), "nothing that the portal says is cut"
    assert "..." not in sent
    assert not re.search(r"EDS|Gas del Llano|m3|MBTU", sent), "a stranger may read it"
    return sent


def test_a_cut_its_end_and_a_full_authorisation_are_said_by_each_port_and_stand_on_the_receipt(
    session: Session, stage: Stage
) -> None:
    record(session, stage, stage.first, "12500")
    record(session, stage, stage.second, "6000", CutReason.PCC)
    publish(session, stage)
    record(session, stage, stage.second, "7500")
    publish(session, stage)
    said = [as_sent(each) for each in texts(session)]
    assert [text.split(": ", 1)[1].split(" para ")[0] for text in said] == [
        "Hay un recorte",
        "Se autorizo todo lo nominado",
        "Se levanto el recorte",
    ]
    assert [each.recipient for each in texts(session, Port.WHATSAPP)] == [NUMBER] * 3
    cut = texts(session)[0]
    nomination = session.scalars(
        select(Nomination)
        .join(NominationMail, NominationMail.nomination_id == Nomination.id)
        .where(NominationMail.outbox_message_id == cut.id)
    ).one()
    assert nomination.delivery_point_id == stage.second.id


def test_a_reminder_is_said_once_an_hour_however_often_the_worker_looks(session: Session, stage: Stage) -> None:
    with transaction(session):
        contact = session.scalars(select(Contact)).one()
        contact.company_id = stage.silent.contract.company_id
    act = Act.of_system(session, NOW)
    reminders.post_due(act)
    reminders.post_due(act)
    (message,) = texts(session)
    assert "Falta nominar 1 punto para el martes 24 de noviembre de 2026. Cierra a las 12:00" in as_sent(message)


def test_a_deputy_is_told_of_the_last_reminder_only(session: Session, stage: Stage) -> None:
    with transaction(session):
        contact = session.scalars(select(Contact)).one()
        contact.company_id, contact.is_deputy = stage.silent.contract.company_id, True
    reminders.post_due(Act.of_system(session, NOW))
    assert texts(session) == []
    reminders.post_due(Act.of_system(session, NOW + timedelta(hours=2)))
    assert len(texts(session)) == 1


def test_a_close_and_announcements_are_said_by_their_topics(session: Session, stage: Stage) -> None:
    with transaction(session):
        contact = session.scalars(select(Contact)).one()
        contact.company_id = stage.silent.contract.company_id
        session.delete(session.get_one(ContactPort, (contact.id, Topic.NOTICES.value, Port.SMS)))
    close = Act.of_system(session, NOW + timedelta(hours=3, minutes=1))
    day_closes.apply(close, gas_day=TOMORROW, modality=stage.silent.contract.modality)
    for severity in (Severity.CRITICAL, Severity.INFORMATION):
        draft = Draft(severity, "Obra en el tramo Apiay", "Detalle.", NOW, None, None, None)
        announcements.publish(Act.at(session, stage.operator, NOW), draft=draft)
    said = [as_sent(each) for each in texts(session)]
    assert "Cerro la nominacion del" in said[0]
    assert "Aviso critico: Obra en el tramo Apiay" in said[1]
    assert len(said) == 2, "announcements were taken off"
    assert len(texts(session, Port.WHATSAPP)) == 3


def test_nobody_is_written_to_without_a_mobile_number_or_after_being_removed(session: Session, stage: Stage) -> None:
    for change in ({"phone": "(608) 681 9000"}, {"phone": None}, {"phone": "311 555 0101", "removed_at": NOW}):
        with transaction(session):
            contact = session.scalars(select(Contact)).one()
            for name, value in change.items():
                setattr(contact, name, value)
        draft = Draft(Severity.CRITICAL, f"Aviso {len(change)} {change['phone']}", "Detalle.", NOW, None, None, None)
        announcements.publish(Act.at(session, stage.operator, NOW), draft=draft)
        assert texts(session) == []


def sendings(session: Session) -> dict[str, set[datetime]]:
    session.rollback()
    found: dict[str, set[datetime]] = {}
    for row in session.scalars(select(OutboxMessage)):
        found.setdefault(row.subject, set()).add(row.next_attempt_at)
    return found


def test_an_announcement_at_night_waits_for_the_morning_and_a_critical_one_does_not(
    session: Session, stage: Stage
) -> None:
    # Monday, 22:00 in Colombia.
    night = NOW + timedelta(hours=13)
    morning = NOW + timedelta(hours=22)
    act = Act.at(session, stage.operator, night)
    drafts = [
        Draft(Severity.CRITICAL, "Corte", "Detalle.", night, None, None, None),
        Draft(Severity.INFORMATION, "Tarifas", "Detalle.", night, None, None, None),
        Draft(Severity.MAINTENANCE, "Obra a las 04:00", "Detalle.", night + timedelta(hours=6), None, None, None),
        Draft(Severity.MAINTENANCE, "Obra a las 10:00", "Detalle.", night + timedelta(hours=12), None, None, None),
    ]
    assert announcements.preview(act, draft=drafts[1]).sent_at == morning
    for draft in drafts:
        announcements.publish(act, draft=draft)
    found = sendings(session)
    assert found["Aviso: Corte"] == {night}
    assert found["Aviso: Tarifas"] == {morning}
    assert found["Aviso: Obra a las 04:00"] == {night}, "it begins before the morning"
    assert found["Aviso: Obra a las 10:00"] == {morning}
    assert found["Aviso crítico"] == {night}, "telephones go by the same hours"
    assert found["Aviso"] == {night, morning}


def test_an_announcement_on_the_eve_of_a_holiday_waits_by_the_holidays_of_the_portal(
    session: Session, stage: Stage
) -> None:
    tuesday = (NOW + timedelta(days=1)).date()
    with transaction(session):
        session.merge(Holiday(day=tuesday, name="Día cívico", is_observed=True))
    holidays.forget(session)
    draft = Draft(Severity.INFORMATION, "Tarifas", "Detalle.", NOW, None, None, None)
    announcements.publish(Act.at(session, stage.operator, NOW + timedelta(hours=13)), draft=draft)
    holidays.forget(session)
    assert sendings(session)["Aviso: Tarifas"] == {NOW + timedelta(hours=22 + 24)}


def test_what_the_customer_asked_for_and_what_is_about_the_gas_leaves_at_once(session: Session, stage: Stage) -> None:
    night = NOW + timedelta(hours=13)
    assert {topic for topic in Topic if find_send_moment(Act.of_system(session, night), topic=topic) > night} == {
        Topic.NOTICES
    }
