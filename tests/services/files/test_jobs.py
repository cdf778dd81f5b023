"""Files that wait for a confirmation, and the jobs that take them in: once, whole, or not at all."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from portal.domain.accounts import Role
from portal.domain.gas_day import Month
from portal.domain.jobs import JobKind, JobState, UploadKind, UploadState
from portal.domain.quantities import HeatingValue
from portal.domain.readings import ReadingState
from portal.models import AuditEvent, DailyHeatingValue, DeliveryPoint, Job, JobLease, Reading, ReadingImport, Upload
from portal.services.files import intake, jobs, uploads
from portal.services.files.questions import Answers
from portal.services.measures import heating_value_files, readings
from portal.services.ops import job_runners
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import Conflict, NotAllowed, NotFound
from portal.services.store.transactions import transaction
from tests import factories

NOW, TODAY = factories.NOW, factories.TODAY
FILE = f"punto;fecha;cantidad;estado\nTOP-01;{TODAY.plus(-1)};5320;C\nTOP-01;{TODAY.plus(-2)};4900;C\n".encode()


@pytest.fixture
def point(session: Session) -> DeliveryPoint:
    """A point whose day before yesterday has a provisional reading."""
    with transaction(session):
        found = factories.delivery_point(session, carrier_code="TOP-01")
        factories.reading(session, found, TODAY.plus(-2), "4800", state=ReadingState.PROVISIONAL)
    return found


def person(session: Session, role: Role = Role.OPERATOR) -> Actor:
    with transaction(session):
        return factories.signed_in(session, factories.user(session, role=role))


def confirmed(session: Session, actor: Actor, content: bytes = FILE) -> str:
    kept = uploads.keep(Act.at(session, actor, NOW), kind=UploadKind.READINGS, name="lecturas.csv", content=content)
    plan = intake.preview(Act.at(session, actor, NOW), readings.FILES, content=content)
    return uploads.confirm(Act.at(session, actor, NOW), public_id=kept, shown=plan.fingerprint)


def run(session: Session, _folder: Path, **given: Any) -> jobs.Ran | None:
    given = {"runners": job_runners.RUNNERS} | given
    return jobs.run_next(session, clock=lambda: NOW + timedelta(minutes=1), **given)


def count(session: Session, model: type[Any]) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_preview_says_what_is_new_and_what_it_replaces_and_writes_nothing(session: Session, point: DeliveryPoint):
    plan = intake.preview(Act.at(session, Actor.system(), NOW), readings.FILES, content=FILE)
    assert (plan.new, plan.changed, plan.unchanged) == (1, 1, 0)
    before = next(each.before for each in plan.changes if each.before)
    assert str(before.volume.micro) == "4800000000"
    assert count(session, Reading) == 1


def test_a_confirmed_file_is_taken_in_by_the_worker_in_the_name_of_who_confirmed(
    session: Session, point: DeliveryPoint, tmp_path: Path
):
    actor = person(session)
    job = confirmed(session, actor)
    assert jobs.load(Act.at(session, actor, NOW), public_id=job).state is JobState.WAITING
    assert run(session, tmp_path) == (job, JobKind.IMPORT_READINGS, JobState.DONE)
    found = jobs.load(Act.at(session, actor, NOW), public_id=job)
    assert (found.state, found.outcome) == (JobState.DONE, {"rows": 2, "new": 1, "changed": 1, "unchanged": 0})
    assert count(session, Reading) == 3
    events = session.scalars(select(AuditEvent.event).where(AuditEvent.actor_id == actor.user_id)).all()
    assert [*events][-5:] == ["file:uploaded", "file:confirmed", "job:requested", "readings:imported", "job:done"]
    assert run(session, tmp_path) is None
    assert not list(tmp_path.glob("*.json"))


def test_a_job_gives_up_when_the_file_would_do_something_else_than_was_shown(
    session: Session, point: DeliveryPoint, tmp_path: Path
):
    actor = person(session)
    job = confirmed(session, actor)
    with transaction(session):
        factories.reading(
            session, session.merge(point), TODAY.plus(-2), "4850", version=2, state=ReadingState.PROVISIONAL
        )
    assert run(session, tmp_path) == (job, JobKind.IMPORT_READINGS, JobState.FAILED)
    assert jobs.load(Act.at(session, actor, NOW), public_id=job).failure == "readings-changed"
    assert count(session, Reading) == 2


def test_a_file_that_went_bad_meanwhile_is_refused_with_its_cells_and_nothing_of_it_stays(
    session: Session, point: DeliveryPoint, tmp_path: Path
):
    actor = person(session)
    job = confirmed(session, actor)
    with transaction(session):
        factories.reading(session, session.merge(point), TODAY.plus(-2), "4850", version=2)
    run(session, tmp_path)
    found = jobs.load(Act.at(session, actor, NOW), public_id=job)
    assert (found.failure, found.outcome["count"]) == ("bad-file", 1)
    assert (found.outcome["problems"][0]["rule"], found.outcome["problems"][0]["line"]) == ("closed", 3)
    assert count(session, Reading) == 2


def test_a_job_that_a_worker_did_not_live_to_end_is_done_by_the_next(
    session: Session, point: DeliveryPoint, tmp_path: Path
):
    job = confirmed(session, person(session))

    def dies(_work: jobs.Work) -> jobs.Do:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(session, tmp_path, runners={JobKind.IMPORT_READINGS: dies})
    assert session.scalars(select(Job.state)).one() is JobState.RUNNING
    ran = run(session, tmp_path)
    assert ran is not None
    assert (ran.public_id, ran.state) == (job, JobState.DONE)
    assert count(session, Reading) == 3


def test_a_job_that_somebody_is_at_work_on_is_nobody_elses(
    session: Session, sessions: sessionmaker[Session], point: DeliveryPoint, tmp_path: Path
):
    job = confirmed(session, person(session))
    others: list[jobs.Ran | None] = []

    def slow(work: jobs.Work) -> jobs.Do:
        with sessions() as other:
            others.append(run(other, tmp_path))
        return job_runners.RUNNERS[JobKind.IMPORT_READINGS](work)

    ran = run(session, tmp_path, runners={JobKind.IMPORT_READINGS: slow})
    assert (ran, others) == ((job, JobKind.IMPORT_READINGS, JobState.DONE), [None])


def test_who_slept_through_its_lease_writes_nothing_when_it_wakes(
    session: Session, sessions: sessionmaker[Session], point: DeliveryPoint, tmp_path: Path
):
    job = confirmed(session, person(session))
    later = datetime.now(UTC) + jobs.LEASE + timedelta(seconds=1)

    def sleeps(work: jobs.Work) -> jobs.Do:
        with sessions() as other:
            assert run(other, tmp_path, system_clock=lambda: later) == (job, JobKind.IMPORT_READINGS, JobState.DONE)
        return job_runners.RUNNERS[JobKind.IMPORT_READINGS](work)

    assert run(session, tmp_path, runners={JobKind.IMPORT_READINGS: sleeps}) is None
    assert count(session, Reading) == 3
    events = session.scalars(select(AuditEvent.event)).all()
    assert (events.count("job:done"), events.count("job:failed")) == (1, 0)


def test_who_lost_its_claim_to_a_worker_that_is_still_at_it_writes_nothing(
    session: Session, sessions: sessionmaker[Session], point: DeliveryPoint, tmp_path: Path
):
    confirmed(session, person(session))

    def sleeps(work: jobs.Work) -> jobs.Do:
        with sessions() as other, transaction(other):
            lease = other.scalars(select(JobLease)).one()
            lease.claimed_by = "another-host:1:00"
        return job_runners.RUNNERS[JobKind.IMPORT_READINGS](work)

    assert run(session, tmp_path, runners={JobKind.IMPORT_READINGS: sleeps}) is None
    assert count(session, Reading) == 1
    assert session.scalars(select(Job.state)).one() is JobState.RUNNING


def test_a_job_whose_workers_died_three_times_fails_after_the_jobs_behind_it_are_done(
    session: Session, point: DeliveryPoint, tmp_path: Path
):
    actor = person(session)
    first, second = confirmed(session, actor), confirmed(session, actor, FILE + b"\n")
    at = datetime.now(UTC)
    dead = "another-host:1:00"
    with transaction(session):
        found = session.scalars(select(Job).where(Job.public_id == first)).one()
        found.state = JobState.RUNNING
        lease = JobLease(job_id=found.id, attempts=3, claimed_by=dead, claimed_until=at + jobs.LEASE)
        session.add(lease)
    done = [run(session, tmp_path, system_clock=lambda: at) for _ in range(2)]
    assert done == [(second, JobKind.IMPORT_READINGS, JobState.DONE), None], "another host may still be at work on it"
    late = at + 2 * jobs.LEASE
    ran = run(session, tmp_path, system_clock=lambda: late)
    assert ran == (first, JobKind.IMPORT_READINGS, JobState.FAILED)
    assert jobs.load(Act.at(session, actor, NOW), public_id=first).failure == "worker-died"


def test_two_workers_do_a_job_once(
    session: Session, sessions: sessionmaker[Session], point: DeliveryPoint, tmp_path: Path
):
    job = confirmed(session, person(session))
    start = threading.Barrier(2)

    def work(_number: int) -> jobs.Ran | None:
        with sessions() as own:
            start.wait()
            return run(own, tmp_path)

    with ThreadPoolExecutor(2) as pool:
        ran = list(pool.map(work, range(2)))
    assert (job, JobKind.IMPORT_READINGS, JobState.DONE) in ran
    assert count(session, Reading) == 3
    assert count(session, ReadingImport) == 1
    events = session.scalars(select(AuditEvent.event)).all()
    assert (events.count("job:done"), events.count("readings:imported")) == (1, 1)


def test_a_job_that_breaks_fails_and_the_one_behind_it_is_done(session: Session, point: DeliveryPoint, tmp_path: Path):
    actor = person(session)
    first, second = confirmed(session, actor), confirmed(session, actor, FILE + b"\n")

    def breaks(_work: jobs.Work) -> jobs.Do:
        raise ZeroDivisionError

    ran = run(session, tmp_path, runners={JobKind.IMPORT_READINGS: breaks})
    assert ran == (first, JobKind.IMPORT_READINGS, JobState.FAILED)
    assert jobs.load(Act.at(session, actor, NOW), public_id=first).failure == "unexpected"
    assert run(session, tmp_path) == (second, JobKind.IMPORT_READINGS, JobState.DONE)


def test_how_far_a_job_is_can_be_read_by_others_while_it_runs(
    session: Session, sessions: sessionmaker[Session], point: DeliveryPoint, tmp_path: Path
):
    actor = person(session)
    job = confirmed(session, actor)
    seen: list[jobs.Stage | None] = []

    def slow(work: jobs.Work) -> jobs.Do:
        tell = work.progress.stage("rows")

        def do(_session: Session) -> dict[str, int]:
            tell(1, 2)
            with sessions() as other:
                seen.append(jobs.read(other, job))
            return {}

        return do

    run(session, tmp_path, runners={JobKind.IMPORT_READINGS: slow})
    assert seen == [("rows", 1, 2)]
    assert jobs.read(session, job) is None


def test_a_file_is_confirmed_or_discarded_once(session: Session, point: DeliveryPoint):
    actor = person(session)
    kept = uploads.keep(Act.at(session, actor, NOW), kind=UploadKind.READINGS, name="a.csv", content=FILE)
    uploads.discard(Act.at(session, actor, NOW), public_id=kept)
    for again in (
        lambda: uploads.confirm(Act.at(session, actor, NOW), public_id=kept, shown=""),
        lambda: uploads.discard(Act.at(session, actor, NOW), public_id=kept),
    ):
        with pytest.raises(Conflict):
            again()
    assert uploads.load(Act.at(session, actor, NOW), public_id=kept).state is UploadState.DISCARDED
    assert uploads.load_content(Act.at(session, actor, NOW), public_id=kept) == b""
    assert (count(session, Upload), count(session, Job)) == (1, 0)


@pytest.mark.parametrize("role", [Role.CUSTOMER, Role.AGENT, Role.AUDITOR, Role.ADMIN])
def test_who_loads_no_readings_neither_hands_over_nor_confirms_nor_sees(
    session: Session, point: DeliveryPoint, role: Role
):
    kept = uploads.keep(Act.at(session, person(session), NOW), kind=UploadKind.READINGS, name="a.csv", content=FILE)
    other = person(session, role)
    with pytest.raises(NotAllowed):
        uploads.keep(Act.at(session, other, NOW), kind=UploadKind.READINGS, name="a.csv", content=FILE)
    with pytest.raises(NotAllowed):
        uploads.confirm(Act.at(session, other, NOW), public_id=kept, shown="")
    with pytest.raises(NotAllowed):
        readings.ask(Act.at(session, other, NOW), month=Month.of(TODAY), readings=1)
    with pytest.raises(NotFound):
        uploads.load(Act.at(session, other, NOW), public_id=kept)
    assert uploads.list_uploads(Act.at(session, other, NOW)) == jobs.list_jobs(Act.at(session, other, NOW)) == []


def test_heating_values_wait_and_are_taken_in_the_same_way(session: Session, point: DeliveryPoint, tmp_path: Path):
    actor = person(session)
    with transaction(session):
        factories.heating_value(session, point.exit_point_id, TODAY.plus(-2), HeatingValue.of("1120"))
        code = session.merge(point).exit_point.code
    content = f"salida;fecha;pc\n{code};{TODAY.plus(-1)};1131,5\n{code};{TODAY.plus(-2)};1125\n".encode()
    plan = intake.preview(Act.at(session, Actor.system(), NOW), heating_value_files.FILES, content=content)
    assert (plan.new, plan.changed, plan.unchanged) == (1, 1, 0)
    assert [each.before for each in plan.changes] == [None, HeatingValue.of("1120")]
    kept = uploads.keep(Act.at(session, actor, NOW), kind=UploadKind.HEATING_VALUES, name="p", content=content)
    job = uploads.confirm(Act.at(session, actor, NOW), public_id=kept, shown=plan.fingerprint)
    assert run(session, tmp_path) == (job, JobKind.IMPORT_HEATING_VALUES, JobState.DONE)
    assert count(session, DailyHeatingValue) == 3


def test_the_provisional_readings_of_a_month_are_certified_and_estimates_stay(
    session: Session, point: DeliveryPoint, tmp_path: Path
):
    actor = person(session)
    lines = [f"TOP-01;{TODAY.plus(-ago)};5000;m3;{state}" for ago, state in ((0, "P"), (1, "P"), (3, "E"), (4, "C"))]
    content, answers = "\n".join(lines).encode(), Answers(today=True)
    intake.import_file(Act.at(session, actor, NOW), readings.FILES, name="a", content=content, answers=answers)
    lines = [f"TOP-01;{TODAY.plus(-2)};4800.5;m3;P"]
    intake.import_file(Act.at(session, actor, NOW), readings.FILES, name="b", content="\n".join(lines).encode())
    month = Month.of(TODAY)
    (found,) = readings.load_month_of_points(Act.of_system(session, NOW), month=month).page.rows
    assert (found.provisional, found.estimated, str(found.volume.micro)) == (2, 1, "9800500000")
    job = readings.ask(Act.at(session, actor, NOW), month=month, readings=3)
    run(session, tmp_path)
    assert jobs.load(Act.at(session, actor, NOW), public_id=job).failure == "readings-changed"
    job = readings.ask(Act.at(session, actor, NOW), month=month, readings=2)
    run(session, tmp_path)
    assert jobs.load(Act.at(session, actor, NOW), public_id=job).outcome == {
        "month": "2026-11",
        "points": 1,
        "changed": 2,
    }
    (left,) = readings.load_month_of_points(Act.of_system(session, NOW), month=month).page.rows
    assert (left.provisional, left.estimated) == (0, 1)
    rows = session.execute(select(Reading.gas_day, Reading.state).order_by(Reading.version))
    states = {row.gas_day: row.state for row in rows}
    assert states[TODAY] is ReadingState.PROVISIONAL
    assert states[TODAY.plus(-2)] is ReadingState.CERTIFIED


def test_a_file_that_nobody_confirms_is_thrown_away_after_seven_days(session: Session, point: DeliveryPoint):
    actor = person(session)
    old, young = (
        uploads.keep(Act.at(session, actor, moment), kind=UploadKind.READINGS, name="a.csv", content=FILE)
        for moment in (NOW - uploads.LIFE, NOW - uploads.LIFE + timedelta(seconds=1))
    )
    taken = uploads.keep(
        Act.at(session, actor, NOW - 2 * uploads.LIFE), kind=UploadKind.READINGS, name="b.csv", content=FILE
    )
    uploads.confirm(Act.at(session, actor, NOW - uploads.LIFE), public_id=taken, shown="")
    assert uploads.expire(Act.of_system(session, NOW)) == 1
    assert uploads.expire(Act.of_system(session, NOW)) == 0
    with pytest.raises(Conflict):
        uploads.confirm(Act.at(session, actor, NOW), public_id=old, shown="")
    assert [uploads.load_content(Act.at(session, actor, NOW), public_id=each) for each in (old, young, taken)] == [
        b"",
        FILE,
        FILE,
    ]
