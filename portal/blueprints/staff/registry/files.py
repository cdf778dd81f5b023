"""Registry from a file: preview, then all of it or nothing."""

from __future__ import annotations

from typing import NamedTuple

from flask import flash
from flask.typing import ResponseReturnValue
from flask_wtf.file import FileField, FileRequired

from portal.blueprints.staff.views import blueprint
from portal.blueprints.staff.whole_files import DecisionForm
from portal.domain.accounts import Function
from portal.domain.counts import counted
from portal.domain.gas_day import GasDay
from portal.services import registry
from portal.services.files import intake
from portal.services.files.problems import BadFile
from portal.services.registry import BadEntries, Plan, Planned, Thing
from portal.services.registry.entries import details_of, list_differences
from portal.services.store.refusals import Conflict, Rejected
from portal.web import runtime
from portal.web.access import Staff, act, open_to
from portal.web.answers import CSV, chosen, give_file, go, page, show_refusal
from portal.web.forms import TypedForm
from portal.web.limits import takes_file
from portal.web.step_up import needs_fresh_factor
from portal.web.uploaded import MOST_SHOWN, Told, answers_upload, keep_sent, told_of_file
from portal.words.audit import detail_words
from portal.words.files import problem_words
from portal.words.understood import understood

from .presenters import later_words, said
from .words import REGISTRY_WORDS, spoken

ADDRESS = "/consola/registro/archivo/<upload>"
THING_WORDS = {Thing.COMPANY: "Empresa", Thing.CONTRACT: "Contrato", Thing.POINT: "Punto de entrega"}


class FileForm(TypedForm):
    """CSV or workbook of the registry."""

    file = FileField("Archivo CSV o Excel", validators=[FileRequired("Elija el archivo.")])


class PlannedRow(NamedTuple):
    """Row of the preview in words: kind, name, whether new, and each value before and after."""

    what: str
    key: str
    line: int
    is_new: bool
    values: list[tuple[str, str | None, str]]


@blueprint.route("/consola/registro/archivo", methods=["GET", "POST"])
@takes_file
@open_to(Staff(Function.KEEP_REGISTRY))
def registry_file() -> ResponseReturnValue:
    """Take a file and lead to its preview; one with errors is refused whole, each of them listed."""
    form, told = FileForm(), Told()
    if form.validate_on_submit():
        try:
            with told_of_file(_problems) as told:
                return go(".registry_upload", upload=keep_sent(registry.FILES, form.file.data))
        except Rejected as refused:
            show_refusal(form, spoken(refused), REGISTRY_WORDS)
    return page(
        "staff/registry/file.html",
        form=form,
        status=422 if told.problems else 200,
        columns=[column.name for column in registry.COLUMNS],
        **told.context(),
    )


@blueprint.get("/consola/registro/registro.csv")
@open_to(Staff(Function.KEEP_REGISTRY))
def registry_csv() -> ResponseReturnValue:
    """Send the registry as the file that the page takes."""
    return give_file(registry.export_csv(act()), CSV, name=f"registro-{GasDay.of(runtime.now()).isoformat()}.csv")


@blueprint.get(ADDRESS)
@open_to(Staff(Function.KEEP_REGISTRY))
def registry_upload(upload: str) -> ResponseReturnValue:
    """Show the effect of a waiting file: new rows, and each value that changes."""
    return _show(upload, DecisionForm(formdata=None))


@blueprint.post(ADDRESS)
@open_to(Staff(Function.KEEP_REGISTRY))
@needs_fresh_factor
def act_on_registry_upload(upload: str) -> ResponseReturnValue:
    """Apply the previewed file, or discard it."""
    form = DecisionForm()
    try:
        if answers_upload(upload):
            return go(".registry_upload", upload=upload)
    except Conflict:
        # The file's own page says that it was decided.
        return go(".registry_upload", upload=upload)
    action = chosen(("importar", "descartar"))
    try:
        if action == "descartar":
            intake.discard_upload(act(), registry.FILES, upload=upload)
            flash("El archivo se descartó: nada de él se registró.", "success")
            return go(".registry_file")
        shown = form.shown.data or ""
        done = intake.take_upload(act(), registry.FILES, upload=upload, shown=shown)
    except Rejected as refused:
        show_refusal(form, spoken(refused), REGISTRY_WORDS)
        return _show(upload, form)
    except BadFile:
        return _show(upload, form)
    except Conflict as conflict:
        if conflict.reason != "registry-changed":
            return go(".registry_upload", upload=upload)
        form.form_errors.append("El registro cambió desde que vio esto: nada se registró. Así quedaría ahora.")
        return _show(upload, form)
    flash(_said(done), "success")
    return go(".registry_search")


def _show(upload: str, form: DecisionForm) -> ResponseReturnValue:
    preview = None
    told = Told()
    try:
        with told_of_file(_problems) as told:
            preview = intake.preview_upload(act(), registry.FILES, upload=upload)
            form.shown.data = preview.plan.fingerprint
    except Rejected as decided:
        told = Told([REGISTRY_WORDS[decided.refusal]])
    return page(
        "staff/registry/upload.html",
        form=form,
        upload=upload,
        preview=preview,
        understood=understood(preview.plan.seen) if preview else [],
        rows=[_row(each) for each in preview.plan.planned[:MOST_SHOWN]] if preview else [],
        later=[later_words(each) for each in preview.plan.later[:MOST_SHOWN]] if preview else [],
        more_later=max(0, len(preview.plan.later) - MOST_SHOWN) if preview else 0,
        more_rows=max(0, len(preview.plan.planned) - MOST_SHOWN) if preview else 0,
        made=sum(each.before is None for each in preview.plan.planned) if preview else 0,
        **told.context(),
    )


def _row(planned: Planned) -> PlannedRow:
    told: list[tuple[str, str | None, str]]
    if planned.before is None:
        values = details_of(None, planned.after).items()
        told = [(detail_words(name[4:]), None, said(name[4:], value)) for name, value in values]
    else:
        changed = list_differences(planned.before, planned.after).items()
        told = [(detail_words(name), said(name, old), said(name, new)) for name, (old, new) in changed]
    return PlannedRow(THING_WORDS[planned.thing], planned.key, planned.line, planned.before is None, told)


def _problems(bad: BadFile) -> list[str]:
    """Return every fault in words, in the order of the file."""
    told = [(problem.line or 0, problem_words(problem)) for problem in bad.problems]
    for line, column, refused in bad.unfit if isinstance(bad, BadEntries) else ():
        words = REGISTRY_WORDS[refused.refusal].format(**spoken(refused).facts)
        told.append((line, f"Fila {line}, columna «{column}»: {words[0].lower()}{words[1:]}"))
    return [words for _, words in sorted(told, key=lambda each: each[0])]


def _said(done: Plan) -> str:
    made = sum(each.before is None for each in done.planned)
    changed = counted(len(done.planned) - made, "cambiado", "cambiados")
    return f"El archivo quedó registrado: {counted(made, 'nuevo', 'nuevos')} y {changed}."
