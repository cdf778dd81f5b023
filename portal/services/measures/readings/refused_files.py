"""Mails to operators about refused telemetry files: without them, only a gap in a sheet would show the refusal."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from sqlalchemy import select

from portal.domain.accounts import Role
from portal.models import User
from portal.services.mail.letters import Letter, post_once
from portal.services.store import identity
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction

# Most mistakes listed in a mail; the text file beside the refused one lists them all.
MOST_SHOWN = 10


class Trouble(Enum):
    """Problem with a telemetry file: subject of the mail, what happened, and what to do."""

    REFUSED = (
        "No se tomó el archivo de mediciones",
        (
            "La telemetría dejó un archivo con errores. No se registró ninguna de sus filas, y hasta que llegue "
            "corregido esos días quedan sin medición."
        ),
        "Corrija el archivo y póngalo de nuevo en la carpeta, o súbalo en la consola.",
    )
    ASKED = (
        "Falta una respuesta sobre el archivo de mediciones",
        (
            "La telemetría dejó un archivo que se puede leer de más de una manera. No se registró ninguna de sus "
            "filas, y hasta que alguien responda esos días quedan sin medición."
        ),
        "Súbalo en la consola, que hace la misma pregunta, o deje la respuesta dicha para la carpeta.",
    )
    CHANGED = (
        "Cambió un archivo de mediciones que ya se había tomado:",
        "Lo que el archivo traía al tomarlo quedó registrado; lo que cambió después no se leyó.",
        "Envíe el archivo de nuevo completo, o súbalo en la consola.",
    )
    UNREADABLE = (
        "No se puede leer el archivo de mediciones",
        "El archivo sigue en la carpeta y no se registró nada de él; se intenta de nuevo.",
        "Revise el archivo y sus permisos, o súbalo en la consola.",
    )


def tell(act: Act, *, name: str, digest: bytes, mistakes: Sequence[str], trouble: Trouble = Trouble.REFUSED) -> int:
    """Mail every operator the mistakes of a file, once for the same bytes; return the number of mails. Commits.

    ``digest`` is the SHA-256 of the file, ``mistakes`` are in words, at least one.
    """
    subject, happened, to_do = trouble.value
    with transaction(act.session):
        operators = act.session.execute(
            select(User.public_id, User.email).where(User.role == Role.OPERATOR, *identity.IN_USE).order_by(User.email)
        )
        more = len(mistakes) - MOST_SHOWN
        letter = Letter(
            subject=f"{subject} {name[:80]}",
            says=(
                happened,
                *mistakes[:MOST_SHOWN],
                *([f"Y {more} más, en el texto que quedó junto al archivo rechazado."] if more > 0 else []),
            ),
            facts=(("Archivo", name[:120]), *([("Errores", str(len(mistakes)))] if trouble is Trouble.REFUSED else [])),
            then=(to_do,),
            link=("Subir el archivo", act.link("/consola/mediciones/archivo")),
        )
        return sum(
            post_once(
                act,
                letter=letter,
                kind="readings-refused",
                recipient=each.email,
                dedup_key=f"readings-refused:{digest.hex()[:32]}:{each.public_id}",
            )
            for each in operators.all()
        )
