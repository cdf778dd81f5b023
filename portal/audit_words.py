"""The audit in Spanish: what each event says happened, and the names of what it says with it."""

from __future__ import annotations

from collections.abc import Mapping

from .services.audit_trail import Value

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
    "api-token:created": "Token de la API creado",
    "api-token:revoked": "Token de la API revocado",
    "authorisation:published": "Cantidad autorizada publicada",
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
    "contact:added": "Contacto agregado",
    "contact:changed": "Contacto cambiado",
    "contact:removed": "Contacto quitado",
    "contract:opened": "Contrato abierto con la clave web",
    "correction:approved": "Corrección aprobada",
    "correction:rejected": "Corrección rechazada",
    "correction:requested": "Corrección pedida",
    "day-book:frozen": "Libro del día congelado",
    "day:closed": "Cierre del día aplicado",
    "delivery-point:opened": "Punto abierto con la clave numérica",
    "demonstration:loaded": "Demostración cargada",
    "heating-values:imported": "Poder calorífico cargado",
    "key:opened": "Clave usada",
    "key:refused": "Clave incorrecta",
    "keys:alert": "Alerta: muchas claves incorrectas",
    "month:closed": "Mes cerrado",
    "month:restated": "Mes re-expresado",
    "nomination:accepted-late": "Nominación tardía aceptada",
    "nomination:cancelled": "Nominación anulada",
    "nomination:refused-late": "Nominación tardía no aceptada",
    "nomination:signed": "Nominación firmada",
    "nomination:signed-late": "Nominación tardía firmada",
    "numeric-key:issued": "Clave numérica emitida",
    "password:changed": "Contraseña cambiada",
    "password:refused": "Contraseña actual incorrecta",
    "password:reset": "Contraseña restablecida",
    "password:reset-asked": "Pidió restablecer la contraseña",
    "pattern:declared": "Patrón de consumo declarado",
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
    "shift-note:written": "Nota para el turno",
    "timetable:moved": "Cierre de un día cambiado",
    "web-key:issued": "Clave web emitida",
}

# The names under which details are written; what has no words here is shown by its name.
DETAIL_WORDS: Mapping[str, str] = {
    "access": "Acceso",
    "account": "Cuenta",
    "compromised": "Comprometida",
    "contract": "Contrato",
    "correction": "Corrección",
    "cut_reason": "Razón del recorte",
    "email": "Correo",
    "filing_number": "Radicado",
    "filled": "Puntos por regla",
    "first": "Primera cuenta",
    "from": "Desde",
    "gas_day": "Día de gas",
    "known_device": "Navegador conocido",
    "manages": "Administra",
    "may_nominate": "Puede nominar",
    "modalities": "Modalidades",
    "modality": "Modalidad",
    "name": "Nombre",
    "point": "Punto",
    "policy": "Regla",
    "quantity": "Cantidad",
    "reason": "Razón",
    "revision": "Revisión",
    "role": "Función",
    "rows": "Filas",
    "second_factor": "Segundo factor",
    "sessions_ended": "Sesiones cerradas",
    "sha256": "SHA-256",
    "to": "Hasta",
    "unit": "Unidad",
    "verified": "Correo confirmado",
    "version": "Versión",
}

# Values that are words of the code.
VALUE_WORDS: Mapping[str, str] = {
    "awaiting": "por aprobar",
    "consults": "solo consulta",
    "disabled": "sin acceso",
    "nominates": "puede nominar",
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
    return VALUE_WORDS.get(str(value), str(value))
