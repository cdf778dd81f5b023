"""Letter of keys as PDF, one page per point; every word ready, the template only places them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from portal.domain.calendar import day_words
from portal.domain.distributor import Distributor
from portal.domain.gas_day import BOGOTA
from portal.domain.keys import REPLACED_KEY_LIFE, TEXT_VERSION, print_numeric_key, print_web_key
from portal.domain.spans import span_words
from portal.services.files.typst import typeset
from portal.services.keys.letters import Printed
from portal.web.filters import CONTRACT_WORDS, MODALITY_WORDS

from . import qr_codes
from .letterhead import letterhead

WEB_STEP = "Escriba la clave web. Da igual mayúsculas, espacios o guiones; no lleva las letras I, L, O ni U."
NUMERIC_STEP = (
    "Elija el punto de entrega y escriba la clave numérica. La misma clave es el código de seguridad que firma cada "
    "nominación."
)
PHONE_STEP = (
    "O, con su sesión abierta en un teléfono, apunte la cámara al código QR: escribe la clave web por usted. La "
    "numérica se escribe siempre."
)
AGREEMENT = (
    "Quien usa la clave numérica como código de seguridad firma la nominación en nombre del cliente. Las partes "
    "acuerdan que esa firma electrónica tiene los efectos de una firma manuscrita (Ley 527 de 1999, artículos 7 y 28; "
    "Decreto 2364 de 2012). El cliente guarda las claves y avisa de inmediato si cree que otro las conoce: desde el "
    "aviso dejan de servir."
)
EARLIER = f" Las anteriores sirven hasta que use las nuevas, {span_words(REPLACED_KEY_LIFE)} como máximo."
NEVER = "{distributor} nunca le pedirá estas claves por teléfono, por correo ni por mensaje. A nadie se las dicte."
WEB_KEY_PATH = "/cuentas-de-balance/{modality}/clave-web"
TEMPLATE = Path(__file__).parents[1] / "templates" / "staff" / "letters" / "letter.typ"


def as_pdf(letters: Sequence[Printed], *, distributor: Distributor, base_url: str, now: datetime) -> bytes:
    """Return the letters as one PDF, a page each; ``base_url`` is where the portal is reached."""
    data = {
        "title": "Claves de acceso",
        "letterhead": letterhead(distributor),
        "pages": [as_page(letter, distributor, base_url, now) for letter in letters],
    }
    return typeset(TEMPLATE, data, now=now, complete_in="el portal")


def as_page(letter: Printed, distributor: Distributor, base_url: str, now: datetime) -> dict[str, Any]:
    """Return the words of one letter, under the names of the template."""
    day = day_words(now.astimezone(BOGOTA).date()).split(" ", 1)[1]
    company, contract, point = letter.company, letter.contract, letter.point
    address = base_url.partition("://")[2].rstrip("/")
    return {
        "date": f"{distributor.city}, {day}",
        "to": [
            line
            for line in (company.contact_name, company.name, f"NIT {company.nit}", company.address, company.city)
            if line
        ],
        "subject": "Claves de acceso al portal de clientes no regulados",
        "about": [
            ["Contrato", f"{contract.number}, {CONTRACT_WORDS[contract.modality]}"],
            ["Punto de entrega", point.name],
        ],
        "boxes": [
            {
                "name": "Clave web",
                "what": "Abre la lista de puntos del contrato",
                "key": print_web_key(letter.web_key) if letter.web_key else "",
                "kept": "No cambia: use la de la carta anterior.",
            },
            {
                "name": "Clave numérica",
                "what": f"Abre la cuenta de balance de {point.name} y firma sus nominaciones",
                "key": print_numeric_key(letter.numeric_key) if letter.numeric_key else "",
                "kept": "No cambia: use la de la carta anterior.",
            },
        ],
        "steps": [
            f"Entre a {address} e ingrese con su correo y su contraseña. Si no tiene cuenta, regístrese.",
            f"Elija «Cuentas de balance» o «Nominación» y la modalidad {MODALITY_WORDS[contract.modality]}.",
            WEB_STEP + (f" {PHONE_STEP}" if letter.web_key else ""),
            NUMERIC_STEP,
        ],
        "qr": qr_codes.as_svg(web_key_address(letter, base_url)) if letter.web_key else "",
        "qr-alt": "Código QR que escribe la clave web en la página del portal que la pide",
        "agreement": AGREEMENT,
        "never": NEVER.format(distributor=distributor.name),
        "ends": (
            f"Si no usa las claves nuevas antes del {_day(letter.ends_at)}, dejan de servir."
            + (EARLIER if letter.earlier_open else "")
        ),
        "foot": f"Texto {TEXT_VERSION} · Carta {letter.letter}",
    }


def web_key_address(letter: Printed, base_url: str) -> str:
    """Return the address of the page that asks for the web key, with the key where no request carries it (adr/0175).

    ``ValueError`` for a letter that renews no web key.
    """
    if letter.web_key is None:
        raise ValueError("this letter carries no web key")
    return f"{base_url.rstrip('/')}{WEB_KEY_PATH.format(modality=letter.contract.modality.value)}#{letter.web_key}"


def _day(moment: datetime) -> str:
    return day_words(moment.astimezone(BOGOTA).date()).split(" ", 1)[1]
