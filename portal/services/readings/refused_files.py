"""The mail about a file of the telemetry that was refused: nobody looks into the folder until a sheet has gaps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.models import User
from portal.services.notices.letters import Letter
from portal.services.notices.posting import post_once
from portal.services.transactions import transaction

# The mail shows so many mistakes; the text beside the file names them all.
MOST_SHOWN = 10


def tell(session: Session, *, name: str, digest: bytes, mistakes: Sequence[str], base_url: str, now: datetime) -> int:
    """Write to every operator what is wrong with a file, once for the same bytes; return to how many. Commits.

    ``digest`` is the SHA-256 of the file, ``mistakes`` what is wrong in words, at least one.
    """
    with transaction(session):
        operators = session.execute(
            select(User.public_id, User.email)
            .where(User.role == Role.OPERATOR, User.disabled_at.is_(None), User.verified_at.is_not(None))
            .order_by(User.email)
        )
        more = len(mistakes) - MOST_SHOWN
        letter = Letter(
            subject=f"No se tomó el archivo de mediciones {name[:80]}",
            says=(
                (
                    "La telemetría dejó un archivo con errores. No se registró ninguna de sus filas, y hasta que "
                    "llegue corregido esos días quedan sin medición."
                ),
                *mistakes[:MOST_SHOWN],
                *([f"Y {more} más, en el texto que quedó junto al archivo rechazado."] if more > 0 else []),
            ),
            facts=(("Archivo", name[:120]), ("Errores", str(len(mistakes)))),
            then=("Corrija el archivo y póngalo de nuevo en la carpeta, o súbalo en la consola.",),
            link=("Subir el archivo", f"{base_url}/consola/mediciones/archivo"),
        )
        return sum(
            post_once(
                session,
                letter=letter,
                kind="readings-refused",
                recipient=each.email,
                dedup_key=f"readings-refused:{digest.hex()[:32]}:{each.public_id}",
                now=now,
            )
            for each in operators.all()
        )
