"""Authorised quantities from a file."""

from __future__ import annotations

from flask import flash
from flask.typing import ResponseReturnValue

from portal.blueprints.staff.views import blueprint
from portal.domain.accounts import Function
from portal.domain.counts import agree, counted
from portal.services import day_book as books
from portal.services.files import intake
from portal.services.store.refusals import Conflict
from portal.web.access import Staff, act, open_to
from portal.web.answers import go, page
from portal.web.limits import takes_file
from portal.web.uploaded import Told, answers_of_form, content_of, name_of, told_of_file
from portal.words.files import understood

from .days import asked_day
from .forms import AuthorisedFileForm
from .words import REASON_CHOICES


@blueprint.route("/consola/libro/<day>/archivo", methods=["GET", "POST"])
@takes_file
@open_to(Staff(Function.AUTHORISE))
def day_book_file(day: str) -> ResponseReturnValue:
    """Record the quantities of a file; one with errors is refused whole, each of them listed."""
    gas_day = asked_day(day)
    form, told = AuthorisedFileForm(), Told()
    if form.validate_on_submit():
        try:
            with told_of_file() as told:
                done = intake.import_file(
                    act(),
                    books.AuthorisedFiles(gas_day),
                    name=name_of(form.file.data),
                    content=content_of(form.file.data),
                    answers=answers_of_form(),
                )
                flash(_said(done), "success")
                return go(".day_book", day=day)
        except Conflict:
            told = Told(["Otra persona registraba cantidades en el mismo momento: envíe el archivo de nuevo."])
    return page(
        "staff/day_book_file.html",
        form=form,
        status=200 if told.is_sound else 422,
        day=gas_day,
        reasons=REASON_CHOICES[1:],
        **told.context(),
    )


def _said(done: books.FileDone) -> str:
    words = agree(len(done.recorded), "Quedó registrada 1 cantidad.", "Quedaron registradas {} cantidades.")
    same = f" {counted(done.unchanged, 'fila no dice', 'filas no dicen')} nada nuevo." if done.unchanged else ""
    left_out = " ".join(understood(done.seen)[1:])
    return f"{words}{same} {left_out} Los clientes las ven cuando se publiquen.".replace("  ", " ")
