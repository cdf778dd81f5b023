"""The values of the code that the audit is written with, in Spanish."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from .domain.accounts import Role
from .domain.api_scopes import Scope
from .domain.authorisations import CUT_WORDS
from .domain.bindings import BindingState
from .domain.claims import STATE_WORDS as CLAIM_STATE_WORDS
from .domain.claims import ClaimState
from .domain.close_policies import ClosePolicy
from .domain.closing import LateTreatment
from .domain.day_book import OperatorTopic
from .domain.jobs import JobKind, UploadKind
from .domain.letters import LetterState
from .domain.modalities import Modality
from .domain.nominations import CutReason
from .domain.notices import Severity
from .domain.quantities import Unit
from .domain.readings import AdjustmentReason, ReadingState
from .domain.timetable import KIND_WORDS, RequestKind
from .filters import MODALITY_WORDS, ROLE_WORDS, UNIT_WORDS
from .job_words import JOB_KIND_WORDS, UPLOAD_KIND_WORDS
from .services.notices import Topic

# Values of the code that events are written with. Those that mean one thing only: no two enums may differ in one value.
AUDITED: Mapping[type[StrEnum], Mapping[Any, str]] = {
    Role: ROLE_WORDS,
    Modality: MODALITY_WORDS,
    Unit: UNIT_WORDS,
    LetterState: {
        LetterState.REQUESTED: "pedida",
        LetterState.APPROVED: "aprobada",
        LetterState.REJECTED: "rechazada",
        LetterState.PRINTED: "impresa",
        LetterState.DISPATCHED: "despachada",
        LetterState.CANCELLED: "retirada",
        LetterState.LOST: "dañada o perdida",
    },
    Severity: {
        Severity.CRITICAL: "crítico",
        Severity.MAINTENANCE: "mantenimiento",
        Severity.INFORMATION: "información",
    },
    ClosePolicy: {ClosePolicy.FORECAST: "pronóstico", ClosePolicy.LAST: "la última", ClosePolicy.ZERO: "cero"},
    BindingState: {
        BindingState.AWAITING: "por aprobar",
        BindingState.CONSULTS: "solo consulta",
        BindingState.DISABLED: "sin acceso",
        BindingState.NOMINATES: "puede nominar",
    },
    RequestKind: KIND_WORDS,
    ReadingState: {
        ReadingState.PROVISIONAL: "provisional",
        ReadingState.CERTIFIED: "certificada",
        ReadingState.ESTIMATED: "estimada",
        ReadingState.CORRECTED: "ajustada",
    },
    AdjustmentReason: {
        AdjustmentReason.NETTING: "cruce",
        AdjustmentReason.PAYBACK: "devolución",
        AdjustmentReason.COMPENSATION: "compensación",
        AdjustmentReason.CORRECTION: "corrección",
    },
    LateTreatment: {LateTreatment.ADJUSTMENT: "ajuste del día", LateTreatment.RESTATEMENT: "cambio del mes cerrado"},
    CutReason: CUT_WORDS,
    ClaimState: CLAIM_STATE_WORDS,
    JobKind: JOB_KIND_WORDS,
    UploadKind: UPLOAD_KIND_WORDS,
    Topic: {
        Topic.RECEIPTS: "comprobantes",
        Topic.REMINDERS: "recordatorios y cierre",
        Topic.CUTS: "recortes",
        Topic.NOTICES: "avisos y cambios de horario",
    },
    OperatorTopic: {
        OperatorTopic.RENOMINATIONS: "re-nominaciones",
        OperatorTopic.CANCELLATIONS: "anulaciones",
        OperatorTopic.LATE: "nominaciones tardías",
        OperatorTopic.BOOK_CHANGED: "libro que cambió",
        OperatorTopic.BOOK_NOT_FROZEN: "libro sin congelar",
        OperatorTopic.BOOK_NOT_SENT: "libro sin enviar",
    },
    Scope: {Scope.READ: "consultar", Scope.NOMINATE: "nominar"},
}
VALUE_WORDS: Mapping[str, str] = {member.value: words for table in AUDITED.values() for member, words in table.items()}

CHANNEL_WORDS: Mapping[str, str] = {
    "web": "página",
    "api": "API",
    "cli": "comando",
    "worker": "proceso automático",
    "policy": "al cierre",
}
