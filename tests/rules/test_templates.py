"""What no template may do: the pages live under a policy without inline code, and print only escaped text."""

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest

PORTAL = Path(__file__).parents[2] / "portal"
TEMPLATES = sorted((PORTAL / "templates").rglob("*.html"))
HTMX = PORTAL / "static" / "vendor" / "htmx-2.0.11.min.js"
COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
FORBIDDEN = {
    "inline style": r"\sstyle\s*=|<style[\s>]",
    "inline script": r"<script(?![^>]*\ssrc=)",
    "event handler": r"\son[a-z]+\s*=|\shx-on",
    "unescaped text": r"\|\s*safe\b|Markup\(",
    "evaluated expression": r"\shx-vals\s*=\s*[\"']js:|javascript:",
    "method a form lacks": r"\shx-(put|patch|delete)\b",
}


@pytest.mark.parametrize("rule", FORBIDDEN)
def test_no_template_breaks_the_rule(rule):
    pattern = re.compile(FORBIDDEN[rule], re.IGNORECASE)
    found = [
        f"{path.relative_to(PORTAL)}: {match.group().strip()}"
        for path in TEMPLATES
        for match in pattern.finditer(COMMENT.sub("", path.read_text(encoding="utf-8")))
    ]
    assert TEMPLATES
    assert not found


def test_htmx_is_the_file_that_the_page_promises():
    digest = base64.b64encode(hashlib.sha384(HTMX.read_bytes()).digest()).decode()
    base = (PORTAL / "templates" / "base.html").read_text(encoding="utf-8")
    assert f'integrity="sha384-{digest}"' in base
    assert f"sha384-{digest}" in (HTMX.parent / "README.md").read_text(encoding="utf-8")


def test_htmx_may_neither_evaluate_nor_keep_pages_and_swaps_refused_forms_only():
    base = (PORTAL / "templates" / "base.html").read_text(encoding="utf-8")
    found = re.search(r"name=\"htmx-config\" content='([^']+)'", base)
    assert found
    config = json.loads(found.group(1))
    assert config["historyCacheSize"] == 0
    assert config["selfRequestsOnly"] is True
    for switch in ("historyRestoreAsHxRequest", "allowEval", "allowScriptTags", "includeIndicatorStyles"):
        assert config[switch] is False
    for code in ("200", "422", "404", "409", "429", "500", "503"):
        first = next(rule for rule in config["responseHandling"] if re.fullmatch(rule["code"], code))
        assert first["swap"] is (code in ("200", "422")), code


def test_error_pages_show_nothing_of_who_asks():
    asked = re.compile(r"\b(me|request|session|csrf_token|get_flashed_messages|htmx)\b(?!_)")
    pages = [PORTAL / "templates" / "layouts" / "static.html", PORTAL / "templates" / "components" / "site.html"]
    pages += [path for path in TEMPLATES if path.parent.name == "errors" and path.stem != "409"]
    for path in pages:
        text = COMMENT.sub("", path.read_text(encoding="utf-8"))
        code = " ".join(re.findall(r"\{[{%].*?[%}]\}", text, re.DOTALL))
        assert not asked.search(code), path.name
