"""Mails about accounts: short, plain, in Spanish, with absolute links.

No mail repeats input typed at registration: otherwise anybody could make the portal send their text to anybody.
"""

from __future__ import annotations

from datetime import datetime

from portal.domain.accounts import LINK_LIFE, LinkPurpose
from portal.domain.calendar import day_words
from portal.domain.counts import agree, counted
from portal.domain.gas_day import GasDay
from portal.domain.keys import SIGNED_ALL_THE_SAME
from portal.domain.spans import span_words
from portal.services.mail import outbox
from portal.services.mail.outbox import LINK_PLACE
from portal.services.store.acts import Act

from .links import Issued

GREETING = "Hola:"


def post_verification(act: Act, *, to: str, issued: Issued) -> None:
    """Ask the owner of the mailbox to confirm a registration."""
    _post(
        act,
        kind="verify-email",
        to=to,
        subject="Confirme su correo",
        issued=issued,
        paragraphs=(
            (
                "Alguien registró este correo en el portal de clientes no regulados de "
                f"{act.distributor.name}. Si fue usted, "
                f"confírmelo en esta página antes de {_life(LinkPurpose.VERIFY)}:"
            ),
            act.link(f"/verificar/{LINK_PLACE}"),
            (
                "La cuenta queda con los datos y la contraseña del registro más reciente; los enlaces anteriores ya "
                "no sirven. Si no fue usted, no abra el enlace: sin él la cuenta no funciona."
            ),
        ),
    )


def post_already_registered(act: Act, *, to: str) -> None:
    """Tell the owner of an account that its address was registered again."""
    _post(
        act,
        kind="already-registered",
        to=to,
        subject="Usted ya tiene una cuenta",
        paragraphs=(
            "Alguien intentó registrar este correo, que ya tiene una cuenta en el portal. No cambió nada.",
            f"Para entrar: {act.link('/ingreso')}",
            f"Si olvidó su contraseña: {act.link('/olvido')}",
            "Si no fue usted, no tiene que hacer nada.",
        ),
    )


def post_disabled(act: Act, *, to: str) -> None:
    """Tell the owner of a disabled account why it does not open."""
    _post(
        act,
        kind="account-disabled",
        to=to,
        subject="Su cuenta está deshabilitada",
        paragraphs=(
            "Alguien intentó usar la cuenta de este correo en el portal, y esa cuenta está deshabilitada.",
            "Si la necesita de nuevo, llámenos: confirmamos quién es usted y la habilitamos.",
        ),
    )


def post_reset(act: Act, *, to: str, issued: Issued) -> None:
    """Send the link for choosing a new password."""
    _post(
        act,
        kind="reset-password",
        to=to,
        subject="Escoja una contraseña nueva",
        issued=issued,
        paragraphs=(
            (
                "Alguien pidió cambiar la contraseña de su cuenta del portal. Si fue usted, escoja una nueva en esta "
                f"página antes de {_life(LinkPurpose.RESET)}:"
            ),
            act.link(f"/restablecer/{LINK_PLACE}"),
            (
                "Al hacerlo se cierran todas sus sesiones. Si no fue usted, no tiene que hacer nada: su contraseña "
                "sigue siendo la misma."
            ),
        ),
    )


def post_not_confirmed(act: Act, *, to: str) -> None:
    """Answer a request for a reset of a registration that was never confirmed."""
    _post(
        act,
        kind="not-confirmed",
        to=to,
        subject="Su registro no está confirmado",
        paragraphs=(
            "Alguien pidió cambiar la contraseña de la cuenta de este correo, pero ese registro nunca se confirmó.",
            f"Regístrese de nuevo y abra el enlace que le enviemos: {act.link('/registro')}",
            "Si no fue usted, no tiene que hacer nada.",
        ),
    )


def post_invitation(act: Act, *, to: str, issued: Issued) -> None:
    """Invite a member of staff to the consoles."""
    _post(
        act,
        kind="invitation",
        to=to,
        subject="Su cuenta de la consola",
        issued=issued,
        paragraphs=(
            (
                "El administrador creó una cuenta interna para usted en el portal de clientes no regulados. Escoja su "
                f"contraseña en esta página antes de {_life(LinkPurpose.INVITE)}:"
            ),
            act.link(f"/invitacion/{LINK_PLACE}"),
            (
                "Al ingresar por primera vez necesitará una aplicación de autenticación en su teléfono. Si no "
                "esperaba este correo, avise al administrador."
            ),
        ),
    )


def post_invitation_waits(act: Act, *, to: str) -> None:
    """Tell a person invited to the consoles that only the invitation opens the account."""
    _post(
        act,
        kind="invitation-waits",
        to=to,
        subject="Use su invitación",
        paragraphs=(
            (
                "Alguien intentó registrar este correo o restablecer su contraseña. Su cuenta de la consola se abre "
                "con la invitación que le envió el administrador, y no cambió nada."
            ),
            "Si la invitación venció, pida otra al administrador del portal.",
        ),
    )


def post_access_changed(act: Act, *, to: str, what: str) -> None:
    """Tell the owner of a console account what an administrator changed about it."""
    _post(
        act,
        kind="access-changed",
        to=to,
        subject="Cambió su acceso a la consola",
        paragraphs=(
            f"El administrador del portal hizo un cambio en su cuenta: {what}.",
            "Sus sesiones abiertas se cerraron. Si no lo esperaba, llámelo.",
        ),
    )


def post_recovery_used(act: Act, *, to: str, left: int) -> None:
    """Tell the owner that a recovery code opened a session."""
    _post(
        act,
        kind="recovery-used",
        to=to,
        subject="Alguien ingresó con un código de recuperación",
        paragraphs=(
            f"Se usó un código de recuperación de su cuenta de la consola. Le quedan {left}.",
            f"Puede pedir otros en {act.link('/consola/seguridad')}",
            "Si no fue usted, llame ahora al administrador del portal y cambie su contraseña.",
        ),
    )


def post_password_changed(act: Act, *, to: str, browsers: int) -> None:
    """Tell the owner that the password was changed, and of how many ``browsers`` that receive no more messages."""
    what = "La contraseña de su cuenta del portal cambió y sus demás sesiones se cerraron."
    more = (
        f"La dirección de su calendario sigue sirviendo; se da de baja en {act.link('/cuenta/calendario')}",
        f"Los tokens de API que usted creó siguen sirviendo; se dan de baja en {act.link('/cuenta/api')}",
    )
    _post_password(act, to=to, says=(what, *_say_ended(act, browsers), *more))


def post_password_reset(act: Act, *, to: str, browsers: int) -> None:
    """Tell the owner that the forgotten password was replaced, and what ended with it, as for another one."""
    what = "La contraseña de su cuenta del portal cambió con un enlace de este correo. Se cerraron sus sesiones."
    more = (
        "También dejaron de servir la dirección de su calendario y los tokens de API que usted creó.",
        f"Si usa el calendario, publíquelo otra vez: {act.link('/cuenta/calendario')}",
        f"Si usa la API, cree otros tokens: {act.link('/cuenta/api')}",
    )
    _post_password(act, to=to, says=(what, *_say_ended(act, browsers), *more))


def _say_ended(act: Act, browsers: int) -> tuple[str, ...]:
    """Return the sentence about browsers that ended with a password; none without one."""
    if not browsers:
        return ()
    one, many = "El equipo que recibía sus avisos dejó de recibirlos", "Sus equipos dejaron de recibir avisos"
    again = f"Para que lleguen otra vez, abra esta página en el equipo: {act.link('/cuenta/avisos')}"
    return (f"{agree(browsers, one, many)}. {again}",)


def _post_password(act: Act, *, to: str, says: tuple[str, ...]) -> None:
    _post(
        act,
        kind="password-changed",
        to=to,
        subject="Su contraseña cambió",
        paragraphs=(*says, f"Si no fue usted, escoja otra de inmediato y llámenos: {act.link('/olvido')}"),
    )


def post_device_trusted(act: Act, *, to: str, browser: str, until: datetime) -> None:
    """Tell the owner that a browser opens the account's points without their keys from now on."""
    _post(
        act,
        kind="device-trusted",
        to=to,
        subject="Un equipo quedó recordado",
        paragraphs=(
            (
                f"Desde ahora, cuando usted ingresa con su contraseña en {browser}, el portal abre allí los contratos "
                f"y puntos que usted marcó, sin pedir sus claves, hasta el {day_words(GasDay.of(until))}."
            ),
            SIGNED_ALL_THE_SAME,
            f"Vea sus equipos y olvide el que quiera: {act.link('/cuenta/equipos')}",
            f"Si no fue usted, escoja otra contraseña de inmediato y llámenos: {act.link('/olvido')}",
        ),
    )


def post_device_refused(act: Act, *, to: str, browser: str, trusted: str) -> None:
    """Tell the owner that a trusted device ended, because what marks it came from another browser or twice."""
    _post(
        act,
        kind="device-refused",
        to=to,
        subject="Dejamos de recordar un equipo suyo",
        paragraphs=(
            (
                f"Alguien ingresó con su contraseña desde {browser} con la marca de un equipo recordado ({trusted}) "
                "que no vale allí. Puede ser una copia: no abrimos nada sin claves y olvidamos ese equipo."
            ),
            "Si usted cambió de navegador o de equipo, escriba sus claves y márquelo de nuevo.",
            f"Si no fue usted, escoja otra contraseña de inmediato y llámenos: {act.link('/olvido')}",
        ),
    )


def post_passkey_added(act: Act, *, to: str, name: str) -> None:
    """Tell the owner that a passkey is a second factor of the account from now on."""
    _post(
        act,
        kind="passkey-added",
        to=to,
        subject="Su cuenta tiene una llave de acceso nueva",
        paragraphs=(
            (
                f"Desde ahora la llave de acceso «{name}» sirve para recordar equipos de su cuenta. No reemplaza su "
                "contraseña ni las claves de sus cartas."
            ),
            f"Vea sus llaves y quite la que quiera: {act.link('/cuenta/equipos')}",
            f"Si no fue usted, escoja otra contraseña de inmediato y llámenos: {act.link('/olvido')}",
        ),
    )


def post_passkey_ended(act: Act, *, to: str, name: str, forgotten: int) -> None:
    """Tell the owner that a passkey is no second factor any more, and how many devices were forgotten with it."""
    _post(
        act,
        kind="passkey-ended",
        to=to,
        subject="Quitamos una llave de acceso de su cuenta",
        paragraphs=(
            f"La llave de acceso «{name}» ya no sirve en el portal. {_forgotten(forgotten)}",
            f"Vea sus llaves y equipos: {act.link('/cuenta/equipos')}",
            f"Si no fue usted, escoja otra contraseña de inmediato y llámenos: {act.link('/olvido')}",
        ),
    )


def post_passkey_copied(act: Act, *, to: str, name: str, forgotten: int) -> None:
    """Tell the owner that a passkey ended, because its count of uses went back: there may be two of it."""
    _post(
        act,
        kind="passkey-copied",
        to=to,
        subject="Dejamos de recibir una llave de acceso suya",
        paragraphs=(
            (
                f"Alguien ingresó con su contraseña y usó la llave de acceso «{name}» con una cuenta de usos que ya "
                f"habíamos visto. Puede ser una copia: no abrimos nada y quitamos esa llave. {_forgotten(forgotten)}"
            ),
            f"Si fue usted, agregue la llave de nuevo: {act.link('/cuenta/equipos')}",
            f"Si no fue usted, escoja otra contraseña de inmediato y llámenos: {act.link('/olvido')}",
        ),
    )


def _forgotten(devices: int) -> str:
    if not devices:
        return "Ningún equipo estaba recordado con ella."
    forgotten = counted(devices, "equipo recordado", "equipos recordados")
    return f"Olvidamos {forgotten} con ella: allí se escriben otra vez las claves."


def _post(
    act: Act, *, kind: str, to: str, subject: str, paragraphs: tuple[str, ...], issued: Issued | None = None
) -> None:
    ours = act.distributor
    signature = (
        f"{ours.legal_name}\nPortal de clientes no regulados\nAtención: PBX {ours.telephone}. Nunca le pediremos sus "
        "claves por teléfono ni por correo."
    )
    outbox.post(
        act,
        kind=kind,
        recipient=to,
        subject=f"{subject} – portal de {ours.name}",
        body="\n\n".join((GREETING, *paragraphs, signature)) + "\n",
        link=issued.link if issued else None,
        secret=issued.token if issued else None,
    )


def _life(purpose: LinkPurpose) -> str:
    return span_words(LINK_LIFE[purpose])
