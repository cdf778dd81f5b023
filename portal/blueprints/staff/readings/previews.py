"""Preview of a file: new values, replaced values, equal ones, before anything is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.staff.views import blueprint
from portal.domain.accounts import Function
from portal.domain.gas_day import GasDay
from portal.domain.jobs import UploadKind, UploadState
from portal.domain.oddities import MEAN_DAYS
from portal.domain.quantities import Quantity, Unit, plain
from portal.services.files import intake, questions, uploads
from portal.services.files.uploads import UploadView
from portal.services.ledger import heating_values
from portal.services.measures import heating_value_files
from portal.services.measures import readings as measured
from portal.services.measures.readings import WEIGHED_DAYS
from portal.services.store.identity import check_reason
from portal.services.store.refusals import Conflict, NotFound, Refusal, Rejected
from portal.web import database, runtime
from portal.web.access import Staff, act, me, open_to
from portal.web.answers import chosen, go, page, show_refusal
from portal.web.filters import exact, grouped, heating_value, size
from portal.web.limits import takes_fields, takes_file
from portal.web.uploaded import Told, answers_of_form, answers_upload, content_of, name_of, told_of_file
from portal.words.files import UPLOAD_KIND_WORDS, UPLOAD_STATES, problem_words
from portal.words.oddities import ODDITY_WORDS
from portal.words.understood import conversion_words, understood

from .forms import DecideForm, FileForm
from .words import REVIEW_WORDS, STATES

# Per kind; the counts cover all.
MOST_SHOWN = 200
# Ticks of one form; above it all odd figures are looked at at once.
MOST_TICKS = 40
MOST_REASON = 500


class Line(NamedTuple):
    """Change as shown: what, day, figure, and the figure in force."""

    name: str
    gas_day: GasDay
    figure: str
    state: str
    old_figure: str
    old_state: str
    # For machines: the point, and the figure as a plain number.
    point: str
    plain: str
    # What the figure was in the file, where it was converted.
    converted: str = ""
    # The mean of the days before, how many times it the figure is, and what is odd about it; the tick's value.
    mean: str = ""
    times: str = ""
    flags: str = ""
    odd: str = ""
    key: str = ""


@blueprint.route("/consola/archivos/<upload>", methods=["GET", "POST"])
@takes_fields(MOST_TICKS + 10)
@open_to(Staff(Function.LOAD_READINGS))
def upload(upload: str) -> ResponseReturnValue:
    """Preview a file; take it in, or discard it."""
    found = uploads.load(act(), public_id=upload)
    if found.kind not in (UploadKind.READINGS, UploadKind.HEATING_VALUES):
        raise NotFound
    form = DecideForm()
    if form.validate_on_submit():
        try:
            return _decide(found, str(form.shown.data or ""))
        except Conflict:
            return _decided(upload)
        except Rejected as refused:
            show_refusal(form, refused, REVIEW_WORDS)
    return _show(found, form)


def _decide(found: UploadView, shown: str) -> ResponseReturnValue:
    if answers_upload(found.public_id):
        return go(".upload", upload=found.public_id)
    action = request.form.get("accion")
    if action == "descartar":
        uploads.discard(act(), public_id=found.public_id)
        flash("El archivo quedó descartado: nada de él se registró.", "success")
        return go(".readings" if found.kind is UploadKind.READINGS else ".heating_value_file")
    partly = chosen(("confirmar", "tomar-buenas", "descartar")) == "tomar-buenas"
    reviewed = _review(found) if found.kind is UploadKind.READINGS else None
    job = uploads.confirm(act(), public_id=found.public_id, shown=shown, partly=partly, reviewed=reviewed)
    return go(".job", job=job)


def _review(found: UploadView) -> Mapping[str, str | int] | None:
    """Return what was looked at and why it is right; None where nothing is odd.

    Refuses (``Rejected``) ``FIGURES_NOT_REVIEWED`` without a tick for each odd figure, and without a reason.
    """
    try:
        plan = intake.preview_upload(act(), measured.FILES, upload=found.public_id).plan
    except Rejected:
        # Somebody was faster: the page says who decided, and how.
        raise Conflict("upload-decided") from None
    asked = measured.question_changes(database.current(), changes=plan.changes, today=GasDay.of(runtime.now()))
    odd = asked.list_odd(plan.changes)
    if not odd:
        return None
    ticked = set(request.form.getlist("revisada"))
    left = 0 if request.form.get("revisadas") else sum(_key(change) not in ticked for change in odd)
    if left:
        raise Rejected(Refusal.FIGURES_NOT_REVIEWED, "reason", count=left)
    reason = check_reason(request.form.get("reason", ""), most=MOST_REASON)
    return {"odd_figures": len(odd), "reason": reason}


def _key(change: measured.Change) -> str:
    return f"{change.point.public_id}.{change.gas_day.isoformat()}"


def _show(found: UploadView, form: DecideForm) -> ResponseReturnValue:
    context: dict[str, Any] = {}
    told = Told()
    if found.state is UploadState.WAITING:
        # What was sound when it was sent may not be any more: the readings changed since.
        try:
            with told_of_file() as told:
                context = _preview(found)
        except Rejected:
            # Somebody confirmed or discarded it since this page began to read.
            found = uploads.load(act(), public_id=found.public_id)
    return page(
        "staff/readings/preview.html",
        upload=found,
        kind=UPLOAD_KIND_WORDS[found.kind],
        state=UPLOAD_STATES[found.state],
        form=form,
        ticked=request.form.getlist("revisada"),
        **told.context(),
        **context,
    )


def _preview(found: UploadView) -> dict[str, Any]:
    plan: measured.Plan | heating_value_files.Plan
    if found.kind is UploadKind.READINGS:
        plan = intake.preview_upload(act(), measured.FILES, upload=found.public_id).plan
        asked = measured.question_changes(database.current(), changes=plan.changes, today=GasDay.of(runtime.now()))
        odd_changes = asked.list_odd(plan.changes)
        odd = [describe_change(each, asked) for each in odd_changes]
        lines = [
            (each.before is None, describe_change(each, asked)) for each in plan.changes if not asked.of(each).oddities
        ]
        already = plan.already
        looked_at = {
            "odd": odd[:MOST_SHOWN],
            "odd_count": len(odd),
            "ticks": len(odd) <= MOST_TICKS,
            "asked": asked,
            "weighed_days": WEIGHED_DAYS,
            "total": plan.total,
            "usual_days": MEAN_DAYS,
        }
    else:
        plan = intake.preview_upload(act(), heating_value_files.FILES, upload=found.public_id).plan
        lines = [(each.before is None, _value(each)) for each in plan.changes]
        already, looked_at, odd_changes = None, {}, []
    left = [problem for each in plan.left for problem in each.problems]
    return {
        "counts": {"new": plan.new, "changed": plan.changed, "unchanged": plan.unchanged},
        "shown": plan.fingerprint,
        "left": len(plan.left),
        "good": plan.new + plan.changed + plan.unchanged,
        "left_problems": [problem_words(problem) for problem in left[:MOST_SHOWN]],
        "more_left": max(0, len(left) - MOST_SHOWN),
        "understood": understood(plan.seen),
        "figures_remembered": plan.seen.remembered_figures is not None,
        "stamp_asked": plan.seen.stamp_ends is not None,
        "already": already,
        # The odd ones stand apart.
        "changed_count": plan.changed - sum(each.before is not None for each in odd_changes),
        "new_count": plan.new - sum(each.before is None for each in odd_changes),
        "changed": _first(line for is_new, line in lines if not is_new),
        "new": _first(line for is_new, line in lines if is_new),
        **looked_at,
    }


def _first(lines: Iterable[Line]) -> list[Line]:
    return [line for _, line in zip(range(MOST_SHOWN), lines, strict=False)]


def describe_change(change: measured.Change, asked: measured.Questions) -> Line:
    """Return a change of a reading as shown, with what is odd about it."""
    volume, state, before = change.row.volume, change.row.state, change.before
    weighed = asked.of(change)
    times = None if volume is None else weighed.times(volume.micro)
    return Line(
        change.point.name,
        change.gas_day,
        "" if volume is None else exact(volume),
        "" if state is None else STATES[state][1],
        "" if before is None else exact(before.volume),
        "" if before is None else STATES[before.state][1],
        change.point.public_id,
        "" if volume is None else plain(volume),
        "" if change.row.converted is None else conversion_words(*change.row.converted),
        "" if weighed.mean is None else size(Quantity.from_micro(weighed.mean, Unit.M3)),
        "" if times is None else grouped(Decimal(times.numerator) / Decimal(times.denominator), 1),
        " ".join(weighed.oddities),
        "; ".join(ODDITY_WORDS[each] for each in weighed.oddities),
        _key(change),
    )


def _value(change: heating_value_files.Change) -> Line:
    gate, before = change.exit_point, change.before
    old = "" if before is None else f"{heating_value(before)} BTU/ft³"
    said = f"{heating_value(change.value)} BTU/ft³"
    return Line(f"{gate.code} {gate.name}", change.gas_day, said, "", old, "", gate.code, str(change.value.amount))


def _decided(public_id: str) -> ResponseReturnValue:
    """Tell that somebody confirmed or discarded the file first."""
    found = uploads.load(act(), public_id=public_id)
    return page(
        "errors/409.html",
        status=409,
        changes=[("Estado del archivo", UPLOAD_STATES[found.state][1])],
        continue_url=url_for(".upload", upload=public_id),
    )


@blueprint.route("/consola/mediciones/archivo", methods=["GET", "POST"])
@takes_file
@open_to(Staff(Function.LOAD_READINGS))
def readings_file() -> ResponseReturnValue:
    """Take a file of readings; one with errors is refused whole, each of them listed."""
    return _take(measured.FILES, "staff/readings/file.html")


@blueprint.route("/consola/poder-calorifico", methods=["GET", "POST"])
@takes_file
@open_to(Staff(Function.LOAD_READINGS))
def heating_value_file() -> ResponseReturnValue:
    """Show the newest heating value of each exit point, and take a file of them."""
    newest = heating_values.list_newest(database.current())
    return _take(heating_value_files.FILES, "staff/readings/heating_values.html", newest=newest)


def _take(kind: intake.Kind[Any, Any, Any], template: str, **context: Any) -> ResponseReturnValue:
    form, told = FileForm(), Told()
    if form.validate_on_submit():
        content = content_of(form.file.data)
        sender = questions.name_sender(str(form.sender.data or "")) or questions.sender_of(me())
        answers = answers_of_form(questions.load_known(database.current(), sender))
        with told_of_file() as told:
            kept = intake.keep(
                act(), kind, name=name_of(form.file.data), content=content, answers=answers, sender=sender
            )
            return go(".upload", upload=kept)
    return page(template, form=form, status=422 if told.problems else 200, **told.context(), **context)
