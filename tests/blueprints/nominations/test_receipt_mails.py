"""The receipt says what became of each mail about its request: whom it went to, masked, since when, and what next."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from portal.domain.nominations import CutReason
from portal.domain.ports import Port
from portal.models import Contact, Nomination, OutboxMessage, User
from portal.services.day_book import authorisation_mails
from portal.services.mail import delivery, outbox
from portal.services.mail.delivery import CLAIM, MOST_ATTEMPTS, Mail, NotCarried
from portal.services.mail.outbox_desk import Lot
from portal.services.mail.receipt_mails import ReceiptMail
from portal.services.nominations import mails as nomination_mails
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from portal.words.mails import tell_way
from tests import factories
from tests.application import RunningPortal
from tests.browser import Page
from tests.customer import TOMORROW, Customer
from tests.factories import NOW


@pytest.fixture
def customer(portal_on_each: RunningPortal) -> Customer:
    """A signed-in customer whose contract is open and whose company has a contact for everything."""
    found = portal_on_each.customer()
    found.use_keys(of_point=False)
    with portal_on_each.session() as session, transaction(session):
        company = found.way.contract.company_id
        session.add(Contact(public_id="con", company_id=company, name="Ana", email="ana@finca.example", created_at=NOW))
    return found


def deliver(portal: RunningPortal, *refused: str) -> None:
    """Let the worker try every mail once; the server refuses those to ``refused``."""

    def carry(mail: Mail) -> None:
        if mail.recipient in refused:
            raise NotCarried("550 no such mailbox")

    with portal.session() as session:
        while delivery.send_next(session, carry=carry, clock=portal.clock) is not None:
            pass


def told(page: Page) -> list[tuple[str, str]]:
    return [(str(row["data-mail"]), row.get_text(" ", strip=True)) for row in page.select("#correos li")]


def test_a_mail_that_waits_was_delivered_or_failed_is_said_so_with_its_moment(
    portal_on_each: RunningPortal, customer: Customer
) -> None:
    page = customer.nominate("12.500")
    assert [state for state, _ in told(page)] == ["new", "new"]
    assert told(page)[1][1] == "Comprobante a a•••@finca.example: por salir desde hoy a las 09:00."
    assert "open" not in page.one("#correos").attrs
    portal_on_each.clock.forward(minutes=1)
    deliver(portal_on_each, "ana@finca.example")
    again = customer.open(page.url)
    assert told(again)[0][0] == "sent"
    assert told(again)[0][1].endswith("entregado al servidor de correo hoy a las 09:01.")
    assert told(again)[1] == (
        "failing",
        "Comprobante a a•••@finca.example: no salió hoy a las 09:01; se intenta otra vez hoy a las 09:02.",
    )
    assert "1 que no ha podido salir y 1 entregado" in again.one("#correos summary").get_text()
    assert "open" in again.one("#correos").attrs
    assert "ana@finca.example" not in again.text


def test_the_sentence_of_the_receipt_agrees_with_the_state_of_its_own_mail(
    portal_on_each: RunningPortal, customer: Customer
) -> None:
    page, own = customer.nominate("12.500"), customer.way.actor.email

    def says() -> str:
        return customer.open(page.url).one("#correo-enviado").get_text(" ", strip=True)

    assert says() == f"Este comprobante está por salir por correo a {own}."
    portal_on_each.clock.forward(minutes=1)
    deliver(portal_on_each, own)
    assert says() == f"Este comprobante no ha podido salir por correo a {own}; se intenta de nuevo."
    portal_on_each.clock.forward(minutes=1)
    deliver(portal_on_each)
    assert says() == f"Este comprobante se envió por correo a {own}."
    with portal_on_each.session() as session, transaction(session):
        mail = session.scalars(select(OutboxMessage).where(OutboxMessage.recipient == own)).one()
        mail.sent_at, mail.attempts, mail.last_error = None, MOST_ATTEMPTS, "550"
    assert says() == f"Este comprobante no se pudo entregar por correo a {own}."
    with portal_on_each.session() as session, transaction(session):
        session.get_one(User, customer.way.actor.user_id).email = "otra@finca.example"
    assert not customer.open(page.url).select("#correo-enviado"), "nothing is known of a mail to this address"


def test_the_sentence_about_mails_in_several_states_counts_them() -> None:
    def mail(state: Lot, *, kind: str = "receipt", port: Port = Port.MAIL) -> ReceiptMail:
        return ReceiptMail(kind, port, "a•••@b.co", state, NOW, None, is_signers=False)

    mails = [
        mail(Lot.SENT),
        mail(Lot.NEW),
        mail(Lot.SENT),
        mail(Lot.GIVEN_UP, kind="cut"),
        mail(Lot.NEW, port=Port.SMS),
    ]
    assert tell_way(mails, kind="receipt", of_signer=False) == ("va por correo a", ": 1 por salir y 2 entregados")
    assert tell_way(mails[:1], kind="receipt", of_signer=False) == ("se envió por correo a", "")
    assert tell_way(mails, kind="receipt", of_signer=True) is None


def test_a_mail_in_the_hand_of_a_worker_still_waits(portal_on_each: RunningPortal, customer: Customer) -> None:
    page = customer.nominate("12.500")
    seen: list[str] = []

    def look(mail: Mail) -> None:
        if mail.kind == "receipt":
            seen.extend(state for state, _ in told(customer.open(page.url)))
        raise NotCarried("later")

    with portal_on_each.session() as session:
        while not seen:
            delivery.send_next(session, carry=look, clock=portal_on_each.clock)
    assert seen == ["new", "new"]


def test_a_mail_that_was_given_up_names_its_last_try_and_none_to_come(
    portal_on_each: RunningPortal, customer: Customer
) -> None:
    page = customer.nominate("12.500")
    with portal_on_each.session() as session, transaction(session):
        mail = session.scalars(select(OutboxMessage).where(OutboxMessage.recipient == "ana@finca.example")).one()
        mail.attempts, mail.next_attempt_at = MOST_ATTEMPTS - 1, NOW
    deliver(portal_on_each, "ana@finca.example")
    assert told(customer.open(page.url))[1] == (
        "given-up",
        "Comprobante a a•••@finca.example: no se pudo entregar; se dejó de intentar hoy a las 09:00.",
    )


def test_a_message_without_a_gateway_is_told_as_given_up(portal_on_each: RunningPortal, customer: Customer) -> None:
    page = customer.nominate("12.500")
    with portal_on_each.session() as session, transaction(session):
        nomination = session.scalars(select(Nomination)).one()
        outbox.post(
            Act.of_system(session, NOW - timedelta(hours=1)),
            kind="cut",
            recipient="+573115550101",
            subject="Recorte",
            body="x",
            about=[nomination.id],
            port=Port.SMS,
        )
    with portal_on_each.session() as session:
        delivery.give_up_without_gateway(Act.of_system(session, NOW), ports=[])
    assert told(customer.open(page.url))[-1] == (
        "given-up",
        "Aviso de recorte por SMS a •••0101: no se pudo entregar; se dejó de intentar hoy a las 09:00.",
    )


def test_a_claim_never_shows_a_try_in_the_future(portal_on_each: RunningPortal, customer: Customer) -> None:
    page = customer.nominate("12.500")
    with portal_on_each.session() as session, transaction(session):
        mail = session.scalars(select(OutboxMessage).where(OutboxMessage.recipient == "ana@finca.example")).one()
        mail.attempts, mail.last_error, mail.next_attempt_at = 2, "550", NOW + CLAIM
    assert "no salió hoy a las 09:00; se intenta otra vez hoy a las 09:05" in told(customer.open(page.url))[1][1]


def test_decisions_and_cuts_of_the_request_stand_on_its_receipt(
    portal_on_each: RunningPortal, customer: Customer
) -> None:
    page = customer.nominate("12.500")
    with portal_on_each.session() as session, transaction(session):
        act = Act.of_system(session, NOW)
        nomination = session.scalars(select(Nomination).where(Nomination.revision == 1)).one()
        nomination_mails.post_decision(act, nomination=nomination, accepted=True, reason="")
        row = factories.authorisation(session, nomination.delivery_point, TOMORROW, "9000", cut_reason=CutReason.CCD)
        authorisation_mails.post_cut(
            act, authorisation=row, asked=nomination.quantity, by_rule=False, about=[nomination.id]
        )
    words = [words for _, words in told(customer.open(page.url))]
    assert any(line.startswith("Decisión del operador a a•••@finca.example") for line in words)
    assert any(line.startswith("Aviso de recorte a a•••@finca.example") for line in words)


def test_the_receipt_of_another_day_shows_only_its_own_mails(portal_on_each: RunningPortal, customer: Customer) -> None:
    customer.nominate("12.500")
    other = customer.nominate("9.000", day=TOMORROW.plus(1).isoformat())
    assert len(told(other)) == 2


def test_many_days_signed_at_once_show_their_one_mail_on_each_receipt(
    portal_on_each: RunningPortal, customer: Customer
) -> None:
    pages = [customer.nominate("12.500"), customer.nominate("9.000", day=TOMORROW.plus(1).isoformat())]
    with portal_on_each.session() as session, transaction(session):
        both = session.scalars(select(Nomination).order_by(Nomination.id)).all()
        act = dataclasses.replace(Act.of_system(session, NOW), actor=factories.signed_in(session, both[0].signed_by))
        nomination_mails.post_batch(act, batch="lote", nominations=both)
    for page in pages:
        assert len(told(customer.open(page.url))) == 4


def test_the_states_cost_one_query_however_many_mails_there_are(
    portal_on_each: RunningPortal, customer: Customer
) -> None:
    page = customer.nominate("12.500")
    statements: list[str] = []
    engine = portal_on_each.app.extensions["portal.engine"]

    @event.listens_for(engine, "before_cursor_execute")
    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    with portal_on_each.session() as session, transaction(session):
        nomination = session.scalars(select(Nomination)).one()
        for n in range(100):
            nomination_mails.mail.outbox.post(
                Act.of_system(session, NOW + timedelta(seconds=n)),
                kind="cut",
                recipient=f"n{n}@finca.example",
                subject="x",
                body="x",
                about=[nomination.id],
            )
    statements.clear()
    shown = customer.open(page.url)
    assert len([each for each in statements if "nomination_mails" in each]) == 1
    assert len(told(shown)) == 80
