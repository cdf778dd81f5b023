"""Forms of the two keys, one field each."""

from __future__ import annotations

from wtforms import BooleanField
from wtforms.validators import InputRequired, Length

from portal.web.forms import SecretField, TypedForm


class WebKeyForm(TypedForm):
    """One field: the web key of the letter."""

    web_key = SecretField(
        "Clave web",
        validators=[
            InputRequired("Escriba la clave web de su carta."),
            Length(max=64, message="Clave incorrecta: la clave web tiene 12 letras y números, como K7QF-2M9X-TB4R."),
        ],
    )
    remember_device = BooleanField("Recordar en este equipo")


class NumericKeyForm(TypedForm):
    """One field: the numeric key of the letter."""

    numeric_key = SecretField(
        "Clave numérica",
        validators=[
            InputRequired("Escriba la clave numérica de su carta."),
            Length(max=64, message="Código incorrecto: la clave numérica tiene 9 cifras, como 483 920 175."),
        ],
    )
    remember_device = BooleanField("Recordar en este equipo")


class CompanyKeysForm(TypedForm):
    """Keys of one company: each beside the contract or point that it is for, and one tick for all."""

    remember_device = BooleanField("Recordar en este equipo")
