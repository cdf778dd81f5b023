"""Files of readings and heating values handed over on a page: looked at whole, then kept until somebody confirms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask.typing import ResponseReturnValue

from portal.blueprints.staff.views import blueprint
from portal.domain.jobs import UploadKind
from portal.domain.roles import Function
from portal.services.files import senders, uploads
from portal.services.files.problems import BadFile
from portal.services.files.questions import Answers, Unanswered
from portal.services.ledger import heating_values
from portal.services.measures import heating_value_files
from portal.services.measures import readings as measured
from portal.web import database, runtime
from portal.web.access import Staff, me, open_to
from portal.web.answers import go, page
from portal.web.limits import takes_file
from portal.web.uploaded import answers_of_form
from portal.words.files import problem_words

from .forms import FileForm

MOST_SHOWN = 100


@blueprint.route("/consola/mediciones/archivo", methods=["GET", "POST"])
@takes_file
@open_to(Staff(Function.LOAD_READINGS))
def readings_file() -> ResponseReturnValue:
    """Take a file of readings; one with errors is refused whole, each of them named."""
    return _take(
        UploadKind.READINGS,
        "staff/readings/file.html",
        lambda content, answers: measured.preview(
            database.current(), content=content, now=runtime.now(), role=me().role, answers=answers
        ),
    )


@blueprint.route("/consola/poder-calorifico", methods=["GET", "POST"])
@takes_file
@open_to(Staff(Function.LOAD_READINGS))
def heating_value_file() -> ResponseReturnValue:
    """Show the newest heating value of each exit point, and take a file of them."""
    return _take(
        UploadKind.HEATING_VALUES,
        "staff/readings/heating_values.html",
        lambda content, answers: heating_value_files.preview(
            database.current(), content=content, now=runtime.now(), answers=answers
        ),
        newest=heating_values.newest(database.current()),
    )


def _take(
    kind: UploadKind, template: str, look: Callable[[bytes, Answers], object], **context: Any
) -> ResponseReturnValue:
    form = FileForm()
    problems: list[str] = []
    if form.validate_on_submit():
        sent = form.file.data
        with sent.stream:
            content = sent.read()
        answers = answers_of_form(senders.known_of(database.current(), senders.sender_of(me())))
        try:
            look(content, answers)
        except Unanswered:
            # Its page asks.
            pass
        except BadFile as bad:
            problems = [problem_words(problem) for problem in bad.problems]
        if not problems:
            kept = uploads.keep(
                database.current(),
                actor=me(),
                kind=kind,
                name=sent.filename or "sin nombre",
                content=content,
                now=runtime.now(),
                answers=answers,
            )
            return go(".upload", upload=kept)
    return page(
        template,
        form=form,
        status=422 if problems else 200,
        problems=problems[:MOST_SHOWN],
        more_problems=max(0, len(problems) - MOST_SHOWN),
        **context,
    )
