"""State of a database against this program, and the remedy: for commands and ``/salud/listo``."""

from __future__ import annotations

from portal.migrations import revisions
from portal.migrations.revisions import Standing

DATABASE = "la base de datos"
STANDING_WORDS = {
    Standing.NEWEST: "",
    Standing.NONE: (
        "{what} está en la revisión ninguna: nunca se preparó para el portal; ejecute "
        ".venv/bin/portal db upgrade, o revise PORTAL_DATABASE_URL si esperaba otra"
    ),
    Standing.OLDER: (
        "{what} está en la revisión {at} y este programa es de la {head}, más nueva; ejecute "
        ".venv/bin/portal db upgrade"
    ),
    Standing.FOLDED: (
        "{what} está en la revisión {at} y este programa es de la {head}: aquella es de antes de la primera entrega y "
        "no se puede actualizar; no se cambió nada. Si es una demostración en SQLite, .venv/bin/portal run (make run) "
        "la aparta sin borrarla y carga una nueva; si no, use la versión del programa con la que se escribió o ponga "
        "otra base de datos en PORTAL_DATABASE_URL"
    ),
    Standing.UNKNOWN: (
        "{what} está en la revisión {at} y este programa es de la {head}, que no la conoce: es de una versión más "
        "nueva o de otro programa; no se cambió nada. Ponga la versión del programa que corresponde o revise "
        "PORTAL_DATABASE_URL"
    ),
}


def words(at: str | None, what: str = DATABASE) -> str | None:
    """Return the fault of a database at this revision and its remedy; None when it is the program's own."""
    return STANDING_WORDS[revisions.standing(at)].format(at=at, head=revisions.head(), what=what) or None
