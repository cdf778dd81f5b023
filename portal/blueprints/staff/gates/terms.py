"""Terms of a gate from a gas day on: capacity, band, rule of allocation."""

from __future__ import annotations

import re
from decimal import Decimal

from flask import flash
from flask.typing import ResponseReturnValue
from wtforms import Field, RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import DataRequired, ValidationError

from portal.blueprints.staff.readings.forms import read_day, read_figure
from portal.blueprints.staff.views import blueprint
from portal.domain.accounts import Function
from portal.domain.gas_day import GasDay
from portal.domain.gates import AllocationRule
from portal.domain.quantities import Quantity, Unit
from portal.services.measures import gates
from portal.services.store.refusals import Rejected
from portal.web import database, runtime
from portal.web.access import Staff, act, open_to
from portal.web.answers import go, page, show_refusal
from portal.web.filters import measure, quantity
from portal.web.forms import TypedForm
from portal.web.step_up import needs_fresh_factor
from portal.words.files import PAGE_EXAMPLE
from portal.words.gates import ALLOCATION_WORDS, GATE_WORDS, band_words
from portal.words.refusals import say_facts


class TermsForm(TypedForm):
    """Terms from a gas day on."""

    capacity = StringField("Capacidad al día")
    band = StringField("Banda de la diferencia", validators=[DataRequired("Escriba la banda, como 2 o 1,5.")])
    allocation = RadioField(
        "Cómo se reparte la diferencia",
        choices=[SelectChoice(rule.value, ALLOCATION_WORDS[rule]) for rule in AllocationRule],
    )
    valid_from = StringField("Desde el día de gas", validators=[DataRequired("Escriba el día, como 01/12/2026.")])
    reason = TextAreaField("Razón")
    volume: Quantity | None = None
    points = 0
    day: GasDay | None = None

    def validate_capacity(self, field: Field) -> None:
        """Read the capacity, where there is one."""
        if str(field.data or "").strip():
            self.volume = Quantity.of(read_figure(field, example=PAGE_EXAMPLE), Unit.M3)

    def validate_band(self, field: Field) -> None:
        """Read a percentage of at most two decimals."""
        typed = str(field.data or "").strip().removesuffix("%").strip()
        if not re.fullmatch("[0-9]{1,3}([.,][0-9]{1,2})?", typed, re.ASCII):
            raise ValidationError("Escriba un porcentaje de 0 a 100, como 2 o 1,5.")
        self.points = int(Decimal(typed.replace(",", ".")) * 100)

    def validate_valid_from(self, field: Field) -> None:
        """Read the day."""
        self.day = read_day(field)


@blueprint.route("/consola/puertas/<gate>/condiciones", methods=["GET", "POST"])
@open_to(Staff(Function.KEEP_REGISTRY))
@needs_fresh_factor
def gate_terms(gate: str) -> ResponseReturnValue:
    """Show what held at a gate from which day on; set other terms."""
    found = gates.load_gate(database.current(), gate)
    today = GasDay.of(runtime.now())
    present = gates.KnownTerms(database.current()).on(found.id, today)
    form = TermsForm(
        capacity="" if present.capacity is None else quantity(present.capacity),
        band=band_words(present.band).removesuffix(" %"),
        allocation=present.allocation.value,
    )
    if form.validate_on_submit() and form.day is not None:
        terms = gates.Terms(form.volume, form.points, AllocationRule(form.allocation.data))
        try:
            gates.set_terms(act(), code=gate, terms=terms, valid_from=form.day, reason=str(form.reason.data or ""))
        except Rejected as refused:
            show_refusal(form, say_facts(refused), GATE_WORDS)
        else:
            flash("Las condiciones de la puerta quedaron registradas.", "success")
            return go(".gate_month", gate=gate)
    return page(
        "staff/gates/terms.html",
        form=form,
        gate=found,
        rows=[
            (
                each,
                measure(each.terms.capacity),
                band_words(each.terms.band),
                ALLOCATION_WORDS[each.terms.allocation],
            )
            for each in gates.list_terms(act(), gate=found)
        ],
        usual=band_words(gates.USUAL.band),
    )
