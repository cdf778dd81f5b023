"""The forms of keys and letters."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from portal.services.keys.letters import Wanted
from portal.web.forms import TypedForm


class LetterForm(TypedForm):
    """What a letter brings, and why."""

    web = BooleanField("Clave web nueva para el contrato")
    numeric = BooleanField("Clave numérica nueva para el punto", default=True)
    compromised = BooleanField("Alguien más pudo verlas: las anteriores terminan en cuanto se imprima la carta")
    reason = TextAreaField("Razón")

    @property
    def wanted(self) -> Wanted:
        """What was asked for."""
        return Wanted(
            renews_web=self.web.data,
            renews_numeric=self.numeric.data,
            compromised=self.compromised.data,
            reason=self.reason.data or "",
        )


class CompanyLetterForm(LetterForm):
    """The same for every point of a company."""

    company = SelectField("Empresa", validators=[InputRequired("Elija la empresa.")], validate_choice=True)

    def offer(self, companies: Any) -> None:
        """Take the companies to choose from: pairs of id and name."""
        self.company.choices = [("", "Elija…"), *companies]


class ReasonForm(TypedForm):
    """Why."""

    reason = TextAreaField("Razón")


class RevokeForm(TypedForm):
    """Why a key ends at once. Its field stands beside the letter's on one page, so it has an id of its own."""

    reason = TextAreaField("Razón", id="anular")


class UnlockForm(TypedForm):
    """How whoever is let try again was recognised."""

    email = HiddenField()
    reason = TextAreaField("Cómo comprobó quién es", id="desbloquear")


class LiftForm(TypedForm):
    """Which block is lifted, and how it was verified that it is theirs."""

    stopped = HiddenField()
    subject = HiddenField()
    reason = TextAreaField("Cómo comprobó quién es")


class LostForm(TypedForm):
    """What happened to a printed letter. Its field may stand beside another reason, so it has an id of its own."""

    reason = TextAreaField("Qué pasó con la carta", id="perdida")


class DispatchForm(TypedForm):
    """Who carries it, under which number."""

    carrier = StringField("Transportadora", validators=[Length(max=60, message="Use 60 caracteres o menos.")])
    tracking_number = StringField("Número de guía", validators=[Length(max=60, message="Use 60 caracteres o menos.")])
