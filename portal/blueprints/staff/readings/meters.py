"""Meters of a point: which one from which day, with the indices of its change."""

from __future__ import annotations

from decimal import Decimal

from flask import flash
from flask.typing import ResponseReturnValue
from wtforms import Field, StringField
from wtforms.validators import DataRequired

from portal.blueprints.staff.views import blueprint
from portal.domain.accounts import Function
from portal.domain.gas_day import GasDay
from portal.domain.quantities import Quantity, Unit
from portal.services.measures import meters as meters_service
from portal.services.measures.meters import NewMeter
from portal.services.store.refusals import Conflict, Rejected
from portal.web.access import Staff, act, open_to
from portal.web.answers import go, page, show_refusal
from portal.web.forms import TypedForm, whole
from portal.words.files import PAGE_EXAMPLE
from portal.words.meters import WORDS, spoken

from .forms import read_day, read_figure

FACTOR_EXAMPLE = "1,0325"


class MeterForm(TypedForm):
    """Meter from a gas day on."""

    gas_day = StringField("Desde el día de gas", validators=[DataRequired("Escriba desde qué día.")])
    serial = StringField("Número del medidor")
    former_index = StringField("Último índice del que se retira")
    first_index = StringField("Índice con que empieza", validators=[DataRequired("Escriba el índice, aunque sea 0.")])
    factor = StringField("Factor de corrección", default="1", validators=[DataRequired("Escriba el factor, o 1.")])
    digits = StringField("Cifras enteras del índice", default="8")
    maximum = StringField("Máximo al día")
    note = StringField("Nota")
    figures: dict[str, Decimal]
    day: GasDay | None = None

    def validate_gas_day(self, field: Field) -> None:
        """Read the day."""
        self.day = read_day(field)

    def validate_first_index(self, field: Field) -> None:
        """Read the index."""
        self._read(field)

    def validate_former_index(self, field: Field) -> None:
        """Read the index, where there is one."""
        self._read(field)

    def validate_factor(self, field: Field) -> None:
        """Read the factor."""
        self._read(field, example=FACTOR_EXAMPLE)

    def validate_maximum(self, field: Field) -> None:
        """Read the maximum, where there is one."""
        self._read(field)

    def _read(self, field: Field, *, example: str = PAGE_EXAMPLE) -> None:
        self.figures = getattr(self, "figures", {})
        if str(field.data or "").strip():
            self.figures[field.name] = read_figure(field, example=example)

    def measured(self, name: str) -> Quantity | None:
        """Return the figure of a field in m³, None for an empty one."""
        found = self.figures.get(name)
        return None if found is None else Quantity.of(found, Unit.M3)


@blueprint.route("/consola/mediciones/puntos/<point>/medidor", methods=["GET", "POST"])
@open_to(Staff(Function.LOAD_READINGS))
def point_meters(point: str) -> ResponseReturnValue:
    """Show the meters of a point; record the next one with the last index of the one before."""
    form = MeterForm()
    if form.validate_on_submit() and _record(point, form):
        flash("El medidor quedó registrado: los índices se cuentan con él desde ese día.", "success")
        return go(".point_meters", point=point)
    found, known = meters_service.list_meters(act(), point=point)
    return page("staff/readings/meters.html", form=form, point=found, known=known)


def _record(point: str, form: MeterForm) -> bool:
    """Record what was typed; False where the form now says why not."""
    first = form.measured("first_index")
    if form.day is None or first is None:
        return False
    new = NewMeter(
        form.day,
        str(form.serial.data or ""),
        first,
        form.measured("former_index"),
        form.figures["factor"],
        whole(str(form.digits.data or "").strip()) or 0,
        form.measured("maximum"),
        str(form.note.data or ""),
    )
    try:
        meters_service.record_meter(act(), point=point, new=new)
    except Rejected as refused:
        show_refusal(form, spoken(refused), WORDS)
        return False
    except Conflict:
        form.form_errors.append("Alguien registró un cambio para ese día al mismo tiempo: mire cómo quedó.")
        return False
    return True
