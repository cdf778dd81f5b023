"""Page of blocked keys, and of lifting a block."""

from __future__ import annotations

from flask import flash, request
from flask.typing import ResponseReturnValue

from portal.blueprints.staff.views import blueprint
from portal.domain.roles import Function, may
from portal.services.keys import letters
from portal.services.store.refusals import Rejected
from portal.web.access import Staff, act, me, open_to
from portal.web.answers import chosen, go, page, show_refusal
from portal.web.step_up import needs_fresh_factor

from .forms import LiftForm
from .words import LETTER_WORDS


@blueprint.route("/consola/claves/bloqueos", methods=["GET", "POST"])
@open_to(Staff(Function.REQUEST_KEYS))
@needs_fresh_factor
def key_blocks() -> ResponseReturnValue:
    """List the blocks in force, of web keys too; a supervisor lifts one after a check."""
    actor = me()
    form = LiftForm()
    if request.method == "POST":
        stopped = letters.Stopped(chosen(list(letters.Stopped), "stopped"))
        try:
            letters.lift(act(), stopped=stopped, subject=form.subject.data or "", check=form.reason.data or "")
        except Rejected as refused:
            show_refusal(form, refused, LETTER_WORDS)
        else:
            flash("Se puede intentar de nuevo. Quien estaba en pausa recibe un correo.", "success")
            return go(".key_blocks")
    found, has_more = letters.in_force(act())
    return page(
        "staff/letters/blocks.html",
        form=form,
        found=found,
        has_more=has_more,
        may_lift=may(actor.role, Function.APPROVE_KEYS),
    )
