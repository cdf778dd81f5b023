"""Constancia of a case (PQR) as PDF; every word ready, the template only places them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from portal.domain.calendar import day_words
from portal.domain.cases import CHANNEL_WORDS, KIND_WORDS, EntryKind
from portal.domain.keys import print_code
from portal.services.cases.pqr import CaseView
from portal.services.files.typst import typeset
from portal.services.store.acts import Act
from portal.web.filters import clock_words, file_size, zoned_words

from .letterhead import letterhead

TEMPLATE = Path(__file__).parents[1] / "templates" / "pqr" / "constancia.typ"
STATE_PATH = "/pqr/estado"


def as_pdf(act: Act, *, case: CaseView, whole: bool = True) -> bytes:
    """Return the constancia: what was filed, when and by whom, until when it is answered, and its code.

    Without ``whole`` nothing that the petitioner typed stands on it: text and files are proved by their SHA-256.
    """
    data = present(act, case=case, whole=whole) | {"letterhead": letterhead(act.distributor)}
    return typeset(TEMPLATE, data, now=act.now, complete_in="la página del radicado")


def file_name(case: CaseView) -> str:
    """Return the name of the file, which contains the radicado."""
    return f"constancia-{case.filing_number}.pdf"


def present(act: Act, *, case: CaseView, whole: bool = True) -> dict[str, Any]:
    """Return the data of the template."""
    filed = next(entry for entry in case.entries if entry.kind is EntryKind.FILED)
    files = [
        (file.name if whole else f"Archivo {n}, {file.kind.name}", f"{file_size(file.size)} · SHA-256 {file.digest}")
        for n, file in enumerate(filed.files, start=1)
    ]
    page = act.base_url.partition("://")[2] + STATE_PATH
    return {
        "title": f"Constancia {case.filing_number}",
        "sign": f"Constancia de {KIND_WORDS[case.kind].lower()}",
        "number": case.filing_number,
        "rows": _rows(case, whole=whole),
        "text": [line for line in filed.text.split("\n") if line.strip()] if whole else _proof_of(filed.text),
        "files": files,
        # A claim about a day is read in the account.
        "code": print_code(case.code) if case.code else None,
        "page": page,
        "page-url": act.link(STATE_PATH),
        "made": f"Generada el {clock_words(act.now)}",
    }


def _proof_of(text: str) -> list[str]:
    """Return what stands for the text of who may be a stranger to the address of the mail."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    said = (
        "El texto, el nombre y el documento están en la página del caso. Aquí no se repiten: este correo llega a la "
        "dirección que se dio al presentarla, y puede no ser de quien la presentó."
    )
    return [said, f"SHA-256 del texto: {digest}"]


def _rows(case: CaseView, *, whole: bool) -> list[list[str]]:
    rows = [
        ["Presentada", zoned_words(case.filed_at), CHANNEL_WORDS[case.channel].capitalize()],
        *([["Por", case.name, f"Documento {case.document}" if case.document else ""]] if whole else []),
        [
            "Respuesta a más tardar",
            day_words(case.due_on),
            "En días hábiles, desde el siguiente a la presentación",
        ],
    ]
    if case.place and whole:
        rows.append(["Punto o lugar", case.place, f"Por el {day_words(case.gas_day)}" if case.gas_day else ""])
    notice = case.email if case.electronic_notice and case.email else "Por aviso en la página web"
    # Who wrote a mail filled in no form, and chose nothing; nor did who filed a claim about a day.
    chosen = case.document and not case.gas_day
    rows.append(["Notificación", notice, "Así lo eligió quien la presentó" if chosen else ""])
    return rows
