"""Every form of every role, bent at random: whatever is sent, nothing answers 500.

A walk of some hundred requests here; ``PORTAL_FUZZ=10000`` makes it the long one, which tells how far it is, and
``PORTAL_FUZZ_SEED`` another one.
"""

from __future__ import annotations

import os
import random
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from portal.domain.accounts import Role
from tests.application import RunningPortal
from tests.browser import Browser
from tests.rules.crowd import crowd
from tests.rules.visit import Visit, visit

REQUESTS = int(os.environ.get("PORTAL_FUZZ", "150"))
# Requests between two looks at the pages, whose forms change with what was sent and with the hour.
ROUND = 250
SEED = int(os.environ.get("PORTAL_FUZZ_SEED", "11"))
# They end the session of who walks, or are no form of a person.
LEFT_OUT = ("/salir", "/cuenta/cerrar-sesiones")
WORDS = (
    "", " ", "0", "-1", "1", "99", "999999999", "9" * 30, "9" * 5000, "1e9", "NaN", "١٢٣", "12.500", "1,5", "-0",
    "0001-01-01", "9999-12-31", "31/12/9999", "29/02/2027", "2026-11-24", "24/11/2026", "2026-13", "24:00", "25:61",
    "\u200b", "\u202ex", "a\u0301", "\ufffd", "😀" * 40, "x" * 3000, "<b>&\"'", "{x}", "%s%(a)s", "' OR 1=1 --", "\\",
    "\x00", "a\x00b", "\r\n\r\n", "on", "true", "null", "[]", "{}", "../../etc/passwd", "//otro.example",
    "nadie@cliente.example", "@", "a@b", "800.021.272-9", "aprobar", "rechazar", "decidir", "todos", "publicar",
)  # fmt: skip
HEADERS = (
    {},
    {},
    {"HX-Request": "true"},
    {"HX-Request": "true", "HX-Boosted": "true", "HX-Target": "paso"},
    {"HX-Request": "quizá".encode().decode("latin-1"), "HX-Current-URL": "::", "HX-Target": "\\"},
)


@dataclass(frozen=True, slots=True)
class Found:
    """A form of a page: who may send it, where to, and what it carries."""

    who: str
    url: str
    fields: tuple[tuple[str, str], ...]


def forms_of(everything: Visit, browsers: dict[str, Browser]) -> Iterator[Found]:
    """Every form that a person is offered on any page."""
    seen = set()
    for rule, url in everything.urls():
        if everything.is_for_systems(rule) or rule.endpoint == "assets":
            continue
        for who, browser in browsers.items():
            if browser is not everything.browser(rule):
                continue
            page = browser.open(url)
            if page.status >= 400 or not page.is_html:
                continue
            for form in page.select("form"):
                action = str(form.get("action") or page.url)
                if form.get("method", "get").lower() != "post" or action.startswith(LEFT_OUT):
                    continue
                fields = tuple(
                    (str(field["name"]), str(field.get("value") or ""))
                    for field in form.select("[name]")
                    if field["name"] != "csrf_token"
                )
                found = Found(who, action, fields)
                if found not in seen:
                    seen.add(found)
                    yield found


def bent(chance: random.Random, form: Found, ids: list[str]) -> list[tuple[str, str]]:
    """What is sent: fields left out, doubled, of another kind, of another thing, or as they stood."""
    sent = []
    for name, value in form.fields:
        for _ in range(chance.choice((0, 1, 1, 1, 1, 1, 2))):
            kind = chance.random()
            sent.append((name, value if kind < 0.5 else chance.choice(WORDS) if kind < 0.85 else chance.choice(ids)))
    if chance.random() < 0.05:
        sent += [(chance.choice(WORDS) or "x", "1")] * chance.choice((1, 60))
    return sent


def entered(everything: Visit, browsers: dict[str, Browser], who: str) -> str:
    """The token of the forms of ``who``, in a browser signed in anew when a form has ended its session."""
    home = "/cuenta" if who == "cliente" else "/consola"
    page = browsers[who].open(home)
    if not page.select("form[action='/salir']"):
        if who == "cliente":
            customer = everything.portal.customer()
            customer.open_contract()
            customer.open_point()
            browsers[who] = customer.browser
        else:
            browsers[who] = everything.portal.staff(Role.ADMIN if who == "admin" else Role.SUPERVISOR)
        page = browsers[who].open(home)
    return str(page.form("/salir")["csrf_token"])


@pytest.fixture
def everything(portal_on_each: RunningPortal) -> Visit:
    """A customer who has opened everything, with another company beside, and an address for every route."""
    portal_on_each.app.testing = False
    return visit(portal_on_each)


def test_no_bent_form_answers_500(everything: Visit, capsys: pytest.CaptureFixture[str]):
    chance = random.Random(SEED)
    ids = [*crowd(everything), *everything.parts.values()]
    browsers = {
        "cliente": everything.customer.browser,
        "consola": everything.staff,
        "admin": everything.administrator,
        "agente": everything.agent,
    }
    tokens: dict[str, str] = {}
    forms: list[Found] = []
    form = Found("cliente", "/", ())
    statuses: Counter[int] = Counter()
    failed = []
    for number in range(REQUESTS):
        if number % ROUND == 0:
            if number:
                # Past limits, sessions, the close of a day and its end.
                everything.portal.clock.forward(minutes=47)
            for who in browsers:
                tokens[who] = entered(everything, browsers, who)
            forms = list(forms_of(everything, browsers)) or forms
            assert len(forms) > 60
        # Every other time the same form as before, bent anew: what it met is changed by now.
        form = chance.choice(forms) if number % 2 == 0 else form
        data = bent(chance, form, ids)
        fields: dict[str, list[str]] = {"csrf_token": [tokens[form.who]]}
        for name, value in data:
            fields.setdefault(name, []).append(value)
        answer = browsers[form.who].client.post(form.url, data=fields, headers=chance.choice(HEADERS))
        statuses[answer.status_code] += 1
        if answer.status_code >= 500:
            failed.append((answer.status_code, form.who, form.url, data))
        if answer.status_code == 400 or answer.location == "/":
            # It had ended the session, or the token belonged to another one.
            tokens[form.who] = entered(everything, browsers, form.who)
        if (number + 1) % 500 == 0:
            with capsys.disabled():
                sys.stderr.write(f"\n{number + 1} of {REQUESTS}: {dict(sorted(statuses.items()))}\n")
    assert failed == []
