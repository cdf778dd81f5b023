"""Forms of accounts."""

from __future__ import annotations

from collections.abc import Callable

from wtforms import BooleanField, EmailField, Field, HiddenField, PasswordField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from portal.services.store.identity import LONGEST_EMAIL, LONGEST_NAME, normalise_email, require_acceptable_password
from portal.services.store.refusals import Refusal, Rejected
from portal.web.distributor import current, named
from portal.web.forms import SecretField, TypedForm

from .words import WORDS

PASSKEY = "passkey"
LONGEST_PASSKEY_NAME = 60
EMAIL_MISSING = "Escriba su correo, como nombre@empresa.com."


def _email_field() -> EmailField:
    return EmailField(
        "Correo",
        validators=[
            DataRequired(EMAIL_MISSING),
            Length(max=LONGEST_EMAIL, message=WORDS[Refusal.EMAIL_MALFORMED]),
        ],
    )


def _follow(rule: Callable[[], object]) -> None:
    """Ask a rule of the service while the form is validated, so that all mistakes show at once."""
    try:
        rule()
    except Rejected as refused:
        raise ValidationError(named(WORDS[refused.refusal])) from None


class RegistrationForm(TypedForm):
    """Registration, and the consent that the law requires."""

    name = StringField(
        "Nombre y apellido",
        validators=[
            DataRequired(WORDS[Refusal.NAME_MISSING]),
            Length(max=LONGEST_NAME, message="Ese nombre es muy largo. Escríbalo en 120 caracteres o menos."),
        ],
    )
    email = _email_field()
    company = StringField(
        "Empresa",
        validators=[
            DataRequired("Escriba la empresa para la que trabaja."),
            Length(max=LONGEST_NAME, message="Ese nombre es muy largo. Escríbalo en 120 caracteres o menos."),
        ],
    )
    password = PasswordField("Contraseña", validators=[InputRequired("Escoja una contraseña.")])
    consent = BooleanField("Autorizo", validators=[DataRequired(WORDS[Refusal.CONSENT_MISSING])])

    def validate_email(self, field: Field) -> None:
        _follow(lambda: normalise_email(field.data))

    def validate_password(self, field: Field) -> None:
        _follow(
            lambda: require_acceptable_password(
                field.data, distributor=current(), name=self.name.data or "", email=(self.email.data or "").lower()
            )
        )


class SignInForm(TypedForm):
    """E-mail and password; one answer for whether both fit."""

    email = _email_field()
    password = PasswordField("Contraseña", validators=[InputRequired("Escriba su contraseña.")])


class ForgottenForm(TypedForm):
    """Address for the link."""

    email = _email_field()

    def validate_email(self, field: Field) -> None:
        _follow(lambda: normalise_email(field.data))


class NewPasswordForm(TypedForm):
    """New password in place of a forgotten one."""

    password = PasswordField("Contraseña nueva", validators=[InputRequired("Escoja una contraseña.")])


class PasskeyForm(TypedForm):
    """Answer of a passkey, which ``static/js/passkey.js`` writes into the form."""

    passkey = HiddenField()


class NewPasskeyForm(PasskeyForm):
    """Further passkey under a name; the code of the account's authenticator comes with the question for it."""

    name = StringField(
        "Nombre de la llave",
        validators=[
            DataRequired("Escriba un nombre con el que usted reconozca la llave, como «Celular»."),
            Length(max=LONGEST_PASSKEY_NAME, message="Ese nombre es muy largo. Escríbalo en 60 caracteres o menos."),
        ],
    )
    totp = SecretField(
        "Código de verificación", validators=[Length(max=32, message=WORDS[Refusal.SECOND_FACTOR_FORMAT])]
    )


class PasswordForm(TypedForm):
    """Present password, for an act that asks for it again."""

    current = PasswordField("Contraseña actual", validators=[InputRequired("Escriba su contraseña actual.")])


class ChangePasswordForm(PasswordForm):
    """Present password and its successor."""

    password = PasswordField("Contraseña nueva", validators=[InputRequired("Escoja una contraseña.")])
