"""Tokens of the account for the distributor's own systems: made once with a fresh code, listed, revoked (adr/0137)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from flask import flash, request
from flask.typing import ResponseReturnValue
from wtforms import RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from portal.domain.accounts import Function, StaffScope
from portal.services.people import staff_tokens, tokens
from portal.services.store.refusals import Refusal, Rejected
from portal.web import runtime
from portal.web.access import Staff, act, open_to
from portal.web.answers import go, page, show_refusal
from portal.web.forms import TypedForm
from portal.web.step_up import needs_fresh_factor

from .views import blueprint

STAFF_SCOPE_WORDS: Mapping[StaffScope, str] = {
    StaffScope.READ: "Leer libro, autorizadas, huecos y balances",
    StaffScope.AUDIT: "Leer la auditoría",
}
STAFF_TOKEN_WORDS: Mapping[Refusal, str] = {
    Refusal.TOKENS_SPENT: "Usted ya tiene {most} tokens vigentes, el máximo. Revoque uno que no use y cree el nuevo.",
}
# In days, as the form carries them.
LIVES: Mapping[str, str] = {"30": "30 días", "90": "90 días", "365": "Un año"}


@blueprint.route("/consola/seguridad/tokens", methods=["GET", "POST"])
@open_to(Staff(Function.MAKE_TOKENS))
@needs_fresh_factor
def staff_api_tokens() -> ResponseReturnValue:
    """List the tokens of the account; make one, whose text only this answer shows."""
    form = StaffTokenForm()
    offered = staff_tokens.list_offered(act())
    form.scope.choices = [SelectChoice(scope.value, STAFF_SCOPE_WORDS[scope]) for scope in offered]
    if len(offered) == 1 and request.method == "GET":
        form.scope.data = offered[0].value
    if form.validate_on_submit():
        try:
            plain = staff_tokens.create(
                act(), name=form.name.data or "", scopes={StaffScope(form.scope.data)}, days=int(form.life.data)
            )
        except Rejected as refused:
            show_refusal(form, refused, STAFF_TOKEN_WORDS)
        else:
            # No redirect: the token must not be stored until the next page, not even in a cookie.
            return page("staff/token_created.html", plain=plain, name=form.name.data)
    now = runtime.now()
    return page(
        "staff/tokens.html",
        form=form,
        tokens=[(each, tokens.is_live(each, now)) for each in staff_tokens.list_own(act())],
        scope_words=_scope_words,
    )


# A GET of the POST address goes back: after a lost session the sign-in leads here.
@blueprint.route("/consola/seguridad/tokens/revocar", methods=["GET", "POST"])
@open_to(Staff(Function.MAKE_TOKENS))
def revoke_staff_token() -> ResponseReturnValue:
    """Revoke a token of the account at once."""
    if request.method == "POST":
        ended = staff_tokens.revoke(act(), public_id=request.form.get("token", ""))
        flash(f"El token «{ended.name}» ya no abre nada.", "success")
    return go(".staff_api_tokens")


def _scope_words(words: str) -> str:
    found: Collection[StaffScope] = staff_tokens.scopes_of(words)
    return " · ".join(STAFF_SCOPE_WORDS[scope] for scope in StaffScope if scope in found)


class StaffTokenForm(TypedForm):
    """System, scope and life of a token."""

    name = StringField(
        "Nombre del sistema",
        validators=[
            DataRequired("Escriba un nombre, como «Programa del transportador»."),
            Length(max=80, message="Ese nombre es muy largo. Escríbalo en 80 caracteres o menos."),
        ],
    )
    scope = RadioField("Qué puede leer", validators=[InputRequired("Elija qué puede leer el token.")])
    life = SelectField("Vigencia", choices=[SelectChoice(*life) for life in LIVES.items()], default="90")
