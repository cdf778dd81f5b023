"""Administrator's pages of the console accounts."""

from __future__ import annotations

from flask import flash
from flask.typing import ResponseReturnValue
from wtforms import EmailField, RadioField, SelectChoice, StringField
from wtforms.validators import AnyOf, DataRequired, Length

from portal.domain.accounts import CONSOLE_ROLES, LINK_LIFE, Function, LinkPurpose, Role
from portal.domain.spans import span_words
from portal.services.people import accounts
from portal.services.store.identity import LONGEST_EMAIL, LONGEST_NAME
from portal.services.store.refusals import Rejected
from portal.services.trace import audit_trail
from portal.web import database
from portal.web.access import Staff, act, me, open_to
from portal.web.answers import chosen, go, page, show_refusal
from portal.web.filters import ROLE_WORDS
from portal.web.forms import TypedForm
from portal.web.step_up import needs_fresh_factor

from .views import blueprint
from .words import ACCOUNT_WORDS

ADDRESS = "/consola/cuentas/<account>"
ROLES = [role for role in Role if role in CONSOLE_ROLES]
# Shown beside each role: its rights.
ROLE_HINTS = {
    Role.AGENT: "Atiende a los clientes por teléfono.",
    Role.OPERATOR: "Carga mediciones, lleva el libro del día, pide cartas de claves.",
    Role.SUPERVISOR: "Lo del operador, y aprueba claves, usuarios y correcciones de otros.",
    Role.AUDITOR: "Ve todo lo que pasó y no cambia nada.",
    Role.ADMIN: "Cuentas internas, ajustes y tareas; no ve cifras de clientes.",
}


def _role_field() -> RadioField:
    return RadioField(
        "Función",
        choices=[SelectChoice(role.value, ROLE_WORDS[role].capitalize()) for role in ROLES],
        validate_choice=False,
        validators=[AnyOf([role.value for role in ROLES], message="Elija la función de la cuenta.")],
    )


class InvitationForm(TypedForm):
    """Invitation: e-mail, name and role."""

    name = StringField(
        "Nombre y apellido",
        validators=[DataRequired("Escriba el nombre de la persona."), Length(max=LONGEST_NAME)],
    )
    email = EmailField(
        "Correo",
        validators=[DataRequired("Escriba el correo, como nombre@empresa.com."), Length(max=LONGEST_EMAIL)],
    )
    role = _role_field()


class RoleForm(TypedForm):
    """Other role for an account."""

    role = _role_field()


@blueprint.get("/consola/cuentas")
@open_to(Staff(Function.ADMINISTER))
def staff_accounts() -> ResponseReturnValue:
    """List the accounts of the consoles."""
    return page("staff/accounts.html", found=accounts.staff.list_accounts(act()))


@blueprint.route("/consola/cuentas/nueva", methods=["GET", "POST"])
@open_to(Staff(Function.ADMINISTER))
@needs_fresh_factor
def new_account() -> ResponseReturnValue:
    """Invite somebody to the consoles."""
    form = InvitationForm()
    if form.validate_on_submit():
        try:
            user = accounts.staff.invite(
                act(), email=form.email.data or "", name=form.name.data or "", role=Role(form.role.data)
            )
        except Rejected as refused:
            show_refusal(form, refused, ACCOUNT_WORDS)
        else:
            lasts = span_words(LINK_LIFE[LinkPurpose.INVITE])
            flash(f"La invitación sale por correo a {user.email} y sirve {lasts}.", "success")
            return go(".staff_account", account=user.public_id)
    return page("staff/new_account.html", form=form, hints=_hints())


@blueprint.get(ADDRESS)
@open_to(Staff(Function.ADMINISTER))
def staff_account(account: str) -> ResponseReturnValue:
    """Show an account of the consoles with the possible actions."""
    return _show(account, RoleForm(formdata=None))


@blueprint.post(ADDRESS)
@open_to(Staff(Function.ADMINISTER))
@needs_fresh_factor
def act_on_account(account: str) -> ResponseReturnValue:
    """Change the role, disable, enable, remove the second factor or invite again, by the pressed button."""
    form = RoleForm()
    try:
        match chosen(("funcion", "deshabilitar", "habilitar", "segundo-factor", "invitar")):
            case "funcion" if form.validate_on_submit():
                accounts.staff.change_role(act(), public_id=account, role=Role(form.role.data))
                flash("La función cambió y las sesiones de la cuenta se cerraron.", "success")
            case "funcion":
                return _show(account, form)
            case "deshabilitar":
                accounts.staff.disable(act(), public_id=account)
                flash("La cuenta quedó deshabilitada desde ahora mismo.", "success")
            case "habilitar":
                accounts.staff.enable(act(), public_id=account)
                flash("La cuenta puede ingresar de nuevo.", "success")
            case "segundo-factor":
                accounts.staff.reset_second_factor(act(), public_id=account)
                flash(
                    "Quedó sin segundo factor ni contraseña: recibe una invitación para empezar de nuevo.",
                    "success",
                )
            case _:
                accounts.staff.invite_again(act(), public_id=account)
                flash("Otra invitación sale por correo; la anterior ya no sirve.", "success")
    except Rejected as refused:
        show_refusal(form, refused, ACCOUNT_WORDS)
        return _show(account, form)
    return go(".staff_account", account=account)


def _show(account: str, form: RoleForm) -> ResponseReturnValue:
    session, actor = database.current(), me()
    user = accounts.staff.load(act(), public_id=account)
    if not form.role.data:
        form.role.data = user.role.value
    return page(
        "staff/account.html",
        form=form,
        user=user,
        is_own=user.id == actor.user_id,
        hints=_hints(),
        trail_entries=audit_trail.list_of_subject(session, subject=user.public_id),
    )


def _hints() -> dict[str, str]:
    return {role.value: text for role, text in ROLE_HINTS.items()}
