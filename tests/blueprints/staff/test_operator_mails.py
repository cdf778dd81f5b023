"""The page on which a member of the staff chooses what comes by mail: its own row, and no other."""

from __future__ import annotations

from sqlalchemy import select

from portal.domain.accounts import Role
from portal.models import OperatorMailChoice, User
from tests.application import RunningPortal


def test_each_chooses_their_own_mails(portal: RunningPortal):
    operator, supervisor = portal.staff(Role.OPERATOR), portal.staff(Role.SUPERVISOR)
    page = operator.open("/consola/seguridad").click("Escoger los correos")
    assert (page.url, page.h1) == ("/consola/seguridad/correos", "Correos del libro")
    assert not page.select("input[checked]")
    done = page.form("main form").fill(topic=["renominations", "book-not-sent"]).submit()
    assert "quedaron como los marcó" in done.text
    assert [box["value"] for box in done.select("input[checked]")] == ["renominations", "book-not-sent"]
    assert not supervisor.open("/consola/seguridad/correos").select("input[checked]")
    with portal.session() as session:
        roles = session.scalars(select(User.role).join(OperatorMailChoice, OperatorMailChoice.user_id == User.id))
        assert set(roles) == {Role.OPERATOR}
    none = done.form("main form").fill(topic=[]).submit()
    assert "No recibirá correos del libro" in none.text
    assert portal.staff(Role.AUDITOR).open("/consola/seguridad/correos").status == 403
    assert "Escoger los correos" not in portal.staff(Role.AUDITOR).open("/consola/seguridad").text


def test_a_topic_that_is_none_changes_nothing(portal: RunningPortal):
    operator = portal.staff(Role.OPERATOR)
    token = operator.open("/consola/seguridad/correos").form("main form")["csrf_token"]
    url = "/consola/seguridad/correos"
    assert operator.client.post(url, data={"csrf_token": token, "topic": "todo"}).status_code == 400
    assert operator.client.post(url, data={"topic": "late"}).status_code == 400
    assert portal.count(OperatorMailChoice) == 0
