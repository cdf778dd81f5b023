"""Who gets what of every address: each role, one's own, another company's, without the key, absent; plain and by htmx.

Made from the URL map: an address that is new is asked for by everybody, and one that shows something without a key
has to be declared here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import pytest
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from portal.domain.accounts import CONSOLE_ROLES, Role, may
from portal.models import AuditEvent, Nomination
from portal.web.access import Audience, Staff
from tests.application import RunningPortal
from tests.rules.test_routes import LEADS_ON
from tests.rules.visit import Visit, visit

# What belongs to one customer; whoever has no part in it finds nothing there.
THEIRS = ("point", "draft", "receipt", "claim", "batch", "group", "practice", "push")
# Shown to a bound account before any key was typed in the session: it says whose keys are missing, or is the account's
# own (its drafts, its signatures, its settings), and no figure of a point that its key did not open.
WITHOUT_A_KEY = frozenset(
    {
        "batches.receipt",
        "calls.accompaniment",
        "calls.accompaniment_pulse",
        "calls.code",
        "calls.prepared",
        "colleagues.colleagues",
        "company_keys.enter",
        "login.devices",
        "login.remove_second_factor",
        "login.add_passkey",
        "login.end_passkey",
        "login.trust_device",
        "contacts.contacts",
        "login.account",
        "login.change_password",
        "login.who_saw",
        "modalities.balances",
        "modalities.nominations",
        "nominations.cancel",
        "nominations.gas_day",
        "nominations.hours",
        "nominations.kind",
        "nominations.quantity",
        "nominations.receipt",
        "nominations.receipt_pdf",
        "nominations.signature",
        "practice.practice",
        "practice.receipt",
        "practice.sign",
        "start.start_page",
        "tokens.api",
        "tokens.calendar",
        "web_keys.enter",
    }
)
HTMX = {"HX-Request": "true"}


@dataclass
class Stage:
    """Everything there is, another company that opened what is its own, and the same person without any key."""

    everything: Visit
    other: FlaskClient
    keyless: FlaskClient
    guest: FlaskClient
    absent: bytes

    def rules(self, method: str, audience: type | Audience) -> Iterator[tuple[Rule, str]]:
        """The addresses for an audience."""
        for rule, url in self.everything.urls(method):
            declared = self.everything.audience(rule)
            if declared is audience or (isinstance(audience, type) and isinstance(declared, audience)):
                yield rule, url

    def theirs(self, method: str) -> Iterator[tuple[Rule, str]]:
        """The addresses of customers, with those that an agent shares in a call."""
        for audience in (Audience.CUSTOMER, Audience.NOMINATOR):
            yield from self.rules(method, audience)


@pytest.fixture
def stage(portal: RunningPortal) -> Stage:
    everything = visit(portal)
    other = portal.customer()
    other.use_keys()
    keyless = portal.holder_of(everything.customer.way)
    guest = portal.browser().client
    return Stage(everything, other.browser.client, keyless.browser.client, guest, guest.get("/nada").data)


def ask(client: FlaskClient, method: str, url: str, *, htmx: bool, token: str = "") -> TestResponse:
    data = {"csrf_token": token} if token else None
    return client.open(url, method=method, headers=HTMX if htmx else {}, data=data)


def token_of(client: FlaskClient, home: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(home).get_data(as_text=True))
    assert found
    return found[1]


def belongs_to_somebody(rule: Rule) -> bool:
    return bool(rule.arguments & set(THEIRS))


def test_every_address_declares_whom_it_is_for(stage: Stage):
    rules = list(stage.everything.portal.app.url_map.iter_rules())
    assert len(rules) > 140
    assert [rule.rule for rule in rules if stage.everything.audience(rule) is None and rule.endpoint != "static"] == []


def test_what_is_another_companys_answers_as_what_is_absent(stage: Stage, subtests: pytest.Subtests):
    token = token_of(stage.other, "/cuenta")
    before = [stage.everything.portal.count(kind) for kind in (AuditEvent, Nomination)]
    for htmx, method in product((False, True), ("GET", "POST")):
        for rule, url in stage.theirs(method):
            if not belongs_to_somebody(rule):
                continue
            with subtests.test(htmx=htmx, method=method, rule=rule.rule):
                answer = ask(stage.other, method, url, htmx=htmx, token=token if method == "POST" else "")
                assert (answer.status_code, answer.data) == (404, stage.absent)
                gone = re.sub(r"/[^/]+$", "/nada-nada-nada-1", url) if url.count("/") > 2 else url
                assert ask(stage.other, method, gone, htmx=htmx, token=token).status_code in (404, 405)
    assert [stage.everything.portal.count(kind) for kind in (AuditEvent, Nomination)] == before


def test_without_the_key_nothing_is_shown_that_it_opens(stage: Stage, subtests: pytest.Subtests):
    for htmx, (rule, url) in product((False, True), list(stage.theirs("GET"))):
        with subtests.test(htmx=htmx, rule=rule.rule):
            answer = ask(stage.keyless, "GET", url, htmx=htmx)
            if answer.status_code == 200 and "HX-Redirect" not in answer.headers:
                assert rule.endpoint in WITHOUT_A_KEY
                assert b"hoja-de-balance" not in answer.data
            elif answer.status_code not in (204, 404):
                where = answer.headers.get("HX-Redirect") or answer.headers["Location"]
                assert where.partition("?")[0].endswith(("/clave-web", "/clave")) or rule.endpoint in LEADS_ON


def test_nobody_gets_in_without_signing_in(stage: Stage, subtests: pytest.Subtests):
    for htmx, method in product((False, True), ("GET", "POST")):
        for audience in (Audience.CUSTOMER, Audience.NOMINATOR, Audience.SIGNED_IN, Audience.STAFF, Staff):
            for rule, url in stage.rules(method, audience):
                with subtests.test(htmx=htmx, method=method, rule=rule.rule):
                    answer = ask(stage.guest, method, url, htmx=htmx)
                    where = answer.headers.get("HX-Redirect") or answer.headers.get("Location")
                    # What a page asks by itself leads back to the page.
                    assert (answer.status_code, where) == (
                        200 if htmx else 303,
                        f"/ingreso?siguiente={url.removesuffix('/pulso').removesuffix('/pagina')}",
                    )


def test_each_role_of_the_consoles_gets_what_the_table_says(stage: Stage, subtests: pytest.Subtests):
    for role, htmx in product(sorted(CONSOLE_ROLES), (False, True)):
        client = stage.everything.portal.staff(role).client
        for rule, url in stage.theirs("GET"):
            with subtests.test(role=role, htmx=htmx, rule=rule.rule):
                answer = ask(client, "GET", url, htmx=htmx)
                if stage.everything.audience(rule) is Audience.NOMINATOR and role is Role.AGENT:
                    # Without a call of their own: no draft and no receipt is theirs, and no point is open to them.
                    assert answer.status_code in (403, 404)
                    continue
                assert (answer.status_code, answer.data) == (404, stage.absent)
        for method, taken in (("GET", 200), ("POST", 400)):
            for rule, url in stage.rules(method, Staff):
                audience = stage.everything.audience(rule)
                assert isinstance(audience, Staff)
                with subtests.test(role=role, htmx=htmx, method=method, rule=rule.rule):
                    answer = ask(client, method, url, htmx=htmx)
                    if may(role, audience.function):
                        if "call" in rule.arguments and method == "GET" and role is not Role.SUPERVISOR:
                            # Another agent's call.
                            assert answer.status_code == 404
                            continue
                        leads_on = method == "GET" and rule.endpoint in LEADS_ON and not htmx
                        assert answer.status_code == (303 if leads_on else taken)
                    else:
                        assert answer.status_code == 403


def test_a_customer_finds_no_page_of_the_consoles(stage: Stage, subtests: pytest.Subtests):
    client = stage.everything.customer.browser.client
    token = token_of(client, "/cuenta")
    for htmx, method in product((False, True), ("GET", "POST")):
        for audience in (Audience.STAFF, Staff):
            for rule, url in stage.rules(method, audience):
                with subtests.test(htmx=htmx, method=method, rule=rule.rule):
                    answer = ask(client, method, url, htmx=htmx, token=token if method == "POST" else "")
                    assert (answer.status_code, answer.data) == (404, stage.absent)
