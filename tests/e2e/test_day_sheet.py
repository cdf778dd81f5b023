"""The sheet of a day in a real browser: what is pasted goes where it belongs, and the typed field stays in sight."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from playwright.sync_api import expect

from portal.domain.accounts import Role
from portal.domain.gas_day import GasDay
from tests.e2e.chromium import Tab
from tests.e2e.fixtures import NewTab
from tests.e2e.server import LiveServer
from tests.e2e.stage import NINE, Point, employ, sign_in

pytestmark = pytest.mark.e2e
# The last day of the point whose readings this test writes.
LAST_DAY = "/consola/mediciones/dia/2026-07-31"
SHEET = f"/consola/mediciones/dia/{GasDay.of(NINE).isoformat()}"
PASTE = """(field, text) => {
  const data = new DataTransfer()
  data.setData('text/plain', text)
  field.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}))
}"""
# Name of the focused field where the window or a bar hides a corner of it.
HIDDEN = """() => {
  const field = document.activeElement, box = field.getBoundingClientRect()
  const seen = [[box.left + 4, box.top + 2], [box.right - 4, box.bottom - 2]]
  return seen.some(([x, y]) => document.elementFromPoint(x, y) !== field) ? field.id : null
}"""


def paste(tab: Tab, lines: Sequence[str]) -> None:
    """Paste into the first field, as a spreadsheet gives its cells."""
    tab.page.locator("[data-down]").first.evaluate(PASTE, "\n".join(lines))


def typed(tab: Tab) -> list[str]:
    return [field.input_value() for field in tab.page.locator("[data-down]").all()]


def test_several_pasted_columns_fill_the_points_that_they_name(new_tab: NewTab, live_server: LiveServer):
    tab = new_tab()
    tab.goto(LAST_DAY)
    sign_in(tab.page, employ(live_server.instance, Role.OPERATOR, "planilla"))
    tab.goto(LAST_DAY)
    said = tab.page.locator("#pegado")
    before = typed(tab)
    name = Point.DAY_SHEET.value
    # Two figures without a name, more than one beside a name, one point twice: none is guessed.
    for lines in (["5.000\t7.000", "6.000\t8.000"], [f"{name}\t1\t5.320"], [f"{name}\t5.320", f"{name}\t5.321"]):
        said.evaluate("element => { element.textContent = '' }")
        paste(tab, lines)
        expect(said).to_have_text("Pegue una sola columna de cifras, o el nombre con su cifra.")
        assert typed(tab) == before
    row = tab.page.locator(f"tr[data-name='{name}']")
    with tab.page.expect_response(lambda answer: "/dia/" in answer.url and answer.request.method == "POST"):
        paste(tab, ["Punto\tConsumo", "EDS X\t9.999", "HORNO  TÍERRA roja\t5.320,75", "TOTAL\t15.319,75"])
    expect(said).to_have_text("Se llenó 1 fila por su nombre. 2 líneas no se reconocieron: «EDS X», «TOTAL».")
    expect(said).to_be_in_viewport()
    expect(row.locator("td[data-head=Estado]")).to_contain_text("Guardada")
    assert row.get_attribute("data-value") == "5320.75"
    assert [value for value in typed(tab) if value] == [value for value in before if value] + ["5.320,75"]
    tab.judge()
    tab.shot("planilla-pegada-1280")
    code = row.get_attribute("data-code")
    with tab.page.expect_response(lambda answer: "/dia/" in answer.url and answer.request.method == "POST"):
        paste(tab, [f"1,1 bar\t{code.lower()}\tHorno\t5.400"])
    expect(said).to_have_text("Se llenó 1 fila por su nombre.")
    expect(row).to_have_attribute("data-value", "5400")
    # Two dates, of which none is this sheet's: nothing is filled, and the line says why.
    for other in ("30/07/2026", "2026-07-30", "30-jul-26", "jueves 30 de julio de 2026", "20260730", "7/30/2026"):
        paste(tab, [f"{other}\t{name}\t5.500", f"{other}\tEDS X\t1"])
        expect(said).to_have_text(
            f"No se llenó ninguna fila. 2 líneas son de otro día: «{name}, {other}», «EDS X, {other}»."
        )
    paste(tab, ["Punto\t30/07/2026", f"{name}\t5.500"])
    told = "y esta hoja es del 31/07/2026. Si las cifras son de este día, péguelas sin esa línea."
    expect(said).to_have_text(f"No se llenó ninguna fila: lo pegado dice 30/07/2026, {told}")
    assert row.get_attribute("data-value") == "5400"
    with tab.page.expect_response(lambda answer: "/dia/" in answer.url and answer.request.method == "POST"):
        paste(tab, ["Fecha\tPunto\tConsumo", f"31/07/2026\t{name}\t5.450", f"30/07/2026\t{name}\t5.460"])
    expect(said).to_have_text(f"Se llenó 1 fila por su nombre. 1 línea es de otro día: «{name}, 30/07/2026».")
    expect(row).to_have_attribute("data-value", "5450")
    # One column goes down from its field.
    tab.goto(f"{LAST_DAY}?q={code}")
    paste(tab, ["5.500", "6.000", "7.000"])
    expect(said).to_have_text("La columna llegó a la última fila: 2 líneas no tienen fila en esta página.")
    expect(row).to_have_attribute("data-value", "5500")
    # Its heading is no figure of the first point, and a mark for a missing one no error of its own.
    with tab.page.expect_response(lambda answer: "/dia/" in answer.url and answer.request.method == "POST"):
        paste(tab, ["Consumo", "m³", "5.600"])
    expect(said).to_have_text("Se dejó el encabezado: «Consumo», «m³».")
    expect(row).to_have_attribute("data-value", "5600")
    for lines, words in (
        (["Consumo del 30/07/2026", "5.700"], f"No se llenó ninguna fila: lo pegado dice 30/07/2026, {told}"),
        (["Consumo", "de ayer"], "No se llenó ninguna fila: lo pegado no trae cifras."),
    ):
        paste(tab, lines)
        expect(said).to_contain_text(words)
        assert typed(tab) == ["5.600"]
    paste(tab, ["Consumo", "N/D"])
    expect(said).to_have_text("Se dejó el encabezado: «Consumo».")
    assert typed(tab) == ["5.600"]
    # What was saved and is odd is named where the eye is.
    with tab.page.expect_response(lambda answer: "/dia/" in answer.url and answer.request.method == "POST"):
        paste(tab, ["Consumo", "5.600.000"])
    expect(tab.page.locator("#por-mirar")).to_have_text(f"1 línea se guardó y llama la atención: «{name}».")
    expect(tab.page.locator("#por-mirar")).to_be_in_viewport()
    tab.judge()


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (360, 800)])
def test_the_field_that_is_typed_in_is_never_under_a_bar(
    new_tab: NewTab, live_server: LiveServer, width: int, height: int
):
    tab = new_tab(width=width, height=height)
    tab.goto(SHEET)
    sign_in(tab.page, employ(live_server.instance, Role.OPERATOR, f"baja{width}"))
    tab.goto(SHEET)
    fields = tab.page.locator("[data-down]").count()
    assert fields > 12
    tab.page.locator("[data-down]").first.focus()
    for key in ["Enter"] * (fields - 1) + ["ArrowUp"] * (fields - 1) + ["ArrowDown"] * 5:
        tab.page.keyboard.press(key)
        assert tab.page.evaluate(HIDDEN) is None
    tab.judge()
    tab.shot(f"planilla-{width}")
