"""Forms of readings and heating values."""

from __future__ import annotations

import re
from decimal import Decimal

from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, Field, HiddenField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import AnyOf, InputRequired, Length, Regexp, ValidationError

from portal.domain.balance import ExceptionClause
from portal.domain.gas_day import GasDay
from portal.domain.quantities import HeatingValue, Quantity, Unit
from portal.domain.readings import ReadingState
from portal.services.files.cells import BadCell, parse_figure
from portal.services.files.problems import Problem
from portal.web.forms import NOT_SHOWN, TypedForm
from portal.web.typed_days import read_typed_day
from portal.words.files import FILE_EXAMPLE, PAGE_EXAMPLE, rule_words

from .words import STATE_CHOICES

# Count that the page showed and the form returns.
COUNT = re.compile(r"[0-9]{1,6}\Z", re.ASCII)
# A sum in millionths.
SUM = re.compile(r"[0-9]{1,18}\Z", re.ASCII)
# On a page a dot always groups, as everywhere in Colombia; in a file it is ambiguous.
_GROUPED = re.compile(r"[1-9][0-9]{0,2}(?:\.[0-9]{3})+(?:,[0-9]+)?")


class FileForm(TypedForm):
    """File of readings or heating values."""

    file = FileField("Archivo CSV o Excel (.xlsx)", validators=[FileRequired("Elija el archivo.")])
    sender = StringField("De dónde viene (opcional)", validators=[Length(max=60, message="Escriba hasta 60 letras.")])


class HeldRowForm(TypedForm):
    """Row of a file that waits: its values to be mended, and the reason of a row that is discarded."""

    key = StringField("Punto")
    gas_day = StringField("Día de gas")
    figure = StringField("Cantidad")
    unit = StringField("Unidad")
    state = StringField("Estado")
    note = StringField("Motivo de la corrección")
    all_alike = BooleanField("También en las demás filas del archivo con el mismo punto")
    why = TextAreaField("Por qué son así")
    reason = TextAreaField("Motivo para descartarla")


class HeatingValueForm(TypedForm):
    """Heating value of an exit point on a day, written by hand."""

    exit_point = SelectField(
        "Punto de salida", validate_choice=False, validators=[InputRequired("Elija el punto de salida.")]
    )
    gas_day = StringField("Día de gas")
    value = StringField("Poder calorífico")
    parsed_day: GasDay | None = None
    parsed_value: Decimal | None = None

    def validate_gas_day(self, field: Field) -> None:
        """Read the day."""
        self.parsed_day = read_day(field)

    def validate_value(self, field: Field) -> None:
        """Read the figure as written in Colombia."""
        self.parsed_value = read_figure(field)


class LateValueForm(HeatingValueForm):
    """Corrected heating value of a closed day; ``shown`` is the digest of the previewed effects."""

    reason = TextAreaField("Motivo")
    shown = HiddenField()
    parsed_heating: HeatingValue | None = None

    def validate_value(self, field: Field) -> None:
        """Read the figure, from 700 to 1,500 BTU/ft³ with at most three decimals."""
        figure = read_figure(field)
        try:
            self.parsed_heating = HeatingValue.of(figure)
        except ValueError:
            raise ValidationError("De 700 a 1.500 BTU/ft³, con tres decimales a lo sumo.") from None


class ValueDecisionForm(TypedForm):
    """Button of the list of corrected heating values; ``shown`` is the digest of the previewed effects."""

    correction = HiddenField()
    shown = HiddenField()


def read_day(field: Field) -> GasDay:
    """Return the typed gas day; ``ValidationError`` with its problem in words."""
    return read_typed_day(str(field.data or ""))


def read_figure(field: Field, *, example: str = FILE_EXAMPLE) -> Decimal:
    """Return the typed figure; a bad one never becomes another number."""
    try:
        return parse_typed_figure(str(field.data or ""))
    except BadCell as bad:
        raise ValidationError(rule_words(Problem(bad.rule), example=example)) from None


def parse_typed_figure(typed: str) -> Decimal:
    """Return a figure as written in Colombia on a page: a dot groups thousands; ``BadCell`` for any other text."""
    typed = typed.strip()
    return parse_figure(typed.replace(".", "") if _GROUPED.fullmatch(typed) else typed)


class DecideForm(TypedForm):
    """Decision about a file; ``shown`` is the fingerprint of the preview, ``reason`` why its odd figures are right."""

    shown = HiddenField()
    reason = TextAreaField("Por qué son así")


class CertifyForm(TypedForm):
    """Number of provisional readings that the page showed for its search, and their sum in millionths of m³."""

    readings = HiddenField(validators=[Regexp(COUNT, message=NOT_SHOWN)])
    micro = HiddenField(validators=[Regexp(SUM, message=NOT_SHOWN)])


class _VolumeForm(TypedForm):
    volume = StringField("Consumo del día")
    reason = TextAreaField("Motivo")
    parsed: Quantity | None = None

    def validate_volume(self, field: Field) -> None:
        """Read the figure as written in Colombia."""
        self.parsed = Quantity.of(read_figure(field, example=PAGE_EXAMPLE), Unit.M3)

    @property
    def reason_given(self) -> str | None:
        """The reason, None for an empty one."""
        return " ".join(str(self.reason.data or "").split()) or None


class ReadingForm(_VolumeForm):
    """Reading of a day; ``seen`` is the version that the page showed."""

    seen = HiddenField(validators=[Regexp(COUNT, message=NOT_SHOWN)])
    state = SelectField(
        "Estado",
        choices=[SelectChoice(value, words) for value, words in STATE_CHOICES],
        validate_choice=False,
        validators=[AnyOf([state.value for state in ReadingState], message="Elija el estado de la medición.")],
    )


class LateForm(_VolumeForm):
    """Correction of a day in a closed month, decided by another person; after five months with an exception."""

    exception_clause = SelectField(
        "Excepción del contrato",
        choices=[
            SelectChoice("", "Ninguna: un consumo mayor no se cobra"),
            *[SelectChoice(clause.value, f"Cláusula {clause.value}: dolo probado") for clause in ExceptionClause],
        ],
        default="",
        validate_choice=False,
        validators=[AnyOf(["", *[clause.value for clause in ExceptionClause]], message="Elija la cláusula.")],
    )
    exception_reason = TextAreaField("Prueba del dolo")

    @property
    def clause(self) -> ExceptionClause | None:
        """Chosen clause, None without one."""
        return ExceptionClause(self.exception_clause.data) if self.exception_clause.data else None


class DecisionForm(TypedForm):
    """Button of the list of corrections."""

    correction = HiddenField()


class CloseForm(TypedForm):
    """Months of the ticked points, or of all ready ones that match the search.

    ``ready`` counts those shown, ``micro`` is what they consumed in millionths of m³.
    """

    ready = HiddenField(validators=[Regexp(COUNT, message=NOT_SHOWN)])
    micro = HiddenField(validators=[Regexp(SUM, message=NOT_SHOWN)])
