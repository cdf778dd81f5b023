"""`portal worker`: what waits in the outbox is sent, or tried again later."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.ports import Port
from portal.models import OutboxMessage
from portal.services.mail import delivery, outbox
from portal.services.mail.smtp import BadMailServer, MailServer
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from tests.cli.conftest import Run
from tests.cli.smtp_sink import Sink
from tests.factories import NOW


@pytest.fixture
def waiting(database: Session) -> list[OutboxMessage]:
    """Two mails in the outbox."""
    with transaction(database):
        return [
            outbox.post(
                Act.of_system(database, NOW),
                kind="test",
                recipient=f"persona{number}@example.com",
                subject="Comprobante de nominación",
                body="Recibimos su nominación de 12.500 m³.\n",
            )
            for number in (1, 2)
        ]


def again(database: Session) -> list[OutboxMessage]:
    database.rollback()
    database.expire_all()
    return list(database.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))


def test_every_mail_is_sent_once_with_its_spanish_words(portal: Run, waiting, database: Session):
    with Sink() as sink:
        first = portal("worker", "--once", PORTAL_SMTP_URL=sink.url)
        second = portal("worker", "--once", PORTAL_SMTP_URL=sink.url)
    assert (first.exit_code, first.stdout) == (0, "2 sent, 0 put off.\n")
    assert second.stdout == "0 sent, 0 put off.\n"
    assert [mail["To"] for mail in sink.mails] == ["persona1@example.com", "persona2@example.com"]
    mail = sink.mails[0]
    assert (mail["Subject"], mail["From"]) == ("Comprobante de nominación", "Llanogas <no-responder@127.0.0.1>")
    assert mail.get_content().strip() == "Recibimos su nominación de 12.500 m³."
    assert len({mail["Message-ID"] for mail in sink.mails}) == 2
    assert all(message.sent_at == NOW for message in again(database))


def test_a_subject_that_somebody_typed_in_two_lines_is_one_header(portal: Run, database: Session):
    with transaction(database):
        for subject in ("Aviso: corte\r\nBcc: otro@example.com", "Aviso: " + "largo " * 60):
            outbox.post(Act.of_system(database, NOW), kind="test", recipient="a@example.com", subject=subject, body="x")
    with Sink() as sink:
        assert portal("worker", "--once", PORTAL_SMTP_URL=sink.url).stdout == "2 sent, 0 put off.\n"
    two_lines, long = sink.mails
    assert (two_lines["Subject"], two_lines["Bcc"]) == ("Aviso: corte Bcc: otro@example.com", None)
    assert len(long["Subject"]) == 200


def test_a_mail_that_is_refused_waits_and_is_sent_later(portal: Run, waiting, database: Session):
    with Sink(refuses=True) as sink:
        result = portal("worker", "--once", PORTAL_SMTP_URL=sink.url)
    assert (result.exit_code, result.stdout) == (1, "0 sent, 2 put off.\n")
    message = again(database)[0]
    assert (message.sent_at, message.attempts) == (None, 1)
    assert message.next_attempt_at == NOW + timedelta(minutes=1)
    assert message.last_error is not None
    assert "451" in message.last_error
    with Sink() as sink:
        assert portal("worker", "--once", PORTAL_SMTP_URL=sink.url).stdout == "0 sent, 0 put off.\n"
        later = (NOW + timedelta(minutes=1)).isoformat()
        assert portal("worker", "--once", PORTAL_SMTP_URL=sink.url, PORTAL_NOW=later).stdout == "2 sent, 0 put off.\n"


def test_without_a_mail_server_mail_stays_in_the_outbox_and_the_worker_says_so(portal: Run, waiting):
    result = portal("worker", "--once")
    assert result.exit_code == 0
    assert "2 mails stay in the outbox" in result.stdout


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_mail_server_that_is_away_leaves_no_secret_behind(portal: Run, waiting, database: Session):
    result = portal("worker", "--once", PORTAL_SMTP_URL="smtp://portal:a-secret@127.0.0.1:1")
    assert (result.exit_code, result.stdout) == (1, "0 sent, 2 put off.\n")
    assert "a-secret" not in str(again(database)[0].last_error)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("url", ["mail.example.com", "http://mail.example.com", "smtp://", "smtp://host:port"])
def test_an_address_that_is_no_mail_server_is_one_line(portal: Run, url: str):
    result = portal("worker", "--once", PORTAL_SMTP_URL=url)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: PORTAL_SMTP_URL ")


def test_two_workers_never_hold_the_same_mail(waiting, database: Session, environment):
    held: list[int] = []

    def carry(mail: delivery.Mail) -> None:
        held.append(mail.number)
        if len(held) == 1:
            # While the first mail is on its way, another worker looks for one.
            assert delivery.send_next(database, carry=carry, clock=lambda: NOW) is True

    assert delivery.send_next(database, carry=carry, clock=lambda: NOW) is True
    assert delivery.send_next(database, carry=carry, clock=lambda: NOW) is None
    assert len(held) == len(set(held)) == 2


def test_a_mail_whose_worker_died_is_taken_up_after_five_minutes(waiting, database: Session):
    def dies(_mail: delivery.Mail) -> None:
        raise SystemExit

    with pytest.raises(SystemExit):
        delivery.send_next(database, carry=dies, clock=lambda: NOW)
    carried: list[int] = []
    for _ in range(2):
        delivery.send_next(
            database, carry=lambda mail: carried.append(mail.number), clock=lambda: NOW + timedelta(minutes=5)
        )
    assert sorted(carried) == [message.id for message in waiting]


def test_a_mail_is_given_up_after_24_attempts(waiting, database: Session):
    def refuses(_mail: delivery.Mail) -> None:
        raise delivery.NotCarried("no")

    attempts, now = 0, NOW
    while now < NOW + timedelta(days=30):
        while delivery.send_next(database, carry=refuses, clock=lambda moment=now: moment) is not None:
            attempts += 1
        now += timedelta(hours=6)
    assert attempts == 2 * delivery.MOST_ATTEMPTS


def test_the_wait_doubles_from_a_minute_to_six_hours():
    waits = [delivery.compute_wait(attempts) for attempts in range(1, 30)]
    assert waits[:4] == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 8)]
    assert waits[-1] == timedelta(hours=6)


def test_a_password_is_not_sent_to_a_far_server_without_tls(monkeypatch: pytest.MonkeyPatch):
    mail = delivery.Mail(1, "a@example.com", "s", "b", NOW)
    with Sink(offers=("AUTH PLAIN LOGIN",)) as sink:
        here = MailServer.of(sink.url.replace("//", "//u:p@"), default_sender="a@b.co")
        # The same server, reached as if it were elsewhere.
        monkeypatch.setattr("portal.services.mail.smtp.LOOPBACK", ())
        with pytest.raises(delivery.NotCarried, match="no TLS"):
            here.carry(mail)
    assert not any(line.upper().startswith("AUTH") for line in sink.said)


def test_the_address_of_a_mail_server_is_read_whole():
    server = MailServer.of("smtp+starttls://ana:a%40b@mail.example.com?from=portal@example.com", default_sender="x@y.z")
    assert (server.host, server.number, server.user, server.password) == ("mail.example.com", 587, "ana", "a@b")
    assert server.sender == "portal@example.com"
    assert "a@b" not in repr(server)
    with pytest.raises(BadMailServer):
        MailServer.of("imap://mail.example.com", default_sender="x@y.z")


def test_a_mail_server_that_is_down_all_night_loses_and_doubles_nothing(portal: Run, waiting, database: Session):
    evening = NOW + timedelta(hours=10)
    away = "smtp://127.0.0.1:1"
    for minutes in range(0, 9 * 60, 45):
        moment = (evening + timedelta(minutes=minutes)).isoformat()
        portal("worker", "--once", PORTAL_SMTP_URL=away, PORTAL_NOW=moment)
    kept = again(database)
    assert all(message.sent_at is None and message.attempts > 5 for message in kept)
    morning = evening + timedelta(hours=16)
    with Sink() as sink:
        for minutes in (0, 1, 2):
            moment = (morning + timedelta(minutes=minutes)).isoformat()
            assert portal("worker", "--once", PORTAL_SMTP_URL=sink.url, PORTAL_NOW=moment).exit_code == 0
    mine = [mail for mail in sink.mails if mail["Subject"] == "Comprobante de nominación"]
    assert sorted(mail["To"] for mail in mine) == ["persona1@example.com", "persona2@example.com"]
    assert all(message.sent_at is not None for message in again(database))


def test_a_mail_with_a_form_and_a_paper_goes_out_in_all_its_parts():
    from portal.services.mail.delivery import Attachment, Mail

    mail = Mail(
        7,
        "ana@cliente.example",
        "Nominación recibida",
        "Recibimos 12.500 m³.\n",
        NOW,
        "<p>Recibimos 12.500 m³.</p>",
        Attachment("comprobante-N-2026-000001.pdf", b"%PDF-1.7 x"),
    )
    with Sink() as sink:
        MailServer.of(sink.url, default_sender="no-responder@example.com").carry(mail)
    (got,) = sink.mails
    assert got.get_body(("plain",)).get_content().strip() == "Recibimos 12.500 m³."
    assert "<p>Recibimos 12.500 m³.</p>" in got.get_body(("html",)).get_content()
    (paper,) = got.iter_attachments()
    assert (paper.get_filename(), paper.get_content_type()) == ("comprobante-N-2026-000001.pdf", "application/pdf")


def test_a_paper_that_cannot_be_made_puts_off_its_own_mail_only(
    database: Session, waiting: list[OutboxMessage], monkeypatch: pytest.MonkeyPatch
):
    sent: list[str] = []
    claim = delivery._claim

    def with_a_paper(act: Act, port: Port) -> tuple[delivery.Mail, int] | None:
        found = claim(act, port)
        return None if found is None else (found[0], 1)

    def broken(_session: Session, _nomination_id: int) -> delivery.Attachment:
        raise RuntimeError("no font")

    monkeypatch.setattr(delivery, "_claim", with_a_paper)
    went = delivery.send_next(
        database, carry=lambda mail: sent.append(mail.recipient), clock=lambda: NOW, attach=broken
    )
    assert (went, sent) == (False, [])
    assert again(database)[0].last_error == "its paper could not be made (RuntimeError)"
    monkeypatch.undo()
    assert delivery.send_next(database, carry=lambda mail: sent.append(mail.recipient), clock=lambda: NOW)
    assert sent == ["persona2@example.com"]
