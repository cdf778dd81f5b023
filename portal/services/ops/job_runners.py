"""Which use case does each kind of job; the worker runs what stands here."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from portal.domain.jobs import JobKind
from portal.services.files.jobs import Do, Runner, Work
from portal.services.files.jobs.runs import Outcome
from portal.services.files.questions import Answers, answers_of
from portal.services.measures import heating_value_files, readings


def _import_readings(work: Work) -> Do:
    table = readings.table_of(work.content, answers=_answers(work))

    def do(session: Session) -> Outcome:
        done = readings.take_in(
            session,
            actor=work.actor,
            name=work.name,
            table=table,
            now=work.now,
            told=readings.Told(work.progress.stage("rows"), work.progress.stage("days")),
            shown=work.parameters["shown"],
        )
        already = None if done.already is None else done.already.isoformat()
        return {"rows": done.rows, "new": done.new, "changed": done.changed, "unchanged": done.unchanged} | (
            {"already": already} if already else {}
        )

    return do


def _import_heating_values(work: Work) -> Do:
    table = heating_value_files.table_of(work.content, answers=_answers(work))

    def do(session: Session) -> Outcome:
        done = heating_value_files.take_in(
            session,
            actor=work.actor,
            name=work.name,
            table=table,
            now=work.now,
            progress=work.progress.stage("days"),
            shown=work.parameters["shown"],
        )
        return {"rows": done.rows, "new": done.new, "changed": done.changed, "unchanged": done.unchanged}

    return do


def _certify_readings(work: Work) -> Do:
    def do(session: Session) -> Outcome:
        return readings.certify(session, work=work)

    return do


def _answers(work: Work) -> Answers:
    """Return what was asked about the file and answered."""
    return answers_of(str(work.parameters.get("answers", "")).split())


RUNNERS: Mapping[JobKind, Runner] = {
    JobKind.IMPORT_READINGS: _import_readings,
    JobKind.IMPORT_HEATING_VALUES: _import_heating_values,
    JobKind.CERTIFY_READINGS: _certify_readings,
}
