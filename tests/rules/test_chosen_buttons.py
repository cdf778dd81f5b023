"""A form that does not say which button was pressed, or names none of its own, gets a page that says what to do."""

from __future__ import annotations

from pathlib import Path

import portal
from tests.application import RunningPortal
from tests.html import parse
from tests.rules.visit import visit

SAID = "El formulario no dice qué hacer"


def test_every_form_says_what_to_do_when_it_was_sent_without_its_button(portal: RunningPortal):
    everything = visit(portal)
    tried = set()
    for rule, url in everything.urls():
        if everything.is_for_systems(rule) or rule.endpoint == "assets":
            continue
        browser = everything.browser(rule)
        page = browser.open(url)
        if page.status >= 400 or not page.is_html:
            continue
        for form in page.select("form[method=post]"):
            fields = {str(each["name"]): str(each.get("value") or "") for each in form.select("input[name]")}
            sent_to = str(form.get("action") or page.url)
            if not form.select("[name=accion]") or sent_to == "/salir" or (sent_to, frozenset(fields)) in tried:
                continue
            tried.add((sent_to, frozenset(fields)))
            for action in ("otra-cosa", "", "Todos", None):
                sent = {name: value for name, value in fields.items() if name != "accion"}
                answer = browser.client.post(sent_to, data=sent if action is None else sent | {"accion": action})
                if action is None and answer.status_code in (303, 422):
                    # It has one act, which Enter does too: done, or refused for something else.
                    continue
                said = parse(answer.text).h1.get_text()
                assert (answer.status_code, said) == (400, SAID), f"{sent_to} {action!r}"
                assert "Abrir la página de nuevo" in answer.text, sent_to
    assert len(tried) >= 9


def test_no_view_decides_by_itself_what_a_button_means():
    for source in Path(portal.__file__).parent.joinpath("blueprints").rglob("*.py"):
        text = source.read_text("utf-8")
        assert "abort(400)" not in text, source
        assert 'form.get("accion", ' not in text, source
