"""Words of contacts."""

from __future__ import annotations

from collections.abc import Mapping

from portal.services.mail import Topic
from portal.services.store.refusals import Refusal

TOPIC_WORDS: Mapping[Topic, str] = {
    Topic.RECEIPTS: "Comprobantes",
    Topic.REMINDERS: "Recordatorios y cierre",
    Topic.CUTS: "Recortes",
    Topic.NOTICES: "Avisos y cambios de horario",
    Topic.CONTINGENCIES: "Avisos críticos",
    Topic.IN_FULL: "Autorizada completa",
}
WORDS: Mapping[Refusal, str] = {
    Refusal.NAME_MISSING: "Escriba el nombre del contacto.",
    Refusal.EMAIL_MALFORMED: "Ese correo no está completo o tiene un error. Escríbalo como nombre@empresa.com.",
    Refusal.CONTACT_TWICE: "Ese correo ya es un contacto de la empresa: cambie lo que recibe en su fila.",
    Refusal.LAST_CONTACT: "Es el último contacto de la empresa: agregue otro antes de quitarlo.",
    Refusal.TOO_MANY_CONTACTS: "La empresa ya tiene {most} contactos. Quite uno antes de agregar otro.",
    Refusal.NO_MOBILE: "Ese contacto no tiene un celular de Colombia: agréguelo con su número o déjelo en correo.",
}
