"""The reset of a forgotten password on its pages, without JavaScript."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from portal.models import OutboxMessage, User
from tests.blueprints.login.stage import MovableClock
from tests.blueprints.login.visits import NewBrowser, ask_reset, bare, count, link, register, sign_in
from tests.browser import Browser
from tests.factories import NOW
from tests.services.account_stage import EMAIL, OTHER_PASSWORD


def test_a_forgotten_password_is_replaced_and_every_session_ends(
    browser: Browser, new_browser: NewBrowser, session: Session, ana: User
):
    elsewhere = new_browser()
    sign_in(elsewhere)
    assert ask_reset(browser).url == "/olvido/correo-enviado"
    page = browser.open(link(session, "restablecer"))
    assert EMAIL in page.text
    page = page.form().fill(password=OTHER_PASSWORD).submit("Guardar la contraseña")
    assert page.url == "/ingreso"
    assert "Su contraseña cambió" in page.text
    assert elsewhere.open("/cuenta").url.startswith("/ingreso")
    assert sign_in(new_browser()).status == 422
    assert sign_in(browser, password=OTHER_PASSWORD).url == "/inicio"


def test_asking_for_a_reset_answers_the_same_whatever_the_address(new_browser: NewBrowser, ana: User):
    register(new_browser(), email="nueva@transportes.example")
    emails = (EMAIL, "nadie@transportes.example", "nueva@transportes.example")
    answers = [ask_reset(new_browser(), email) for email in emails]
    assert len({(page.status, page.url, bare(page)) for page in answers}) == 1


def test_a_malformed_address_is_told_and_kept(browser: Browser, session: Session):
    page = ask_reset(browser, "ana@")
    assert page.status == 422
    assert page.form("/olvido")["email"] == "ana@"
    assert count(session, OutboxMessage) == 0


def test_a_refused_new_password_leaves_the_link_good(browser: Browser, session: Session, ana: User):
    ask_reset(browser)
    page = browser.open(link(session, "restablecer")).form().fill(password="corta").submit("Guardar la contraseña")
    assert page.status == 422
    assert "muy corta" in page.one("#resumen-errores").get_text()
    assert page.form().fill(password=OTHER_PASSWORD).submit("Guardar la contraseña").url == "/ingreso"


def test_reset_links_that_are_spent_expired_or_made_up_show_one_page(
    new_browser: NewBrowser, session: Session, ana: User, clock: MovableClock
):
    ask_reset(new_browser())
    spent = link(session, "restablecer")
    form = new_browser().open(spent).form().fill(password=OTHER_PASSWORD)
    form.submit("Guardar la contraseña")
    assert form.submit("Guardar la contraseña").status == 422
    ask_reset(new_browser())
    expired = link(session, "restablecer")
    clock.now = NOW + timedelta(minutes=30)
    pages = [new_browser().open(url) for url in (spent, expired, "/restablecer/inventado")]
    assert {(page.status, page.h1) for page in pages} == {(422, "Este enlace ya no sirve")}
    assert len({bare(page) for page in pages}) == 1
