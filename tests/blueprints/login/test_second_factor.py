"""The second factor on its page, without JavaScript."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.config import Settings
from portal.domain.accounts import Role
from portal.models import SignInSession, User
from portal.services.store.vault import Vault
from tests.blueprints.login.stage import MovableClock, serve
from tests.blueprints.login.visits import BASE_URL, NewBrowser, sign_in
from tests.browser import Browser, Page
from tests.factories import NOW
from tests.services.account_stage import EMAIL, PASSWORD, account

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
PAGE = "/ingreso/segundo-factor"


def code(moment=NOW) -> str:
    return pyotp.TOTP(SECRET).at(moment)


def wrong() -> str:
    shown = {code(NOW + timedelta(seconds=30 * n)) for n in range(-2, 5)}
    return next(f"{n:06}" for n in range(10) if f"{n:06}" not in shown)


def give(page: Page, typed: str) -> Page:
    return page.form(PAGE).fill(totp=typed).submit("Entrar a la consola")


@pytest.fixture
def olga(session: Session, vault: Vault) -> User:
    return account(session, vault, role=Role.OPERATOR, totp_secret=SECRET)


def test_password_and_code_lead_to_the_console(browser: Browser, olga: User):
    page = sign_in(browser)
    assert (page.url, page.status, page.h1) == (PAGE, 200, "Segundo factor")
    assert page.select("header .is-guest"), "nobody is signed in yet"
    page = give(page, code())
    assert (page.url, page.h1) == ("/consola", "Consola")
    assert browser.open("/ingreso").url == "/consola"


def test_until_the_code_nothing_is_open(browser: Browser, olga: User):
    sign_in(browser)
    for url in ("/consola", "/cuenta", "/cuentas-de-balance", "/cuenta/seguir"):
        assert browser.open(url).url == f"/ingreso?siguiente={url}"
    assert browser.open(PAGE).status == 200


def test_a_wrong_code_is_told_on_the_page_and_a_used_one_as_well(new_browser: NewBrowser, olga: User):
    page = give(sign_in(new_browser()), wrong())
    assert page.status == 422
    assert page.title.startswith("Error:")
    assert "Código incorrecto" in page.one("#resumen-errores").get_text()
    assert "Código incorrecto" in page.one("#totp-error").get_text()
    assert give(page, code()).url == "/consola"
    again = give(sign_in(new_browser()), code())
    assert (again.status, again.url) == (422, PAGE)


def test_what_is_no_code_is_told_without_an_attempt(browser: Browser, olga: User):
    page = sign_in(browser)
    for _ in range(7):
        page = give(page, "12 34")
        assert page.status == 422
        assert "este intento no se contó" in page.text
    assert give(page, "").status == 422
    assert page.form(PAGE).tamper(totp="9" * 200).submit().status == 422
    assert give(page, code()).url == "/consola"


def test_too_many_wrong_codes_pause_with_the_hour(browser: Browser, olga: User, clock: MovableClock):
    page = sign_in(browser)
    for _ in range(5):
        page = give(page, wrong())
        assert page.status == 422
    page = give(page, code())
    assert page.status == 429
    assert page.headers["Retry-After"] == "60"
    assert "hasta el 23 de noviembre de 2026, 09:01:00 (hora de Colombia)" in page.text
    clock.now = NOW + timedelta(minutes=1)
    assert give(page, code(clock.now)).url == "/consola"


def test_without_a_password_the_page_leads_to_the_sign_in(browser: Browser, olga: User, clock: MovableClock):
    assert browser.open(f"{PAGE}?siguiente=/consola").url == "/ingreso?siguiente=/consola"
    page = sign_in(browser)
    clock.now = NOW + timedelta(minutes=10)
    assert give(page, code(clock.now)).url == "/ingreso"


def test_the_sign_in_leads_to_the_page_of_the_console_that_was_asked_for(browser: Browser, olga: User):
    page = browser.open("/consola?x=1")
    assert page.url == "/ingreso?siguiente=/consola?x%3D1"
    page = page.form("/ingreso").fill(email=EMAIL, password=PASSWORD).submit("Ingresar")
    assert give(page, code()).url == "/consola?x=1"


@pytest.mark.parametrize("wanted", ["/cuentas-de-balance", "/consolador", "//trampa.example", "https://trampa.example"])
def test_an_account_of_the_consoles_never_ends_where_it_may_not_be(browser: Browser, olga: User, wanted: str):
    assert give(sign_in(browser, url=f"/ingreso?siguiente={wanted}"), code()).url == "/consola"


def test_a_customer_who_asked_for_the_console_ends_at_home(browser: Browser, session: Session, vault: Vault):
    account(session, vault)
    assert sign_in(browser, url="/ingreso?siguiente=/consola").url == "/inicio"


def test_the_first_sign_in_activates_an_authenticator_and_shows_the_recovery_codes_once(
    browser: Browser, new_browser: NewBrowser, session: Session, vault: Vault
):
    account(session, vault, role=Role.ADMIN)
    page = sign_in(browser)
    assert (page.url, page.h1) == ("/ingreso/segundo-factor/alta", "Active su segundo factor")
    assert page.one("img.enrol-qr")["src"].startswith("data:image/svg+xml")
    secret = page.one("#secreto").get_text().replace(" ", "")
    refused = page.form("/ingreso/segundo-factor/alta").fill(totp="000000").submit()
    assert refused.status == 422
    assert "Código incorrecto" in refused.one("#totp-error").get_text()
    assert refused.one("#secreto").get_text().replace(" ", "") == secret
    shown = refused.form("/ingreso/segundo-factor/alta").fill(totp=pyotp.TOTP(secret).at(NOW)).submit()
    codes = [row.get_text() for row in shown.select("#codigos li")]
    assert len(codes) == 10
    assert shown.headers["Cache-Control"] == "no-store"
    assert shown.click("Ya los guardé: entrar a la consola").url == "/consola"
    # Another browser, without the telephone.
    page = sign_in(new_browser()).click("No tengo el teléfono")
    page = page.form("/ingreso/segundo-factor/recuperacion").fill(code="K7QF2").submit()
    assert (page.status, page.url) == (422, "/ingreso/segundo-factor/recuperacion")
    page = page.form("/ingreso/segundo-factor/recuperacion").fill(code=codes[7]).submit()
    assert (page.url, page.h1) == ("/consola/seguridad", "Su acceso")
    assert "9 sin usar" in page.text
    page = page.click("Usar otro autenticador").form("/consola/seguridad/autenticador").submit()
    assert page.url == "/ingreso"
    assert sign_in(new_browser()).url == "/ingreso/segundo-factor/alta"


def test_without_a_password_just_given_nothing_is_shown_to_enrol(browser: Browser):
    for step in ("alta", "recuperacion"):
        assert browser.open(f"{PAGE}/{step}").url == "/ingreso"


def test_a_console_session_ends_after_a_quarter_of_an_hour_and_can_be_kept(
    browser: Browser, olga: User, clock: MovableClock
):
    page = give(sign_in(browser), code())
    clock.now = NOW + timedelta(minutes=14)
    token = page.form("/salir")["csrf_token"]
    kept = browser.client.post("/cuenta/seguir", data={"csrf_token": token}, headers={"Sec-Fetch-Mode": "cors"})
    assert kept.status_code == 204
    clock.now = NOW + timedelta(minutes=28)
    assert browser.open("/consola").status == 200
    assert browser.open("/cuenta/seguir").url == "/consola"
    clock.now = NOW + timedelta(minutes=43)
    assert browser.open("/consola").url == "/ingreso?siguiente=/consola"


def test_the_half_session_is_none_of_the_full_one(browser: Browser, session: Session, olga: User):
    page = sign_in(browser)
    before = browser.client.get_cookie("portal")
    assert before is not None
    give(page, code())
    thief = Browser(browser.client.application.test_client())
    thief.client.set_cookie("portal", before.value)
    assert thief.open("/consola").url == "/ingreso?siguiente=/consola"
    assert thief.open(PAGE).url == "/ingreso"
    session.rollback()
    assert [row.ended_at for row in session.scalars(select(SignInSession).order_by(SignInSession.id))] == [NOW, None]


def test_signing_out_of_the_console_ends_it(browser: Browser, olga: User):
    page = give(sign_in(browser), code())
    assert page.form("/salir").submit().url == "/"
    assert browser.open("/consola").url == "/ingreso?siguiente=/consola"


def test_public_pages_lead_staff_to_their_console_and_not_to_the_pages_of_customers(browser: Browser, olga: User):
    give(sign_in(browser), code())
    page = browser.open("/tarifas")
    header = [str(link["href"]) for link in page.select("header a[href]")]
    assert "/consola" in header
    assert not {"/cuenta", "/cuentas-de-balance", "/nominacion"} & set(header)


def test_where_development_moved_the_clock_a_real_telephone_serves_as_well(
    sqlite_url: str, tmp_path: Path, session: Session, vault: Vault, olga: User
):
    real = datetime.now(UTC)
    moved = Settings.from_environment({"PORTAL_INSTANCE": str(tmp_path), "PORTAL_NOW": NOW.isoformat()}).clock
    for clock, typed, end in ((moved, code(real), "/consola"), (lambda: NOW, code(real), PAGE)):
        with session.begin():
            session.execute(update(User).values(totp_last_step=None))
        app = serve(tmp_path, sqlite_url, vault=vault, clock=clock, base_url=BASE_URL)
        assert give(sign_in(Browser(app.test_client())), typed).url == end
        app.extensions["portal.engine"].dispose()
