"""Whatever anybody may send without an account has a limit for each address: 429, until when, and nothing told."""

from __future__ import annotations

import re

import pytest

from portal.services.account.balance_files.seals import LENGTH
from portal.web.access import Audience, audience_of
from tests.application import RunningPortal
from tests.browser import Browser
from tests.services import account_stage

MOST = 60
# What the views need to look at the matter at all; the others are counted before they look.
FIELDS = {
    "login.sign_in": {"email": "nadie@cliente.example", "password": "una clave cualquiera"},
    "verification.statement": {
        "referencia": "abc-2026-10",
        "codigo": "A" * LENGTH,
        "total": "100",
        "lado": "a-favor",
    },
    "verification.receipt": {
        "radicado": "N-2026-000123",
        "codigo": "AAAA-BBBB-CCCC",
        "dia": "24/11/2026",
        "cantidad": "100",
    },
}


def open_forms(portal: RunningPortal) -> list[tuple[str, str]]:
    """Every address that takes a form of anybody, from the map of addresses."""
    return sorted(
        (rule.endpoint, re.sub("<[^>]*>", "ninguno", rule.rule))
        for rule in portal.app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and audience_of(portal.app.view_functions[rule.endpoint]) is Audience.PUBLIC
    )


def send(browser: Browser, url: str, fields: dict[str, str]):
    """Send a form of an anonymous page, with the token of that browser."""
    token = browser.open("/ingreso").form("/ingreso")["csrf_token"]
    return browser.client.post(url, data={"csrf_token": token, **fields}, headers={"Sec-Fetch-Site": "same-origin"})


def test_every_form_for_everybody_has_a_limit_for_one_address(portal: RunningPortal, subtests: pytest.Subtests):
    found = open_forms(portal)
    assert {"login.forgot", "login.register", "login.sign_out", "login.invitation"} <= {name for name, _ in found}
    for endpoint, url in found:
        with subtests.test(form=endpoint):
            browser = portal.browser()
            answers = []
            for _ in range(MOST):
                answers.append(send(browser, url, FIELDS.get(endpoint, {})))
                if answers[-1].status_code == 429:
                    break
            assert answers[-1].status_code == 429, f"{MOST} times {[answer.status_code for answer in answers][-3:]}"
            assert int(answers[-1].headers["Retry-After"]) > 0
            assert "hasta" in answers[-1].get_data(as_text=True)


def test_the_limit_ends_by_itself_and_holds_for_that_address_alone(portal: RunningPortal):
    browser = portal.browser()
    while send(browser, "/olvido", {"email": "nadie@cliente.example"}).status_code != 429:
        pass
    elsewhere = portal.browser()
    elsewhere.client.environ_base["REMOTE_ADDR"] = "203.0.113.9"
    assert send(elsewhere, "/olvido", {"email": "nadie@cliente.example"}).status_code == 303
    portal.clock.forward(minutes=10)
    assert send(browser, "/olvido", {"email": "nadie@cliente.example"}).status_code == 303


def test_addresses_of_ipv4_that_come_written_as_ipv6_are_counted_apart(portal: RunningPortal):
    """A server that listens on both gives them so: one visitor would use up the attempts of all."""
    one, other = portal.browser(), portal.browser()
    one.client.environ_base["REMOTE_ADDR"] = "::ffff:203.0.113.7"
    other.client.environ_base["REMOTE_ADDR"] = "::ffff:198.51.100.9"
    while send(one, "/olvido", {"email": "nadie@cliente.example"}).status_code != 429:
        pass
    assert send(other, "/olvido", {"email": "nadie@cliente.example"}).status_code == 303


def test_the_limit_tells_nobody_which_addresses_have_an_account(portal: RunningPortal):
    customer = portal.customer()
    answers = {}
    for place, email in enumerate((customer.way.actor.email, "nadie@cliente.example")):
        browser = portal.browser()
        browser.client.environ_base["REMOTE_ADDR"] = f"203.0.113.{place + 1}"
        sent = [send(browser, "/olvido", {"email": email}) for _ in range(17)]
        # The last page gives back what was typed, which the sender knows.
        answers[email] = [
            (each.status_code, each.headers.get("Location"), each.get_data(as_text=True).replace(email, ""))
            for each in sent
        ]
    known, unknown = answers.values()
    assert [each[:2] for each in known] == [each[:2] for each in unknown]
    assert known[-1] == unknown[-1]
    assert known[-1][0] == 429


def test_who_is_signed_in_always_gets_out(portal: RunningPortal):
    for _ in range(35):
        customer = portal.customer()
        assert customer.open("/cuenta").form("/salir").submit().status == 200


def test_registering_again_and_again_is_stopped_too(portal: RunningPortal):
    with portal.session() as session:
        account_stage.register(session, portal.vault, now=portal.clock.now)
    browser = portal.browser()
    assert [send(browser, "/registro", {}).status_code for _ in range(21)] == [422] * 20 + [429]
