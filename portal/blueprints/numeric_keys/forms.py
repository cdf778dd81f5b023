"""The form of the numeric key."""

from __future__ import annotations

from wtforms.validators import InputRequired, Length

from portal.forms import SecretField, TypedForm


class NumericKeyForm(TypedForm):
    """One field: the numeric key of the letter."""

    numeric_key = SecretField(
        "Clave numérica",
        validators=[
            InputRequired("Escriba la clave numérica de su carta."),
            Length(max=64, message="Código incorrecto: la clave numérica tiene 9 cifras, como 483 920 175."),
        ],
    )
