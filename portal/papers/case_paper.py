"""Constancia of a case (PQR) as PDF; every word ready, the template only places them."""

from __future__ import annotations

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


def as_pdf(act: Act, *, case: CaseView) -> bytes:
    """Return the constancia: what was filed, when and by whom, until when it is answered, and its code."""
    return typeset(TEMPLATE, present(act, case=case) | {"letterhead": letterhead(act.distributor)}, now=act.now)


def file_name(case: CaseView) -> str:
    """Return the name of the file, which contains the radicado."""
    return f"constancia-{case.filing_number}.pdf"


def present(act: Act, *, case: CaseView) -> dict[str, Any]:
    """Return the data of the template."""
    filed = next(entry for entry in case.entries if entry.kind is EntryKind.FILED)
    page = act.base_url.partition("://")[2] + STATE_PATH
    return {
        "title": f"Constancia {case.filing_number}",
        "sign": f"Constancia de {KIND_WORDS[case.kind].lower()}",
        "number": case.filing_number,
        "rows": _rows(case),
        "text": [line for line in filed.text.split("\n") if line.strip()],
        "files": [[file.name, f"{file_size(file.size)} · SHA-256 {file.digest}"] for file in filed.files],
        "code": print_code(case.code),
        "page": page,
        "page-url": act.link(STATE_PATH),
        "made": f"Generada el {clock_words(act.now)}",
    }


def _rows(case: CaseView) -> list[list[str]]:
    rows = [
        ["Presentada", zoned_words(case.filed_at), CHANNEL_WORDS[case.channel].capitalize()],
        ["Por", case.name, f"Documento {case.document}"],
        [
            "Respuesta a más tardar",
            day_words(case.due_on),
            "En días hábiles, desde el siguiente a la presentación",
        ],
    ]
    if case.place:
        rows.append(["Punto o lugar", case.place, ""])
    notice = case.email if case.electronic_notice and case.email else "Por aviso en la página web"
    rows.append(["Notificación", notice, "Así lo eligió quien la presentó"])
    return rows
