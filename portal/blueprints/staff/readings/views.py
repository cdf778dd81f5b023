"""First page of the readings: newest files, and search of a point."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.staff.views import blueprint
from portal.domain.accounts import Function
from portal.domain.gas_day import FIRST_GAS_DAY, GasDay, Month
from portal.domain.jobs import UploadKind
from portal.services.account import statement_packs
from portal.services.files import held_rows, uploads
from portal.services.files import jobs as work
from portal.services.files.problems import Problem, Rule
from portal.services.store import point_search
from portal.web import database, runtime
from portal.web.access import Audience, Staff, act, open_to
from portal.web.answers import page
from portal.web.forms import argument
from portal.words.files import (
    JOB_KIND_WORDS,
    JOB_STATES,
    OUTCOME_WORDS,
    STAGE_WORDS,
    UPLOAD_KIND_WORDS,
    UPLOAD_STATES,
    failure_words,
    problem_words,
)

from .forms import FileForm

LONGEST_QUERY = 60
# Kinds of file whose bad rows wait to be mended on these pages.
HELD_KINDS = (UploadKind.READINGS, UploadKind.HEATING_VALUES)
# The page of a file by its kind, and the kinds whose page is one of a day of the book.
PREVIEWS: Mapping[UploadKind, str | None] = {
    UploadKind.READINGS: ".upload",
    UploadKind.HEATING_VALUES: ".upload",
    UploadKind.REGISTRY: None,
    UploadKind.AUTHORISED: ".authorised_upload",
    UploadKind.TARIFFS: ".tariff_upload",
    UploadKind.GATE_READINGS: ".gate_upload",
    UploadKind.CONFIRMATIONS: ".confirmation_upload",
}
OF_A_DAY = frozenset({UploadKind.AUTHORISED, UploadKind.CONFIRMATIONS})


@blueprint.get("/consola/mediciones")
@open_to(Staff(Function.LOAD_READINGS))
def readings() -> ResponseReturnValue:
    """List the newest files and the points whose names match."""
    session, asked = database.current(), argument("q", longest=LONGEST_QUERY)
    files = uploads.list_uploads(act())
    return page(
        "staff/readings/index.html",
        "staff/readings/_points.html",
        form=FileForm(),
        asked=asked,
        most=point_search.MOST,
        points=point_search.find(session, text=asked),
        files=files,
        addresses={each.public_id: upload_url(each) for each in files},
        held=held_rows.count_waiting(session, kinds=HELD_KINDS),
        kinds=UPLOAD_KIND_WORDS,
        states=UPLOAD_STATES,
    )


def upload_url(each: uploads.UploadView) -> str | None:
    """Return the address of a file's preview; None for the registry's, which only its own desk shows."""
    endpoint = PREVIEWS[each.kind]
    if endpoint is None:
        return None
    values: dict[str, Any] = {"upload": each.public_id}
    if each.kind in OF_A_DAY and each.gas_day is not None:
        values["day"] = each.gas_day.isoformat()
    return url_for(endpoint, **values)


def asked_month(default: Month) -> Month:
    """Return the month of ``?mes=&anio=``; the default without one, and for one outside of the history."""
    year = request.args.get("anio", default.year, type=int)
    number = request.args.get("mes", default.number, type=int)
    if not 1 <= number <= 12 or not 1 <= year <= 9999:
        return default
    found = Month(year, number)
    return found if Month.of(FIRST_GAS_DAY) <= found <= this_month() else default


def this_month() -> Month:
    """Return the month of today."""
    return Month.of(GasDay.of(runtime.now()))


def beside(month: Month) -> dict[str, Any]:
    """Return the months before and after one, where they exist."""
    return {
        "earlier": month.previous if month > Month.of(FIRST_GAS_DAY) else None,
        "later": month.next if month < this_month() else None,
    }


# A page left open must not keep its session alive for ever.
LOOKED_AT = timedelta(minutes=10)


@blueprint.get("/consola/tareas/<job>")
@open_to(Audience.STAFF)
def job(job: str) -> ResponseReturnValue:
    """Show a job; htmx asks for it again every second until it is over."""
    found = work.load(act(), public_id=job)
    stage = None if found.is_over else work.read(database.current(), job)
    problems = [
        problem_words(Problem(**{**each, "rule": Rule(each["rule"])})) for each in found.outcome.get("problems", [])
    ]
    return page(
        "staff/readings/job.html",
        "staff/readings/_job.html",
        job=found,
        kind=JOB_KIND_WORDS[found.kind],
        state=JOB_STATES[found.state],
        stage=stage,
        stage_words=STAGE_WORDS.get(stage.name, "pasos") if stage else None,
        outcome=[(words, found.outcome[name]) for name, words in OUTCOME_WORDS.items() if name in found.outcome],
        failure=failure_words(found.failure) if found.failure else None,
        problems=problems,
        pack_days=statement_packs.LIFE.days,
        asks_again=not found.is_over and runtime.now() - found.requested_at < LOOKED_AT,
    )
