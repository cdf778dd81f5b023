"""Forms of the consoles."""

from __future__ import annotations

from collections.abc import Sequence

from wtforms import Field, IntegerField, RadioField, SelectChoice, TextAreaField
from wtforms.validators import AnyOf, InputRequired, NumberRange, ValidationError
from wtforms.widgets import HiddenInput

from portal.domain.claims import DECISIONS, ClaimAction
from portal.services.cases import claims
from portal.services.store.refusals import Rejected
from portal.web.answers import refusal_words
from portal.web.forms import NOT_SHOWN, TypedForm

from .words import CLAIM_WORDS

LONGEST = 9


class CountField(IntegerField):
    """Whole number of at most nine digits; a longer one is refused before any arithmetic."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read ASCII digits with a sign; raises ``ValueError`` in Spanish for anything else."""
        typed = valuelist[0].strip() if valuelist else ""
        if not typed:
            self.data = None
            return
        digits = typed.removeprefix("-")
        if len(digits) > LONGEST or not (digits.isascii() and digits.isdigit()):
            self.data = None
            raise ValueError("Escriba un número entero, como 6.")
        self.data = int(typed)


def _follow(field: Field) -> None:
    try:
        claims.require_text(field.data or "")
    except Rejected as refused:
        raise ValidationError(refusal_words(refused, CLAIM_WORDS)) from None


class AnswerForm(TypedForm):
    """Answer to the customer before the decision."""

    text = TextAreaField("Respuesta al cliente")

    def validate_text(self, field: Field) -> None:
        _follow(field)


class DecisionForm(TypedForm):
    """Outcome of the claim, in words; ``seen`` is how many messages the page showed."""

    seen = CountField(
        "Mensajes vistos",
        widget=HiddenInput(),
        validators=[InputRequired(NOT_SHOWN), NumberRange(min=1, max=100_000, message=NOT_SHOWN)],
    )
    decision = RadioField(
        "Decisión",
        choices=[
            SelectChoice(ClaimAction.UPHOLD.value, "Procede"),
            SelectChoice(ClaimAction.DISMISS.value, "No procede"),
        ],
        validate_choice=False,
        validators=[AnyOf([action.value for action in DECISIONS], message="Elija si el reclamo procede.")],
    )
    outcome = TextAreaField("Resultado, en palabras")

    def validate_outcome(self, field: Field) -> None:
        _follow(field)
