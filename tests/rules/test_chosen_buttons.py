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
    forms = {}
    for rule, url in everything.urls():
        if everything.is_for_systems(rule) or rule.endpoint == "assets":
            continue
        browser = everything.browser(rule)
        page = browser.open(url)
        if page.status >= 400 or not page.is_html:
            continue
        for form in page.select("form[method=post]"):
            if form.select("[name=accion]") and form.get("action") != "/salir":
                fields = {str(each["name"]): str(each.get("value") or "") for each in form.select("input[name]")}
                forms[str(form.get("action") or page.url), frozenset(fields)] = (browser, fields)
    assert len(forms) >= 9
    for (url, _), (browser, fields) in forms.items():
        for action in ("otra-cosa", "", "Todos"):
            answer = browser.client.post(url, data=fields | {"accion": action})
            page = parse(answer.text)
            assert (answer.status_code, page.h1.get_text()) == (400, SAID), f"{url} {action!r}"
            assert "Abrir la página de nuevo" in answer.text, url


def test_no_view_decides_by_itself_what_a_button_means():
    for source in Path(portal.__file__).parent.joinpath("blueprints").rglob("*.py"):
        text = source.read_text("utf-8")
        assert "abort(400)" not in text, source
        assert 'form.get("accion", ' not in text, source
