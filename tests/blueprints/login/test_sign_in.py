"""Sign-in and sign-out on their pages, without JavaScript."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import SignInSession, User
from portal.services.people import accounts
from portal.services.store.acts import Act, Actor
from portal.services.store.vault import Vault
from portal.web.access import DEVICE_COOKIE
from tests.blueprints.login.stage import MovableClock, serve
from tests.blueprints.login.visits import NewBrowser, bare, register, sign_in
from tests.browser import Browser
from tests.factories import NOW
from tests.services.account_stage import EMAIL, OTHER_PASSWORD, PASSWORD, account


def test_every_refused_sign_in_is_the_same_page(new_browser: NewBrowser, session: Session, vault: Vault, ana: User):
    account(session, vault, email="cerrada@transportes.example")
    accounts.disable(Act.at(session, Actor.system(), NOW), email="cerrada@transportes.example")
    register(new_browser(), email="nueva@transportes.example")
    tried = {
        EMAIL: OTHER_PASSWORD,
        "nadie@transportes.example": PASSWORD,
        "cerrada@transportes.example": PASSWORD,
        "nueva@transportes.example": PASSWORD,
    }
    pages = {email: sign_in(new_browser(), email, password) for email, password in tried.items()}
    assert {page.status for page in pages.values()} == {422}
    assert len({bare(page, email) for email, page in pages.items()}) == 1
    headers = {
        tuple(name for name, _ in page.headers if name not in ("Set-Cookie", "Content-Length"))
        for page in pages.values()
    }
    assert len(headers) == 1
    for email, page in pages.items():
        assert page.form("/ingreso")["email"] == email
        assert page.form("/ingreso")["password"] == ""
        assert "Revise los dos" in page.one("#resumen-errores").get_text()


def test_signing_in_leads_where_one_wanted_to_go(browser: Browser, ana: User):
    page = browser.open("/nominacion")
    assert page.url == "/ingreso?siguiente=/nominacion"
    page = page.form("/ingreso").fill(email=EMAIL, password=OTHER_PASSWORD).submit("Ingresar")
    page = page.form("/ingreso").fill(password=PASSWORD).submit("Ingresar")
    assert page.url == "/nominacion"


@pytest.mark.parametrize(
    "wanted",
    ["https://trampa.example/", "//trampa.example/", "/\\trampa.example", "/%09/trampa.example", "javascript:alert(1)"],
)
def test_signing_in_never_leads_out_of_the_portal(browser: Browser, ana: User, wanted: str):
    assert sign_in(browser, url=f"/ingreso?siguiente={wanted}").url == "/inicio"


def test_whoever_is_signed_in_does_not_see_the_form_again(browser: Browser, ana: User):
    sign_in(browser)
    assert browser.open("/ingreso?siguiente=/nominacion").url == "/nominacion"


def test_too_many_attempts_pause_with_the_hour_and_keep_the_address(
    new_browser: NewBrowser, ana: User, clock: MovableClock
):
    pages = {}
    for email in (EMAIL, "nadie@transportes.example"):
        for _ in range(4):
            assert sign_in(new_browser(), email, OTHER_PASSWORD).status == 422
        pages[email] = sign_in(new_browser(), email, PASSWORD)
    for email, page in pages.items():
        assert page.status == 429
        assert page.headers["Retry-After"] == "1"
        assert "hasta el 23 de noviembre de 2026, 09:00:01 (hora de Colombia)" in page.text
        assert page.form("/ingreso")["email"] == email
    assert len({bare(page, email) for email, page in pages.items()}) == 1
    clock.now = NOW + timedelta(seconds=1)
    assert sign_in(new_browser()).url == "/inicio"


def test_a_known_browser_still_gets_in_while_others_guess(new_browser: NewBrowser, browser: Browser, ana: User):
    sign_in(browser).form("/salir").submit()
    for _ in range(4):
        sign_in(new_browser(), password=OTHER_PASSWORD)
    assert sign_in(new_browser()).status == 429
    assert sign_in(browser).url == "/inicio"


@pytest.mark.parametrize(("base_url", "secure"), [("http://localhost", False), ("https://localhost", True)])
def test_the_device_cookie_is_kept_from_scripts_and_lasts_half_a_year(
    tmp_path: Path, sqlite_url: str, vault: Vault, clock: MovableClock, ana: User, base_url: str, secure: bool
):
    app = serve(tmp_path, sqlite_url, vault=vault, clock=clock, base_url=base_url)
    browser = Browser(app.test_client(), origin=base_url)
    sign_in(browser)
    cookie = browser.client.get_cookie(DEVICE_COOKIE)
    assert cookie is not None
    assert (cookie.http_only, cookie.secure, cookie.same_site) == (True, secure, "Lax")
    assert cookie.max_age == 180 * 86400
    app.extensions["portal.engine"].dispose()


def test_signing_in_over_an_open_session_ends_that_one(browser: Browser, session: Session, vault: Vault, ana: User):
    account(session, vault, email="otra@transportes.example")
    form = browser.open("/ingreso").form("/ingreso").fill(email="otra@transportes.example", password=PASSWORD)
    sign_in(browser)
    # The old tab's form carries a token of the visit before; the other account signs in from a fresh one.
    token = browser.open("/cuenta").form("/salir")["csrf_token"]
    assert form.tamper(csrf_token=token).submit("Ingresar").url == "/inicio"
    session.rollback()
    open_ones = session.scalars(select(SignInSession).where(SignInSession.ended_at.is_(None))).all()
    assert len(open_ones) == 1
    assert open_ones[0].user_id != ana.id


def test_signing_out_ends_the_session_and_clears_the_browser(browser: Browser, session: Session, ana: User):
    sign_in(browser)
    form = browser.open("/cuenta").form("/salir")
    answer = browser.client.post("/salir", data={"csrf_token": form["csrf_token"]})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert answer.headers["Clear-Site-Data"] == '"storage", "cache"'
    session.rollback()
    assert session.scalars(select(SignInSession.ended_at)).one() == NOW
    assert browser.open("/cuenta").url.startswith("/ingreso")


def test_a_stolen_cookie_is_worth_nothing_after_the_owner_signed_out(
    app: Flask, browser: Browser, new_browser: NewBrowser, ana: User
):
    sign_in(browser)
    stolen = browser.client.get_cookie("portal")
    assert stolen is not None
    browser.open("/cuenta").form("/salir").submit()
    thief = new_browser()
    thief.client.set_cookie("portal", stolen.value)
    assert thief.open("/cuenta").url.startswith("/ingreso")


def test_signing_out_works_when_the_session_had_already_ended(browser: Browser, ana: User, clock: MovableClock):
    sign_in(browser)
    form = browser.open("/cuenta").form("/salir")
    clock.now = NOW + timedelta(hours=9)
    page = form.submit()
    assert (page.url, page.status) == ("/", 200)
