"""Form for the code of an authenticator, and the words of its refusals."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from wtforms.validators import InputRequired, Length

from portal.services.store.refusals import Refusal

from .filters import zoned_words
from .forms import SecretField, TypedForm

CODE_WORDS: Mapping[Refusal, str] = {
    Refusal.SECOND_FACTOR_WRONG: (
        "Código incorrecto. Escriba el que su aplicación muestra ahora; cada código sirve una sola vez."
    ),
    Refusal.SECOND_FACTOR_FORMAT: (
        "Código incorrecto: son 6 cifras, como 492 039. Escriba solo números; este intento no se contó."
    ),
}


class SecondFactorForm(TypedForm):
    """Code shown by the authenticator."""

    totp = SecretField(
        "Código de verificación",
        validators=[
            InputRequired("Escriba el código de 6 cifras de su aplicación."),
            Length(max=32, message=CODE_WORDS[Refusal.SECOND_FACTOR_FORMAT]),
        ],
    )


def paused_own_code_words(until: datetime | None) -> str:
    """Return the message after too many wrong codes of a customer's own authenticator: until when, and what to do."""
    pause = f"hasta el {zoned_words(until)}" if until else "por ahora"
    return (
        f"Demasiados códigos incorrectos. Por seguridad no recibimos otro, tampoco el correcto, {pause}. "
        "Mientras tanto todo funciona con sus claves. Si perdió su teléfono, quite el autenticador en «Equipos "
        "recordados»."
    )


def paused_code_words(until: datetime | None) -> str:
    """Return the message after too many wrong codes: until when to wait, and who can help."""
    pause = f"hasta el {zoned_words(until)}" if until else "por ahora"
    return (
        f"Demasiados códigos incorrectos. Por seguridad no recibimos otro, tampoco el correcto, {pause}. "
        "Si perdió su teléfono, use después un código de recuperación o pida ayuda al administrador del portal."
    )
