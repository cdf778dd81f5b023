"""A passkey turns a remembered device on in place of a code; it is listed, added to and ended under "Su cuenta"."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from portal.domain.attempts import PASSKEY_CHALLENGES
from portal.models import Passkey, TrustedDevice
from tests.application import RunningPortal
from tests.authenticator import Authenticator
from tests.browser import Page
from tests.customer import Customer
from tests.forms import Sent

from .test_trusted_devices import (
    FIREFOX,
    NEW_PASSWORD,
    PASSWORD,
    asks_for_the_key,
    code,
    events,
    give_password,
    mails,
    next_morning,
    remembered,
)

HERE = "http://localhost"
CHALLENGE = "/cuenta/equipos/llaves/reto"
FORM = "form[data-passkey]"


def ticked(portal: RunningPortal, customer: Customer) -> Page:
    """The web key with the tick: the page that asks for a second factor."""
    customer.browser.headers |= FIREFOX
    give_password(portal, customer)
    page = customer.open(f"/nominacion/{customer.modality}/clave-web")
    page = page.form().fill(web_key=customer.way.web_key, remember_device=True).submit()
    assert page.h1 == "Recordar este equipo"
    return page


def ask(page: Page, purpose: str = "recordar", **fields: str) -> tuple[int, dict[str, Any]]:
    """What the page's script asks the portal for, with the token of the form."""
    token = page.select(f"{FORM} [name=csrf_token]")[0]["value"]
    given = {"csrf_token": str(token), "accion": purpose, "passkey": "", **fields}
    answer = page.browser.send(Sent("POST", CHALLENGE, tuple(given.items())), source=page)
    page.browser.page = page
    return answer.status, json.loads(answer.body)


def by_passkey(page: Page, device: Authenticator, *, origin: str = HERE) -> Page:
    """Press the button of the page, as its script does."""
    status, asked = ask(page)
    assert status == 200
    return send(page, answer_of(device, asked, origin=origin))


def answer_of(device: Authenticator, asked: dict[str, Any], *, origin: str = HERE) -> str:
    (ceremony, options) = next(iter(asked.items()))
    return device.create(options, origin=origin) if ceremony == "create" else device.get(options, origin=origin)


def send(page: Page, answer: str, **fields: str) -> Page:
    form = page.form("/cuenta/equipos/llaves/nueva" if fields else f"{FORM}:not(:has([name=preparar]))")
    return form.fill(**fields).tamper(passkey=answer).submit()


def trusted(portal: RunningPortal, customer: Customer, device: Authenticator) -> Page:
    page = by_passkey(ticked(portal, customer), device)
    assert "Este equipo quedó recordado." in page.text
    return page


def test_a_passkey_remembers_a_browser_and_the_next_day_opens_without_the_key(portal_on_each: RunningPortal):
    portal = portal_on_each
    customer = portal.customer()
    device = Authenticator()
    trusted(portal, customer, device)
    next_morning(portal, customer)
    assert customer.open(f"/nominacion/{customer.modality}").h1 != "Clave web"
    assert (events(portal, "passkey:added"), events(portal, "device:trusted")) == (1, 1)
    assert (mails(portal, "passkey-added"), mails(portal, "device-trusted")) == (1, 1)
    with portal.session() as session:
        assert session.query(TrustedDevice).one().passkey_id == session.query(Passkey).one().id


def test_on_another_browser_the_same_passkey_is_asked_for(portal: RunningPortal):
    customer = portal.customer()
    device = Authenticator()
    trusted(portal, customer, device)
    other = portal.sign_in(portal.browser(headers={"User-Agent": "Chrome/140.0 Android"}), customer.way.actor.user_id)
    page = other.open("/cuenta/equipos/recordar")
    assert "Agregar mi autenticador" in page.text
    assert not page.select("#con-codigo"), "its password alone begins no other second factor"
    status, asked = ask(page)
    assert (status, *asked) == (200, "get")
    assert "Este equipo quedó recordado." in send(page, device.get(asked["get"], origin=HERE)).text
    assert portal.count(TrustedDevice) == 2
    assert portal.count(Passkey) == 1


def test_a_wrong_answer_remembers_nothing_and_the_page_says_so(portal: RunningPortal):
    customer = portal.customer()
    page = by_passkey(ticked(portal, customer), Authenticator(), origin="http://localhost.example.com")
    assert page.status == 422
    assert "No pudimos comprobar la llave de acceso" in page.text
    assert (portal.count(TrustedDevice), portal.count(Passkey)) == (0, 0)
    assert events(portal, "passkey:refused") == 1


def test_what_is_no_answer_is_told_in_words(portal: RunningPortal):
    customer = portal.customer()
    page = ticked(portal, customer)
    for odd in ("", "x" * 20_000, "[]"):
        page = send(page, odd)
        assert page.status == 422
        assert "El navegador no envió una llave de acceso" in page.text
    assert send(page, "x" * 70_000).status == 413


def test_who_has_an_authenticator_gives_its_code_and_adds_a_passkey_on_its_own_page(portal: RunningPortal):
    customer = portal.customer()
    secret = remembered(portal, customer, of_point=False)
    portal.clock.forward(minutes=1)
    assert not customer.open("/cuenta/equipos/recordar").select(FORM)
    page = customer.open("/cuenta/equipos").click("Agregar una llave de acceso")
    status, refused = ask(page, "agregar", totp="000000")
    assert (status, *refused) == (422, "words")
    status, asked = ask(page, "agregar", totp=code(portal, secret))
    page = send(page, Authenticator().create(asked["create"], origin=HERE), name="Celular")
    assert "Agregamos la llave de acceso «Celular»" in page.text
    assert [row.h3.get_text() for row in page.select("[data-passkey-row]")] == ["Celular"]


def test_a_further_passkey_comes_after_one_that_is_there(portal: RunningPortal):
    customer = portal.customer()
    device = Authenticator()
    trusted(portal, customer, device)
    page = customer.open("/cuenta/equipos/llaves/nueva")
    _, asked = ask(page, "agregar")
    _, asked = ask(page, "agregar", passkey=device.get(asked["get"], origin=HERE))
    page = send(page, Authenticator().create(asked["create"], origin=HERE), name="Computador de la oficina")
    assert len(page.select("[data-passkey-row]")) == 2
    page = customer.open("/cuenta/equipos/llaves/nueva")
    assert send(page, "{}", name=" ").status == 422


def test_a_passkey_lets_its_owner_add_an_authenticator(portal: RunningPortal):
    customer = portal.customer()
    device = Authenticator()
    trusted(portal, customer, device)
    page = customer.open("/cuenta/equipos/recordar")
    form = page.form(f"{FORM}:has([name=preparar])")
    # Without the passkey's answer the same form does nothing.
    assert form.tamper(passkey="").submit().status == 422
    assert not customer.open("/cuenta/equipos/recordar").select("#secreto")
    page = customer.open("/cuenta/equipos/recordar")
    _, asked = ask(page)
    form = page.form(f"{FORM}:has([name=preparar])").tamper(passkey=device.get(asked["get"], origin=HERE))
    page = form.submit()
    secret = page.one("#secreto").get_text().replace(" ", "")
    page = page.form("form#con-codigo").fill(totp=code(portal, secret)).submit()
    assert "Este equipo quedó recordado." in page.text
    assert "Su autenticador" in customer.open("/cuenta/equipos").text


def test_a_password_alone_begins_no_authenticator_beside_a_passkey(portal: RunningPortal):
    customer = portal.customer()
    page = ticked(portal, customer)
    secret = page.one("#secreto").get_text().replace(" ", "")
    code_form = page.form("form#con-codigo")
    assert "Este equipo quedó recordado." in by_passkey(page, Authenticator()).text
    # The secret that was offered before the passkey is void, and no other is offered.
    assert "Ese código era de otra sesión." in code_form.fill(totp=code(portal, secret)).submit().text
    page = customer.open("/cuenta/equipos/recordar")
    page.form(f"{FORM}:has([name=preparar])").tamper(passkey=None).submit()
    page = customer.open("/cuenta/equipos/recordar")
    assert not page.select("#secreto, #con-codigo")


@pytest.mark.parametrize("wrong", [False, True])
def test_a_passkey_is_ended_with_the_password_and_takes_its_devices_along(portal: RunningPortal, wrong: bool):
    customer = portal.customer()
    trusted(portal, customer, Authenticator())
    next_morning(portal, customer)
    page = customer.open("/cuenta/equipos").click("Quitar «Firefox en Linux»")
    page = page.form().fill(current="no es esa" if wrong else PASSWORD).submit()
    if wrong:
        assert page.status == 422
        assert customer.open(f"/nominacion/{customer.modality}").h1 != "Clave web"
        return
    assert "Quitamos la llave de acceso «Firefox en Linux»" in page.text
    assert not page.select("[data-passkey-row], [data-device]")
    assert customer.open(f"/nominacion/{customer.modality}").h1 == "Clave web"
    assert mails(portal, "passkey-ended") == 1
    # The account is as one that never had a second factor.
    page = customer.open("/cuenta/equipos/recordar")
    assert "Agregar mi autenticador" in page.text


def test_a_changed_password_forgets_the_devices_and_keeps_the_passkey(portal: RunningPortal):
    customer = portal.customer()
    device = Authenticator()
    trusted(portal, customer, device)
    page = customer.open("/cuenta/contrasena")
    page.form().fill(current=PASSWORD, password=NEW_PASSWORD).submit()
    next_morning(portal, customer, password=NEW_PASSWORD)
    assert asks_for_the_key(customer.browser, customer) or customer.browser.page.h1 == "Clave web"
    page = customer.open("/cuenta/equipos")
    assert not page.select("[data-device]")
    assert len(page.select("[data-passkey-row]")) == 1
    assert "Este equipo quedó recordado." in by_passkey(customer.open("/cuenta/equipos/recordar"), device).text


def test_too_many_wrong_answers_are_told_with_the_hour_and_no_more_are_taken(portal: RunningPortal):
    customer = portal.customer()
    device = Authenticator()
    page = ticked(portal, customer)
    for _ in range(5):
        page = by_passkey(page, device, origin="http://localhost.example.com")
    page = by_passkey(page, device)
    assert page.status == 429
    assert "no recibimos otra llave de acceso ni otro código hasta el" in page.text
    assert portal.count(TrustedDevice) == 0
    portal.clock.forward(minutes=1)
    assert "Este equipo quedó recordado." in by_passkey(customer.open("/cuenta/equipos/recordar"), device).text


def test_too_many_questions_are_told_beside_the_button(portal: RunningPortal):
    customer = portal.customer()
    page = ticked(portal, customer)
    answers = [ask(page) for _ in range(PASSKEY_CHALLENGES + 1)]
    assert [status for status, _ in answers[:-1]] == [200] * PASSKEY_CHALLENGES
    status, told = answers[-1]
    assert status == 429
    assert "hasta el" in told["words"]


def test_a_challenge_needs_the_token_of_its_form(portal: RunningPortal):
    customer = portal.customer()
    page = ticked(portal, customer)
    sent = Sent("POST", CHALLENGE, (("accion", "recordar"),))
    assert page.browser.send(sent, source=page).status == 400
    assert page.browser.send(replace(sent, fields=()), source=page).status == 400


def test_nobody_sees_or_ends_the_passkey_of_somebody_else(portal: RunningPortal):
    customer = portal.customer()
    trusted(portal, customer, Authenticator())
    with portal.session() as session:
        public_id = session.query(Passkey).one().public_id
    other = portal.customer()
    assert other.open(f"/cuenta/equipos/llaves/{public_id}/quitar").status == 404
    assert other.open("/cuenta/equipos/llaves/no-hay/quitar").status == 404
    assert portal.staff().open("/cuenta/equipos/llaves/nueva").status == 404
