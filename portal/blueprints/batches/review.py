"""Table of differences: each day against the quantity in force, editable until all lines are right."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from portal.domain.gas_day import GasDay
from portal.domain.typed_text import as_prose
from portal.models import NominationBatch
from portal.services.files.problems import BadFile, Problem, Rule
from portal.services.keys import grants
from portal.services.nominations import batches, groups
from portal.services.nominations.batches import BatchReview, Given, LineState, ReviewedLine
from portal.services.store.refusals import Conflict, Rejected, StepMissing
from portal.web import runtime
from portal.web.access import Audience, act, open_to, use_grants
from portal.web.announcements import list_announcements
from portal.web.answers import go, page, show_refusal
from portal.web.filters import quantity
from portal.web.limits import takes_fields
from portal.words.files import rule_words

from .forms import LinesForm
from .views import blueprint
from .words import STATE_WORDS, WORDS, against_usual, chip_of, said_of

LEFT_OUT, TICK = "quitar", "visto-"
# Fields of the form beside a quantity per day.
FIELDS_BESIDE = 10
LONGEST_PASTED = 20_000
TICK_MISSING = "Marque «es correcta» en cada día señalado, o corrija su cantidad."


@blueprint.route("/nominacion/lotes/<batch>", methods=["GET", "POST"])
# A quantity and a tick per day.
@takes_fields(2 * batches.MOST_DAYS + FIELDS_BESIDE)
@open_to(Audience.CUSTOMER)
def review(batch: str) -> ResponseReturnValue:
    """Show what each day would change; the POST stores other quantities and leads on when all are right."""
    found = opened(batch)
    form = LinesForm(data={"version": found.version})
    if form.validate_on_submit():
        adds = "agregar" in request.form
        lines, left_out = _with_mended(found) if adds else (_given(found), None)
        try:
            batches.set_lines(act(), batch=found, lines=lines, version=form.shown_version, left_out=left_out)
        except Rejected as refused:
            show_refusal(form, refused, WORDS)
        else:
            reviewed = _reviewed(found)
            looked_at = bool(reviewed.warned) and all(_is_ticked(line) for line in reviewed.warned)
            if not adds and looked_at and reviewed.warned_digest == form.warned.data:
                # The ticks confirm the unusual quantities, day by day.
                batches.confirm_unusual(act(), batch=found)
            if "firmar" in request.form and _reviewed(found).may_sign:
                return go(".signature", batch=batch)
            if "firmar" in request.form and _reviewed(found).needs_tick:
                form.form_errors.append(TICK_MISSING)
                return _table(found, form)
            return go(".review", batch=batch)
    return _table(found, form)


@blueprint.errorhandler(Conflict)
def explain(_conflict: Conflict) -> ResponseReturnValue:
    """Answer 409 when another tab or person was faster; the table shows the present state."""
    asked = request.view_args or {}
    if "group" in asked:
        is_signed = groups.load(act(), public_id=asked["group"]).signed_at is not None
        here = f"/nominacion/grupos/{asked['group']}"
    else:
        is_signed = opened(asked["batch"], signed_too=True).signed_at is not None
        here = f"/nominacion/lotes/{asked['batch']}"
    if is_signed:
        changes, way_on = [("Esta lista", "ya se firmó")], f"{here}/comprobante"
    else:
        changes = [("Esta lista", "cambió en otra pestaña, o alguien nominó uno de sus días entretanto")]
        way_on = here
    return page("errors/409.html", status=409, changes=changes, continue_url=way_on)


def opened(batch: str, *, signed_too: bool = False) -> NominationBatch:
    """Return the batch of the address; a signed one leads to its receipt."""
    use_grants()
    found = batches.load(act(), public_id=batch)
    if found.signed_at is not None and not signed_too:
        raise StepMissing("batches.receipt", batch=batch)
    return found


def proved(found: NominationBatch) -> bool:
    """Tell whether this person may see the figures of the point."""
    points = grants.list_proved_point_ids(act())
    return found.delivery_point_id in points


def _given(found: NominationBatch) -> list[Given]:
    """Return the days of the table as typed, without removed ones."""
    unit, lines = found.delivery_point.unit, []
    for line in _reviewed(found).lines:
        name = line.gas_day.isoformat()
        if LEFT_OUT in request.form and request.form[LEFT_OUT] == name:
            continue
        typed = request.form.get(f"q-{name}")
        lines.append(line.given if typed is None else Given.of_text(line.gas_day, typed, unit, cell=line.cell))
    return lines


def _with_mended(found: NominationBatch) -> tuple[list[Given], str]:
    """Return the list's days with those of corrected lines, and the lines still without a day."""
    lines = {line.gas_day: line.given for line in _reviewed(found).lines}
    text = as_prose(request.form.get("pasted", ""))[:LONGEST_PASTED]
    read = _read_again(text, found)
    still = [each.text for each in read.left_out]
    for given in read.days:
        known = lines.setdefault(given.gas_day, given)
        if known.quantity != given.quantity:
            still.append(_line_of(given))
    return list(lines.values()), "\n".join(still)


def _line_of(given: Given) -> str:
    """Return a day and its quantity as a person writes them: a line that can be taken again."""
    typed = given.typed if given.quantity is None else quantity(given.quantity)
    return f"{given.gas_day.date:%d/%m/%Y}\t{typed}"


def _read_again(text: str, found: NominationBatch) -> batches.ReadDays:
    """Return the unreadable lines, read again; possibly none is readable."""
    today = GasDay.of(runtime.now())
    try:
        return batches.read_text(text, unit=found.delivery_point.unit, today=today)
    except BadFile as bad:
        lines = text.split("\n")
        told = [
            batches.LeftOut(each.line or 0, each.value or lines[(each.line or 1) - 1], each.rule, each.fact)
            for each in bad.problems
            if each.line is not None
        ]
        return batches.ReadDays([], told)


def _reviewed(found: NominationBatch) -> BatchReview:
    return batches.review(act(), batch=found)


def _left_out(found: NominationBatch) -> list[batches.LeftOut]:
    if not found.left_out:
        return []
    read = _read_again(found.left_out, found)
    again = [batches.LeftOut(0, " ".join(_line_of(each).split()), Rule.REPEATED_DAY) for each in read.days]
    return [*read.left_out, *again]


def _is_ticked(line: ReviewedLine) -> bool:
    """Tell whether this row was ticked for its present quantity."""
    quantity = "" if line.quantity is None else str(line.quantity.micro)
    return request.form.get(f"{TICK}{line.gas_day.isoformat()}") == quantity


def _table(found: NominationBatch, form: LinesForm) -> ResponseReturnValue:
    reviewed, may_see = _reviewed(found), proved(found)
    return page(
        "batches/review.html",
        notices=list_announcements(found.delivery_point.contract.modality),
        form=form,
        batch=found,
        reviewed=reviewed,
        proved=may_see,
        rows=[(line, *chip_of(line), said_of(line, proved=may_see)) for line in reviewed.lines],
        ticked={line.gas_day for line in reviewed.warned if found.confirmed_unusual or _is_ticked(line)},
        usual=against_usual(reviewed, proved=may_see),
        left_out=[(each.text, rule_words(Problem(each.rule, fact=each.fact))) for each in _left_out(found)],
        counts=[(STATE_WORDS[state][1], reviewed.count(state)) for state in LineState if reviewed.count(state)],
    )
