"""The form of the web key."""

from __future__ import annotations

from wtforms.validators import InputRequired, Length

from portal.forms import SecretField, TypedForm


class WebKeyForm(TypedForm):
    """One field: the web key of the letter."""

    web_key = SecretField(
        "Clave web",
        validators=[
            InputRequired("Escriba la clave web de su carta."),
            Length(max=64, message="Clave incorrecta: la clave web tiene 12 letras y números, como K7QF-2M9X-TB4R."),
        ],
    )
