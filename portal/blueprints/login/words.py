"""Words of refused sign-ins, registrations and passwords."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from portal.domain.counts import agree
from portal.domain.passwords import LONGEST, SHORTEST
from portal.domain.spans import span_words
from portal.services.people.sessions import LIFE, Ending
from portal.services.store.refusals import Refusal
from portal.web.filters import zoned_words
from portal.web.second_factor_form import CODE_WORDS

PASSWORD_HINT = (
    f"Al menos {SHORTEST} caracteres. Sirve una frase de varias palabras, con espacios, tildes y eñes si quiere."
)

ENDING_WORDS: Mapping[Ending, str] = {
    Ending.IDLE: "Su sesión terminó por inactividad.",
    Ending.WHOLE_LIFE: f"Su sesión terminó: por seguridad dura {span_words(LIFE)} como máximo.",
    Ending.CLOSED: "Su sesión se cerró.",
}
KEPT_WORDS = "Guardamos lo que escribió: ingrese y lo verá otra vez."

WORDS: Mapping[Refusal, str] = {
    # The same for an unknown e-mail, a wrong password, an unverified and a disabled account.
    Refusal.CREDENTIALS_WRONG: (
        "No pudimos ingresar con ese correo y esa contraseña. Revise los dos. Si acaba de registrarse, confirme "
        "primero su correo con el enlace que le enviamos."
    ),
    **CODE_WORDS,
    Refusal.PASSKEY_WRONG: (
        "No pudimos comprobar la llave de acceso y no se guardó nada. Presione el botón de nuevo; si no es de esta "
        "cuenta o la quitó, use otra."
    ),
    Refusal.PASSKEY_UNREADABLE: (
        "El navegador no envió una llave de acceso. Presione el botón de nuevo; este intento no se contó."
    ),
    Refusal.PASSKEY_ASKED_AGAIN: (
        "Pasó mucho tiempo, o la página se abrió también en otra pestaña. Presione el botón de nuevo; este intento no "
        "se contó."
    ),
    Refusal.PASSKEYS_ENOUGH: "Su cuenta ya tiene 10 llaves de acceso. Quite una que no use y agregue la nueva.",
    Refusal.RECOVERY_CODE_WRONG: (
        "Código de recuperación incorrecto. Revise que no lo haya usado ya: cada uno sirve una sola vez."
    ),
    Refusal.RECOVERY_CODE_FORMAT: (
        "Un código de recuperación tiene 10 letras y cifras, como K7QF2-M9XTB. Escríbalo completo; este intento no se "
        "contó."
    ),
    Refusal.NAME_MISSING: "Escriba su nombre y apellido.",
    Refusal.EMAIL_MALFORMED: "Ese correo no está completo o tiene un error. Escríbalo como nombre@empresa.com.",
    Refusal.EMAIL_TAKEN: "Ese correo ya tiene una cuenta.",
    Refusal.CONSENT_MISSING: "Para crear la cuenta necesitamos su autorización. Léala y marque la casilla.",
    Refusal.PASSWORD_TOO_SHORT: f"La contraseña es muy corta. Escriba al menos {SHORTEST} caracteres.",
    Refusal.PASSWORD_TOO_LONG: f"La contraseña es muy larga. Escriba como máximo {LONGEST} caracteres.",
    Refusal.PASSWORD_COMMON: (
        "Esa contraseña es muy común, se repite o sigue el teclado. Use varias palabras que no vayan juntas."
    ),
    Refusal.PASSWORD_COMPANY_WORDS: (
        "Esa contraseña está hecha de palabras de {distributor.name}, de su nombre o de su correo. "
        "Escoja varias palabras que no tengan que ver con usted ni con el portal."
    ),
    Refusal.CURRENT_PASSWORD_WRONG: "Esa no es su contraseña actual. Escríbala de nuevo.",
    Refusal.LINK_SPENT: "Este enlace ya no sirve. Pida uno nuevo.",
}


def paused_passkey_words(until: datetime | None) -> str:
    """Return the message after too many answers or questions for a passkey: until when, and that nothing else waits."""
    pause = f"hasta el {zoned_words(until)}" if until else "por ahora"
    return (
        f"Demasiados intentos seguidos. Por seguridad no recibimos otra llave de acceso ni otro código {pause}. "
        "Mientras tanto todo funciona con las claves de sus cartas."
    )


def paused_words(until: datetime | None) -> str:
    """Return the message while throttled: until when, and the way out that always works."""
    pause = f"hasta el {zoned_words(until)}" if until else "por ahora"
    return (
        f"Demasiados intentos seguidos. Por seguridad no recibimos otro, tampoco el correcto, {pause}. "
        "Si no recuerda su contraseña, puede escoger otra de inmediato."
    )


def ended_words(ended: int) -> str:
    """Return what happened to the other sessions."""
    if ended == 0:
        return "No había otras sesiones abiertas."
    return agree(ended, "Cerramos la otra sesión.", "Cerramos las otras {} sesiones.")
