"""What people type is cleaned in one place: every form is one of ours, no module keeps a list of blanks of its own."""

import importlib
import pkgutil

from flask_wtf import FlaskForm

import portal
from portal.forms import TypedForm

from .test_sources import modules

# Which blanks a text has tells in which code page it was written.
MAY_NAME_BLANKS = {"portal/domain/typed_text.py", "portal/services/text_encodings.py"}


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
    found = {name for name, source in modules("portal").items() if any(each in source for each in spelt)}
    assert found <= MAY_NAME_BLANKS, found - MAY_NAME_BLANKS
