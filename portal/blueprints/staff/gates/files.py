"""Measurements of gates from a file: preview, then all of it or nothing."""

from __future__ import annotations

from flask import flash
from flask.typing import ResponseReturnValue

from portal.blueprints.staff.readings.forms import FileForm
from portal.blueprints.staff.views import blueprint
from portal.blueprints.staff.whole_files import DecisionForm, WholeFile, decide_file, preview_file
from portal.domain.accounts import Function
from portal.domain.counts import agree, counted
from portal.domain.quantities import plain
from portal.services.measures import gates
from portal.services.measures.gates import GateChange, GatePlan
from portal.services.store.refusals import Refusal
from portal.web.access import Staff, open_to
from portal.web.answers import go, page
from portal.web.filters import measure
from portal.web.limits import takes_file
from portal.web.uploaded import MOST_SHOWN, Told, keep_sent, told_of_file

ADDRESS = "/consola/puertas/archivo/<upload>"
FILE_WORDS = {Refusal.FILE_DECIDED: "Ese archivo ya se registró o se descartó."}
FILE = WholeFile(
    gates.FILES,
    preview=".gate_upload",
    another=".gate_file",
    words=FILE_WORDS,
    changed="Lo medido cambió desde que vio esto: nada se registró. Así quedaría ahora.",
)


@blueprint.route("/consola/puertas/archivo", methods=["GET", "POST"])
@takes_file
@open_to(Staff(Function.LOAD_READINGS))
def gate_file() -> ResponseReturnValue:
    """Take a file and lead to its preview; one with errors is refused whole, each of them listed."""
    form, told = FileForm(), Told()
    if form.validate_on_submit():
        with told_of_file() as told:
            return go(".gate_upload", upload=keep_sent(gates.FILES, form.file.data))
    return page("staff/gates/file.html", form=form, status=200 if told.is_sound else 422, **told.context())


@blueprint.get(ADDRESS)
@open_to(Staff(Function.LOAD_READINGS))
def gate_upload(upload: str) -> ResponseReturnValue:
    """Show what a waiting file would write."""
    return _show(upload, DecisionForm(formdata=None))


@blueprint.post(ADDRESS)
@open_to(Staff(Function.LOAD_READINGS))
def act_on_gate_upload(upload: str) -> ResponseReturnValue:
    """Write the previewed file, or discard it."""
    form = DecisionForm()
    return decide_file(FILE, form, upload=upload, done=_taken, show=lambda: _show(upload, form))


def _show(upload: str, form: DecisionForm) -> ResponseReturnValue:
    plan, shown = preview_file(FILE, form, upload=upload)
    changes = plan.changes if plan else ()
    return page(
        "staff/gates/upload.html",
        rows=[_row(each) for each in changes[:MOST_SHOWN]],
        more_rows=max(0, len(changes) - MOST_SHOWN),
        **shown,
    )


def _taken(done: GatePlan) -> ResponseReturnValue:
    flash(_said(done), "success")
    return go(".gates_desk", **_last_day(done))


def _row(each: GateChange) -> tuple[GateChange, str, str, str]:
    return each, plain(each.new.volume), measure(each.new.volume), measure(each.before)


def _last_day(done: GatePlan) -> dict[str, str]:
    return {"dia": max(each.new.gas_day for each in done.changes).isoformat()} if done.changes else {}


def _said(done: GatePlan) -> str:
    words = agree(len(done.changes), "Quedó registrada 1 medición.", "Quedaron registradas {} mediciones.")
    same = f" {counted(done.unchanged, 'fila no dice', 'filas no dicen')} nada nuevo." if done.unchanged else ""
    return f"{words}{same}"
