"""Published heating values of the exit points, and the converter between m³, MBTU and KPC (guide step 3)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from flask import request, url_for
from flask.typing import ResponseReturnValue
from wtforms import Form, SelectChoice, SelectField, StringField

from portal.domain.calendar import day_words
from portal.domain.gas_day import FIRST_GAS_DAY, BadGasDay, GasDay, GasDayProblem, Month, parse_gas_day
from portal.domain.quantities import (
    CUBIC_METRES_PER_KPC,
    LARGEST,
    BadQuantity,
    HeatingValue,
    Quantity,
    QuantityProblem,
    Unit,
    convert,
    in_kpc,
    parse_quantity,
)
from portal.domain.typed_text import as_typed
from portal.services import market as market_service
from portal.services.files import excel_csv
from portal.services.market import Gate, GateMonth
from portal.web.access import Audience, act, open_to
from portal.web.answers import CSV, give_file, page, validated
from portal.web.filters import bare_figure, exact_heating_value, grouped
from portal.web.line_chart import LineChart, draw_line
from portal.web.periods import is_month_asked, read_month, typed_month

from .views import blueprint
from .words import CONVERTER_PROBLEMS

DECIMALS = 6
KPC = "kpc"
_UNITS = {"m3": "m³", "mbtu": "MBTU", KPC: "KPC"}
FEET = Decimal("35.3146667214886")


class ConverterForm(Form):
    """Question of the converter: a quantity, its unit, and the exit point and day whose heating value counts."""

    cantidad = StringField("Cantidad")
    unidad = SelectField("Unidad", choices=[SelectChoice(*pair) for pair in _UNITS.items()], validate_choice=False)
    salida = SelectField("Punto de salida", validate_choice=False)
    fecha = StringField("Día de gas")


class Converted(NamedTuple):
    """Answer of the converter: the quantity in the three units, the value used, and the formula with its values."""

    m3: Quantity
    mbtu: Quantity
    kpc: Decimal
    value: str
    value_words: str
    formula: str


class DayRow(NamedTuple):
    """Day of the table: its value, empty where it is missing, and whether it was corrected."""

    gas_day: GasDay
    value: str
    exact: str
    is_corrected: bool


@blueprint.get("/poder-calorifico")
@open_to(Audience.PUBLIC)
def heating_values() -> ResponseReturnValue:
    """List the exit points with their newest value; convert what is asked for in the address."""
    gates = market_service.list_gates(act())
    form = ConverterForm(request.args)
    form.salida.choices = [SelectChoice(gate.code, f"{gate.code} {gate.name}") for gate in gates]
    converted = _convert(form, gates) if request.args and gates else None
    if form.fecha.data is None:
        newest = max((gate.newest_on for gate in gates if gate.newest_on), default=None)
        form.fecha.data = f"{newest.date:%d/%m/%Y}" if newest else ""
    return page("market/heating_values.html", gates=gates, form=form, converted=converted, unit_names=_UNITS)


@blueprint.get("/poder-calorifico/<gate>")
@open_to(Audience.PUBLIC)
def heating_month(gate: str) -> ResponseReturnValue:
    """Show a month of an exit point as chart and table; an unknown one names those there are."""
    found = market_service.find_gate(act(), code=gate)
    if found is None:
        return page("market/no_gate.html", status=404, typed=gate, gates=market_service.list_gates(act()))
    usual = Month.of(found.newest_on or GasDay.of(act().now))
    unknown = is_month_asked() and read_month() is None
    month = read_month() or usual
    shown = market_service.load_gate_month(act(), gate=found, month=month)
    today = GasDay.of(act().now)
    first = Month.of(shown.first_on) if shown.first_on else month
    return page(
        "market/heating_month.html",
        "market/_heating_month.html",
        status=404 if unknown else 200,
        unknown=typed_month() if unknown else "",
        gate=found,
        month=month,
        shown=shown,
        rows=list_rows(shown),
        chart=draw_month(shown),
        years=range(first.year, max(today.date.year, month.year) + 1),
        previous_url=_month_url(found, month.previous) if month.first.date > first.first.date else None,
        next_url=_month_url(found, month.next) if month.first.date < Month.of(today).first.date else None,
    )


@blueprint.get("/poder-calorifico/<gate>.csv")
@open_to(Audience.PUBLIC)
def heating_csv(gate: str) -> ResponseReturnValue:
    """Give every published value of an exit point as CSV."""
    found = market_service.find_gate(act(), code=gate)
    if found is None:
        return page("market/no_gate.html", status=404, typed=gate, gates=market_service.list_gates(act()))
    values = market_service.list_values(act().session, code=found.code)
    rows = [
        (found.code, each.gas_day.isoformat(), f"{each.value.amount:f}".replace(".", ","), str(each.version))
        for each in values
    ]
    titles = ("punto_de_salida", "dia_de_gas", "poder_calorifico_btu_ft3", "version")
    return validated(
        give_file(excel_csv.write_rows([titles, *rows]), CSV, name=f"poder-calorifico-{found.code.lower()}.csv")
    )


def list_rows(shown: GateMonth) -> list[DayRow]:
    """Return the days of a month that have a value, and those that should have one."""
    rows = [
        DayRow(each.gas_day, exact_heating_value(each.value), f"{each.value.amount:f}", each.version > 1)
        for each in shown.values
    ]
    rows += [DayRow(day, "", "", False) for day in shown.missing]
    return sorted(rows, key=lambda row: row.gas_day.date)


def draw_month(shown: GateMonth) -> LineChart:
    """Return the chart of a month, broken where days are missing."""
    values = {each.gas_day: each.value.amount for each in shown.values}
    days = shown.month.days()
    labels = [(place, str(place + 1)) for place in range(len(days)) if place == 0 or (place + 1) % 5 == 0]
    return draw_line(
        [(day_words(day.date), values.get(day)) for day in days],
        labels=labels,
        written=lambda value: exact_heating_value(HeatingValue.of(f"{value.quantize(Decimal('0.001')):f}")),
    )


def _month_url(gate: Gate, month: Month) -> str:
    return url_for("market.heating_month", gate=gate.code, mes=month.number, anio=month.year)


def _convert(form: ConverterForm, gates: Sequence[Gate]) -> Converted | None:
    """Return the answer, or put what is wrong beside its field."""
    gate = next((each for each in gates if each.code.casefold() == (form.salida.data or "").casefold()), None)
    if gate is None:
        form.salida.errors = ["Elija un punto de salida de la lista."]
    unit = (form.unidad.data or "").casefold()
    if unit not in _UNITS:
        form.unidad.errors = ["Elija m³, MBTU o KPC."]
    gas_day = _read_day(form)
    amount = _read_amount(form)
    if gate is None or unit not in _UNITS or gas_day is None or amount is None:
        return None
    form.salida.data, form.unidad.data = gate.code, unit
    in_force = market_service.find_value_of_day(act(), gate=gate, gas_day=gas_day)
    if in_force.measured_on is None:
        form.fecha.errors = [f"{gate.code} todavía no tiene poder calorífico hasta ese día."]
        return None
    return convert_amount(amount, unit, in_force.value, measured_on=in_force.measured_on, asked=gas_day)


def convert_amount(amount: Decimal, unit: str, value: HeatingValue, *, measured_on: GasDay, asked: GasDay) -> Converted:
    """Return an amount in m³, MBTU and KPC with a heating value in BTU/ft³."""
    if unit == "mbtu":
        mbtu = Quantity.of(f"{amount:f}", Unit.MBTU)
        m3 = convert(mbtu, Unit.M3, value)
        formula = f"{bare_figure(amount)} MBTU × 28.316,846592 / {exact_heating_value(value)} = {_six(m3.amount)} m³"
    else:
        volume = amount * CUBIC_METRES_PER_KPC if unit == KPC else amount
        m3 = Quantity.of(f"{volume.quantize(Decimal('0.000001')):f}", Unit.M3)
        mbtu = convert(m3, Unit.MBTU, value)
        said = f"{bare_figure(amount)} KPC × 28,316846592" if unit == KPC else f"{bare_figure(amount)} m³"
        formula = f"{said} × {bare_figure(FEET)} × {exact_heating_value(value)} / 1.000.000 = {_six(mbtu.amount)} MBTU"
    words = (
        f"del {day_words(measured_on.date)}"
        if measured_on == asked
        else f"del {day_words(measured_on.date)}, el último conocido antes de ese día (provisional)"
    )
    return Converted(m3, mbtu, in_kpc(m3), exact_heating_value(value), words, formula)


def _six(value: Decimal) -> str:
    return bare_figure(value.quantize(Decimal("0.000001")))


def _read_day(form: ConverterForm) -> GasDay | None:
    typed = as_typed(form.fecha.data or "")
    try:
        found = parse_gas_day(typed)
    except BadGasDay as bad:
        if not typed:
            words = "Escriba el día, como 24/11/2026."
        elif bad.problem is GasDayProblem.OUT_OF_RANGE:
            words = f"El portal tiene datos desde el {day_words(FIRST_GAS_DAY.date)}, hasta hoy."
        else:
            words = f"«{typed[:30]}» no es un día. Escríbalo como 24/11/2026."
        form.fecha.errors = [words]
        return None
    if found > GasDay.of(act().now):
        form.fecha.errors = [f"El {day_words(found.date)} todavía no llega: su gas no se ha analizado."]
        return None
    return found


def _read_amount(form: ConverterForm) -> Decimal | None:
    typed = as_typed(form.cantidad.data or "")
    try:
        amount = parse_quantity(typed, Unit.M3, decimals=DECIMALS).amount
        # The unit is chosen in its own field: one written here may be another.
        if any(character.isalpha() for character in typed):
            raise BadQuantity(QuantityProblem.OTHER_UNIT)
        return amount
    except BadQuantity as bad:
        words = CONVERTER_PROBLEMS[bad.problem]
        form.cantidad.errors = [words.format(typed=typed[:30], most=grouped(LARGEST[Unit.M3].amount, 0))]
        return None
