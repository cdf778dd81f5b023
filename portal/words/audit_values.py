"""Values of the code in audit events, in Spanish."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from portal.domain.accounts import Role
from portal.domain.announcements import Severity
from portal.domain.api_scopes import Scope
from portal.domain.authorisations import CUT_WORDS
from portal.domain.bindings import BindingState
from portal.domain.claims import STATE_WORDS as CLAIM_STATE_WORDS
from portal.domain.claims import ClaimState
from portal.domain.close_policies import ClosePolicy
from portal.domain.closings import LateTreatment
from portal.domain.day_book import OperatorTopic
from portal.domain.jobs import JobKind, UploadKind
from portal.domain.letters import LetterState
from portal.domain.modalities import Modality
from portal.domain.nominations import CutReason
from portal.domain.quantities import Unit
from portal.domain.readings import AdjustmentReason, ReadingState
from portal.domain.timetable import KIND_WORDS, RequestKind
from portal.services.mail import Topic
from portal.web.filters import MODALITY_WORDS, ROLE_WORDS, UNIT_WORDS

from .jobs import JOB_KIND_WORDS, UPLOAD_KIND_WORDS

# Only unambiguous values: no two enums may share one.
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
