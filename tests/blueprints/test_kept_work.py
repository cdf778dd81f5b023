"""Work never vanishes: what was typed when a session or a key ended is offered again to who typed it, nobody else."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest
from sqlalchemy import select, update
from wtforms.fields.core import UnboundField

from portal.domain.accounts import Role
from portal.models import Case, SignInSession, User
from portal.services.store.transactions import transaction
from portal.web import kept_work
from portal.web.forms import SECRETS, TypedForm
from portal.web.kept_work import COOKIE
from tests.application import RunningPortal
from tests.customer import YESTERDAY, Customer

CLAIM = ("El medidor estuvo parado, según el operario que lo revisó en la mañana. " * 30)[:2000].strip()


def claim_page(customer: Customer):
    customer.open_contract()
    customer.open_point()
    return customer.open(
        f"/cuentas-de-balance/{customer.modality}/{customer.point}/dias/{YESTERDAY.isoformat()}/reclamo"
    )


@pytest.mark.parametrize("htmx", [False, True])
def test_a_claim_of_two_thousand_characters_outlives_an_idle_session(portal: RunningPortal, htmx: bool):
    customer = portal.customer()
    page = claim_page(customer)
    portal.clock.forward(minutes=31)
    asked = page.form().fill(text=CLAIM).submit("Enviar el reclamo", htmx=htmx)
    assert "Su sesión terminó por inactividad. Guardamos lo que escribió: ingrese y lo verá otra vez." in asked.text
    assert portal.count(Case) == 0
    portal.sign_in(customer.browser, customer.way.actor.user_id)
    customer.open_contract()
    customer.open_point()
    again = customer.open(page.url)
    assert again.form()["text"] == CLAIM
    assert "No se ha enviado: revíselo y envíelo." in again.text
    assert again.form().submit("Enviar el reclamo").status == 200
    assert portal.count(Case) == 1
    assert customer.open(page.url).select("#guardado") == []


def test_a_key_that_ended_keeps_what_was_typed_too(portal: RunningPortal):
    customer = portal.customer()
    page = claim_page(customer)
    for _ in range(2):
        portal.clock.forward(minutes=16)
        customer.open("/cuenta")
    asked = page.form().fill(text=CLAIM).submit("Enviar el reclamo")
    assert asked.h1 == "Clave web"
    numeric = asked.form().fill(web_key=customer.way.web_key).submit()
    again = numeric.form().fill(numeric_key=customer.way.numeric_key).submit()
    assert (again.url, again.form()["text"]) == (page.url, CLAIM)


def test_another_account_and_another_hour_do_not_see_it(portal: RunningPortal):
    customer = portal.customer()
    page = claim_page(customer)
    portal.clock.forward(minutes=31)
    page.form().fill(text=CLAIM).submit("Enviar el reclamo")
    other = portal.colleague_of(customer)
    value = customer.browser.client.get_cookie(COOKIE).value
    other.browser.client.set_cookie(COOKIE, value)
    other.open_contract()
    other.open_point()
    seen = other.open(page.url)
    assert (seen.form()["text"], seen.select("#guardado")) == ("", [])
    portal.clock.forward(minutes=61)
    portal.sign_in(customer.browser, customer.way.actor.user_id)
    customer.open_contract()
    customer.open_point()
    assert customer.open(page.url).form()["text"] == ""


def test_a_form_that_is_filled_again_does_not_hide_behind_its_title(portal: RunningPortal):
    customer = portal.customer()
    customer.open_contract()
    new = "form:has(input[name=company])"
    page = customer.open("/cuenta/avisos")
    assert not page.one("details:has(input[name=company])").has_attr("open")
    portal.clock.forward(minutes=31)
    page.form(new).fill(name="Ana Gas", email="ana@cliente.example").submit("Agregar el contacto")
    portal.sign_in(customer.browser, customer.way.actor.user_id)
    again = customer.open("/cuenta/avisos")
    assert again.form(new)["name"] == "Ana Gas"
    assert again.one("details:has(input[name=company])").has_attr("open")


def test_a_session_that_was_closed_elsewhere_says_so(portal: RunningPortal):
    customer = portal.customer()
    page = claim_page(customer)
    with portal.session() as session, transaction(session):
        session.execute(update(SignInSession).values(ended_at=portal.clock.now))
    asked = page.form().fill(text=CLAIM).submit("Enviar el reclamo")
    assert "Su sesión se cerró. Guardamos lo que escribió" in asked.text


def test_text_that_no_cookie_holds_is_shown_to_be_copied(portal: RunningPortal):
    customer = portal.customer()
    page = claim_page(customer)
    portal.clock.forward(minutes=31)
    noise = "".join(chr(0x4E00 + (n * 7919) % 20000) for n in range(1990))
    shown = page.form().fill(text=noise).submit("Enviar el reclamo")
    assert (shown.status, shown.h1) == (400, "Su sesión terminó")
    assert shown.one("[data-field=typed]").text == noise
    assert customer.browser.client.get_cookie(COOKIE) is None


def test_a_form_whose_token_is_no_good_shows_what_was_typed(customer: Customer):
    page = claim_page(customer)
    shown = page.form().fill(text=CLAIM).tamper(csrf_token="x").submit("Enviar el reclamo")
    assert (shown.status, shown.one("[data-field=typed]").text) == (400, CLAIM)


def test_no_secret_is_kept_or_shown(portal: RunningPortal):
    customer = portal.customer()
    customer.open_contract()
    page = customer.review()
    shown = page.form().fill(security_code=customer.way.numeric_key).tamper(csrf_token="x").submit()
    assert shown.status == 400
    assert customer.way.numeric_key not in shown.source
    portal.clock.forward(minutes=31)
    asked = page.form().fill(security_code=customer.way.numeric_key).submit()
    assert "Su sesión terminó por inactividad." in asked.text
    assert "Guardamos" not in asked.text
    assert customer.browser.client.get_cookie(COOKIE) is None


def test_what_a_console_types_is_kept_too(portal: RunningPortal):
    supervisor = portal.staff(Role.SUPERVISOR)
    page = supervisor.open("/consola/avisos")
    portal.clock.forward(minutes=16)
    form = page.form("/consola/avisos").fill(title="Paro en Cusiana", text="Desde las seis no hay gas.\nAvisaremos.")
    assert "Guardamos lo que escribió" in form.submit().text
    with portal.session() as session:
        user_id = session.scalars(select(User.id).where(User.role == Role.SUPERVISOR)).one()
    again = portal.sign_in(supervisor, user_id).open("/consola/avisos").form("/consola/avisos")
    assert (again["title"], again["text"].replace("\r\n", "\n")) == (
        "Paro en Cusiana",
        "Desde las seis no hay gas.\nAvisaremos.",
    )


def test_no_view_keeps_what_is_typed_into_a_secret_field_of_its_package(portal: RunningPortal):
    """Also where a package holds several blueprints, whose names are not its own."""
    secrets: dict[str, set[str]] = {}
    for form in kept_work._forms():
        package = ".".join(form.__module__.split(".")[:3])
        names = {name for name, field in kept_work._fields_of(form) if issubclass(field.field_class, SECRETS)}
        secrets[package] = secrets.get(package, set()) | names
    asked = 0
    for rule in portal.app.url_map.iter_rules():
        view = inspect.unwrap(portal.app.view_functions[rule.endpoint])
        names = secrets.get(".".join(view.__module__.split(".")[:3]), set())
        if "POST" not in (rule.methods or ()) or not names:
            continue
        given = {name: "x" if name.isupper() else "1" for name in rule.arguments}
        with portal.app.test_request_context(method="POST", data=dict.fromkeys(names, "K7QF 2M9X TB4R")) as context:
            context.request.url_rule, context.request.view_args = rule, given
            assert kept_work.typed() == [], rule.endpoint
            asked += len(names)
    assert asked > 20


def test_every_field_for_a_key_or_code_is_of_a_secret_type(portal: RunningPortal):
    control = re.compile(r'field\(form\.(\w+),[^\n]*(?:width="key"|autocomplete="(?:one-time-code|[a-z]+-password)")')
    names = {name for each in Path("portal/templates").rglob("*.html") for name in control.findall(each.read_text())}
    assert {"web_key", "numeric_key", "security_code", "totp", "password"} <= names

    def below(form: type) -> set[type]:
        return {found for each in form.__subclasses__() for found in (each, *below(each))}

    open_ones = {
        f"{form.__module__}.{name}"
        for form in below(TypedForm)
        for name in names
        if isinstance(field := getattr(form, name, None), UnboundField) and not issubclass(field.field_class, SECRETS)
    }
    # The code of a place in the registry opens nothing.
    assert open_ones == {"portal.blueprints.staff.registry.forms.code"}
