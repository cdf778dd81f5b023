"""Tariffs of a month from a file: checked, previewed, and proposed whole or not at all."""

from __future__ import annotations

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, HiddenField, StringField, TextAreaField

from portal.blueprints.staff.views import blueprint
from portal.domain.accounts import Function
from portal.domain.calendar import month_words
from portal.domain.gas_day import Month
from portal.domain.jobs import UploadKind
from portal.domain.tariffs import LARGE
from portal.services import market as market_service
from portal.services.files import intake, uploads
from portal.services.files.problems import BadFile
from portal.services.market import BadTariffFile, Plan, Review, TariffFiles
from portal.services.store.refusals import Conflict, NotFound, Rejected
from portal.web.access import Staff, act, open_to
from portal.web.answers import CSV, XLSX, chosen, give_file, go, page, show_refusal
from portal.web.forms import TypedForm
from portal.web.limits import takes_fields, takes_file
from portal.web.uploaded import Told, answers_of_form, answers_upload, content_of, name_of, told_of_file, words_of
from portal.words.tariffs import bad_file_words
from portal.words.understood import understood

from .presenters import MOST_TICKS, group_differences, list_large
from .words import TARIFF_WORDS

ADDRESS = "/consola/tarifas/archivo/<upload>"
NO_MONTH = "Escriba el mes de las tarifas, como 06/2024: ni el archivo ni su nombre lo dicen."


class TariffFileForm(TypedForm):
    """CSV or workbook of a month's tariffs."""

    month = StringField("Mes de las tarifas")
    file = FileField("Archivo CSV o Excel (.xlsx)", validators=[FileRequired("Elija el archivo.")])


class ProposalForm(TypedForm):
    """Decision about the previewed file; ``shown`` is its digest."""

    shown = HiddenField()
    all_reviewed = BooleanField("Los revisé todos")
    reason = TextAreaField("Por qué cambian tanto")


@blueprint.route("/consola/tarifas/archivo", methods=["GET", "POST"])
@takes_file
@open_to(Staff(Function.PROPOSE_TARIFFS))
def tariff_file() -> ResponseReturnValue:
    """Take a file and lead to its preview; one with errors is refused whole, each of them listed."""
    form, told = TariffFileForm(), Told()
    if form.validate_on_submit():
        content, name, answers = content_of(form.file.data), name_of(form.file.data), answers_of_form()
        typed = str(form.month.data or "")
        month = (
            market_service.parse_month(typed)
            if typed
            else market_service.find_month(content, name=name, answers=answers)
        )
        if month is None:
            form.month.errors = [f"«{typed}» no es un mes. Escríbalo como 06/2024." if typed else NO_MONTH]
        else:
            try:
                with told_of_file(_problems) as told:
                    kept = intake.keep(act(), TariffFiles(month), name=name, content=content, answers=answers)
                    return go(".tariff_upload", upload=kept)
            except Rejected as refused:
                show_refusal(form, refused, TARIFF_WORDS)
    return page(
        "staff/tariffs/file.html",
        form=form,
        status=422 if told.problems else 200,
        fields=market_service.FIELDS,
        **told.context(),
    )


@blueprint.get("/consola/tarifas/plantilla.csv")
@open_to(Staff(Function.PROPOSE_TARIFFS))
def tariff_template_csv() -> ResponseReturnValue:
    """Send the last month as the file that the page takes."""
    return give_file(market_service.write_template_csv(act()), CSV, name="plantilla-tarifas.csv")


@blueprint.get("/consola/tarifas/plantilla.xlsx")
@open_to(Staff(Function.PROPOSE_TARIFFS))
def tariff_template_xlsx() -> ResponseReturnValue:
    """Send the last month as a workbook that the page takes."""
    return give_file(market_service.write_template_workbook(act()), XLSX, name="plantilla-tarifas.xlsx")


@blueprint.get(ADDRESS)
@open_to(Staff(Function.PROPOSE_TARIFFS))
def tariff_upload(upload: str) -> ResponseReturnValue:
    """Show what a waiting file would propose: version, differences, large changes to look at."""
    return _show(upload, _month(upload), ProposalForm(formdata=None))


@blueprint.post(ADDRESS)
@takes_fields(MOST_TICKS + 10)
@open_to(Staff(Function.PROPOSE_TARIFFS))
def act_on_tariff_upload(upload: str) -> ResponseReturnValue:
    """Propose the previewed file, or discard it."""
    month, form = _month(upload), ProposalForm()
    try:
        if answers_upload(upload):
            return go(".tariff_upload", upload=upload)
        if chosen(("proponer", "descartar")) == "descartar":
            intake.discard_upload(act(), TariffFiles(month), upload=upload)
            flash("El archivo se descartó: nada de él se propuso.", "success")
            return go(".tariff_file")
        review = Review(
            frozenset(request.form.getlist("reviewed")), bool(form.all_reviewed.data), str(form.reason.data or "")
        )
        proposed = intake.take_upload(act(), TariffFiles(month, review), upload=upload, shown=form.shown.data or "")
    except Rejected as refused:
        show_refusal(form, refused, TARIFF_WORDS)
        return _show(upload, month, form)
    except BadFile:
        return _show(upload, month, form)
    except Conflict as conflict:
        if conflict.reason != "upload-decided":
            form.form_errors.append("Lo publicado cambió desde que vio esto: nada se propuso. Así quedaría ahora.")
        return _show(upload, month, form)
    said = "quedaron propuestas: las publica o las rechaza otra persona."
    flash(f"Las tarifas de {month_words(month)} {said}", "success")
    return go(".tariff_publication", publication=proposed)


def _month(upload: str) -> Month:
    """Return the month for which a file was sent; ``NotFound`` for a file of something else."""
    found = uploads.load(act(), public_id=upload)
    if found.kind is not UploadKind.TARIFFS or found.gas_day is None:
        raise NotFound
    return Month.of(found.gas_day)


def _show(upload: str, month: Month, form: ProposalForm) -> ResponseReturnValue:
    plan: Plan | None = None
    file_name, told, waits = "", Told(), True
    try:
        with told_of_file(_problems) as told:
            file_name, plan = intake.preview_upload(act(), TariffFiles(month), upload=upload)
            form.shown.data = plan.fingerprint
    except Rejected as refused:
        told, waits = Told([TARIFF_WORDS[refused.refusal]]), False
    large = list_large(plan.differences) if plan else []
    return page(
        "staff/tariffs/upload.html",
        form=form,
        upload=upload,
        month=month,
        file_name=file_name,
        plan=plan,
        waits=waits,
        understood=understood(plan.seen) if plan else [],
        groups=group_differences(plan.differences) if plan else [],
        large=large,
        ticks=len(large) <= MOST_TICKS,
        ticked=request.form.getlist("reviewed"),
        most=LARGE,
        titled=_titled(plan) if plan else None,
        **told.context(),
    )


def _titled(plan: Plan) -> Month | None:
    """Return the month that the publication's name says, where it is another one."""
    said = market_service.parse_month(plan.sheet.source)
    return None if said == plan.month else said


def _problems(bad: BadFile) -> list[str]:
    return bad_file_words(bad) if isinstance(bad, BadTariffFile) else words_of(bad)
