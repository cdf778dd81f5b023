"""Messages leave by their ports from one outbox: mail, SMS, WhatsApp; none of them holds another."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cli import worker_rounds
from portal.cli.installation import open_with
from portal.config import Settings
from portal.domain.ports import Port
from portal.models import OutboxMessage
from portal.services.mail import delivery, outbox
from portal.services.mail.delivery import Mail, ServerAway
from portal.services.mail.gateways import BadGateway, Gateway
from portal.services.ops import vitals
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from tests.cli.conftest import Run
from tests.cli.gateway_sink import GatewaySink
from tests.cli.smtp_sink import Sink
from tests.factories import NOW

NUMBER, OTHER = "+573115550101", "+573115550102"


def put(database: Session, port: Port, recipient: str, text: str = "Llanogas: Falta nominar.") -> None:
    outbox.post(
        Act.of_system(database, NOW),
        kind="reminder",
        recipient=recipient,
        subject="Falta nominar",
        body=f"{text}\nhttp://127.0.0.1:8000/inicio",
        port=port,
    )


@pytest.fixture
def waiting(database: Session) -> None:
    """A mail, a text message and a message of WhatsApp."""
    with transaction(database):
        put(database, Port.MAIL, "ana@example.com")
        put(database, Port.SMS, NUMBER, "Llanogas: Hay un recorte para el sábado: «vea» cuánto.")
        put(database, Port.WHATSAPP, NUMBER)


def states(database: Session) -> dict[Port, tuple[bool, int]]:
    database.rollback()
    database.expire_all()
    return {row.port: (row.sent_at is not None, row.attempts) for row in database.scalars(select(OutboxMessage))}


def test_each_port_takes_its_own_messages_once(portal: Run, waiting: None, database: Session) -> None:
    with Sink() as mail, GatewaySink() as sms, GatewaySink() as whatsapp:
        settings = {
            "PORTAL_SMTP_URL": mail.url,
            "PORTAL_SMS_URL": sms.url,
            "PORTAL_SMS_TOKEN": "a-token",
            "PORTAL_WHATSAPP_URL": whatsapp.url,
        }
        first = portal("worker", "--once", **settings)
        again = portal("worker", "--once", **settings)
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert first.stdout == "sms: 1 sent, 0 put off.\nwhatsapp: 1 sent, 0 put off.\n1 sent, 0 put off.\n"
    assert [each["To"] for each in mail.mails] == ["ana@example.com"]
    (text,) = sms.messages
    assert text["to"] == NUMBER
    assert text["text"] == ('Llanogas: Hay un recorte para el sabado: "vea" cuanto. http://127.0.0.1:8000/inicio'), (
        "in the alphabet of text messages"
    )
    assert (sms.tokens, sms.paths) == (["Bearer a-token"], ["/messages?from=portal"])
    (long,) = whatsapp.messages
    assert long["text"] == "Llanogas: Falta nominar.\nhttp://127.0.0.1:8000/inicio"
    assert whatsapp.tokens == [None]
    assert text["id"] != long["id"]
    assert states(database) == {Port.MAIL: (True, 1), Port.SMS: (True, 1), Port.WHATSAPP: (True, 1)}


@pytest.mark.parametrize("status", [307, 401, 429, 500, 503])
def test_a_gateway_that_takes_nothing_is_asked_once_and_holds_no_other_port(
    portal: Run, waiting: None, database: Session, status: int
) -> None:
    with transaction(database):
        put(database, Port.SMS, OTHER)
    with Sink() as mail, GatewaySink(status=status) as sms:
        result = portal("worker", "--once", PORTAL_SMTP_URL=mail.url, PORTAL_SMS_URL=sms.url, PORTAL_SMS_TOKEN="t0ken")
    assert result.exit_code == 1
    assert "sms: 0 sent, 2 put off." in result.stdout
    assert "1 sent, 0 put off." in result.stdout
    assert len(sms.messages) == 1, "the second message would meet the same"
    assert sms.paths == ["/messages?from=portal"], "no redirect is followed"
    database.rollback()
    tried = database.scalars(
        select(OutboxMessage).where(OutboxMessage.attempts > 0, OutboxMessage.port == Port.SMS)
    ).one()
    assert tried.last_error == f"the gateway of sms answered {status}"
    assert "t0ken" not in result.output


def test_a_message_that_is_refused_waits_by_itself_and_is_tried_again(
    portal: Run, waiting: None, database: Session
) -> None:
    with transaction(database):
        put(database, Port.SMS, OTHER)
    with GatewaySink(refused=NUMBER) as sms:
        assert "sms: 1 sent, 1 put off." in portal("worker", "--once", PORTAL_SMS_URL=sms.url).stdout
        later = (NOW + timedelta(minutes=1)).isoformat()
        sms.refused = ""
        assert "sms: 1 sent, 0 put off." in portal("worker", "--once", PORTAL_SMS_URL=sms.url, PORTAL_NOW=later).stdout
    assert [each["to"] for each in sms.messages] == [NUMBER, OTHER, NUMBER]
    assert sms.messages[0]["id"] == sms.messages[2]["id"], "a gateway can recognise a repetition"


def test_a_gateway_that_is_away_leaves_its_messages_and_no_secret(
    portal: Run, waiting: None, database: Session
) -> None:
    result = portal("worker", "--once", PORTAL_SMS_URL="http://127.0.0.1:1/", PORTAL_SMS_TOKEN="t0ken")
    assert result.exit_code == 1
    assert "sms: 0 sent, 1 put off." in result.stdout
    assert states(database)[Port.SMS] == (False, 1)
    assert "t0ken" not in result.output


def test_a_port_without_a_gateway_keeps_its_messages(portal: Run, waiting: None, database: Session) -> None:
    with Sink() as mail:
        assert portal("worker", "--once", PORTAL_SMTP_URL=mail.url).exit_code == 0
    assert [each["To"] for each in mail.mails] == ["ana@example.com"]
    assert states(database)[Port.SMS] == (False, 0)
    listed = portal("mail", "list", "--state", "new")
    assert listed.exit_code == 0
    assert "sms" in listed.stdout


def test_a_carrier_is_whatever_has_a_port_and_carries(
    environment: dict[str, str], waiting: None, database: Session
) -> None:
    carried: list[str] = []

    class Pigeon:
        port = Port.WHATSAPP

        def carry(self, message: Mail) -> None:
            if carried:
                raise ServerAway("one message a pigeon")
            carried.append(message.recipient)

    with transaction(database):
        put(database, Port.WHATSAPP, OTHER)
    installation = open_with(Settings.from_environment(environment))
    assert worker_rounds.send_due(database, installation, Pigeon()) == (1, 1)
    installation.engine.dispose()
    assert carried == [NUMBER]
    assert states(database)[Port.SMS] == states(database)[Port.MAIL] == (False, 0)


def test_messages_whose_gateway_was_removed_are_given_up_once_and_alarm_no_more(
    portal: Run, waiting: None, database: Session
) -> None:
    def work(after: timedelta, **gateways: str) -> tuple[vitals.Vitals, list[dict[str, Any]]]:
        now = NOW + after
        assert portal("worker", "--once", PORTAL_NOW=now.isoformat(), **gateways).exit_code == 0
        listed = portal("mail", "list", "--state", "given-up", "--json").stdout
        database.rollback()
        return vitals.read(database, now=now, system_now=now), [json.loads(line) for line in listed.splitlines()]

    with Sink() as mail, GatewaySink() as sms, GatewaySink() as whatsapp:
        gateways = {"PORTAL_SMTP_URL": mail.url, "PORTAL_WHATSAPP_URL": whatsapp.url}
        read, given_up = work(timedelta(minutes=9), **gateways)
        assert (read.mails_new, given_up) == (1, []), "the gateway may come back"
        for after in (timedelta(minutes=10), timedelta(days=3)):
            read, given_up = work(after, **gateways)
            assert [(each["port"], each["last_error"]) for each in given_up] == [("sms", delivery.NO_GATEWAY)]
            assert (read.mails_new, read.mails_failing, read.mails_given_up, read.mail_overdue) == (0, 0, 0, None)
        work(timedelta(days=3), PORTAL_SMS_URL=sms.url, **gateways)
        assert sms.messages == [], "what is three days old does not leave by itself"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "url",
    [
        "gateway.example.co",
        "ftp://gateway.example.co",
        "http://gateway.example.co",
        "https://a:b@gateway.co",
        "https://x:y",
    ],
)
def test_an_address_that_is_no_gateway_is_one_line(portal: Run, url: str) -> None:
    result = portal("worker", "--once", PORTAL_SMS_URL=url)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: PORTAL_SMS_URL ")
    with pytest.raises(BadGateway):
        Gateway.of(url, port=Port.SMS, token=None)
