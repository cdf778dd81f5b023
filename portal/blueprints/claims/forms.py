"""Forms of messages in a claim."""

from __future__ import annotations

from wtforms import Field, TextAreaField
from wtforms.validators import ValidationError

from portal.services.cases import claims
from portal.services.store.refusals import Rejected
from portal.web.answers import refusal_words
from portal.web.forms import TypedForm

from .words import WORDS


class ClaimForm(TypedForm):
    """Objection to a day."""

    text = TextAreaField("¿Con qué no está de acuerdo?")

    def validate_text(self, field: Field) -> None:
        try:
            claims.acceptable_text(field.data or "")
        except Rejected as refused:
            raise ValidationError(refusal_words(refused, WORDS)) from None


class AdditionForm(ClaimForm):
    """Addition to a claim."""

    text = TextAreaField("Agregar algo a este reclamo")
