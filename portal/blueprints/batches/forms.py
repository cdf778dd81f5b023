"""Forms for many days, and the table of differences."""

from __future__ import annotations

import re

from flask_wtf.file import FileField, FileRequired
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from portal.domain.gas_day import GasDay
from portal.services.nominations.batches import MOST_DAYS
from portal.web.forms import SecretField, TypedForm
from portal.web.typed_days import read_typed_day

DAY_MISSING = "Escriba el día, como 24/11/2026."
NO_VERSION = -1


class RangeForm(TypedForm):
    """Range of days, all with the same quantity to begin with."""

    first = StringField("Desde", validators=[InputRequired(DAY_MISSING)])
    last = StringField("Hasta", validators=[InputRequired(DAY_MISSING)])
    quantity = StringField("Cantidad de cada día (la cambia después donde haga falta)")

    days: list[GasDay]

    def validate_first(self, field: StringField) -> None:
        self.days = [read_typed_day(field.data or "")]

    def validate_last(self, field: StringField) -> None:
        self.days = [*getattr(self, "days", []), read_typed_day(field.data or "")]


class WeekForm(TypedForm):
    """Week from one day, repeated from another day."""

    source = StringField("Copiar los siete días desde el", validators=[InputRequired(DAY_MISSING)])
    target = StringField("A los siete días desde el", validators=[InputRequired(DAY_MISSING)])

    days: list[GasDay]

    def validate_source(self, field: StringField) -> None:
        self.days = [read_typed_day(field.data or "")]

    def validate_target(self, field: StringField) -> None:
        self.days = [*getattr(self, "days", []), read_typed_day(field.data or "")]


class PasteForm(TypedForm):
    """Two columns copied from a sheet."""

    pasted = TextAreaField(
        "Fecha y cantidad, como salen de Excel",
        validators=[
            InputRequired("Pegue aquí dos columnas: fecha y cantidad."),
            Length(max=20_000, message=f"Es demasiado texto: pegue como máximo {MOST_DAYS} días, o suba el archivo."),
        ],
    )


class UploadForm(TypedForm):
    """File of two columns."""

    file = FileField("Archivo CSV o Excel (.xlsx)", validators=[FileRequired("Elija el archivo con fecha y cantidad.")])


class LinesForm(TypedForm):
    """Table of differences; the quantities come as ``q-YYYY-MM-DD``."""

    version = HiddenField()
    warned = HiddenField()

    @property
    def shown_version(self) -> int:
        """Version that the page showed; one that no batch has when the field is invalid."""
        carried = str(self.version.data or "")
        return int(carried) if re.fullmatch("[0-9]{1,9}", carried) else NO_VERSION


class SignBatchForm(TypedForm):
    """Security code under the shown document."""

    shown = HiddenField()
    security_code = SecretField(
        "Código de seguridad",
        validators=[
            InputRequired("Escriba el código de seguridad: es la clave numérica de su carta."),
            Length(max=64, message="Código incorrecto: el código de seguridad tiene 9 cifras, como 483 920 175."),
        ],
    )
