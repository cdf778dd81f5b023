"""Audit in Spanish: sentences of the events, names and values of their details."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from portal.domain.accounts import BindingState, Role, Scope, StaffScope
from portal.domain.announcements import Severity
from portal.domain.authorisations import CUT_WORDS, OperatorTopic
from portal.domain.balance import LateTreatment
from portal.domain.calendar import MONTHS
from portal.domain.calls import METHOD_NAMES, OUTCOME_WORDS, CallOutcome, Verification
from portal.domain.cases import CHANNEL_WORDS as CASE_CHANNEL_WORDS
from portal.domain.cases import KIND_WORDS as CASE_KIND_WORDS
from portal.domain.cases import OUTCOME_WORDS as CLAIM_OUTCOME_WORDS
from portal.domain.cases import CaseChannel, CaseKind, Outcome
from portal.domain.gas_day import BOGOTA
from portal.domain.jobs import JobKind, UploadKind
from portal.domain.keys import LetterState
from portal.domain.modalities import Modality
from portal.domain.nominations import ClosePolicy, CutReason
from portal.domain.quantities import Unit
from portal.domain.readings import AdjustmentReason, ReadingState
from portal.domain.timetable import KIND_WORDS, RequestKind
from portal.services.mail import Topic
from portal.services.people.accounts.trusted_devices import Copied
from portal.services.trace.audit_trail import Value
from portal.web.filters import MODALITY_WORDS, ROLE_WORDS, UNIT_WORDS

from .audit_events import EVENT_WORDS, FORMER_WORDS
from .files import JOB_KIND_WORDS, UPLOAD_KIND_WORDS

# Names of details; one without words is shown under its own name.
DETAIL_WORDS: Mapping[str, str] = {
    "access": "Acceso",
    "account": "Cuenta",
    "address": "Dirección",
    "adjustments": "Ajustes",
    "attempts": "Intentos",
    "authorisation_drafts": "Autorizaciones sin publicar",
    "authorisations": "Autorizaciones",
    "base": "Comparada con",
    "base_version": "Su versión",
    "carrier": "Transportadora",
    "cases": "Casos",
    "carrier_code": "Código del transportador",
    "changed": "Cambiadas",
    "check": "Cómo se comprobó",
    "city": "Ciudad",
    "claims": "Reclamos",
    "close": "Cierre",
    "code": "Código",
    "compromised": "Comprometida",
    "consecutive": "Incorrectas seguidas",
    "contact_email": "Correo",
    "contact_name": "Persona de contacto",
    "contact_phone": "Teléfono",
    "contacts": "Contactos",
    "contract": "Contrato",
    "correction": "Corrección",
    "cut_reason": "Razón del recorte",
    "day_books": "Libros del día",
    "day_closes": "Cierres",
    "days": "Días",
    "request": "Pedido",
    "nominated": "Nominado según el transportador",
    "confirmed": "Confirmado",
    "sent_to": "Enviado a",
    "difference_m3": "Diferencia, m³",
    "delivery_point": "Punto",
    "deputy": "Suplente",
    "email": "Correo",
    "ended_on": "Último día",
    "ends_on": "Último día",
    "every_day": "Cada día",
    "exit_point": "Punto de salida",
    "expires_at": "Vence",
    "failure": "Por qué no se hizo",
    "file": "Archivo",
    "by_mail": "Notificada por correo",
    "due_on": "Término",
    "accepted_for": "Aceptado porque",
    "authorised_days": "Días autorizados",
    "computed_total": "Acumulado del portal",
    "consumed_days": "Días con consumo",
    "differs_on": "Difiere desde",
    "files": "Huellas de los archivos",
    "first_day": "Primer día",
    "imported_files": "Archivos",
    "nominated_days": "Días nominados",
    "opening_balance": "Saldo inicial",
    "sheet_total": "Acumulado de la hoja",
    "recognises": "Reconoce el silencio positivo",
    "channel": "Por dónde llegó",
    "filing_number": "Radicado",
    "filled": "Puntos que nadie nominó",
    "first": "Primera cuenta",
    "from": "Desde",
    "clause": "Excepción, cláusula",
    "exception": "Excepción, prueba",
    "from_m3": "Antes, m³",
    "gas_day": "Día de gas",
    "heating_value": "Poder calorífico (BTU/ft³)",
    "heating_values": "Poderes caloríficos",
    "hourly_profile": "Perfil horario",
    "shift_hours": "Turno",
    "holidays": "Festivos",
    "kind": "Clase",
    "device": "Equipo",
    "passkey": "Llave de acceso",
    "devices": "Equipos olvidados",
    "copied": "Posible copia",
    "keeps": "Guarda lo último visto",
    "keys": "Claves",
    "known_device": "Navegador conocido",
    "last_day": "Último día",
    "large": "Cambios grandes",
    "late_corrections": "Correcciones",
    "m3": "m³",
    "mails": "Correos",
    "manages": "Administra",
    "maximum": "Máximo diario",
    "maximum_blocks": "No admite más del máximo",
    "may_nominate": "Puede nominar",
    "mbtu": "MBTU",
    "modalities": "Modalidades",
    "modality": "Modalidad",
    "month": "Mes",
    "month_closings": "Meses cerrados",
    "months": "Meses",
    "municipality": "Municipio",
    "name": "Nombre",
    "new": "Nuevas",
    "nit": "NIT",
    "nominations": "Nominaciones",
    "note": "Nota",
    "number": "Número",
    "phone": "Teléfono",
    "point": "Punto",
    "points": "Puntos",
    "policy": "Regla",
    "publication": "Publicación",
    "quantity": "Cantidad",
    "readings": "Mediciones",
    "reason": "Razón",
    "odd_figures": "Cifras raras",
    "summary_sha256": "SHA-256 del resumen",
    "serial": "Medidor",
    "first_index": "Primer índice",
    "former_index": "Último índice del anterior",
    "factor": "Factor de corrección",
    "digits": "Cifras del índice",
    "maximum_m3": "Máximo al día, m³",
    "valid_from": "Rige desde",
    "valid_through": "Rige hasta",
    "left": "Quedan por arreglar",
    "renews_numeric": "Renueva la clave numérica",
    "renews_web": "Renueva la clave web",
    "restates_closed_months": "Cambia meses cerrados",
    "revision": "Revisión",
    "role": "Función",
    "rows": "Filas",
    "scopes": "Permisos",
    "seasons": "Patrones",
    "second_factor": "Segundo factor",
    "sessions_ended": "Sesiones cerradas",
    "severity": "Importancia",
    "shown_from": "Se muestra desde",
    "receipt": "Sello del comprobante",
    "sealed": "Sello de las filas",
    "sha256": "SHA-256",
    "starts_on": "Primer día",
    "state": "Estado",
    "supplier_name": "Comercializador",
    "text_version": "Versión del texto",
    "title": "Título",
    "to": "Hasta",
    "to_m3": "Después, m³",
    "tolerance": "Tolerancia (%)",
    "tracking_number": "Número de guía",
    "treatment": "Tratamiento",
    "unchanged": "Iguales",
    "standing_order": "Orden permanente",
    "sundays": "Domingos",
    "unit": "Unidad",
    "value": "Valor",
    "verified": "Correo confirmado",
    "version": "Versión",
    "versions": "Versiones",
    "wants": "Recibe",
    "by_sms": "Por SMS",
    "by_whatsapp": "Por WhatsApp",
    "where": "Para",
    "wrong_keys": "Claves incorrectas seguidas",
    "legal_name": "Razón social",
    "telephone": "Teléfono",
    "call": "Llamada",
    "caller": "Quién llama",
    "letter": "Carta",
    "method": "Verificación",
    "outcome": "Cómo terminó",
    "recipient": "Correo",
    "distributor": "Distribuidor",
    "emergency_line": "Línea de emergencias",
    "department": "Departamento",
    "website": "Sitio",
    "privacy_email": "Correo de datos personales",
    "nomination_series": "Serie de nominaciones",
    "claim_series": "Serie de reclamos",
    "case_series": "Serie de PQR",
    "statement_series": "Serie de estados de cuenta",
    "token_prefix": "Prefijo de los tokens",
    "guessable": "Palabras que no hacen contraseña",
    "brand": "Color",
    "brand_strong": "Color fuerte",
    "brand_tint": "Tinte",
    "dark_brand": "Color en oscuro",
    "dark_brand_strong": "Color fuerte en oscuro",
    "dark_brand_tint": "Tinte en oscuro",
    "gate": "Puerta",
    "given_to": "Entregado a",
    "handover": "Entrega",
    "open": "Pendientes",
}


# What an auditor reads may have been written by a program that knew other events.
_BY_NAME: Mapping[str, str] = {**FORMER_WORDS, **{event.value: words for event, words in EVENT_WORDS.items()}}


def event_words(event: str) -> str:
    """Return the sentence of an event; its own name when it has none."""
    return _BY_NAME.get(event, event)


def detail_words(name: str) -> str:
    """Return the name of a detail on a screen."""
    return DETAIL_WORDS.get(name, name.replace("_", " "))


def value_words(value: Value) -> str:
    """Return a value as it is read; a dash when it is absent."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "sí" if value else "no"
    text = str(value)
    read = figure_or_day(text)
    if read is not None:
        return read
    # One detail may hold several values, separated by spaces.
    if text.split() and all(part in VALUE_WORDS for part in text.split()):
        return ", ".join([VALUE_WORDS[part] for part in text.split()])
    return text


def channel_words(channel: str) -> str:
    """Return the channel of an event in words."""
    return CHANNEL_WORDS.get(channel, channel)


# Figures with decimals, days, months and moments, as details store them.
_FIGURE = re.compile(r"-?[0-9]+\.[0-9]+")
_WHEN = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])(?:-([0-3][0-9])(T[0-9:.]+(?:Z|[+-][0-9:]+))?)?")


def figure_or_day(text: str) -> str | None:
    """Return a figure or a day as it is read; None for anything else."""
    if _FIGURE.fullmatch(text):
        whole, _, decimals = text.rstrip("0").partition(".")
        sign, digits = ("−", whole[1:]) if whole.startswith("-") else ("", whole)
        return f"{sign}{int(digits):,}".replace(",", ".") + (f",{decimals}" if decimals else "")
    found = _WHEN.fullmatch(text)
    if found is None:
        return None
    year, month, day, moment = found.groups()
    try:
        if moment:
            local = datetime.fromisoformat(text).astimezone(BOGOTA)
            return f"{local:%d/%m/%Y %H:%M}"
        return f"{date(int(year), int(month), int(day)):%d/%m/%Y}" if day else f"{MONTHS[int(month) - 1]} de {year}"
    except (ValueError, IndexError):
        return None


# Only unambiguous values: no two enums may share one.
AUDITED: Mapping[type[StrEnum], Mapping[Any, str]] = {
    Role: ROLE_WORDS,
    CallOutcome: OUTCOME_WORDS,
    Verification: METHOD_NAMES,
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
        AdjustmentReason.OPENING: "saldo inicial",
        AdjustmentReason.TRANSFER: "traslado de saldo",
    },
    LateTreatment: {LateTreatment.ADJUSTMENT: "ajuste del día", LateTreatment.RESTATEMENT: "cambio del mes cerrado"},
    CutReason: CUT_WORDS,
    Outcome: CLAIM_OUTCOME_WORDS,
    CaseKind: {kind: words.lower() for kind, words in CASE_KIND_WORDS.items()},
    CaseChannel: CASE_CHANNEL_WORDS,
    JobKind: JOB_KIND_WORDS,
    UploadKind: UPLOAD_KIND_WORDS,
    Topic: {
        Topic.RECEIPTS: "comprobantes",
        Topic.REMINDERS: "recordatorios y cierre",
        Topic.CUTS: "recortes",
        Topic.NOTICES: "avisos y cambios de horario",
        Topic.CONTINGENCIES: "avisos críticos",
        Topic.IN_FULL: "autorizada completa",
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
    Copied: {Copied.OTHER_BROWSER: "en otro navegador", Copied.USED_BEFORE: "usada antes"},
    StaffScope: {StaffScope.READ: "leer la consola", StaffScope.AUDIT: "leer la auditoría"},
}
VALUE_WORDS: Mapping[str, str] = {member.value: words for table in AUDITED.values() for member, words in table.items()}

CHANNEL_WORDS: Mapping[str, str] = {
    "web": "página",
    "api": "API",
    "cli": "comando",
    "worker": "proceso automático",
    "policy": "al cierre",
}
