"""What is wrong is said twice in one way: in the summary, which leads to the field, and beside the field."""

from __future__ import annotations

import pytest
from bs4 import Tag

from tests.application import RunningPortal
from tests.browser import Page
from tests.forms import Form
from tests.html import text_of
from tests.rules.visit import visit

# Nobody would be left to send the rest.
ENDS_THE_SESSION = ("staff.new_authenticator", "login.sign_out")
TYPED = ("text", "search", "email", "tel", "date", "datetime-local", "number", "textarea")
# What is never sent back: secrets, and what the page reads as something else.
NEVER_KEPT = ("security_code", "numeric_key", "web_key", "password", "current", "totp", "code")


def test_every_summary_leads_to_the_field_that_says_the_same(portal: RunningPortal, subtests: pytest.Subtests):
    everything = visit(portal)
    refused = 0
    for rule, url in everything.urls():
        if rule.endpoint in ENDS_THE_SESSION:
            continue
        browser = everything.browser(rule)
        page = browser.open(url)
        for place, tag in enumerate(page.select("main form[method=post]") if page.is_html else []):
            for button in tag.select("button:not([type=button])") or [None]:
                for text in ("", "¿qué?"):
                    form = Form(page, tag)
                    typed = {str(each["name"]): text for each in form.controls if _kind(each) in TYPED}
                    answer = form.tamper(**typed).submit(button)
                    # A link that was spent meanwhile leads to a page without a form.
                    if answer.status != 422 or not answer.select("main form[method=post]"):
                        continue
                    refused += 1
                    with subtests.test(rule=rule.rule, form=place, button=text_of(button) if button else "", text=text):
                        _leads_to_its_fields(answer)
                        _keeps(answer, typed if text else {})
    assert refused > 60


def _kind(control: Tag) -> str:
    return control.name if control.name != "input" else str(control.get("type", "text"))


def _leads_to_its_fields(page: Page) -> None:
    said = page.select("#resumen-errores li")
    assert said, f"{page.url} says what is wrong: {page.text[:300]}"
    assert page.title.startswith("Error:")
    for link in page.select("#resumen-errores li a"):
        fields = page.select(f'[id="{str(link["href"]).removeprefix("#")}"]')
        assert len(fields) == 1, f"{link['href']} is {len(fields)} places"
        # Of a choice among several the whole group is wrong.
        group = fields[0].find_parent("fieldset") if fields[0].get("type") == "radio" else fields[0]
        assert group is not None
        names = str(group.get("aria-describedby", "")).split()
        beside = " ".join(text_of(each) for name in names for each in page.select(f"#{name}"))
        assert text_of(link) in beside, f"beside {link['href']} stands {beside!r}, not {text_of(link)!r}"
        assert group.name == "fieldset" or group.get("aria-invalid") == "true"


def _keeps(page: Page, typed: dict[str, str]) -> None:
    for name, text in typed.items():
        if name in NEVER_KEPT:
            continue
        there = page.select(f'main form[method=post] [name="{name}"]')
        kept = [each.get("value") if each.name == "input" else text_of(each) for each in there]
        assert not there or text in kept, f"{name} was {text!r} and is {kept}"
