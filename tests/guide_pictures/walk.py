"""Walk of the guide's steps through the portal, stopping where a picture shows what a step speaks of."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Page

from portal.domain.accounts import Role
from tests.e2e.chromium import await_true
from tests.e2e.stage import Point, account_of, letter_of

WIDTHS = {"wide": 1280, "narrow": 360}
HEIGHT = 900
VISIBLE = Path(__file__).with_name("visible.js").read_text(encoding="utf-8")
FORM = ("#contenido h1", "#contenido form .button")


class Stop(NamedTuple):
    """Place of the walk: what of the open page belongs to a step, at a width.

    ``parts`` are selectors whose common box is shown; ``pointed`` is what the picture points at, if anything.
    """

    step: int
    width: str
    parts: tuple[str, ...]
    pointed: str = ""


class Seen(NamedTuple):
    """What is visible at a stop: its fingerprint, the lines that make it, and the box in CSS pixels of the page."""

    fingerprint: str
    lines: list[str]
    box: dict[str, float]


def look(page: Page, stop: Stop) -> Seen:
    """Return what is visible at a stop."""
    found: dict[str, Any] = page.evaluate(VISIBLE, list(stop.parts))
    lines: list[str] = found["seen"]
    return Seen(hashlib.sha256("\n".join(lines).encode()).hexdigest()[:20], lines, found["box"])


def walk(page: Page, instance: Path) -> Iterator[Stop]:
    """Walk all steps on a fresh stage and yield each stop at both widths, the page open as it is to be seen."""
    contract, point = letter_of(instance, Point.GUIDE)
    account, modality = account_of(instance, Role.CUSTOMER), contract["modality"]
    page.goto("/")
    yield from _at(
        page,
        3,
        (".hero h1", ".hero .lead", ".home-grid .cards", ".day-panel"),
        narrow=(".day-panel",),
    )
    yield from _at(page, 4, (".site-name", ".site-nav"), pointed=".site-nav a[href='/cuentas-de-balance']")
    yield from _at(
        page,
        6,
        (".site-nav li:last-child", ".site-account"),
        narrow=(".site-header",),
        pointed=".site-account .outlined",
    )
    page.goto("/registro")
    yield from _at(page, 5, ("#contenido h1", ".field:has(#password)"))
    page.goto("/ingreso?siguiente=/cuentas-de-balance")
    yield from _at(page, 7, FORM)
    page.fill("[name=email]", account["email"])
    page.fill("[name=password]", account["password"])
    _submit(page)
    page.wait_for_url("**/cuentas-de-balance")
    yield from _at(
        page, 8, (".site-nav li:nth-child(2)", ".site-account"), narrow=(".site-header",), pointed=".site-account a"
    )
    yield from _at(page, 9, ("#contenido .cards",))
    page.click(f"a[data-modality={modality}]")
    page.wait_for_url("**/clave-web")
    yield from _at(page, 10, FORM)
    page.goto(f"/nominacion/{modality}/clave-web")
    yield from _at(page, 17, FORM)
    page.fill("[name=web_key]", contract["web_key"])
    _submit(page)
    page.wait_for_selector("#nominar")
    page.goto(f"/cuentas-de-balance/{modality}")
    yield from _at(page, 11, ("#contenido h1", ".point-list"))
    page.click(f"a[data-delivery-point='{point['id']}']")
    page.wait_for_url("**/clave")
    yield from _at(page, 12, FORM)
    page.fill("[name=numeric_key]", point["numeric_key"])
    _submit(page)
    page.wait_for_selector("#hoja-de-balance")
    yield from _at(
        page,
        13,
        ("#hoja-de-balance thead th", "#hoja-de-balance tbody tr:nth-child(6) td[data-field=imbalance]"),
        narrow=("#hoja-de-balance tbody tr:nth-child(2)", "#hoja-de-balance tbody tr:nth-child(3)"),
    )
    yield from _at(page, 14, (".selectors",), narrow=("#hoja h1", ".selectors"))
    page.goto("/nominacion")
    yield from _at(page, 15, (".site-name", ".site-nav"), pointed=".site-nav a[href='/nominacion']")
    yield from _at(page, 16, ("#contenido h1", "#contenido .cards"))
    page.goto(f"/nominacion/{modality}")
    yield from _at(page, 18, ("#contenido .deadline", "#nominar"), pointed="#nominar")
    page.goto(f"/nominacion/{modality}/nueva?punto={point['id']}")
    _submit(page)
    page.wait_for_url("**/tipo")
    yield from _at(page, 19, ("#paso .steps", "#paso form .button"))
    page.check("[name=kind][value=nominacion]")
    _submit(page)
    page.wait_for_url("**/fecha")
    yield from _at(page, 20, ("#paso h1", "#paso table.calendar-month"))
    page.fill("[name=gas_day]", "26/11/2026")
    _submit(page)
    page.wait_for_url("**/cantidad")
    with page.expect_response("**/ayuda?*"):
        page.fill("[name=quantity]", "9.500")
    await_true(page, "document.querySelector('#ayuda').textContent.includes('nueve mil quinientos')")
    yield from _at(page, 21, ("#paso h1", "#paso form .button-primary"))
    _submit(page)
    page.wait_for_url("**/firma")
    yield from _at(page, 22, ("#paso h1", "#paso .answers"))
    yield from _at(page, 23, ("#paso .field", "#paso form .button-primary"))
    page.fill("[name=security_code]", point["numeric_key"])
    _submit(page)
    page.wait_for_url("**/comprobantes/**")
    yield from _at(page, 24, (".receipt",))


def _at(
    page: Page, step: int, parts: tuple[str, ...], *, narrow: tuple[str, ...] = (), pointed: str = ""
) -> Iterator[Stop]:
    """Yield a stop at both widths, with nothing in focus and every transition at its end."""
    for width, pixels in WIDTHS.items():
        page.set_viewport_size({"width": pixels, "height": HEIGHT})
        page.evaluate(
            "async () => { document.activeElement?.blur(); await document.fonts.ready;"
            " await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));"
            " await Promise.all(document.getAnimations().map(each => each.finished.catch(() => 0))) }"
        )
        yield Stop(step, width, (narrow or parts) if width == "narrow" else parts, pointed)
    page.set_viewport_size({"width": WIDTHS["wide"], "height": HEIGHT})


def _submit(page: Page) -> None:
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_load_state()
