"""Uploaded files and jobs of the worker, in Spanish."""

from __future__ import annotations

from collections.abc import Mapping

from portal.domain.jobs import JobKind, JobState, UploadKind, UploadState
from portal.domain.spans import few
from portal.services.files.jobs.leases import MOST_ATTEMPTS

UPLOAD_KIND_WORDS: Mapping[UploadKind, str] = {
    UploadKind.READINGS: "Mediciones",
    UploadKind.HEATING_VALUES: "Poder calorífico",
    UploadKind.REGISTRY: "Registro",
}
UPLOAD_STATES: Mapping[UploadState, tuple[str, str]] = {
    UploadState.WAITING: ("warning", "Por confirmar"),
    UploadState.CONFIRMED: ("success", "Confirmado"),
    UploadState.DISCARDED: ("neutral", "Descartado"),
}
JOB_KIND_WORDS: Mapping[JobKind, str] = {
    JobKind.IMPORT_READINGS: "Cargar mediciones",
    JobKind.IMPORT_HEATING_VALUES: "Cargar poder calorífico",
    JobKind.IMPORT_REGISTRY: "Cargar el registro",
    JobKind.CERTIFY_READINGS: "Certificar mediciones",
}
JOB_STATES: Mapping[JobState, tuple[str, str]] = {
    JobState.WAITING: ("neutral", "En espera"),
    JobState.RUNNING: ("info", "En curso"),
    JobState.DONE: ("success", "Hecha"),
    JobState.FAILED: ("error", "No se hizo"),
}
STAGE_WORDS: Mapping[str, str] = {"rows": "filas leídas", "days": "días de cuentas al día"}
# Results of a job, in the order in which they are listed.
OUTCOME_WORDS: Mapping[str, str] = {
    "rows": "Filas",
    "points": "Puntos",
    "new": "Nuevas",
    "changed": "Cambiadas",
    "unchanged": "Sin novedad",
}
_FAILURES: Mapping[str, str] = {
    "bad-file": "El archivo dejó de cumplir las reglas después de la vista previa.",
    "readings-changed": "Las mediciones cambiaron después de la vista previa: mírela otra vez y confirme de nuevo.",
    "heating-values-changed": "Los valores cambiaron después de la vista previa: mírela otra vez y confirme de nuevo.",
    "changed-meanwhile": "Otra persona escribía lo mismo en ese momento: inténtelo de nuevo.",
    "worker-died": (
        f"El proceso que la hacía se cayó {few(MOST_ATTEMPTS)} veces con ella, así que ya no se intenta. "
        "Si es un archivo, divídalo en partes; si vuelve a pasar, avise a quien administra el portal."
    ),
    "not-allowed": "La cuenta que la pidió ya no puede hacerlo.",
}


def failure_words(failure: str) -> str:
    """Return why a job failed."""
    return _FAILURES.get(failure, "Algo falló de nuestro lado; quedó registrado para revisarlo.")
