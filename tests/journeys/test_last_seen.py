"""What a remembered browser may keep of the start page: by choice, in words that stay true (adr/0167)."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest

from portal.domain.accounts import Role
from portal.models import AuditEvent
from tests.application import RunningPortal
from tests.browser import Browser, Page
from tests.customer import Customer
from tests.journeys.test_trusted_devices import CHROME, give_password, next_morning, remembered, sign_in

NAME = "portal-sin-senal"
# Words that are wrong an hour later, or a day.
RELATIVE = re.compile(r"\b(hoy|mañana|ayer|queda|quedan|cierra en|hace)\b", re.IGNORECASE)


def named(browser: Browser) -> str | None:
    """The device that the browser names to its own script."""
    return next((each.value for each in browser.client._cookies.values() if each.key == NAME), None)


def ask(customer: Customer) -> Page:
    form = customer.open("/cuenta/equipos").form("form[action$='/sin-senal']")
    return form.submit("Guardar lo último visto en este equipo")


def kept(page: Page) -> dict[str, Any] | None:
    found = page.select("#por-guardar")
    if not found:
        return None
    parsed: dict[str, Any] = json.loads(str(found[0]["data-kept"]))
    return parsed


def test_a_browser_keeps_nothing_until_its_person_asks_there_and_nothing_after(portal_on_each: RunningPortal):
    portal = portal_on_each
    customer = portal.customer()
    remembered(portal, customer)
    assert kept(customer.open("/inicio")) is None
    assert named(customer.browser) is None
    page = ask(customer)
    assert page.one("[data-device]")["data-device"] == named(customer.browser)
    found = kept(customer.open("/inicio"))
    assert found is not None
    assert [each["id"] for each in found["points"]] == [customer.point]
    # The next session finds it again; none of it was typed.
    next_morning(portal, customer)
    assert kept(customer.open("/inicio")) is not None
    page = customer.open("/cuenta/equipos").form("form[action$='/sin-senal']").submit("Dejar de guardar")
    assert "ya no guarda lo último visto" in page.text
    assert named(customer.browser) is None
    assert kept(customer.open("/inicio")) is None
    assert portal.count(AuditEvent, event="device:keeps") == 2


def test_another_browser_cannot_ask_for_it_but_can_end_it(portal: RunningPortal):
    customer = portal.customer()
    remembered(portal, customer)
    other = portal.browser(headers=CHROME)
    sign_in(customer, other)
    assert "Guardar lo último visto en este equipo" not in other.open("/cuenta/equipos").text
    address = str(customer.open("/cuenta/equipos").form("form[action$='/sin-senal']").action)
    page = other.open("/cuenta/equipos")
    token = str(page.select("[name=csrf_token]")[0]["value"])
    headers = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    sent = {"csrf_token": token, "accion": "guardar"}
    assert other.client.post(address, data=sent, headers=headers).status_code == 404
    assert other.client.post(address, data=sent | {"accion": "x"}, headers=headers).status_code == 400
    ask(customer)
    other.open("/cuenta/equipos").form("form[action$='/sin-senal']").submit("Dejar de guardar en Firefox en Linux")
    # The browser learns it with its next start page.
    assert named(customer.browser) is not None
    assert kept(customer.open("/inicio")) is None
    assert named(customer.browser) is None


@pytest.mark.parametrize("how", ["sign-out", "forgotten here", "another account", "a console"])
def test_the_browser_stops_naming_a_device(portal: RunningPortal, how: str):
    customer = portal.customer()
    remembered(portal, customer)
    ask(customer)
    browser = customer.browser
    if how == "sign-out":
        browser.open("/inicio").form("/salir").submit()
    elif how == "forgotten here":
        browser.open("/cuenta/equipos").form("form[action$='/olvidar']").submit()
    elif how == "another account":
        portal.clock.forward(days=1)
        colleague = portal.colleague_of(customer)
        give_password(portal, colleague)
        sign_in(colleague, browser)
    else:
        staff = portal.staff(Role.OPERATOR)
        staff.client.set_cookie(NAME, str(named(browser)))
        browser = staff
        browser.open("/consola").form("/salir").submit()
    assert named(browser) is None


@pytest.mark.parametrize("state", ["missing", "nominated", "after the close"])
def test_what_is_kept_is_true_at_every_hour_and_holds_no_key(portal: RunningPortal, state: str):
    customer = portal.customer()
    remembered(portal, customer)
    ask(customer)
    if state == "nominated":
        customer.nominate()
    if state == "after the close":
        portal.clock.now = portal.clock.now.replace(hour=17, minute=30)
        sign_in(customer, customer.browser)
    portal_now = portal.clock.now
    text = json.dumps(kept(customer.open("/inicio")), ensure_ascii=False)
    found = json.loads(text)
    (point,) = found["points"]
    assert found["seen"] == portal_now.isoformat()
    assert not [line for line in point["lines"] if RELATIVE.search(line)]
    assert bool(point["ask"]) is (state == "missing")
    assert re.match(r"\w+ \d+ de noviembre de 2026: ", point["lines"][0])
    for secret in (customer.way.web_key, customer.way.numeric_key):
        assert secret not in text


def test_a_nomination_sent_again_after_its_answer_was_lost_says_that_it_had_arrived(portal: RunningPortal):
    customer = portal.customer()
    customer.open_contract()
    page = customer.review()
    first = customer.sign(page)
    assert "Ya había llegado" not in first.text
    portal.clock.now += timedelta(minutes=3)
    again = customer.sign(page)
    assert again.url == first.url
    assert "Ya había llegado hoy a las" in again.text
    assert again.value("#radicado") == first.value("#radicado")


def test_a_form_of_the_wizard_says_what_is_told_when_it_cannot_leave(portal: RunningPortal):
    customer = portal.customer()
    customer.open_contract()
    form = customer.review().one("#paso form")
    assert "todavía NO está enviada" in str(form["data-unsent"])
    assert not RELATIVE.search(str(form["data-unsent"]))
    draft = json.loads(str(form["data-draft"]))
    assert (draft["id"], form["data-typed"]) == (customer.point, "12.500")
