"""A case in a real browser at 1280 and 360 px: filed without an account, answered at the desk, read with its code."""

from __future__ import annotations

import pyotp
import pytest

from portal.domain.accounts import Role
from tests.e2e.chromium import Tab
from tests.e2e.fixtures import NewTab
from tests.e2e.server import LiveServer
from tests.e2e.stage import NINE, employ
from tests.services.case_stage import PDF

pytestmark = pytest.mark.e2e
# Must break, not widen a page.
LONG_ADDRESS = "rosa.pena.de.la.hoz.y.compania@vecina.de.un.dominio.largo.example"


def judge(tab: Tab, name: str) -> None:
    tab.judge()
    tab.shot(name)


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (360, 800)])
def test_a_case_goes_from_a_neighbour_to_the_desk_and_back(
    new_tab: NewTab, live_server: LiveServer, width: int, height: int
):
    tab = new_tab(width=width, height=height)
    tab.goto("/pqr")
    judge(tab, f"pqr-{width}")
    tab.page.click("#nueva")
    tab.page.wait_for_url("**/pqr/nueva")
    judge(tab, f"pqr-nueva-{width}")
    tab.page.click("text=Radicar")
    tab.page.wait_for_selector("#resumen-errores")
    judge(tab, f"pqr-errores-{width}")
    tab.page.check("input[value=queja]")
    answers = {"name": "Rosa Peña", "document": "1.121.900.300", "email": LONG_ADDRESS}
    for field, answer in answers.items():
        tab.page.fill(f"#{field}", answer)
    tab.page.fill("#text", "Llevo dos semanas esperando la visita.\n\nNadie contesta.")
    tab.page.set_input_files("#files", {"name": "acta.pdf", "mimeType": "application/pdf", "buffer": PDF})
    tab.page.check("#consent")
    tab.page.click("text=Radicar")
    number = tab.page.get_attribute("#radicado", "data-value") or ""
    assert number.startswith("PQR-2026-")
    assert tab.page.get_attribute("[data-field=due_on]", "data-value") == "2026-12-15"
    judge(tab, f"pqr-constancia-{width}")
    code = tab.page.text_content("#codigo") or ""
    with tab.page.expect_download() as download:
        tab.page.click("text=Descargar la constancia en PDF")
    assert download.value.suggested_filename == f"constancia-{number}.pdf"
    with tab.page.expect_download() as download:
        tab.page.click(".case-files a")
    assert download.value.suggested_filename == "acta.pdf"

    desk = new_tab(width=width, height=height)
    person = employ(live_server.instance, Role.SUPERVISOR, f"sara{width}")
    desk.goto("/consola/casos")
    desk.page.fill("#email", person["email"])
    desk.page.fill("#password", person["password"])
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_selector("#totp")
    desk.page.fill("#totp", pyotp.TOTP(person["totp_secret"]).at(NINE))
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_selector("#casos")
    judge(desk, f"casos-{width}")
    desk.page.click(f"text={number}")
    desk.page.wait_for_selector("#caso")
    judge(desk, f"caso-{width}")
    desk.page.check("input[value=responder]")
    desk.page.fill("#text", "La visita es el martes.")
    desk.page.click("text=Registrar")
    desk.page.wait_for_selector("text=La respuesta quedó en el expediente.")
    judge(desk, f"caso-respondido-{width}")
    desk.goto("/consola/casos/nueva")
    judge(desk, f"casos-nueva-{width}")

    other = new_tab(width=width, height=height)
    other.goto(f"/pqr/estado?radicado={number}")
    judge(other, f"pqr-estado-{width}")
    other.page.fill("#code", code)
    other.page.keyboard.press("Enter")
    other.page.wait_for_selector("[data-field=state]")
    assert other.page.get_attribute("[data-field=state]", "data-value") == "answered"
    assert "La visita es el martes." in (other.page.text_content("main") or "")
    judge(other, f"pqr-respondida-{width}")
