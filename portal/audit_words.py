"""The audit in Spanish: what each event says happened, and the names of what it says with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime

from .audit_values import VALUE_WORDS
from .domain.calendar import MONTHS
from .domain.gas_day import BOGOTA
from .services.audit_trail import Value

# Figures with decimals, days, months and moments, as details are written.
_FIGURE = re.compile(r"-?[0-9]+\.[0-9]+")
_WHEN = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])(?:-([0-3][0-9])(T[0-9:.]+(?:Z|[+-][0-9:]+))?)?")
EVENT_WORDS: Mapping[str, str] = {
    "account:accepted": "Escogió su contraseña",
    "account:created": "Cuenta creada",
    "account:disabled": "Cuenta deshabilitada",
    "account:enabled": "Cuenta habilitada de nuevo",
    "account:invited": "Invitación enviada",
    "account:registered": "Se registró",
    "account:registered-again": "Se registró otra vez",
    "account:role-changed": "Función cambiada",
    "account:verified": "Confirmó su correo",
    "adjustment:recorded": "Ajuste registrado",
    "anchors:excused": "Días sin ancla explicados",
    "anchors:file-renewed": "Archivo de anclas completado de nuevo",
    "api-token:created": "Token de la API creado",
    "api-token:revoked": "Token de la API revocado",
    "authorisation:published": "Cantidad autorizada publicada",
    "balance:seen": "Cuenta de balance abierta",
    "binding:approved": "Cuenta aprobada para nominar",
    "binding:changed": "Acceso a un contrato cambiado",
    "binding:created": "Abrió el contrato por primera vez",
    "calendar-feed:ended": "Enlace del calendario terminado",
    "calendar-feed:published": "Enlace del calendario creado",
    "claim:answered": "Reclamo respondido",
    "claim:decided": "Reclamo decidido",
    "claim:dismissed": "Reclamo decidido: no procede",
    "claim:opened": "Reclamo abierto",
    "claim:reviewed": "Reclamo en revisión",
    "claim:upheld": "Reclamo decidido: procede",
    "claim:written": "El cliente escribió en el reclamo",
    "close-policy:set": "Regla al cierre cambiada",
    "company:changed": "Empresa cambiada",
    "company:created": "Empresa creada",
    "contact:added": "Contacto agregado",
    "contact:changed": "Contacto cambiado",
    "contact:removed": "Contacto quitado",
    "contract:changed": "Contrato cambiado",
    "contract:created": "Contrato creado",
    "contract:opened": "Contrato abierto con la clave web",
    "correction:approved": "Corrección aprobada",
    "correction:rejected": "Corrección rechazada",
    "correction:requested": "Corrección pedida",
    "day-book:frozen": "Libro del día congelado",
    "day-book:sent": "Libro del día enviado",
    "day:closed": "Cierre del día aplicado",
    "delivery-point:changed": "Punto de entrega cambiado",
    "delivery-point:created": "Punto de entrega creado",
    "delivery-point:opened": "Punto abierto con la clave numérica",
    "demonstration:loaded": "Demostración cargada",
    "exit-point:changed": "Punto de salida cambiado",
    "exit-point:created": "Punto de salida creado",
    "file:confirmed": "Archivo confirmado",
    "file:discarded": "Archivo descartado",
    "file:expired": "Archivo descartado: nadie lo confirmó a tiempo",
    "file:uploaded": "Archivo recibido",
    "evidence:exported": "Evidencia descargada",
    "heating-value:recorded": "Poder calorífico registrado a mano",
    "heating-values:imported": "Poder calorífico cargado",
    "job:done": "Tarea hecha",
    "job:failed": "Tarea que no se hizo",
    "job:requested": "Tarea pedida",
    "key-block:lifted": "Pausa por claves incorrectas levantada",
    "key-pair:unlocked": "Cuenta desbloqueada en un punto",
    "key:opened": "Clave usada",
    "key:refused": "Clave incorrecta",
    "keys:alert": "Alerta: muchas claves incorrectas",
    "letter:approved": "Carta aprobada",
    "letter:cancelled": "Carta retirada",
    "letter:dispatched": "Carta despachada",
    "letter:lost": "Carta dañada o perdida",
    "letter:printed": "Carta impresa",
    "letter:rejected": "Carta rechazada",
    "letter:requested": "Carta pedida",
    "mail:retried": "Correo reintentado",
    "month:closed": "Mes cerrado",
    "month:restated": "Mes re-expresado",
    "nomination:accepted-late": "Nominación tardía aceptada",
    "nomination:cancelled": "Nominación anulada",
    "nomination:refused-late": "Nominación tardía no aceptada",
    "nomination:signed": "Nominación firmada",
    "nomination:signed-late": "Nominación tardía firmada",
    "notice:published": "Aviso publicado",
    "notice:withdrawn": "Aviso retirado",
    "numeric-key:issued": "Clave numérica emitida",
    "numeric-key:refused": "Clave numérica incorrecta",
    "numeric-key:revoked": "Clave numérica anulada",
    "operator-mails:chosen": "Correos del libro escogidos",
    "password:changed": "Contraseña cambiada",
    "password:refused": "Contraseña actual incorrecta",
    "password:reset": "Contraseña restablecida",
    "password:reset-asked": "Pidió restablecer la contraseña",
    "pattern:declared": "Patrón de consumo declarado",
    "reading:recorded": "Medición registrada a mano",
    "readings:certified": "Mediciones certificadas",
    "readings:imported": "Mediciones cargadas",
    "recovery-code:refused": "Código de recuperación incorrecto",
    "recovery-code:used": "Ingresó con un código de recuperación",
    "recovery-codes:renewed": "Códigos de recuperación nuevos",
    "renomination:signed": "Re-nominación firmada",
    "second-factor:enrolled": "Segundo factor activado",
    "second-factor:let-go": "Dejó su autenticador",
    "second-factor:proved": "Confirmó con su código",
    "second-factor:refused": "Código de verificación incorrecto",
    "second-factor:reset": "Segundo factor quitado",
    "session:awaiting": "Contraseña correcta, falta el segundo factor",
    "session:begun": "Ingresó",
    "session:ended": "Salió",
    "session:others-ended": "Cerró sus demás sesiones",
    "session:refused": "Ingreso no aceptado",
    "setting:changed": "Ajuste cambiado",
    "shift-note:written": "Nota para el turno",
    "timetable:changed": "Horario cambiado desde un día",
    "timetable:moved": "Cierre de un día cambiado",
    "web-key:issued": "Clave web emitida",
    "web-key:refused": "Clave web incorrecta",
    "web-key:revoked": "Clave web anulada",
}

# The names under which details are written; what has no words here is shown by its name.
DETAIL_WORDS: Mapping[str, str] = {
    "access": "Acceso",
    "account": "Cuenta",
    "address": "Dirección",
    "adjustments": "Ajustes",
    "attempts": "Intentos",
    "authorisation_drafts": "Autorizaciones sin publicar",
    "authorisations": "Autorizaciones",
    "carrier": "Transportadora",
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
    "delivery_point": "Punto",
    "deputy": "Suplente",
    "email": "Correo",
    "ended_on": "Último día",
    "ends_on": "Último día",
    "exit_point": "Punto de salida",
    "expires_at": "Vence",
    "failure": "Por qué no se hizo",
    "file": "Archivo",
    "filing_number": "Radicado",
    "filled": "Puntos por regla",
    "first": "Primera cuenta",
    "from": "Desde",
    "from_m3": "Antes, m³",
    "gas_day": "Día de gas",
    "heating_value": "Poder calorífico (BTU/ft³)",
    "heating_values": "Poderes caloríficos",
    "hourly_profile": "Perfil horario",
    "kind": "Clase",
    "known_device": "Navegador conocido",
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
    "quantity": "Cantidad",
    "readings": "Mediciones",
    "reason": "Razón",
    "renews_numeric": "Renueva la clave numérica",
    "renews_web": "Renueva la clave web",
    "restates_closed_months": "Re-expresa meses cerrados",
    "revision": "Revisión",
    "role": "Función",
    "rows": "Filas",
    "scopes": "Permisos",
    "seasons": "Patrones",
    "second_factor": "Segundo factor",
    "sessions_ended": "Sesiones cerradas",
    "severity": "Importancia",
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
    "unit": "Unidad",
    "value": "Valor",
    "verified": "Correo confirmado",
    "version": "Versión",
    "versions": "Versiones",
    "wants": "Recibe",
    "where": "Para",
    "wrong_keys": "Claves incorrectas seguidas",
}

CHANNEL_WORDS: Mapping[str, str] = {
    "web": "página",
    "api": "API",
    "cli": "comando",
    "worker": "proceso automático",
    "policy": "regla",
}


def event_words(event: str) -> str:
    """Return what an event says happened; its own name when nobody gave it words."""
    return EVENT_WORDS.get(event, event)


def detail_words(name: str) -> str:
    """Return how a detail is called on a screen."""
    return DETAIL_WORDS.get(name, name.replace("_", " "))


def value_words(value: Value) -> str:
    """Return a value as it is read; what is absent is a dash."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "sí" if value else "no"
    text = str(value)
    read = _figure_or_day(text)
    if read is not None:
        return read
    # Several values are written in one, parted by spaces.
    if text.split() and all(part in VALUE_WORDS for part in text.split()):
        return ", ".join([VALUE_WORDS[part] for part in text.split()])
    return text


def _figure_or_day(text: str) -> str | None:
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


def channel_words(channel: str) -> str:
    """Return by which way something was done."""
    return CHANNEL_WORDS.get(channel, channel)
