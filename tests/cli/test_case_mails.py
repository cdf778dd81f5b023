"""The acknowledgement of a case leaves with its constancia as PDF, which repeats nothing of a stranger."""

from __future__ import annotations

import hashlib
import io
from datetime import datetime, timedelta

import pytest
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.keys import print_code
from portal.models import OutboxMessage
from portal.services.cases import pqr
from portal.services.mail import delivery
from portal.services.store.acts import Act
from portal.services.store.identity import actor_of, make_stranger
from portal.services.store.transactions import transaction
from tests import factories
from tests.cli.conftest import Run
from tests.cli.smtp_sink import Sink
from tests.factories import NOW
from tests.services.case_stage import PDF, petition

TEXT = "Gane dinero en malo.example"


def sent(portal: Run) -> tuple[str, str, str]:
    """Send what waits; return the words of the only mail, the name of its PDF and the PDF's text."""
    with Sink() as sink:
        assert portal("worker", "--once", PORTAL_SMTP_URL=sink.url).exit_code == 0
    (mail,) = sink.mails
    (paper,) = mail.iter_attachments()
    assert paper.get_content_type() == "application/pdf"
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(paper.get_content())).pages)
    return mail.get_body(("plain",)).get_content(), str(paper.get_filename()), " ".join(text.split())


def test_the_constancia_goes_with_the_acknowledgement_and_repeats_nothing_that_a_stranger_typed(
    portal: Run, database: Session
):
    asked = petition(
        name="Premio malo.example", text=TEXT, place="malo.example", files=[pqr.NewFile("malo.example.pdf", PDF)]
    )
    filed = pqr.file_case(Act.at(database, make_stranger(address="203.0.113.7"), NOW), petition=asked)
    words, name, paper = sent(portal)
    assert "La constancia va adjunta." in words
    assert name == f"constancia-{filed.filing_number}.pdf"
    for part in (filed.filing_number, print_code(filed.code), "martes 15 de diciembre de 2026", "Archivo 1, PDF"):
        assert part in paper
    whole = paper.replace(" ", "")
    assert hashlib.sha256(TEXT.encode()).hexdigest() in whole
    assert hashlib.sha256(PDF).hexdigest() in whole
    assert "malo.example" not in words + paper
    assert "1.121.900.300" not in paper


def test_a_constancia_that_cannot_be_made_holds_its_mail_back_once_only(
    database: Session, monkeypatch: pytest.MonkeyPatch
):
    pqr.file_case(Act.at(database, make_stranger(address="203.0.113.7"), NOW), petition=petition())
    went: list[delivery.Mail] = []

    def broken(_session: Session, _paper: delivery.Paper) -> delivery.Attachment:
        raise RuntimeError("no font")

    def send(now: datetime) -> bool | None:
        return delivery.send_next(database, carry=went.append, clock=lambda: now, attach=broken)

    assert send(NOW) is False
    assert went == []
    assert send(NOW + timedelta(minutes=2)) is True
    assert went[0].attachment is None
    assert "La constancia va adjunta" not in went[0].body
    assert "No pudimos adjuntar la constancia a este correo: está en la página." in went[0].body
    mail = database.scalars(select(OutboxMessage)).one()
    assert (mail.sent_at, mail.last_error) == (NOW + timedelta(minutes=2), "salió sin su papel: RuntimeError")


def test_who_is_signed_in_gets_the_whole_constancia_at_the_address_of_the_account_only(portal: Run, database: Session):
    with transaction(database):
        user = factories.user(database, role=Role.CUSTOMER)
    act = Act.at(database, actor_of(user, address="203.0.113.7"), NOW)
    pqr.file_case(act, petition=petition(email=user.email, text=TEXT))
    assert TEXT in sent(portal)[2]
    pqr.file_case(act, petition=petition(email="otro@vecina.example", text=TEXT))
    assert TEXT not in sent(portal)[2]
