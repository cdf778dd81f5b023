"""People read days as they are written in Colombia: no page shows them as files and code write them."""

from __future__ import annotations

import re

import pytest

from tests.application import RunningPortal
from tests.rules.visit import visit

# Not the name of a text ("Versión 2026-11"), nor the end of a reference.
WRITTEN_BY_CODE = re.compile(r"(?<!Versión )(?<![\w-])20[0-9]{2}-[0-9]{2}(?:-[0-9]{2})?\b(?!-)")


def test_no_page_shows_a_day_or_a_month_as_code_writes_it(portal: RunningPortal, subtests: pytest.Subtests):
    everything = visit(portal)
    for rule, url in everything.urls():
        if rule.endpoint == "assets" or everything.is_for_systems(rule):
            continue
        with subtests.test(rule=rule.rule):
            page = everything.browser(rule).open(url)
            if page.is_html:
                shown = [
                    page.text[max(0, it.start() - 40) : it.end() + 20] for it in WRITTEN_BY_CODE.finditer(page.text)
                ]
                assert shown == []
