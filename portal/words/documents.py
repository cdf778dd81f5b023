"""Spanish words of documents, their versions and the search of public texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from portal.domain.calendar import day_words
from portal.domain.counts import digits, join_words
from portal.domain.documents import (
    LONGEST_CLAUSE,
    LONGEST_POINT,
    LONGEST_SECTION,
    LONGEST_SUMMARY,
    DocumentKind,
    Span,
    SummaryProblem,
)
from portal.domain.passages import PassageKind
from portal.services.market import Validity, Version
from portal.services.store.refusals import Refusal

DOCUMENT_WORDS = {
    DocumentKind.CONTRACT: "Contrato",
    DocumentKind.REGULATION: "Reglamento",
    DocumentKind.RESOLUTION: "Resolución",
    DocumentKind.FORM: "Formato",
    DocumentKind.REPORT: "Informe",
}
VALIDITY_WORDS = {
    Validity.TO_COME: "Por entrar a regir",
    Validity.IN_FORCE: "Vigente",
    Validity.OVER: "Ya no rige",
    Validity.REPLACED: "Reemplazada",
}
VALIDITY_TONES = {
    Validity.TO_COME: "info",
    Validity.IN_FORCE: "success",
    Validity.OVER: "neutral",
    Validity.REPLACED: "neutral",
}
PASSAGE_WORDS = {
    PassageKind.SUMMARY: "Contrato",
    PassageKind.DOCUMENT: "Documento",
    PassageKind.GUIDE: "Guía",
    PassageKind.QUESTION: "Qué hago si…",
    PassageKind.TERM: "Glosario",
    PassageKind.NOTICE: "Aviso",
    PassageKind.PAGE: "Página",
}
SUMMARY_PROBLEMS = {
    SummaryProblem.NO_SECTION: (
        "Línea {line}: «{said}» no está bajo ningún título. Escriba antes una línea como «# Medición»."
    ),
    SummaryProblem.EMPTY_SECTION: "Línea {line}: a «{said}» le falta el título. Escriba «# » y el nombre de la parte.",
    SummaryProblem.NO_CLAUSE: (
        "Línea {line}: «{said}» no es un punto con su cláusula al final. Ejemplo: «El período es mensual. [cl. 57]»."
    ),
    SummaryProblem.SECTION_TOO_LONG: (
        f"Línea {{line}}: el título «{{said}}» tiene más de {LONGEST_SECTION} caracteres. Acórtelo."
    ),
    SummaryProblem.POINT_TOO_LONG: (
        f"Línea {{line}}: «{{said}}» tiene más de {LONGEST_POINT} caracteres. Repártalo en varios puntos."
    ),
    SummaryProblem.CLAUSE_TOO_LONG: (
        f"Línea {{line}}: la cláusula de «{{said}}» tiene más de {LONGEST_CLAUSE} caracteres. Acórtela."
    ),
    SummaryProblem.TOO_LONG: f"El resumen tiene más de {digits(LONGEST_SUMMARY)} caracteres. Acórtelo.",
}
WORDS: Mapping[Refusal, str] = {
    Refusal.DOCUMENT_TITLE: "Escriba el título, con letras o números, de {most} caracteres como máximo.",
    Refusal.DOCUMENT_KIND: "Elija qué clase de documento es.",
    Refusal.DOCUMENT_THERE: (
        "Ya hay un documento que se llama así: proponga en él otra versión, o escriba un título distinto."
    ),
    Refusal.DOCUMENT_CONTRACT_THERE: "El contrato ya está, como «{title}»: proponga en él otra versión.",
    Refusal.DOCUMENT_VALIDITY: "Rige hasta un día anterior al {first}, cuando empieza. Corrija uno de los dos.",
    Refusal.DOCUMENT_CHANGES: "Diga qué cambió frente a la versión anterior: lo lee todo el mundo.",
    Refusal.DOCUMENT_CHANGES_TOO_LONG: "Lo que cambió tiene {length} caracteres; caben {most}. Acórtelo.",
    Refusal.DOCUMENT_SUMMARY: "Corrija el resumen. {words}",
    Refusal.DOCUMENT_EMPTY: "Elija el PDF, o escriba un resumen: una versión sin lo uno ni lo otro no dice nada.",
    Refusal.DOCUMENT_NOT_PDF: (
        "«{name}» no es un PDF entero. Guárdelo otra vez como PDF y envíelo de nuevo: no se guardó nada."
    ),
    Refusal.DOCUMENT_TOO_LARGE: "«{name}» pasa de {megabytes} MiB. Guárdelo más liviano y envíelo de nuevo.",
    Refusal.DOCUMENT_PENDING: (
        "Este documento ya tiene una versión sin decidir, en la lista: se publica o se rechaza antes de proponer otra."
    ),
    Refusal.DOCUMENT_UNCHANGED: "Esta versión no cambia nada: el PDF, las fechas y el resumen son los ya publicados.",
    Refusal.REASON_MISSING: "Escriba la razón: la lee quien la propuso.",
    Refusal.REASON_TOO_LONG: "La razón tiene más de {most} caracteres: acórtela.",
    Refusal.OWN_REQUEST: "La propuso usted: la publica o la rechaza otra persona.",
}


def validity_words(version: Version) -> str:
    """Return when a version is in force: "Rige desde el …", "Rigió desde el … hasta el … y desde el …"."""
    if version.validity is Validity.REPLACED:
        return f"Desde el {day_words(version.valid_from)}, cuando empezaba, vale otra versión en su lugar"
    return f"{_BEGINS[version.validity]} {spans_words(version.spans)}"


def spans_words(spans: Sequence[Span]) -> str:
    """Return the days in which a version is in force: "desde el … hasta el …"; "ningún día" for none."""
    return join_words([_span_words(span) for span in spans]) or "ningún día"


def _span_words(span: Span) -> str:
    until = "" if span.last is None else f" hasta el {day_words(span.last)}"
    return f"desde el {day_words(span.first)}{until}"


_BEGINS = {Validity.TO_COME: "Regirá", Validity.IN_FORCE: "Rige", Validity.OVER: "Rigió"}
