"""Job of the worker: progress and result."""

from __future__ import annotations

from datetime import timedelta

from flask.typing import ResponseReturnValue

from portal.blueprints.staff.views import blueprint
from portal.services.files import jobs as work
from portal.services.files.problems import Problem, Rule
from portal.web import database, runtime
from portal.web.access import Audience, act, open_to
from portal.web.answers import page
from portal.words.files import problem_words
from portal.words.jobs import JOB_KIND_WORDS, JOB_STATES, OUTCOME_WORDS, STAGE_WORDS, failure_words

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
        asks_again=not found.is_over and runtime.now() - found.requested_at < LOOKED_AT,
    )
