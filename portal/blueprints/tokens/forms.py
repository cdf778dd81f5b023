"""Form of a new token."""

from __future__ import annotations

from wtforms import RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from portal.domain.api_scopes import Scope
from portal.web.forms import TypedForm

from .words import LIVES, SCOPE_WORDS


class TokenForm(TypedForm):
    """Company, system, scopes and life of a token."""

    company = RadioField("Empresa", validators=[InputRequired("Elija la empresa.")])
    name = StringField(
        "Nombre del sistema",
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
