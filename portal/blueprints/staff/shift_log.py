"""Shift log of the operators: what happened and who was told, and the shift given and taken over."""

from __future__ import annotations

from collections.abc import Mapping

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import Field, HiddenField, SelectChoice, SelectField, StringField, TextAreaField

from portal.domain.accounts import Function, may
from portal.domain.counts import agree, digits
from portal.domain.gas_day import BadGasDay, GasDay, parse_gas_day
from portal.domain.shift_log import ShiftEntryKind
from portal.services.account import standings
from portal.services.ops import shift_log as log
from portal.services.ops.shift_log import Happening, Matter
from portal.services.ops.work_board import Waiting
from portal.services.store.refusals import Conflict, Rejected
from portal.web import database
from portal.web.access import Staff, act, me, open_to
from portal.web.answers import chosen, go, page, show_refusal
from portal.web.forms import TypedForm
from portal.web.typed_days import read_typed_day

from . import lists
from .views import blueprint
from .words import SHIFT_KIND_WORDS, SHIFT_WORDS, WAITING_WORDS

BAD_DAY = "No reconocemos esa fecha. Escríbala como día/mes/año: 22/11/2026."
# Values of `?que=`.
KINDS: Mapping[str, ShiftEntryKind] = {"hechos": ShiftEntryKind.EVENT, "entregas": ShiftEntryKind.HANDOVER}


class EventForm(TypedForm):
    """Entry: a happening and who was told; perhaps its point, gate and gas day."""

    text = TextAreaField("Qué pasó")
    told = StringField("A quién se avisó")
    point = StringField("Punto (código o nombre)")
    gate = SelectField("Puerta", validate_choice=False)
    gas_day = StringField("Día de gas")
    parsed_day: GasDay | None = None

    def validate_gas_day(self, field: Field) -> None:
        """Read the day, none for an empty field."""
        if field.data:
            self.parsed_day = read_typed_day(str(field.data))

    @property
    def happening(self) -> Happening:
        """Happening that a valid form writes down."""
        texts = [str(each.data or "") for each in (self.text, self.told, self.point, self.gate)]
        return Happening(texts[0], texts[1], texts[2], texts[3], self.parsed_day)


class HandoverForm(TypedForm):
    """To whom the shift is given, with what they have to know."""

    to = SelectField("A quién", validate_choice=False)
    note = TextAreaField("Lo que debe saber")


class TakeoverForm(TypedForm):
    """Handover that is taken over."""

    entry = HiddenField()


@blueprint.route("/consola/turno", methods=["GET", "POST"])
@open_to(Staff(Function.SEE_DAY_BOOK))
def shift_log() -> ResponseReturnValue:
    """List the entries of the shift log; write one, give the shift to a colleague or take it over."""
    writes = may(me().role, Function.AUTHORISE)
    form: TypedForm | None = None
    if request.method == "POST":
        form = _FORMS[chosen(_FORMS)]()
        _fill_choices(form)
        if form.validate_on_submit():
            try:
                flash(_do(form), "success")
            except Rejected as refused:
                show_refusal(form, refused, SHIFT_WORDS)
            except Conflict:
                return _taken()
            else:
                return go(".shift_log")
    listed = lists.read("staff.shift_log", filters=("q", "dia"), choices={"que": KINDS})
    found = log.list_entries(
        act(),
        text=listed.text,
        kind=KINDS.get(listed.filters["que"]),
        gas_day=_day(listed.filters["dia"]),
        after=listed.after_id,
    )
    listed.next = found.next
    event, handover = EventForm(formdata=None), HandoverForm(formdata=None)
    for each in (event, handover):
        _fill_choices(each) if writes else None
    return page(
        "staff/shift_log.html",
        form=form,
        event=form if isinstance(form, EventForm) else event,
        handover=form if isinstance(form, HandoverForm) else handover,
        writes=writes,
        listed=listed,
        bad_day=BAD_DAY if listed.filters["dia"] and _day(listed.filters["dia"]) is None else "",
        entries=found.rows,
        waiting=log.find_waiting(act()),
        my_id=me().user_id,
        matters=[matter_words(each) for each in log.list_matters(act())] if writes else [],
        matter_words=matter_words,
        kinds=[(name, SHIFT_KIND_WORDS[kind]) for name, kind in KINDS.items()],
    )


def matter_words(matter: Matter) -> str:
    """Return how much work of a kind is or was open, in words."""
    one, many, _, _ = WAITING_WORDS[Waiting(matter.name)]
    return f"{digits(matter.amount)} {agree(matter.amount, one, many)}"


def _day(typed: str) -> GasDay | None:
    try:
        return parse_gas_day(typed) if typed else None
    except BadGasDay:
        return None


def _fill_choices(form: TypedForm) -> None:
    if isinstance(form, EventForm):
        gates = standings.list_gates(database.current())
        named = [SelectChoice(code, f"{code} {name}") for code, name in gates]
        form.gate.choices = [SelectChoice("", "Ninguna"), *named]
    elif isinstance(form, HandoverForm):
        people = log.list_colleagues(act())
        form.to.choices = [SelectChoice("", "Elija"), *[SelectChoice(each.public_id, each.name) for each in people]]


def _do(form: TypedForm) -> str:
    if isinstance(form, EventForm):
        log.write(act(), happening=form.happening)
        return "La entrada quedó en la bitácora."
    if isinstance(form, HandoverForm):
        log.hand_over(act(), to=str(form.to.data or ""), text=str(form.note.data or ""))
        return "El turno quedó entregado, con lo que está pendiente. Falta que lo reciban."
    log.take_over(act(), public_id=str(form["entry"].data or ""))
    return "Recibió el turno."


_FORMS: Mapping[str, type[TypedForm]] = {"anotar": EventForm, "entregar": HandoverForm, "recibir": TakeoverForm}


def _taken() -> ResponseReturnValue:
    said = [("Qué cambió", "Ese turno ya se recibió o se entregó otra vez mientras tanto.")]
    return page("errors/409.html", status=409, changes=said, continue_url=url_for(".shift_log"))
