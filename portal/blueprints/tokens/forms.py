"""The form of a new token."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from portal.domain.api_scopes import Scope

from .words import LIVES, SCOPE_WORDS


def _stripped(text: str | None) -> str | None:
    return text.strip() if text else text


class TokenForm(FlaskForm):
    """For which company and system, what it may do, and for how long."""

    company = RadioField("Empresa", validators=[InputRequired("Elija la empresa.")])
    name = StringField(
        "Nombre del sistema",
        filters=[_stripped],
        validators=[
            DataRequired("Escriba un nombre, como «ERP de planta»."),
            Length(max=80, message="Ese nombre es muy largo. Escríbalo en 80 caracteres o menos."),
        ],
    )
    scope = RadioField(
        "Qué puede hacer",
        choices=[SelectChoice(scope.value, SCOPE_WORDS[scope]) for scope in Scope],
        default=Scope.READ.value,
        validators=[InputRequired("Elija qué puede hacer el token.")],
    )
    life = SelectField("Vigencia", choices=[SelectChoice(*life) for life in LIVES.items()], default="365")
