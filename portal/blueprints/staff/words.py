"""Words of the consoles' refusals."""

from __future__ import annotations

from collections.abc import Mapping

from portal.domain.authorisations import OperatorTopic
from portal.domain.deviations import Finding
from portal.domain.shift_log import ShiftEntryKind
from portal.domain.spans import few, span_words
from portal.services.day_book.operator_mails.occurrences import FORGOTTEN
from portal.services.ledger.heating_values import LOOKED_BACK
from portal.services.ops.work_board import RECENT, Item, Waiting
from portal.services.store.refusals import Refusal, Rejected
from portal.web.filters import hour_words

_RECENTLY = f"últimos {few(RECENT.days)} días"

# Topic of mail, and when it is sent.
OPERATOR_TOPIC_WORDS: Mapping[OperatorTopic, tuple[str, str]] = {
    OperatorTopic.RENOMINATIONS: (
        "Re-nominaciones",
        "Y lo que un cliente cambia después de autorizado: punto, cantidad de antes y de ahora, y desde cuándo rige.",
    ),
    OperatorTopic.CANCELLATIONS: ("Anulaciones", "Un día de un punto queda sin nominación."),
    OperatorTopic.LATE: ("Nominaciones tardías", "Llegaron después del cierre y esperan que alguien las decida."),
    OperatorTopic.BOOK_CHANGED: ("Libro congelado que cambió", "Lo congelado ya no es lo que está en firme."),
    OperatorTopic.BOOK_NOT_FROZEN: (
        "Libro sin congelar",
        f"Sigue sin congelar {span_words(FORGOTTEN)} después del cierre.",
    ),
    OperatorTopic.BOOK_NOT_SENT: (
        "Libro sin enviar",
        f"Sigue sin marcarse como enviado {span_words(FORGOTTEN)} después de congelado.",
    ),
}

HOURS_WORDS: Mapping[Refusal, str] = {
    Refusal.REASON_MISSING: "Escriba la razón: los clientes la leen.",
    Refusal.REASON_TOO_LONG: "La razón tiene más de {most} caracteres: acórtela.",
    Refusal.CLOSE_IN_THE_PAST: "Esa hora ya pasó. Escriba un cierre que todavía esté por venir.",
    Refusal.CLOSE_OUT_OF_RANGE: (
        "El cierre debe quedar después del {first}, cuando abre, y antes del {last}, la última re-nominación."
    ),
    Refusal.CLOSE_MOVED_THAT_DAY: "Ese día ya tiene un cierre cambiado por contingencia. Empiece otro día.",
    Refusal.WINDOW_UNCHANGED: "Esas horas ya rigen desde ese día. No hay nada que cambiar.",
}


HOLIDAY_WORDS: Mapping[Refusal, str] = {
    Refusal.REASON_MISSING: "Escriba la razón, como la ley o el decreto: queda en la auditoría.",
    Refusal.REASON_TOO_LONG: "La razón tiene más de {most} caracteres: acórtela.",
    Refusal.HOLIDAY_KNOWN: "Ese día ya es festivo: {name}. Elija otro día o retírelo.",
    Refusal.NO_HOLIDAY: "Ese día no es festivo: no hay qué retirar. Elija un día de la lista.",
    Refusal.HOLIDAY_NAME_MISSING: "Escriba cómo se llama el festivo: se lee en hojas y calendarios.",
    Refusal.HOLIDAY_NAME_TOO_LONG: "El nombre tiene más de {most} caracteres: acórtelo.",
    Refusal.HOLIDAY_OUT_OF_RANGE: "La lista tiene festivos de {first} a {last}. Escriba un día de esos años.",
}

ACCOUNT_WORDS: Mapping[Refusal, str] = {
    Refusal.NAME_MISSING: "Escriba el nombre y el apellido de la persona.",
    Refusal.EMAIL_MALFORMED: "Ese correo no está completo o tiene un error. Escríbalo como nombre@empresa.com.",
    Refusal.EMAIL_TAKEN: "Ese correo ya tiene una cuenta. Búsquela en la lista o use otro correo.",
    Refusal.OWN_ACCOUNT: "Nadie cambia su propia cuenta. Pídalo a otro administrador.",
    Refusal.LAST_ADMINISTRATOR: (
        "Es el último administrador activo: sin él nadie podría administrar el portal. Nombre primero a otro."
    ),
    Refusal.ROLE_UNCHANGED: "La cuenta ya tiene esa función. Elija otra.",
    Refusal.NOT_INVITED: "Esa persona ya escogió su contraseña o su cuenta está deshabilitada: no hay qué invitar.",
}

SETTING_WORDS: Mapping[Refusal, str] = {
    Refusal.REASON_MISSING: "Escriba la razón: queda en la auditoría.",
    Refusal.REASON_TOO_LONG: "La razón tiene más de {most} caracteres: acórtela.",
    Refusal.SETTING_VALUE: "Ese valor no es posible para este ajuste. Escríbalo como dice el ejemplo.",
    Refusal.SETTING_PLACE: "No encontramos ese contrato o ese punto. Escríbalo tal como está en el registro.",
    Refusal.SETTING_IN_THE_PAST: "Un ajuste empieza mañana o después: lo que pasó no se juzga de otra manera.",
    Refusal.SETTING_NOT_A_MONTH: "La tolerancia cambia el primer día de un mes, como 01/12/2026.",
    Refusal.SETTING_UNCHANGED: "Ese valor ya rige allí ese día. No hay nada que cambiar.",
    Refusal.FACTORS_CROSSED: "El menor debe quedar por debajo del mayor: hoy son {low} y {high}.",
}


SEEN_WORDS: Mapping[Refusal, str] = {
    Refusal.REASON_MISSING: "Escriba para qué la necesita: el cliente lo lee.",
    Refusal.REASON_TOO_LONG: "La razón tiene más de {most} caracteres: acórtela.",
}


NOTICE_WORDS: Mapping[Refusal, str] = {
    Refusal.NOTICE_TITLE: "Escriba un título de {most} caracteres o menos.",
    Refusal.NOTICE_TEXT: "Escriba el texto, de {most} caracteres o menos.",
    Refusal.NOTICE_OVER: "El aviso terminaría antes de empezar o ya habría terminado. Escriba un momento posterior.",
    Refusal.UNKNOWN_EXIT_POINT: "Ese punto de salida no existe. Elíjalo de la lista.",
}
# For one, for several, and the page to act on it.
WAITING_WORDS: Mapping[Waiting, tuple[str, str, str, dict[str, str]]] = {
    Waiting.LATE_NOMINATIONS: (
        "nominación tardía por decidir",
        "nominaciones tardías por decidir",
        "staff.day_books",
        {},
    ),
    Waiting.NOT_NOMINATED: (
        "punto sin nominar para mañana",
        "puntos sin nominar para mañana",
        "staff.day_books",
        {},
    ),
    Waiting.TO_AUTHORISE: (
        "cantidad por autorizar",
        "cantidades por autorizar",
        "staff.day_books",
        {},
    ),
    Waiting.BOOK_CHANGED: (
        "libro que cambió después de congelado",
        "libros que cambiaron después de congelados",
        "staff.day_books",
        {},
    ),
    Waiting.BOOK_NOT_FROZEN: (
        "libro sin congelar",
        "libros sin congelar",
        "staff.day_books",
        {},
    ),
    Waiting.BOOK_NOT_SENT: (
        "libro congelado sin enviar",
        "libros congelados sin enviar",
        "staff.day_books",
        {},
    ),
    Waiting.NOT_PUBLISHED: (
        "cantidad autorizada sin publicar",
        "cantidades autorizadas sin publicar",
        "staff.day_books",
        {},
    ),
    Waiting.CASES_LAPSED: (
        "PQR vencida por reconocer",
        "PQR vencidas por reconocer",
        "staff.cases",
        {"estado": "vencidos"},
    ),
    Waiting.CASES: (
        "PQR por responder",
        "PQR por responder",
        "staff.cases",
        {"estado": "por-responder", "sobre": "otros"},
    ),
    Waiting.CLAIMS: (
        "reclamo de un día por responder",
        "reclamos de un día por responder",
        "staff.cases",
        {"estado": "por-responder", "sobre": "dia"},
    ),
    Waiting.INVESTIGATIONS: (
        "investigación por desviación abierta",
        "investigaciones por desviación abiertas",
        "staff.deviations",
        {},
    ),
    Waiting.LETTERS_TO_DECIDE: (
        "carta por aprobar",
        "cartas por aprobar",
        "staff.letters_list",
        {"estado": "por-aprobar"},
    ),
    Waiting.LETTERS_TO_PRINT: (
        "carta por imprimir",
        "cartas por imprimir",
        "staff.letters_list",
        {"estado": "por-imprimir"},
    ),
    Waiting.LETTERS_TO_DISPATCH: (
        "carta impresa sin despachar",
        "cartas impresas sin despachar",
        "staff.letters_list",
        {"estado": "sin-despachar"},
    ),
    Waiting.CORRECTIONS: (
        "corrección de un mes cerrado por decidir",
        "correcciones de meses cerrados por decidir",
        "staff.late_corrections",
        {},
    ),
    Waiting.VALUE_CORRECTIONS: (
        "corrección de poder calorífico por decidir",
        "correcciones de poder calorífico por decidir",
        "staff.late_values",
        {},
    ),
    Waiting.ADJUSTMENTS: (
        "ajuste sobre el límite por decidir",
        "ajustes sobre el límite por decidir",
        "staff.balance_adjustments",
        {},
    ),
    Waiting.ALLOCATIONS: (
        "reparto de una puerta por decidir",
        "repartos de puertas por decidir",
        "staff.gates_desk",
        {},
    ),
    Waiting.HELD_ROWS: (
        "fila de un archivo por arreglar",
        "filas de archivos por arreglar",
        "staff.held_rows",
        {},
    ),
    Waiting.TARIFFS_TO_DECIDE: (
        "propuesta de tarifas por decidir",
        "propuestas de tarifas por decidir",
        "staff.tariff_desk",
        {},
    ),
    Waiting.DOCUMENTS_TO_DECIDE: (
        "versión de un documento por decidir",
        "versiones de documentos por decidir",
        "staff.document_desk",
        {},
    ),
    Waiting.ACCOUNTS_TO_APPROVE: (
        "cuenta de cliente por aprobar",
        "cuentas de clientes por aprobar",
        "staff.company_users",
        {},
    ),
    Waiting.GAPS: (
        "medición de ayer que falta",
        "mediciones de ayer que faltan",
        "staff.gaps",
        {},
    ),
    Waiting.OLDER_GAPS: (
        "medición de un día anterior que falta",
        "mediciones de días anteriores que faltan",
        "staff.gaps",
        {},
    ),
    Waiting.HEATING_GAPS: (
        "poder calorífico que falta",
        "valores de poder calorífico que faltan",
        "staff.gaps",
        {},
    ),
    Waiting.FILES_TO_CONFIRM: (
        "archivo por confirmar",
        "archivos por confirmar",
        "staff.readings",
        {},
    ),
    Waiting.JOBS_FAILED: (
        f"tarea con fallas ({_RECENTLY})",
        f"tareas con fallas ({_RECENTLY})",
        "staff.readings",
        {},
    ),
    Waiting.MAILS_FAILING: (
        "correo que no sale",
        "correos que no salen",
        "staff.outbox",
        {"estado": "con-fallas"},
    ),
}


# For finished work, where the words differ from those of waiting work.
SAID_WHEN_DONE: Mapping[Waiting, str] = {
    Waiting.TO_AUTHORISE: "lo pedido, autorizado",
    Waiting.NOT_PUBLISHED: "lo autorizado, publicado",
    Waiting.BOOK_CHANGED: "libros como se congelaron",
    Waiting.BOOK_NOT_FROZEN: "libros congelados",
    Waiting.BOOK_NOT_SENT: "libros enviados",
    Waiting.GAPS: "mediciones de ayer",
    Waiting.OLDER_GAPS: "mediciones de días anteriores",
    Waiting.HEATING_GAPS: f"poder calorífico de los últimos {LOOKED_BACK} días",
    Waiting.JOBS_FAILED: f"tareas sin fallas ({_RECENTLY})",
}


def board_note(item: Item) -> str:
    """Return since when something of the books waits, and from when it takes effect."""
    if not item.count:
        return ""
    since = "" if item.since is None else f"desde el {hour_words(item.since)}"
    if item.effective_at is None:
        return since
    return f"{since}; rige desde el {hour_words(item.effective_at)}".removeprefix("; ")


def spoken_hours(refused: Rejected) -> Rejected:
    """Turn the moments of a refusal into words."""
    for name in ("first", "last"):
        if name in refused.facts:
            refused.facts[name] = hour_words(refused.facts[name])
    return refused


SHIFT_KIND_WORDS: Mapping[ShiftEntryKind, str] = {
    ShiftEntryKind.EVENT: "Hecho",
    ShiftEntryKind.HANDOVER: "Entrega del turno",
    ShiftEntryKind.TAKEOVER: "Recibo del turno",
}
SHIFT_WORDS: Mapping[Refusal, str] = {
    Refusal.NOTE_MISSING: "Escriba qué pasó, por ejemplo: bajó la presión en una puerta.",
    Refusal.NOTE_TOO_LONG: "Caben {most} caracteres y escribió {length}. Acórtelo o anótelo en dos entradas.",
    Refusal.SHIFT_POINT: "Ese texto encuentra {found} puntos y debe ser uno: escriba su código o su nombre entero.",
    Refusal.SHIFT_GATE: "Elija una puerta de la lista, o ninguna.",
    Refusal.SHIFT_COLLEAGUE: "Elija a quién entrega el turno: un operador o supervisor con su cuenta habilitada.",
}

DEVIATION_WORDS = {
    Refusal.INVESTIGATION_STEP: "Ese paso no sigue ahora: mire los que ya se hicieron y elija uno de la lista.",
    Refusal.INVESTIGATION_TEXT_MISSING: "Escriba qué se encontró o se decidió: el cliente lo lee.",
    Refusal.INVESTIGATION_TEXT_TOO_LONG: "El texto tiene más de {most} caracteres: acórtelo.",
    Refusal.INVESTIGATION_DAY: "El día debe estar entre el primero del mes que se investiga y hoy.",
}
# Tone and words of a chip.
DEVIATION_CHIPS = {
    Finding.ABOVE: ("error", "Por encima del límite"),
    Finding.BELOW: ("warning", "Por debajo del límite"),
    Finding.NORMAL: ("success", "Dentro de los límites"),
    Finding.TOO_FEW_PERIODS: ("info", "Sin meses suficientes para comparar"),
    Finding.INCOMPLETE: ("info", "Faltan mediciones"),
    Finding.NOT_OVER: ("info", "El mes no ha terminado"),
}
