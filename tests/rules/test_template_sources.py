"""What a template may not say: code in attributes, text without escaping, a form that works with script only."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "portal" / "templates"
COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
FORBIDDEN = {
    "text without escaping": re.compile(r"\|\s*safe\b|\{%-?\s*autoescape\b"),
    "an inline script": re.compile(r"<script(?![^>]*\bsrc=)[^>]*>", re.IGNORECASE),
    "an inline style sheet": re.compile(r"<style\b", re.IGNORECASE),
    "an inline style": re.compile(r"[\s\"']style\s*=", re.IGNORECASE),
    "an inline handler": re.compile(r"[\s\"']on[a-z]+\s*=", re.IGNORECASE),
    "code for htmx": re.compile(r"hx-(on|vars|headers|vals)\b|\bjs:", re.IGNORECASE),
    "an address that is code": re.compile(r"javascript:", re.IGNORECASE),
    "something loaded from elsewhere": re.compile(
        r"<(script|link|img|iframe)\b[^>]*(src|href)=[\"'](https?:)?//", re.IGNORECASE
    ),
    "another method than GET or POST": re.compile(r"hx-(put|patch|delete)\b", re.IGNORECASE),
}
FORM = re.compile(r"<form\b(.*?)>(.*?)</form>", re.DOTALL)


def templates() -> dict[str, str]:
    """Every template without its comments."""
    return {
        path.relative_to(TEMPLATES).as_posix(): COMMENT.sub("", path.read_text(encoding="utf-8"))
        for path in sorted(TEMPLATES.rglob("*.html"))
    }


def faults(source: str) -> list[str]:
    """What a template says that it may not."""
    found = [f"{name}: {text.group().strip()}" for name, rule in FORBIDDEN.items() for text in rule.finditer(source)]
    for attributes, inside in FORM.findall(source):
        found += form_faults(attributes, inside)
    return found


def form_faults(attributes: str, inside: str) -> list[str]:
    """What is wrong with a form: no token, another address with script than without."""
    given = dict(re.findall(r'([\w-]+)="([^"]*)"', attributes))
    opening = attributes.strip()[:80]
    if given.get("method") not in ("get", "post"):
        return [f"a form without a method: {opening}"]
    found = [] if given.get("action") else [f"a form without an action: {opening}"]
    swapped = f"hx-{given['method']}"
    if given.get(swapped, given.get("action")) != given.get("action"):
        found.append(f"with script it asks {given[swapped]}, without {given.get('action')}")
    if {"hx-get", "hx-post"} & given.keys() - {swapped}:
        found.append(f"another method with script than without: {opening}")
    has_token = "csrf(form)" in inside or "form_token()" in inside
    if given["method"] == "post" and not has_token:
        found.append(f"a form without its token: {opening}")
    if given["method"] == "get" and has_token:
        found.append(f"a form that puts its token in the address: {opening}")
    return found


def test_no_template_says_what_it_may_not():
    assert {name: faults(source) for name, source in templates().items() if faults(source)} == {}


def test_the_token_of_a_form_is_written_by_one_macro():
    written = {name for name, source in templates().items() if "csrf_token()" in source}
    assert written == {"components/token.html"}


def test_only_templates_make_text_markup():
    made = [
        path
        for path in (ROOT / "portal").rglob("*.py")
        if re.search(r"\bMarkup\(|render_template_string", path.read_text())
    ]
    assert not made, "text is made markup by templates only"


@pytest.mark.parametrize(
    "source",
    [
        "{{ name|safe }}",
        "{{ name | safe }}",
        "{% autoescape false %}{{ name }}{% endautoescape %}",
        "<script>alert(1)</script>",
        "<style>p{}</style>",
        '<p style="color: red">',
        '<button onclick="send()">',
        '<div hx-on:click="x">',
        '<div hx-vals="js:{a: 1}">',
        '<a href="javascript:void(0)">',
        '<script src="https://otro.example/x.js"></script>',
        '<img src="//otro.example/x.png">',
        '<button hx-delete="/x">',
        '<form method="post" action="/x"><button>x</button></form>',
        '<form action="/x">{{ csrf(form) }}</form>',
        '<form method="post">{{ csrf(form) }}</form>',
        '<form method="post" action="/x" hx-post="/y">{{ csrf(form) }}</form>',
        '<form method="post" action="/x" hx-get="/x">{{ csrf(form) }}</form>',
        '<form method="get" action="/x">{{ csrf(form) }}</form>',
    ],
)
def test_each_fault_is_found(source: str):
    assert faults(source)


def test_what_is_allowed_is_not_found():
    assert not faults('<form method="post" action="{{ a }}" hx-post="{{ a }}" class="style">{{ csrf(form) }}</form>')
    assert not faults("<script src=\"{{ asset('js/portal.js') }}\" defer></script><p>a person = one</p>")


LOADED = re.compile(r"asset\('(js/[\w-]+\.js)'\)")
WANTED = re.compile(r"getElementById\(\"([\w-]+)\"\)\.")


def test_a_page_has_every_element_that_its_script_takes_for_granted():
    static, loads = ROOT / "portal" / "static", 0
    for name, source in templates().items():
        for script in LOADED.findall(source):
            for wanted in WANTED.findall((static / script).read_text(encoding="utf-8")):
                loads += 1
                assert f'id="{wanted}"' in source, f"{name} loads {script}, which writes to #{wanted}"
    assert loads
