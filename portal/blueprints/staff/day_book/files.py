"""Authorised quantities from a file."""

from __future__ import annotations

from flask import flash
from flask.typing import ResponseReturnValue

from portal import database, runtime
from portal.access import Staff, me, open_to
from portal.blueprints.staff.views import blueprint
from portal.domain.roles import Function
from portal.file_words import problem_words
from portal.limits import takes_file
from portal.services import day_book as books
from portal.services.file_problems import BadFile
from portal.services.file_questions import Unanswered
from portal.services.refusals import Conflict
from portal.sheet_words import asked, understood
from portal.uploaded import answers_of_form
from portal.web import go, page

from .days import asked_day
from .forms import AuthorisedFileForm
from .words import REASON_CHOICES

MOST_SHOWN = 100


@blueprint.route("/consola/libro/<day>/archivo", methods=["GET", "POST"])
@takes_file
@open_to(Staff(Function.AUTHORISE))
def day_book_file(day: str) -> ResponseReturnValue:
    """Record what a file authorises; a file with errors is refused whole, each of them named."""
    gas_day = asked_day(day)
    form = AuthorisedFileForm()
    problems: list[str] = []
    question = None
    if form.validate_on_submit():
        try:
            done = books.record_file(
                database.current(),
                actor=me(),
                gas_day=gas_day,
                content=form.file.data.read(),
                now=runtime.now(),
                answers=answers_of_form(),
            )
        except Unanswered as open_:
            question = asked(open_)
        except BadFile as bad:
            problems = [problem_words(problem) for problem in bad.problems]
        except Conflict:
            problems = ["Otra persona registraba cantidades en el mismo momento: envíe el archivo de nuevo."]
        else:
            flash(_said(done), "success")
            return go(".day_book", day=day)
    return page(
        "staff/day_book_file.html",
        form=form,
        status=422 if problems or question else 200,
        question=question,
        day=gas_day,
        problems=problems[:MOST_SHOWN],
        more_problems=max(0, len(problems) - MOST_SHOWN),
        reasons=REASON_CHOICES[1:],
    )


def _said(done: books.FileDone) -> str:
    words = (
        "Quedó registrada 1 cantidad." if done.recorded == 1 else f"Quedaron registradas {done.recorded} cantidades."
    )
    same = f" {done.unchanged} filas no dicen nada nuevo." if done.unchanged else ""
    left_out = " ".join(understood(done.seen)[1:])
    return f"{words}{same} {left_out} Los clientes las ven cuando se publiquen.".replace("  ", " ")
