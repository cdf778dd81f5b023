"""Rows of files that wait to be mended: mended by a corrected value, or discarded with a reason (adr/0126)."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from flask import flash, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.staff.views import blueprint
from portal.domain.accounts import Function
from portal.domain.counts import agree
from portal.domain.jobs import HeldState, UploadKind
from portal.services.files import held_rows as held
from portal.services.files import intake
from portal.services.files.cells import BadCell, parse_day
from portal.services.files.held_rows import HeldView
from portal.services.files.problems import BadFile, Rule
from portal.services.measures import heating_value_files
from portal.services.measures import readings as measured
from portal.services.measures.readings import shapes
from portal.services.store.refusals import Conflict, Rejected
from portal.web import database
from portal.web.access import Staff, act, open_to
from portal.web.answers import chosen, go, page, show_refusal
from portal.words.files import HELD_STATES, UPLOAD_KIND_WORDS, problem_words, rule_words

from .forms import HeldRowForm
from .views import HELD_KINDS
from .words import READING_WORDS

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


@blueprint.route("/consola/mediciones/por-arreglar/<row>", methods=["GET", "POST"])
@open_to(Staff(Function.LOAD_READINGS))
def held_row(row: str) -> ResponseReturnValue:
    """Show a row that waits; mend it, or discard it with a reason."""
    found = held.load(act(), public_id=row, kinds=HELD_KINDS)
    fields = _fields(found)
    form = HeldRowForm(data={name: _shown(name, found.texts.get(column, "")) for name, column in fields.items()})
    if found.kind is UploadKind.HEATING_VALUES:
        form.key.label.text, form.figure.label.text = "Punto de salida", "Poder calorífico"
    alike = _alike(found)
    if found.state is HeldState.WAITING and form.validate_on_submit():
        try:
            if chosen(("arreglar", "descartar")) == "descartar":
                held.discard(act(), row=found, reason=str(form.reason.data or ""))
                flash("La fila quedó descartada, con su motivo.", "success")
            else:
                _mend(found, form, fields, alike if form.all_alike.data else [])
            return go(".held_rows")
        except BadFile as bad:
            _show_problems(found, form, bad)
        except Rejected as refused:
            show_refusal(form, refused, READING_WORDS)
        except Conflict as conflict:
            if conflict.reason == "held-row-decided":
                return _decided(row)
            form.form_errors.append("Otra persona cargaba mediciones en ese momento: inténtelo de nuevo.")
    return page(
        "staff/readings/held_row.html",
        form=form,
        line=_line(found),
        fields=list(fields),
        alike=len(alike),
        state=HELD_STATES[found.state],
        waits=found.state is HeldState.WAITING,
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


def _mend(found: HeldView, form: HeldRowForm, fields: Mapping[str, str], alike: list[HeldView]) -> None:
    texts = {column: str(form[name].data or "").strip() for name, column in fields.items()}
    if texts[fields["gas_day"]] == _shown("gas_day", found.texts.get(fields["gas_day"], "")):
        texts[fields["gas_day"]] = found.texts.get(fields["gas_day"], "")
    kind: intake.Kind[Any, Any, Any] = (
        measured.FILES if found.kind is UploadKind.READINGS else heating_value_files.FILES
    )
    intake.mend(act(), kind, row=found, texts=texts, alike=alike)
    count = len(alike) + 1
    flash(agree(count, "La fila quedó registrada.", "{} filas quedaron registradas."), "success")


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
