"""Base of every form: typed text is cleaned once, before any field reads it."""

from __future__ import annotations

from typing import Any

from flask import current_app, request
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, MultipleFileField
from werkzeug.datastructures import MultiDict
from wtforms import Field, HiddenField, PasswordField, StringField, TextAreaField

from portal.domain.typed_text import as_prose, as_typed


class SecretField(StringField):
    """Key or code, typed in sight: never stored, never shown again."""


FILES = (FileField, MultipleFileField)
SECRETS = (PasswordField, SecretField)
# Not typed by people, or every character counts.
AS_IT_IS = (PasswordField, HiddenField)
# The form lacks what its page showed: the basis of the decision is unknown.
NOT_SHOWN = "El formulario no dice qué mostraba la página. Ábrala de nuevo, mire cómo está ahora y envíe otra vez."


class TypedForm(FlaskForm):
    """Form whose fields read text as people see it (``domain/typed_text.py``); passwords and files stay as they came.

    Text typed before a session ended stands in it again (``kept_work``).
    """

    def process(self, *arguments: Any, **named: Any) -> None:
        """Read the data of the request, or the kept text that this page offers."""
        super().process(*arguments, **named)
        if request and request.method == "GET":
            current_app.extensions["portal.fill"](self)

    class Meta(FlaskForm.Meta):
        """Hook of WTForms that prepares the data of a request."""

        def wrap_formdata(self, form: FlaskForm, formdata: Any) -> Any:
            """Return the data with the text of each field cleaned; a JSON body is no form."""
            if request.mimetype == "application/json":
                return None
            given = super().wrap_formdata(form, formdata)
            return given if given is None else _cleaned(form, given)


def _cleaned(form: FlaskForm, given: Any) -> MultiDict[str, Any]:
    """Return the data with text cleaned field by field, without a file under the name of a text field.

    A hidden field that the form does not carry is empty: it is never filled from the present state.
    """
    cleaned: MultiDict[str, Any] = MultiDict(given)
    for field in form._fields.values():
        name = field.name
        if name not in cleaned and isinstance(field, HiddenField):
            cleaned.setlist(name, [""])
        elif name in cleaned and not isinstance(field, FILES):
            texts = [value for value in cleaned.getlist(name) if isinstance(value, str)]
            cleaned.setlist(name, [_clean(field, text) for text in texts])
    return cleaned


def _clean(field: Field, text: str) -> str:
    if isinstance(field, AS_IT_IS):
        return text
    return as_prose(text) if isinstance(field, TextAreaField) else as_typed(text)


def argument(name: str, *, longest: int = 120) -> str:
    """Return the text of the search box or filter ``name`` in the address, cleaned; empty without one."""
    return as_typed(request.args.get(name, ""))[:longest]


def whole(text: str) -> int | None:
    """Return a row's number that a form carries, None for anything else: the database never sees one too long."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None
