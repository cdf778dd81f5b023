"""Papers: every character that people write is printed or substituted, so that a paper is always made."""

from __future__ import annotations

import io
from typing import Any

from hypothesis import example, given
from hypothesis import settings as how
from hypothesis import strategies as st
from pypdf import PdfReader

from portal.papers.case_paper import TEMPLATE
from portal.papers.letterhead import letterhead
from portal.services.files.typst import SHOWN, SUBSTITUTE, replace_unshown, typeset
from tests.distributors import FIRST
from tests.factories import NOW


def made(written: str, **given: Any) -> str:
    """Typeset a constancia with this text, name and name of a file; return what it says."""
    data = {
        "title": "Constancia PQR-2026-000001",
        "sign": "Constancia de queja",
        "number": "PQR-2026-000001",
        "rows": [["Por", written, written]],
        "text": [written],
        "files": [(written, written)],
        "code": "K7QF-2M9X",
        "page": "portal.example/pqr/estado",
        "page-url": "https://portal.example/pqr/estado",
        "made": "Generada el lunes",
        "letterhead": letterhead(FIRST),
    }
    paper = typeset(TEMPLATE, data | given, now=NOW, complete_in="la página del radicado")
    return " ".join("".join([page.extract_text() for page in PdfReader(io.BytesIO(paper)).pages]).split())


@how(max_examples=60)
@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=200) | st.text(max_size=40))
@example("😡 ✅ 你好 ﷽ \uf0b7")
@example("👩‍👩‍👧‍👦 ☀️ 🇨🇴 x\u0301\u0301\u0301 \u202eabc שלום สวัสดี \x00\ufeff\ufffe")
@example("\ud83d")
def test_a_paper_is_made_of_whatever_people_write(text: str):
    assert "PQR-2026-000001" in made(text)


def test_each_character_that_is_said_to_be_in_the_fonts_is():
    shown = sorted(SHOWN - {"\n", "\t"})
    lines = ["".join(shown[at : at + 100]) for at in range(0, len(shown), 100)]
    assert "PQR-2026-000001" in made("ñ", text=lines, rows=[[line, line, line] for line in lines])
    assert all(replace_unshown(character) for character in shown)


def test_what_the_fonts_lack_is_substituted_and_the_paper_says_so_once():
    assert (
        replace_unshown("Muy mal 😡: \uf0b7 uno, 你好") == f"Muy mal {SUBSTITUTE}: {SUBSTITUTE} uno, {SUBSTITUTE * 2}"
    )
    assert made("Muy mal 😡").count("Los caracteres que este papel no puede mostrar salen como □") == 1
    assert "el texto completo está en la página del radicado." in made("Muy mal 😡")
    assert "salen como" not in made("Peña pidió «5 m³ ≥ 4» – ya □ €")


def test_what_has_no_sign_of_its_own_is_dropped():
    assert replace_unshown("a\u200db\ufe0fc\u202ed\x00e\ufefff") == "abcdef"
    assert replace_unshown("n\u0303") == "ñ"
