"""Forms of all points of a contract: the way in, the table, and the codes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import HiddenField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length

from portal.domain.calendar import day_words
from portal.domain.counts import counted
from portal.domain.gas_day import GasDay
from portal.models import DeliveryPoint
from portal.services.nominations.groups import LONGEST_PASTED
from portal.web.forms import SecretField, TypedForm


class WayForm(TypedForm):
    """For how many of the open days; the pressed button says with what the table is filled."""

    days = SelectField("Para cuántos días", choices=[])

    @classmethod
    def of(cls, open_days: Sequence[GasDay], **given: Any) -> WayForm:
        """Return the form with the open days to choose from, the nearest alone unless told."""
        form = cls(**given)
        form.days.choices = [(str(place), _choice_words(place, day)) for place, day in enumerate(open_days, start=1)]
        return form


def _choice_words(count: int, last: GasDay) -> str:
    if count == 1:
        return f"Solo el {day_words(last)}"
    return f"{counted(count, 'día', 'días')}, hasta el {day_words(last)}"


class PasteTableForm(TypedForm):
    """Points and days copied from a sheet."""

    pasted = TextAreaField(
        "Tabla, como sale de Excel",
        validators=[
            InputRequired("Pegue aquí la tabla: los puntos hacia abajo y los días hacia la derecha."),
            Length(max=LONGEST_PASTED, message="Es demasiado texto: pegue solo la tabla de puntos y días."),
        ],
    )


class SignGroupForm(TypedForm):
    """Digest of what was shown; the codes come as ``codigo-<point>``."""

    shown = HiddenField()


class SignShortForm(SignGroupForm):
    """The code of one of the points, and that of the signer's authenticator."""

    anchor = SelectField("Punto cuyo código escribe", choices=[])
    security_code = SecretField(
        "Código de seguridad de ese punto",
        validators=[InputRequired("Escriba el código de seguridad: es la clave numérica de la carta de ese punto.")],
    )
    totp = SecretField(
        "Código de su autenticador",
        validators=[InputRequired("Escriba el código de 6 cifras de su aplicación.")],
    )

    @classmethod
    def of(cls, anchors: Sequence[DeliveryPoint]) -> SignShortForm:
        """Return the form with the points to choose from."""
        form = cls()
        form.anchor.choices = [(point.public_id, point.name) for point in anchors]
        return form
