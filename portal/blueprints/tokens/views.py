"""Tokens of a company's systems: created, shown once, listed, revoked."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Blueprint, flash, request
from flask.typing import ResponseReturnValue
from wtforms import RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from portal.domain.accounts import Scope
from portal.services.people import api_tokens
from portal.services.store.refusals import Rejected
from portal.web import runtime
from portal.web.access import Audience, act, open_to
from portal.web.answers import go, page, show_refusal
from portal.web.forms import TypedForm

from .words import LIVES, SCOPE_HINTS, SCOPE_WORDS, WORDS

blueprint = Blueprint("tokens", __name__)


@blueprint.route("/cuenta/api", methods=["GET", "POST"])
@open_to(Audience.CUSTOMER)
def api() -> ResponseReturnValue:
    """List the tokens of one's companies; create one, whose text only this answer shows."""
    now = runtime.now()
    companies = api_tokens.list_tokens(act())
    form = TokenForm()
    form.company.choices = [SelectChoice(each.company.public_id, each.company.name) for each in companies]
    if len(companies) == 1 and request.method == "GET":
        form.company.data = companies[0].company.public_id
    if form.validate_on_submit():
        try:
            plain = api_tokens.create(
                act(),
                company=form.company.data,
                name=form.name.data,
                scopes={Scope(form.scope.data)},
                expires_at=_expiry(form.life.data, now),
            )
        except Rejected as refused:
            show_refusal(form, refused, WORDS)
        else:
            # No redirect: the token must not be stored until the next page, not even in a cookie.
            return page("tokens/created.html", plain=plain, name=form.name.data)
    return page("tokens/api.html", form=form, companies=companies, scope_words=_scope_words, scope_hints=SCOPE_HINTS)


# A GET of the POST address goes back: after a lost session the sign-in leads here.
@blueprint.route("/cuenta/api/revocar", methods=["GET", "POST"])
@open_to(Audience.CUSTOMER)
def revoke() -> ResponseReturnValue:
    """Revoke a token at once."""
    if request.method == "POST":
        ended = api_tokens.revoke(act(), public_id=request.form.get("token", ""))
        flash(f"El token «{ended.name}» ya no abre nada.", "success")
    return go("tokens.api")


def _expiry(days: str, now: datetime) -> datetime | None:
    return now + timedelta(days=int(days)) if days else None


def _scope_words(scopes: frozenset[Scope]) -> str:
    return SCOPE_WORDS[Scope.NOMINATE if Scope.NOMINATE in scopes else Scope.READ]


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
