"""`portal jobs`, `portal mail`, `portal uploads`: what waits and failed, and once more."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.jobs import JobKind, JobState, UploadKind, UploadState
from portal.models import AuditEvent, Job, JobLease, OutboxMessage, Upload, User
from portal.services.mail import delivery
from portal.services.store.transactions import transaction
from tests import factories
from tests.cli.conftest import Run
from tests.cli.smtp_sink import Sink
from tests.factories import NOW


@pytest.fixture
def admin(point, database: Session) -> User:
    with transaction(database):
        return factories.user(database, role=Role.ADMIN, email="admin@distribuidor.example")


@pytest.fixture
def operator(point, database: Session) -> User:
    with transaction(database):
        return factories.user(database, role=Role.OPERATOR, email="operador@distribuidor.example", name="Olga Pérez")


def upload(database: Session, operator: User, name: str, state: UploadState) -> Upload:
    with transaction(database):
        row = Upload(
            public_id=f"archivo-{name}",
            kind=UploadKind.READINGS,
            file_name=f"{name}.csv",
            content=b"",
            digest=b"-" * 32,
            uploaded_at=NOW,
            uploaded_by_id=operator.id,
            state=state,
        )
        database.add(row)
    return row


def job(database: Session, operator: User, name: str, state: JobState, **given: Any) -> Job:
    with transaction(database):
        row = Job(
            public_id=f"tarea-{name}",
            kind=given.pop("kind", JobKind.IMPORT_READINGS),
            parameters="{}",
            requested_at=NOW,
            requested_by_id=operator.id,
            state=state,
            **given,
        )
        database.add(row)
        database.flush()
        if state is JobState.FAILED:
            database.add(JobLease(job_id=row.id, attempts=3))
    return row


def lines(portal: Run, *command: str) -> list[dict[str, Any]]:
    result = portal(*command, "--json")
    assert result.exit_code == 0
    return [json.loads(line) for line in result.stdout.splitlines()]


def events(database: Session, name: str) -> list[AuditEvent]:
    database.rollback()
    return list(database.scalars(select(AuditEvent).where(AuditEvent.event == name)))


def test_jobs_are_listed_newest_first_filtered_and_bounded(portal: Run, operator: User, database: Session):
    assert portal("jobs", "list").stdout == "None.\n"
    sent = upload(database, operator, "lecturas", UploadState.CONFIRMED)
    job(database, operator, "1", JobState.FAILED, failure="worker-died", upload_id=sent.id)
    job(database, operator, "2", JobState.WAITING, kind=JobKind.CERTIFY_READINGS)
    assert portal("jobs", "list").stdout.splitlines() == [
        "tarea-2  waiting  certify-readings  2026-11-23T09:00-05:00  Olga Pérez",
        "tarea-1  failed  import-readings  2026-11-23T09:00-05:00  Olga Pérez  lecturas.csv  worker-died",
    ]
    assert [each["job"] for each in lines(portal, "jobs", "list", "--state", "failed")] == ["tarea-1"]
    assert [each["job"] for each in lines(portal, "jobs", "list", "--kind", "certify-readings")] == ["tarea-2"]
    assert [each["job"] for each in lines(portal, "jobs", "list", "--limit", "1")] == ["tarea-2"]
    assert lines(portal, "jobs", "list", "--state", "done") == []
    for wrong in (["--limit", "501"], ["--limit", "0"], ["--state", "lost"]):
        assert portal("jobs", "list", *wrong).exit_code == 2


def test_a_failed_job_waits_again_with_all_its_tries_and_the_audit_says_who(
    portal: Run, admin: User, operator: User, database: Session
):
    row = job(database, operator, "1", JobState.FAILED, failure="worker-died", started_at=NOW, finished_at=NOW)
    result = portal("jobs", "retry", "tarea-1", "--by", admin.email)
    assert (result.exit_code, result.stdout) == (0, "tarea-1: import-readings waits for the worker.\n")
    database.expire_all()
    assert (row.state, row.failure, row.finished_at) == (JobState.WAITING, None, None)
    assert database.get_one(JobLease, row.id).attempts == 0
    (event,) = events(database, "job:retried")
    assert (event.actor_id, event.subject) == (admin.id, "tarea-1")
    assert json.loads(event.details) == {"kind": "import-readings", "failure": "worker-died"}


@pytest.mark.parametrize("state", [each for each in JobState if each is not JobState.FAILED])
def test_only_a_failed_job_is_done_again(portal: Run, admin: User, operator: User, database: Session, state: JobState):
    job(database, operator, "1", state)
    result = portal("jobs", "retry", "tarea-1", "--by", admin.email)
    assert result.exit_code == 1
    assert result.stderr == f"Error: tarea-1 is {state.value}: only a failed job is done again.\n"
    assert events(database, "job:retried") == []


def test_nobody_but_an_administrator_retries(portal: Run, operator: User, database: Session):
    job(database, operator, "1", JobState.FAILED, failure="worker-died")
    for command in (["jobs", "retry", "tarea-1"], ["mail", "retry", "1"]):
        result = portal(*command, "--by", operator.email)
        assert (result.exit_code, result.stderr) == (
            1,
            "Error: This account may not do that: its role has no such function.\n",
        )
        assert portal(*command, "--by", "nadie@example.com").exit_code == 1
        assert portal(*command).exit_code == 2
    assert events(database, "job:retried") == []


def test_what_is_not_there_is_one_line(portal: Run, admin: User):
    for command in (["jobs", "retry", "x"], ["uploads", "retry", "x"]):
        result = portal(*command, "--by", admin.email)
        assert (result.exit_code, result.stderr) == (1, "Error: There is no such thing.\n")


def test_files_are_listed_with_their_jobs_and_a_failed_one_is_done_again(
    portal: Run, admin: User, operator: User, database: Session
):
    assert portal("uploads", "list").stdout == "None.\n"
    upload(database, operator, "espera", UploadState.WAITING)
    sent = upload(database, operator, "lecturas", UploadState.CONFIRMED)
    row = job(database, operator, "1", JobState.FAILED, failure="unexpected", upload_id=sent.id)
    listed = lines(portal, "uploads", "list", "--kind", "readings")
    assert [each["upload"] for each in listed] == ["archivo-lecturas", "archivo-espera"]
    assert (listed[0]["job"], listed[0]["job_state"], listed[0]["failure"]) == ("tarea-1", "failed", "unexpected")
    assert [each["upload"] for each in lines(portal, "uploads", "list", "--state", "waiting")] == ["archivo-espera"]
    refused = portal("uploads", "retry", "archivo-espera", "--by", admin.email)
    assert (refused.exit_code, refused.stderr) == (
        1,
        "Error: archivo-espera is waiting and has no job: people confirm it on its page.\n",
    )
    assert portal("uploads", "retry", "archivo-lecturas", "--by", admin.email).exit_code == 0
    database.expire_all()
    assert row.state is JobState.WAITING


def mail(database: Session, **given: Any) -> OutboxMessage:
    usual = {"created_at": NOW, "kind": "test", "recipient": "a@example.com", "subject": "Secreto", "body": "Secreto"}
    with transaction(database):
        row = OutboxMessage(**usual | {"next_attempt_at": NOW} | given)
        database.add(row)
    return row


def test_mails_are_listed_by_what_became_of_them_and_never_what_they_say(portal: Run, point, database: Session):
    mail(database, recipient="nueva@example.com")
    mail(database, recipient="falla@example.com", attempts=2, last_error="450 later\nnow")
    mail(database, recipient="fin@example.com", attempts=24, kind="other")
    mail(database, recipient="salio@example.com", sent_at=NOW)
    for state, recipient in (("new", "nueva"), ("failing", "falla"), ("given-up", "fin"), ("sent", "salio")):
        (told,) = lines(portal, "mail", "list", "--state", state)
        assert told["recipient"] == f"{recipient}@example.com"
        assert "Secreto" not in portal("mail", "list", "--state", state).stdout
    assert lines(portal, "mail", "list", "--state", "given-up", "--kind", "test") == []
    text = portal("mail", "list").stdout
    assert len(text.splitlines()) == 1, "whatever a server answered"
    assert "450 later" in text


def test_a_mail_that_was_given_up_gets_one_more_attempt(portal: Run, admin: User, database: Session):
    later = NOW + timedelta(hours=6)
    given_up = mail(database, attempts=24, next_attempt_at=later)
    failing = mail(database, attempts=3, next_attempt_at=later)
    sent = mail(database, sent_at=NOW)
    result = portal("mail", "retry", str(given_up.id), str(failing.id), str(sent.id), "99", "--by", admin.email)
    assert (result.exit_code, result.stdout) == (1, "2 due at once.\n")
    assert result.stderr == f"Error: {sent.id} was sent, 99 is not there.\n"
    assert [event.subject for event in events(database, "mail:retried")] == [str(given_up.id), str(failing.id)]
    with Sink() as sink:
        assert portal("worker", "--once", PORTAL_SMTP_URL=sink.url).exit_code == 0
    database.rollback()
    database.expire_all()
    assert (given_up.sent_at, given_up.attempts) == (NOW, delivery.MOST_ATTEMPTS)
    assert (failing.sent_at, failing.attempts) == (NOW, 4)


def test_all_mails_of_a_state_are_due_at_once(portal: Run, admin: User, database: Session):
    rows = [mail(database, attempts=24) for _ in range(3)]
    result = portal("mail", "retry", "--state", "given-up", "--limit", "2", "--by", admin.email)
    assert (result.exit_code, result.stdout) == (0, "2 due at once.\n")
    database.expire_all()
    assert sorted(row.attempts for row in rows) == [23, 23, 24]
    for wrong in ([], ["1", "--state", "failing"]):
        assert portal("mail", "retry", *wrong, "--by", admin.email).exit_code == 2
