"""The statement in a real browser: downloaded from under the sheet, verified by somebody who only holds the paper."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pypdf
import pytest

from tests.e2e.fixtures import NewTab
from tests.e2e.server import LiveServer
from tests.e2e.test_the_sheet import OCTOBER, opened

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize(("width", "scheme"), [(1216, "dark"), (320, "light")])
def test_whoever_holds_the_paper_can_verify_it(
    new_tab: NewTab, live_server: LiveServer, width: int, scheme: str
) -> None:
    tab = new_tab()
    tab.goto(f"{opened(tab, live_server)}{OCTOBER}")
    with tab.page.expect_download() as download:
        tab.page.get_by_role("link", name="Estado de cuenta en PDF").click()
    assert re.fullmatch(r"estado-[a-z0-9-]+-2026-10\.pdf", download.value.suggested_filename)
    [paper] = pypdf.PdfReader(io.BytesIO(Path(download.value.path()).read_bytes())).pages
    links = [note.get_object()["/A"]["/URI"] for note in paper["/Annots"]]
    query = next(link for link in links if "codigo=" in link).partition("?")[2]
    read = re.search(r"Saldo final\s+−?([0-9.,]+)\s+\S+\s+(a favor|en contra)", paper.extract_text())
    assert read is not None

    guest = new_tab(width=width, height=800, color_scheme=scheme)
    guest.goto(f"/verificar/estado?{query}")
    guest.judge()
    guest.page.fill("[name=total]", read[1])
    guest.page.check(f"[name=lado][value={read[2].replace(' ', '-')}]")
    guest.page.get_by_role("button", name="Verificar").click()
    guest.page.wait_for_selector("h1:has-text('auténtico y sigue vigente')")
    guest.judge()
