"""Whatever is sent, no address and no form answers 500: bad input is the sender's mistake, not ours."""

from __future__ import annotations

import re

import pytest

from portal.models import Nomination
from tests.application import RunningPortal
from tests.rules.visit import Visit, visit

TEXTS = [
    "",
    " ",
    "\t\r\n",
    "0",
    "-1",
    "9" * 400,
    "1e999",
    "NaN",
    "٣",
    "１２",
    "é" * 200,
    "\N{ZERO WIDTH JOINER}\N{RIGHT-TO-LEFT OVERRIDE}",
    "\N{PILE OF POO}",
    "\ufffe\uffff",
    "' OR 1=1 --",
    "%s %(x)s {x} {0.__class__}",
    "../../etc/passwd",
    "<script>",
    "2026-11-24T00:00:00Z",
    "x" * 3000,
]
RAW = ["%00", "%ED%A0%80", "%FF%FE", "%C0%AF", "%F4%90%80%80", "%2e%2e%2f", "%0d%0aX-Planted:%201"]
ADDRESSES = [*RAW, "%20", "a" * 2000, "%E2%80%AE"]
# What the second kind of database may take otherwise than the first: lengths, numbers, what is no text, surrogates.
OF_EACH_DATABASE = {"", "9" * 400, "1e999", "\ufffe\uffff", "%s %(x)s {x} {0.__class__}", "x" * 3000}
RAW_OF_EACH_DATABASE = {"%00", "%ED%A0%80", "%20", "a" * 2000}


@pytest.fixture
def everything(portal_on_each: RunningPortal) -> Visit:
    """On both databases: what one of them keeps, the other may refuse."""
    return visit(portal_on_each)


# Nobody would be left to send the rest.
ENDS_THE_SESSION = ("login.sign_out", "staff.new_authenticator")


def test_no_form_answers_500(everything: Visit, subtests: pytest.Subtests):
    # Taken before anything was sent: a forged reset may end the session, and its pages carry no form.
    tokens = {
        browser: browser.open(home).form("/salir")["csrf_token"]
        for browser, home in (
            (everything.customer.browser, "/cuenta"),
            (everything.staff, "/consola"),
            (everything.administrator, "/consola"),
            (everything.agent, "/consola"),
        )
    }
    before = everything.portal.count(Nomination)
    for rule, url in everything.urls("POST"):
        # What systems send is no form; tests/blueprints/api forges it.
        if rule.endpoint in ENDS_THE_SESSION or everything.is_for_systems(rule):
            continue
        browser = everything.browser(rule)
        client = browser.client
        page = browser.open(url)
        token = tokens[browser]
        names = {str(field["name"]) for field in page.select("main form[method=post] [name]")} - {"csrf_token"}
        with subtests.test(rule=rule.rule):
            for text in _of(everything, TEXTS, OF_EACH_DATABASE):
                for data in (dict.fromkeys(names, text), {name: [text, "7"] for name in names}):
                    status = client.post(url, data=data | {"csrf_token": token}).status_code
                    assert status < 500, f"answers {status} to {text[:20]!r}"
            for raw in _of(everything, RAW, RAW_OF_EACH_DATABASE):
                body = "&".join(f"{name}={raw}" for name in sorted(names)) + f"&csrf_token={token}"
                kind = "application/x-www-form-urlencoded"
                status = client.post(url, data=body, content_type=kind).status_code
                assert status < 500, f"answers {status} to {raw}"
    assert everything.portal.count(Nomination) == before


def test_no_address_answers_500(everything: Visit, subtests: pytest.Subtests):
    for rule, url in everything.urls():
        client = everything.browser(rule).client
        if everything.is_for_systems(rule):
            # A system may ask so often in a minute and no more; a person's grants last half an hour.
            everything.portal.clock.forward(seconds=61)
        parts = [part for part in re.findall(r"<(?:\w+:)?(\w+)>", rule.rule) if part != "modality"]
        with subtests.test(rule=rule.rule):
            for raw in _of(everything, ADDRESSES, RAW_OF_EACH_DATABASE):
                query = "&".join(f"{name}={raw}" for name in ("mes", "anio", "siguiente", "punto", "v"))
                answer = client.get(f"{url}?{query}")
                assert answer.status_code < 500, raw[:20]
                assert "X-Planted" not in answer.headers
                for part in parts:
                    forged = rule.rule.replace("<modality>", everything.parts["modality"])
                    forged = re.sub(rf"<(?:\w+:)?{part}>", raw, forged)
                    answer = client.get(forged)
                    # 308: two slashes are made one, on this host.
                    assert answer.status_code in (308, 404, 422), forged[:80]
                    assert answer.headers.get("Location", "http://localhost/").startswith("http://localhost/")


def _of(everything: Visit, texts: list[str], of_each: set[str]) -> list[str]:
    """All of the texts on SQLite; on PostgreSQL those that it may take otherwise."""
    if everything.portal.app.extensions["portal.engine"].dialect.name == "sqlite":
        return texts
    return [text for text in texts if text in of_each]
