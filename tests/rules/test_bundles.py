"""Style sheets that a page loads hold the rules of every class it uses (adr/0168)."""

from __future__ import annotations

import re

import pytest

from portal.web.assets import BUNDLES, STATIC
from tests.browser import Page
from tests.rules.visit import Visit

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CLASS = re.compile(r"\.([a-zA-Z][\w-]*)")
ACCOUNT, CONSOLE = "css/account.css", "css/console.css"


def classes_of(bundle: str) -> set[str]:
    """Every class that a rule of the bundle names."""
    texts = [(STATIC / "css" / f"{part}.css").read_text(encoding="utf-8") for part in BUNDLES[bundle]]
    return set(_CLASS.findall(_COMMENT.sub("", "\n".join(texts))))


def only_in(*bundles: str) -> set[str]:
    """Classes that no other sheet for the screen names."""
    named = set.union(*[classes_of(bundle) for bundle in bundles])
    others = [name for name in BUNDLES if name not in bundles and "print" not in name]
    return named - set.union(*[classes_of(bundle) for bundle in others])


def used_by(page: Page) -> set[str]:
    return {name for tag in page.soup.select("[class]") for name in tag["class"]}


@pytest.mark.parametrize("who", ["stranger", "customer"])
def test_no_page_uses_a_class_of_a_sheet_that_it_does_not_load(everything: Visit, subtests: pytest.Subtests, who: str):
    missing = only_in(ACCOUNT, CONSOLE) if who == "stranger" else only_in(CONSOLE)
    assert len(missing) > 20
    seen = 0
    for rule, url in everything.urls():
        browser = everything.portal.browser() if who == "stranger" else everything.customer.browser
        with subtests.test(rule=rule.rule):
            page = browser.open(url)
            if not page.is_html:
                continue
            seen += 1
            sheets = {str(link["href"]).split("?")[0] for link in page.select("link[rel=stylesheet]")}
            # Pages of mistakes are the same bytes whoever asks: dressed as a stranger's.
            is_own = who == "customer" and bool(page.select(".site-account"))
            assert ("/estaticos/css/account.css" in sheets) is is_own, url
            assert used_by(page) & missing == set(), url
    assert seen > 50
