"""The work board, the outbox, jobs and backups, and notices from the desk to the customer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from portal.domain.accounts import Role
from portal.domain.jobs import JobKind, JobState
from portal.domain.ports import Port
from portal.models import Job, Notice
from portal.services.mail import delivery, outbox
from portal.services.ops import heartbeats
from portal.services.ops.backups import runs
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.browser import Page
from tests.customer import Customer
from tests.factories import NOW


def test_the_first_page_says_what_waits_and_leads_there(portal: RunningPortal, customer: Customer):
    page = portal.staff(Role.OPERATOR).open("/consola")
    waiting = {link["data-waiting"]: link["data-count"] for link in page.select("[data-waiting]")}
    assert waiting["not-nominated"] == "1"
    assert "Al día: " in page.text
    assert page.click("[data-waiting=gaps]").url == "/consola/mediciones/huecos"


def test_a_mail_that_fails_is_tried_again_from_its_page(portal: RunningPortal):
    with portal.session() as session, transaction(session):
        message = outbox.post(
            Act.of_system(session, NOW), kind="receipt", recipient="ana@b.co", subject="Radicado", body="x"
        )
        session.flush()
        message.attempts, message.last_error = 2, "550 buzón lleno"
    admin = portal.staff(Role.ADMIN)
    page = admin.open("/consola").click("[data-waiting=mails-failing]")
    row = page.one("#correos tbody tr").get_text(" ")
    assert "550 buzón lleno" in row
    assert "Radicado" not in page.text
    done = page.form("#correos form").submit()
    assert "se intenta de nuevo" in done.text
    assert admin.open("/consola/tareas").h1 == "Tareas y respaldos"
    assert "No hay ninguna copia" in admin.open("/consola/tareas").text


def test_messages_without_a_gateway_stand_apart_with_their_reason_and_are_no_alarm(portal: RunningPortal):
    admin = portal.staff(Role.ADMIN)
    assert "Sin pasarela" not in admin.open("/consola/correo").text
    with portal.session() as session, transaction(session):
        act = Act.of_system(session, NOW - timedelta(days=2))
        outbox.post(act, kind="cut", recipient="+573115550101", subject="x", body="x", port=Port.SMS).attempts = 3
    with portal.session() as session:
        assert delivery.give_up_without_gateway(Act.of_system(session, NOW), ports=[Port.WHATSAPP]) == 1
        assert delivery.give_up_without_gateway(Act.of_system(session, NOW), ports=[]) == 0, "told once"
    page = admin.open("/consola")
    assert "mails-waiting" not in alarms(page)
    assert not page.select("[data-waiting=mails-failing]")
    page = admin.open("/consola/correo").click("Sin pasarela (1)")
    assert "Ninguno está fallando" in admin.open("/consola/correo").text
    row = page.one("#correos tbody tr").get_text(" ", strip=True)
    assert "+573115550101" in row
    assert "no salió: su medio no tiene pasarela configurada se dejó el lunes 23 de noviembre" in row
    page.form("#correos form").submit()
    with portal.session() as session:
        assert delivery.count_due(Act.of_system(session, NOW), port=Port.SMS) == 1


def test_messages_that_came_too_late_stand_apart_and_are_no_alarm(portal: RunningPortal):
    admin = portal.staff(Role.ADMIN)
    assert "Fuera de tiempo" not in admin.open("/consola/correo").text
    with portal.session() as session, transaction(session):
        act = Act.of_system(session, NOW - timedelta(hours=2))
        given = {"kind": "reminder", "recipient": "+573115550101", "subject": "x", "body": "x", "port": Port.SMS}
        outbox.post(act, **given, expires_at=NOW - timedelta(hours=1)).attempts = 3
    carried: list[delivery.Mail] = []
    with portal.session() as session:
        assert delivery.send_next(session, carry=carried.append, clock=portal.clock, port=Port.SMS) is False
    assert carried == []
    assert "mails-waiting" not in alarms(admin.open("/consola"))
    page = admin.open("/consola/correo").click("Fuera de tiempo (1)")
    assert "no salió a tiempo" in page.one("#correos tbody tr").get_text(" ", strip=True)
    assert not page.select("#correos form"), "it would be untrue"


def alarms(page: Page) -> dict[str, str]:
    return {each["data-alarm"]: each.get_text(" ", strip=True) for each in page.select("[data-alarm]")}


def test_the_administrator_reads_in_red_that_nobody_works_and_what_waits(portal: RunningPortal):
    with portal.session() as session, transaction(session):
        for number in range(47):
            outbox.post(Act.of_system(session, NOW), kind="x", recipient=f"a{number}@b.co", subject="x", body="x")
    admin = portal.staff(Role.ADMIN)
    page = admin.open("/consola")
    assert "Nada por ahora" not in page.text
    assert "Al día: " not in page.text
    said = alarms(page)
    assert list(said) == ["worker-silent", "mails-waiting", "no-mail-server", "backup-late"]
    assert said["worker-silent"].startswith("Ningún trabajador se ha visto en este portal")
    assert said["mails-waiting"].startswith("47 correos esperan para salir El más antiguo se escribió el lunes 23 de")
    assert alarms(admin.open("/consola/tareas")) == said
    assert not alarms(portal.staff(Role.SUPERVISOR).open("/consola"))


@pytest.mark.parametrize(("seconds", "words"), [(5, None), (59, None), (75, "1 minuto"), (3 * 3600, "3 horas")])
def test_a_worker_is_missed_after_a_minute(portal: RunningPortal, seconds: int, words: str | None):
    now = datetime.now(UTC)
    with portal.session() as session:
        heartbeats.beat(Act.of_system(session, now - timedelta(seconds=seconds)), started_at=now, last={})
    page = portal.staff(Role.ADMIN).open("/consola/tareas")
    said = alarms(page).get("worker-silent", "")
    assert (f"Ningún trabajador se ve desde hace {words}" in said) if words else not said
    assert page.one("#trabajadores tbody tr")


def test_with_a_worker_a_mail_server_and_a_copy_nothing_is_red(portal: RunningPortal, tmp_path: Path):
    settings = portal.app.extensions["portal.settings"]
    portal.app.extensions["portal.settings"] = replace(settings, smtp_url="smtp://127.0.0.1:25")
    (settings.instance / "backups").mkdir()
    now = datetime.now(UTC)
    (settings.instance / "backups" / f"portal-{now:%Y%m%dT%H%M%S}Z.db").write_bytes(b"x")
    with portal.session() as session:
        heartbeats.beat(Act.of_system(session, now), started_at=now, last={})
        with transaction(session):
            outbox.post(Act.of_system(session, NOW), kind="x", recipient="a@b.co", subject="x", body="x")
    admin = portal.staff(Role.ADMIN)
    assert not alarms(admin.open("/consola")), "a mail that was just written is on its way"
    portal.clock.forward(minutes=11)
    said = alarms(portal.staff(Role.ADMIN).open("/consola"))
    assert said.keys() == {"mails-waiting"}
    assert said["mails-waiting"].startswith("1 correo espera para salir")


def test_a_job_whose_workers_died_says_so_to_the_administrator(portal: RunningPortal):
    with portal.session() as session, transaction(session):
        job = Job(
            public_id="x",
            kind=JobKind.CERTIFY_READINGS,
            parameters="{}",
            requested_at=NOW,
            requested_by_id=factories.user(session, role=Role.OPERATOR).id,
            state=JobState.FAILED,
            finished_at=NOW,
            failure="worker-died",
        )
        session.add(job)
    rows = portal.staff(Role.ADMIN).open("/consola/tareas").one("#tareas tbody").get_text(" ")
    assert "El proceso que la hacía se cayó tres veces con ella" in rows


def test_a_notice_goes_from_the_desk_to_the_customer_who_says_it_was_read(portal: RunningPortal, customer: Customer):
    desk = portal.staff(Role.OPERATOR)
    page = desk.open("/consola/avisos")
    form = page.form("form.form-column").fill(severity="critical", title="Falla en <Apiay>", text="No hay gas.")
    assert "Escriba el texto, de 4.000 caracteres o menos." in form.fill(text="").submit().text
    bad = form.fill(text="No hay gas.", ends_at="mañana").submit()
    assert bad.status == 422
    assert "Escríbalo como 24/11/2026 06:00." in bad.one("#ends_at-error").get_text()
    assert bad.one("#title")["value"] == "Falla en <Apiay>"
    shown = bad.form("form.form-column").fill(ends_at="25/11/2026 06:00").submit("Ver a quién llega")
    assert "Esto es lo que pasaría" in shown.text
    done = shown.form("form.form-column").submit("Publicar el aviso")
    assert "Falla en <Apiay>" in done.one("#avisos").get_text()
    customer.use_keys(of_point=False)
    start = customer.open("/inicio")
    assert "Falla en <Apiay>" in start.one(".announcement-banner").get_text()
    assert portal.browser().open("/avisos").one("[data-notice] h2").get_text() == "Falla en <Apiay>"
    read = start.form(".announcement-banner form").submit()
    assert read.url == "/inicio"
    assert not read.select(".announcement-banner")
    assert "Usted ya lo leyó." in customer.open("/avisos").text
    desk.open("/consola/avisos").form("#avisos form").submit("Retirar")
    assert "No hay avisos vigentes" in customer.open("/avisos").text


def test_what_is_published_is_what_was_shown(portal: RunningPortal):
    page = portal.staff(Role.OPERATOR).open("/consola/avisos")
    shown = page.form("form.form-column").fill(title="Uno", text="Texto").submit("Ver a quién llega")
    other = shown.form("form.form-column").fill(title="Otro").submit("Publicar el aviso")
    assert "Esto es lo que pasaría" in other.text
    assert not other.select("#avisos")


def test_one_press_too_many_publishes_nothing_twice(portal: RunningPortal):
    page = portal.staff(Role.OPERATOR).open("/consola/avisos")
    shown = page.form("form.form-column").fill(title="Uno", text="Texto").submit("Ver a quién llega")
    for _ in range(2):
        shown.form("form.form-column").submit("Publicar el aviso")
    assert portal.count(Notice) == 1
    portal.clock.forward(minutes=10)
    shown.form("form.form-column").submit("Publicar el aviso")
    assert portal.count(Notice) == 2


def test_copies_that_fail_or_stop_are_told_to_the_administrator(portal: RunningPortal):
    settings = portal.app.extensions["portal.settings"]
    portal.app.extensions["portal.settings"] = replace(settings, backup_minutes=15)
    now = datetime.now(UTC)
    admin = portal.staff(Role.ADMIN)
    with portal.session() as session:
        before = now - timedelta(minutes=44)
        runs.record(Act.of_system(session, before), began_at=before, file_name="portal-x.db")
    assert "backup-late" not in alarms(admin.open("/consola/tareas")), "another host may have taken it"
    with portal.session() as session:
        runs.record(Act.of_system(session, now), began_at=now, problem="no room")
    said = alarms(admin.open("/consola/tareas"))
    assert said["backup-failed"].startswith("La copia de la base de datos falla no room. Se intenta de nuevo")
    portal.app.extensions["portal.settings"] = replace(settings, backup_minutes=5)
    with portal.session() as session:
        later = now + timedelta(seconds=1)
        runs.record(Act.of_system(session, later), began_at=before, file_name="portal-y.db")
    said = alarms(admin.open("/consola/tareas"))
    assert said["backup-late"].startswith("La última copia de la base de datos es de hace 44 minutos")
