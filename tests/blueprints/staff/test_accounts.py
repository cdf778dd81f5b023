"""The administrator's pages, and the code that is asked for again before sensitive acts."""

from __future__ import annotations

import re

from sqlalchemy import select

from portal.domain.accounts import Role
from portal.models import User
from portal.services.mail import outbox
from portal.services.people.accounts import second_factor
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.browser import Browser, Page
from tests.forms import Form
from tests.services import account_stage
from tests.services.account_stage import PASSWORD

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def role_of(portal: RunningPortal, name: str) -> Role:
    with portal.session() as session:
        return session.scalars(select(User.role).where(User.name == name)).one()


def other(portal: RunningPortal, role: Role = Role.OPERATOR) -> str:
    with portal.session() as session, transaction(session):
        return factories.user(session, role=role, name="Olga Toro").public_id


def admin(portal: RunningPortal) -> Browser:
    return portal.staff(Role.ADMIN, name="Alba Ruiz")


def form_of(page: Page, what: str) -> Form:
    """The form that does what: several have the same address."""
    return page.form(f"form:has(input[name=accion][value={what}])")


def act(page: Page, what: str, **fields: str) -> Page:
    return form_of(page, what).fill(**fields).submit()


def test_an_invitation_goes_by_mail_and_ends_in_a_sign_in(portal: RunningPortal):
    page = admin(portal).open("/consola/cuentas").click("Invitar a una persona")
    empty = page.form("/consola/cuentas/nueva").submit()
    assert empty.status == 422
    assert "Elija la función de la cuenta." in empty.text
    done = (
        page.form("/consola/cuentas/nueva").fill(name="Nora Peña", email="nora@llanogas.com", role="auditor").submit()
    )
    assert done.h1 == "Nora Peña"
    assert "Invitada; todavía no escoge su contraseña" in done.text
    assert "Invitación enviada" in done.one("#historial").get_text()
    with portal.session() as session:
        (mail,) = [each for each in account_stage.mails(session) if each.kind == "invitation"]
        found = re.search(r"/invitacion/[\w-]+", outbox.read_words(session, mail))
    assert found
    hers = portal.browser()
    weak = hers.open(found[0]).form(found[0]).fill(password="corta").submit()
    assert weak.status == 422
    assert weak.form(found[0]).fill(password=PASSWORD).submit().url == "/ingreso"
    assert "ya no sirve" in hers.open(found[0]).h1


def test_the_role_changes_and_the_history_says_from_what_to_what(portal: RunningPortal):
    name = other(portal)
    page = act(admin(portal).open(f"/consola/cuentas/{name}"), "funcion", role="supervisor")
    assert role_of(portal, "Olga Toro") is Role.SUPERVISOR
    assert page.one("#historial del").get_text() == "operador"
    same = act(page, "funcion", role="supervisor")
    assert same.status == 422
    assert "ya tiene esa función" in same.text


def test_ones_own_account_has_no_forms_and_a_crafted_one_changes_nothing(portal: RunningPortal):
    browser = admin(portal)
    page = browser.open("/consola/cuentas").click("Alba Ruiz")
    assert "Esta es su cuenta" in page.text
    assert not page.select("main form")
    other_page = browser.open(f"/consola/cuentas/{other(portal)}")
    crafted = form_of(other_page, "funcion").fill(role="auditor")
    crafted.action = page.url
    answer = crafted.submit()
    assert answer.status == 422
    assert "Nadie cambia su propia cuenta" in answer.text
    assert role_of(portal, "Alba Ruiz") is Role.ADMIN


def test_a_role_in_a_form_that_has_none_is_ignored(portal: RunningPortal):
    browser = portal.browser()
    form = browser.open("/registro").form("/registro")
    form.fill(name="Ana Ruiz", email="ana@cliente.com", company="Gas", password=PASSWORD, consent=True)
    form.tamper(role="admin").submit()
    assert role_of(portal, "Ana Ruiz") is Role.CUSTOMER


def test_an_operator_finds_no_accounts_and_a_customer_no_page(portal: RunningPortal):
    assert portal.staff(Role.OPERATOR).open("/consola/cuentas").status == 403
    assert portal.customer().browser.open("/consola/cuentas").status == 404


def test_five_minutes_after_the_code_a_sensitive_act_asks_for_it_again(portal: RunningPortal):
    name = other(portal)
    with portal.session() as session, transaction(session):
        alba = factories.user(session, role=Role.ADMIN, name="Alba Ruiz")
        second_factor.enrol(vault=portal.vault, user=alba, secret=SECRET)
        user_id = alba.id
    browser = portal.signed_in(user_id)
    page = browser.open(f"/consola/cuentas/{name}")
    portal.clock.forward(minutes=5)
    asked = act(page, "deshabilitar")
    assert asked.h1 == "Confirme que es usted"
    assert "todavía no se hizo nada" in asked.text
    wrong = asked.form(page.url).fill(totp="12345").submit()
    assert (wrong.status, wrong.h1) == (422, "Confirme que es usted")
    assert "Deshabilitada el" not in browser.open(page.url).text
    done = wrong.form(page.url).fill(totp=second_factor.compute_code(SECRET, portal.clock.now)).submit()
    assert "Deshabilitada el" in done.text
    assert "Habilitar la cuenta" in done.text
