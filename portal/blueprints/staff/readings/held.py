"""Rows of files that wait to be mended: mended by a corrected value, or discarded with a reason (adr/0126)."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.staff.views import blueprint
from portal.domain.accounts import Function
from portal.domain.counts import agree
from portal.domain.gas_day import GasDay
from portal.domain.jobs import HeldState, UploadKind
from portal.domain.oddities import MEAN_DAYS
from portal.services.files import held_rows as held
from portal.services.files import intake
from portal.services.files.cells import BadCell, parse_day
from portal.services.files.held_rows import HeldView
from portal.services.files.problems import BadFile, Rule
from portal.services.measures import heating_value_files
from portal.services.measures import readings as measured
from portal.services.measures.readings import shapes
from portal.services.store.identity import check_reason
from portal.services.store.refusals import Conflict, Refusal, Rejected
from portal.web import database, runtime
from portal.web.access import Staff, act, open_to
from portal.web.answers import chosen, go, page, show_refusal
from portal.web.limits import takes_fields
from portal.words.files import HELD_STATES, UPLOAD_KIND_WORDS, problem_words, rule_words

from .forms import HeldRowForm
from .previews import MOST_REASON, MOST_SHOWN, MOST_TICKS, Line, describe_change
from .views import HELD_KINDS
from .words import READING_WORDS, REVIEW_WORDS

# Our columns by the fields of the form.
FIELDS: Mapping[UploadKind, Mapping[str, str]] = {
    UploadKind.READINGS: {
        "key": shapes.POINT,
        "gas_day": shapes.DAY,
        "figure": shapes.QUANTITY,
        "unit": shapes.UNIT,
        "state": shapes.STATE,
        "note": shapes.REASON,
    },
    UploadKind.HEATING_VALUES: {
        "key": heating_value_files.EXIT_POINT,
        "gas_day": heating_value_files.DAY,
        "figure": heating_value_files.VALUE,
    },
}


# Always asked for; the others where the row has them, or may need them.
_ASKED = ("key", "gas_day", "figure")
_ABOUT_STATES = frozenset(
    {Rule.UNKNOWN_STATE, Rule.CLOSED, Rule.NOTHING_TO_CORRECT, Rule.ALREADY_MEASURED, Rule.WRONG_UNIT}
    | {Rule.REASON_MISSING, Rule.REASON_NOT_WANTED, Rule.REASON_TOO_LONG}
)


class HeldLine(NamedTuple):
    """Row of the list: what it says, what is wrong with it, and whose it is."""

    row: HeldView
    kind: str
    key: str
    gas_day: str
    figure: str
    problems: list[str]


@blueprint.get("/consola/mediciones/por-arreglar")
@open_to(Staff(Function.LOAD_READINGS))
def held_rows() -> ResponseReturnValue:
    """List the rows that wait, with their owner and what is wrong with each."""
    rows = held.list_waiting(act(), kinds=HELD_KINDS)
    total = held.count_waiting(database.current(), kinds=HELD_KINDS)
    return page("staff/readings/held.html", lines=[_line(row) for row in rows], total=total)


class Mended(NamedTuple):
    """Row with what was typed of it, and its likes; ``plan`` is their effect, for readings that can be taken."""

    row: HeldView
    texts: Mapping[str, str]
    alike: list[HeldView]
    plan: measured.Plan | None
    odd: list[Line]

    @property
    def ticks(self) -> bool:
        """True if each odd figure has a tick of its own; else there is one for all of them."""
        return len(self.odd) <= MOST_TICKS


@blueprint.route("/consola/mediciones/por-arreglar/<row>", methods=["GET", "POST"])
@takes_fields(MOST_TICKS + 15)
@open_to(Staff(Function.LOAD_READINGS))
def held_row(row: str) -> ResponseReturnValue:
    """Show a row that waits; mend it, or discard it with a reason."""
    found = held.load(act(), public_id=row, kinds=HELD_KINDS)
    fields = _fields(found)
    form = HeldRowForm(data={name: _shown(name, found.texts.get(column, "")) for name, column in fields.items()})
    if found.kind is UploadKind.HEATING_VALUES:
        form.key.label.text, form.figure.label.text = "Punto de salida", "Poder calorífico"
    alike = _alike(found)
    odd: Mapping[str, Any] = {}
    if found.state is HeldState.WAITING and form.validate_on_submit():
        try:
            if chosen(("arreglar", "descartar")) == "descartar":
                held.discard(act(), row=found, reason=str(form.reason.data or ""))
                flash("La fila quedó descartada, con su motivo.", "success")
            else:
                mended = _plan(found, form, fields, alike if form.all_alike.data else [])
                odd = _show_odd(mended)
                _mend(mended, str(form.why.data or ""))
            return go(".held_rows")
        except BadFile as bad:
            _show_problems(found, form, bad)
        except Rejected as refused:
            # The field "reason" of this page is that of a row that is discarded.
            refused.field = "why" if odd else refused.field
            show_refusal(form, refused, REVIEW_WORDS if odd else READING_WORDS)
        except Conflict as conflict:
            if conflict.reason == "held-row-decided":
                return _decided(row)
            form.form_errors.append("Otra persona cargaba mediciones en ese momento: inténtelo de nuevo.")
    elif found.state is HeldState.WAITING:
        # A row that was parked for its figure shows at once why; what cannot be read yet has nothing to be weighed.
        with suppress(BadFile):
            odd = _show_odd(_plan(found, form, fields, []))
    return page(
        "staff/readings/held_row.html",
        form=form,
        line=_line(found),
        fields=list(fields),
        alike=len(alike),
        state=HELD_STATES[found.state],
        waits=found.state is HeldState.WAITING,
        ticked=request.form.getlist("revisada"),
        **odd,
    )


def _fields(found: HeldView) -> Mapping[str, str]:
    """Return our columns by the fields that the row needs."""
    about_states = any(problem.rule in _ABOUT_STATES for problem in found.problems)
    columns = FIELDS[found.kind].items()
    return {name: column for name, column in columns if name in _ASKED or about_states or found.texts.get(column)}


def _shown(name: str, text: str) -> str:
    """Return a text of a row as people write it: a day that is kept in one spelling."""
    with suppress(BadCell):
        return f"{parse_day(text).date:%d/%m/%Y}" if name == "gas_day" else text
    return text


def _plan(found: HeldView, form: HeldRowForm, fields: Mapping[str, str], alike: list[HeldView]) -> Mended:
    """Return a row as typed, and what is odd about its figures; ``BadFile`` if no row of them can be taken."""
    texts = {column: str(form[name].data or "").strip() for name, column in fields.items()}
    if texts[fields["gas_day"]] == _shown("gas_day", found.texts.get(fields["gas_day"], "")):
        texts[fields["gas_day"]] = found.texts.get(fields["gas_day"], "")
    if found.kind is not UploadKind.READINGS:
        return Mended(found, texts, alike, None, [])
    plan = intake.preview_mend(act(), measured.FILES, row=found, texts=texts, alike=alike)
    asked = measured.question_changes(database.current(), changes=plan.changes, today=GasDay.of(runtime.now()))
    return Mended(found, texts, alike, plan, [_odd(each, asked) for each in asked.list_odd(plan.changes)])


def _odd(change: measured.Change, asked: measured.Questions) -> Line:
    """Return an odd figure as shown; its tick is for this figure alone, which may be typed anew."""
    line = describe_change(change, asked)
    return line._replace(key=f"{line.key}.{line.plain}")


def _show_odd(mended: Mended) -> Mapping[str, Any]:
    if not mended.odd:
        return {}
    return {
        "odd": mended.odd[:MOST_SHOWN],
        "odd_count": len(mended.odd),
        "ticks": mended.ticks,
        "usual_days": MEAN_DAYS,
    }


def _mend(mended: Mended, why: str) -> None:
    """Take the rows in; refuses (``Rejected``) odd figures without a tick each and a reason."""
    shown = reason = None
    if mended.plan is not None:
        shown = mended.plan.fingerprint
        # What is wrong with a row of them is told first.
        reason = _review(mended, why) if mended.odd and not mended.plan.left else None
    kind: intake.Kind[Any, Any, Any] = heating_value_files.FILES if mended.plan is None else measured.FILES
    intake.mend(act(), kind, row=mended.row, texts=mended.texts, alike=mended.alike, shown=shown, reason=reason)
    count = len(mended.alike) + 1
    flash(agree(count, "La fila quedó registrada.", "{} filas quedaron registradas."), "success")


def _review(mended: Mended, why: str) -> str:
    """Return why the odd figures are right; refuses (``Rejected``) without a tick for each, and without a reason."""
    ticked = set(request.form.getlist("revisada"))
    left = (
        0 if not mended.ticks and request.form.get("revisadas") else sum(each.key not in ticked for each in mended.odd)
    )
    if left:
        raise Rejected(Refusal.FIGURES_NOT_REVIEWED, "why", count=left)
    return check_reason(why, most=MOST_REASON)


def _alike(found: HeldView) -> list[HeldView]:
    """Return the other rows of the file that name the same unknown point."""
    column = FIELDS[found.kind]["key"]
    if found.state is not HeldState.WAITING or not found.texts.get(column):
        return []
    rows = held.list_alike(database.current(), row=found, column=column)
    return [each for each in rows if each.public_id != found.public_id]


def _show_problems(found: HeldView, form: HeldRowForm, bad: BadFile) -> None:
    names = {column: name for name, column in FIELDS[found.kind].items()}
    for problem in bad.problems:
        # A problem of a row alike has no field here.
        field = form[names.get(problem.column or "", "figure")]
        words = rule_words(problem) if problem.line in (None, 2) else problem_words(problem)
        field.errors = [*field.errors, words]


def _line(row: HeldView) -> HeldLine:
    key, day, figure = (row.texts.get(FIELDS[row.kind][name], "") for name in ("key", "gas_day", "figure"))
    day = _shown("gas_day", day)
    return HeldLine(row, UPLOAD_KIND_WORDS[row.kind], key, day, figure, [problem_words(each) for each in row.problems])


def _decided(row: str) -> ResponseReturnValue:
    """Tell that somebody mended or discarded the row first."""
    found = held.load(act(), public_id=row, kinds=HELD_KINDS)
    return page(
        "errors/409.html",
        status=409,
        changes=[("Estado de la fila", HELD_STATES[found.state][1])],
        continue_url=url_for(".held_rows"),
    )
