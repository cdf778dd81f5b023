"""Words of cases (PQR): refusals, hints and tones, for the public form and the console."""

from __future__ import annotations

from collections.abc import Mapping

from portal.domain.cases import (
    ANSWER_WITHIN,
    LAST_CALL,
    CaseAction,
    CaseKind,
    CaseStanding,
    CaseState,
    EntryKind,
    FileKind,
    Outcome,
)
from portal.domain.spans import few
from portal.services.store.refusals import Refusal

WORDS: Mapping[Refusal, str] = {
    Refusal.CASE_KIND_MISSING: "Elija si es una petición, una queja, un reclamo o un recurso.",
    Refusal.CASE_APPEAL_SPOKEN: "Un recurso se presenta por escrito: por esta página, por correo o en la oficina.",
    Refusal.NAME_MISSING: "Escriba su nombre o la razón social de la empresa.",
    Refusal.CASE_DOCUMENT: "Escriba la cédula o el NIT, con cifras, puntos y guion: 1.121.900.300 o 900123456-7.",
    Refusal.EMAIL_MALFORMED: "Ese correo no está completo. Escríbalo como nombre@empresa.com.",
    Refusal.CASE_EMAIL_MISSING: "Escriba un correo: allí llega la constancia con el radicado.",
    Refusal.CASE_TELEPHONE: "Escriba un teléfono con sus cifras, como 310 555 0100, o deje el campo vacío.",
    Refusal.CASE_POINT: "Elija uno de sus puntos de entrega, o ninguno.",
    Refusal.CASE_DATE_TO_COME: "Esa fecha todavía no llega. Escriba la que aparece en la factura o en la decisión.",
    Refusal.CASE_ARRIVED_ON: "Escriba el día en que llegó el correo, de hoy o de hace un año a lo sumo: 24/11/2026.",
    Refusal.CASE_TEXT_MISSING: "Escriba aquí el texto. Sin él no hay qué registrar.",
    Refusal.CASE_TEXT_TOO_LONG: (
        "El texto tiene {length} caracteres y caben {most}. Acórtelo, o adjunte lo demás en un PDF."
    ),
    Refusal.CASE_FILES_TOO_MANY: "Adjuntó {length} archivos y caben {most}. Elija los necesarios o júntelos en un PDF.",
    Refusal.CASE_FILE_TOO_LARGE: "«{name}» pesa más de {megabytes} MiB. Envíelo más liviano o en dos partes.",
    Refusal.CASE_FILE_KIND: (
        "«{name}» no es un PDF, un JPEG o un PNG completo. Ábralo para ver si está dañado, guárdelo como PDF y "
        "adjúntelo de nuevo."
    ),
    Refusal.CASE_FILES_SPENT: (
        "Hoy ya se recibieron muchos archivos por esta página. Envíe la solicitud sin ellos y llévelos a la "
        "{distributor.place_within}, o intente mañana."
    ),
    Refusal.CONSENT_MISSING: "Sin la autorización de datos personales no podemos tramitarla. Marque la casilla.",
    Refusal.CASE_SENT_BEFORE: (
        "Este formulario ya se envió con otro texto y quedó con el radicado {number}. Para otra solicitud, abra un "
        "formulario nuevo."
    ),
    Refusal.CASE_UNKNOWN: (
        "No hay una solicitud con ese radicado y ese código. Revíselos en la constancia o en el correo que le enviamos."
    ),
    Refusal.CASE_OUTCOME_MISSING: "Elija si el reclamo procede.",
    Refusal.CASE_OUTCOME_LAPSED: (
        "El término pasó sin respuesta y el reclamo se entiende resuelto a favor de quien lo presentó: respóndalo como "
        "que procede."
    ),
    Refusal.CLAIM_ALREADY_OPEN: "El día de este reclamo ya tiene abierto el {number}: responda ese.",
}
DATE_FORMAT = "Escriba la fecha como 24/11/2026, o deje el campo vacío."
KIND_HINTS: Mapping[CaseKind, str] = {
    CaseKind.PETITION: "Pide información, un documento o que se haga algo.",
    CaseKind.COMPLAINT: "No está conforme con la atención o con cómo se prestó el servicio.",
    CaseKind.CLAIM: "No está de acuerdo con una factura o con un cobro.",
    CaseKind.APPEAL: "Pide revisar una decisión: negar el contrato, suspender, terminar, cortar o facturar.",
}
STATE_TONES: Mapping[CaseState, str] = {
    CaseState.FILED: "warning",
    CaseState.IN_PROGRESS: "info",
    CaseState.ANSWERED: "success",
    CaseState.CLOSED: "neutral",
    CaseState.REOPENED: "warning",
    CaseState.PASSED_ON: "info",
    CaseState.LAPSED: "error",
}
# Heads of the columns in which a month's figures count each case once.
STANDING_WORDS: Mapping[CaseStanding, str] = {
    CaseStanding.ON_TIME: "Respondidos a tiempo",
    CaseStanding.LATE: "Respondidos tarde",
    CaseStanding.PASSED_ON: "Trasladados",
    CaseStanding.OPEN: "En término",
    CaseStanding.OVERDUE: "Vencidos",
}
OUTCOME_TONES: Mapping[Outcome, str] = {Outcome.UPHELD: "success", Outcome.DISMISSED: "info"}
OUTCOME_HINTS: Mapping[Outcome, str] = {
    Outcome.UPHELD: "Las cifras se corrigen aparte, con su motivo.",
    Outcome.DISMISSED: "Las cifras quedan como están.",
}
# What follows from a state, for the petitioner.
STATE_NOTES: Mapping[CaseState, str] = {
    CaseState.FILED: "La recibimos y todavía nadie la ha tomado.",
    CaseState.IN_PROGRESS: "Una persona de {distributor.name} la está trabajando.",
    CaseState.ANSWERED: "La respuesta está en esta página.",
    CaseState.CLOSED: "El trámite terminó. La respuesta sigue en esta página.",
    CaseState.REOPENED: "Se abrió de nuevo y tendrá otra respuesta.",
    CaseState.PASSED_ON: "La enviamos a la autoridad que debe resolverla.",
    CaseState.LAPSED: "El término pasó sin respuesta: se entiende resuelta a su favor.",
}
ENTRY_WORDS: Mapping[EntryKind, str] = {
    EntryKind.FILED: "Presentada",
    EntryKind.WRITTEN: "Agregado por el cliente",
    EntryKind.TOLD: "Mensaje al cliente",
    EntryKind.ASSIGNED: "Asignada",
    EntryKind.NOTE: "Nota interna",
    EntryKind.ANSWERED: "Respuesta",
    EntryKind.EXTENDED: "Término ampliado",
    EntryKind.PASSED_ON: "Trasladada",
    EntryKind.CLOSED: "Cerrada",
    EntryKind.REOPENED: "Reabierta",
    EntryKind.LAPSED: "Término vencido sin respuesta",
    EntryKind.MAILED: "Correo de quien lo presentó",
    EntryKind.NOTIFIED: "Notificación",
    EntryKind.ALARM: "Alarma del término",
}
ACTION_WORDS: Mapping[CaseAction, str] = {
    CaseAction.ASSIGN: "Asignármelo",
    CaseAction.NOTE: "Nota interna",
    CaseAction.TELL: "Escribir sin decidir",
    CaseAction.ANSWER: "Responder",
    CaseAction.EXTEND: "Ampliar el término",
    CaseAction.PASS_ON: "Trasladar",
    CaseAction.CLOSE: "Cerrar",
    CaseAction.REOPEN: "Reabrir",
    CaseAction.WRITE: "Agregar",
    CaseAction.LAPSE: "Vencer",
}
ACTION_HINTS: Mapping[CaseAction, str] = {
    CaseAction.ASSIGN: "Usted queda a cargo.",
    CaseAction.NOTE: "Solo se lee en la consola.",
    CaseAction.TELL: "El cliente lo recibe por correo y puede contestar; el término sigue.",
    CaseAction.ANSWER: "Es la respuesta de fondo: la lee quien presentó la solicitud.",
    CaseAction.EXTEND: f"Una sola vez, con la razón (pruebas ordenadas): {few(ANSWER_WITHIN)} días hábiles más.",
    CaseAction.PASS_ON: "A la autoridad competente; la apelación, a la Superintendencia. Escriba a quién y por qué.",
    CaseAction.CLOSE: "El trámite terminó. Escriba cómo.",
    CaseAction.REOPEN: "Empieza un término nuevo. Escriba por qué.",
    CaseAction.WRITE: "Lo hace el cliente.",
    CaseAction.LAPSE: "Lo hace el portal.",
}
DONE_WORDS: Mapping[CaseAction, str] = {
    CaseAction.ASSIGN: "El caso quedó a su cargo.",
    CaseAction.NOTE: "La nota quedó en el expediente.",
    CaseAction.TELL: "El mensaje quedó en el expediente y sale por correo.",
    CaseAction.ANSWER: "La respuesta quedó en el expediente.",
    CaseAction.EXTEND: "El término quedó ampliado.",
    CaseAction.PASS_ON: "El traslado quedó en el expediente.",
    CaseAction.CLOSE: "El caso quedó cerrado.",
    CaseAction.REOPEN: "El caso quedó abierto de nuevo.",
    CaseAction.WRITE: "El mensaje quedó en el expediente.",
    CaseAction.LAPSE: "El término venció.",
}


def alarm_words(day: str) -> str:
    """Return the words of an alarm from the text of its entry: the business day, or the last call after it."""
    if int(day) == LAST_CALL:
        return "Se acaba el plazo para reconocer los efectos del término vencido."
    return f"Día hábil {day} del término."


FILE_TYPES: Mapping[FileKind, str] = {
    FileKind.PDF: "application/pdf",
    FileKind.JPEG: "image/jpeg",
    FileKind.PNG: "image/png",
}
TOO_LONG_TO_KEEP = (
    "Es más de lo que un borrador guarda en este navegador. Sigue aquí, en el formulario: cópielo, o radique ahora."
)
NOTHING_TO_KEEP = "Escriba algo antes de guardar el borrador."
DATA_REQUEST = "Sobre mis datos personales pido que (corrijan, actualicen, supriman o informen):\n"
APPEAL_BEGINS = "Interpongo reposición y, en subsidio, apelación contra la respuesta al radicado \n"
