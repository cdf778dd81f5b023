"""Words of contacts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from portal.domain.contact_hours import SATURDAY, WEEKDAY
from portal.services.mail import Topic
from portal.services.store.refusals import Refusal, TooManyAttempts
from portal.web.filters import zoned_words
from portal.words.terms import TERMS


def _between(opens: dt.time, closes: dt.time) -> str:
    return f"de {opens:%H:%M} a {closes:%H:%M}"


TOPIC_WORDS: Mapping[Topic, str] = {
    Topic.RECEIPTS: "Comprobantes",
    Topic.REMINDERS: "Recordatorios y cierre",
    Topic.CUTS: "Recortes",
    Topic.NOTICES: "Avisos y cambios de horario",
    Topic.CONTINGENCIES: "Avisos críticos",
    Topic.IN_FULL: "Autorizada completa",
}
# What a topic tells of, and when it comes.
TOPIC_HINTS: Mapping[Topic, str] = {
    Topic.RECEIPTS: "Cada solicitud firmada, con su comprobante, y lo que nomina una orden permanente: al momento.",
    Topic.REMINDERS: (
        f"Si falta nominar un punto, el día anterior a las {TERMS.reminders}; después del cierre, lo que se nominó por "
        "usted."
    ),
    Topic.CUTS: (
        "Si se autoriza menos de lo nominado, cuánto y por qué; y si el recorte se levanta. Sale apenas se publica."
    ),
    Topic.NOTICES: (
        "Avisos del distribuidor y cambios de horario. Lo que puede esperar sale "
        f"de lunes a viernes {_between(*WEEKDAY)} y los sábados {_between(*SATURDAY)}, sin festivos."
    ),
    Topic.CONTINGENCIES: "Contingencias del servicio. Salen apenas se publican, a cualquier hora.",
    Topic.IN_FULL: "Cada día sin recorte, que se autorizó todo lo nominado. Sale apenas se publica.",
}
WORDS: Mapping[Refusal, str] = {
    Refusal.NAME_MISSING: "Escriba el nombre del contacto.",
    Refusal.EMAIL_MALFORMED: "Ese correo no está completo o tiene un error. Escríbalo como nombre@empresa.com.",
    Refusal.CONTACT_TWICE: "Ese correo ya es un contacto de la empresa: cambie lo que recibe en su fila.",
    Refusal.LAST_CONTACT: "Es el último contacto de la empresa: agregue otro antes de quitarlo.",
    Refusal.TOO_MANY_CONTACTS: "La empresa ya tiene {most} contactos. Quite uno antes de agregar otro.",
    Refusal.PUSH_WITHOUT_TOPIC: "Marque al menos un aviso para ese equipo, o termínelo.",
    Refusal.PUSH_MALFORMED: "El navegador no dijo cómo avisarle. Recargue la página y pulse el botón otra vez.",
    Refusal.PUSH_SERVICE_UNKNOWN: (
        "Los avisos de este navegador llegan por un servicio que el portal no usa. Pruebe con Chrome, Edge, Firefox o "
        "Safari."
    ),
    Refusal.PUSH_TOO_MANY: "Ya reciben avisos {most} equipos suyos. Termine uno antes de agregar otro.",
    Refusal.NO_MOBILE: "Ese contacto no tiene un celular de Colombia: agréguelo con su número o déjelo en correo.",
}


def paused_words(stopped: TooManyAttempts) -> str:
    """Return the message of who subscribed or tried a browser too often: from when on it is possible again."""
    again = f" Podrá hacerlo otra vez el {zoned_words(stopped.until)}." if stopped.until else ""
    return f"Eso ya se hizo {stopped.facts['most']} veces: espere antes de repetirlo.{again}"
