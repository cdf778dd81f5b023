"""Development shows on its terminal what its mails say, those that the worker renders too."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from portal.models import OutboxMessage
from tests.application import RunningPortal


def test_the_receipt_of_a_signature_is_shown_once_it_is_committed(
    portal: RunningPortal, capfd: pytest.CaptureFixture[str]
):
    customer = portal.customer()
    customer.open_contract()
    capfd.readouterr()
    customer.nominate("12.500")
    shown = capfd.readouterr().err
    assert shown.count("MAIL receipt\n") == 1
    with portal.session() as session:
        mail = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "receipt")).one()
        assert f"To: {mail.recipient}\nSubject: {mail.subject}\n" in shown
    assert "12.500 m³" in shown
