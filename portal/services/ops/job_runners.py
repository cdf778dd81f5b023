"""Use case of each kind of job, as the worker runs them."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from portal.domain.jobs import JobKind
from portal.services.files import intake
from portal.services.files.jobs import Do, Runner, Work
from portal.services.files.jobs.runs import Outcome
from portal.services.measures import heating_value_files, readings


def _certify_readings(work: Work) -> Do:
    def do(session: Session) -> Outcome:
        return readings.certify(session, work=work)

    return do


RUNNERS: Mapping[JobKind, Runner] = {
    JobKind.IMPORT_READINGS: intake.make_runner(readings.FILES),
    JobKind.IMPORT_HEATING_VALUES: intake.make_runner(heating_value_files.FILES),
    JobKind.CERTIFY_READINGS: _certify_readings,
}
