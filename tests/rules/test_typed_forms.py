"""What people type is cleaned in one place: every form is one of ours, no module keeps a list of blanks of its own."""

import importlib
import pkgutil

from flask_wtf import FlaskForm

import portal
from portal.web.forms import TypedForm

from .test_sources import modules

CLEANER = "portal/domain/typed_text.py"


def forms(base: type) -> set[type]:
    """Every class below a form."""
    return {found for below in base.__subclasses__() for found in (below, *forms(below))}


def test_every_form_of_the_portal_cleans_what_is_typed():
    for module in pkgutil.walk_packages(portal.__path__, "portal."):
        if not module.name.endswith(("__main__", "wsgi", "migrations.env")) and ".versions." not in module.name:
            importlib.import_module(module.name)
    ours = {form for form in forms(FlaskForm) if form.__module__.startswith("portal")}
    assert len(ours) > 40
    assert [form.__qualname__ for form in ours - {TypedForm} if not issubclass(form, TypedForm)] == []


def test_no_module_has_blanks_or_dashes_of_its_own():
    spelt = ("NO-BREAK SPACE}", "\\u200b", "\\u2009", "EN DASH}", "MINUS SIGN}")
    # One alone is looked for or printed; two beside one another are a list of what counts as one.
    found = {
        f"{name}: {line.strip()}"
        for name, source in modules("portal").items()
        for line in source.splitlines()
        if name != CLEANER and sum(line.count(each) for each in spelt) > 1
    }
    assert found == set()
