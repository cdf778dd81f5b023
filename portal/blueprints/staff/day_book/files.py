"""Authorised quantities from a file."""

from __future__ import annotations

from flask import flash
from flask.typing import ResponseReturnValue

from portal.blueprints.staff.views import blueprint
from portal.domain.roles import Function
from portal.services import day_book as books
from portal.services.files.problems import BadFile
from portal.services.files.questions import Unanswered
from portal.services.store.refusals import Conflict
from portal.web import database, runtime
from portal.web.access import Staff, me, open_to
from portal.web.answers import go, page
from portal.web.limits import takes_file
from portal.web.uploaded import answers_of_form
from portal.words.files import problem_words
from portal.words.sheets import asked, understood

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
