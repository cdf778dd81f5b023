"""Forms of keys and letters."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from portal.services.keys.letters import Wanted
from portal.web.forms import TypedForm


class LetterForm(TypedForm):
    """Content of a letter, and the reason."""

    web = BooleanField("Clave web nueva para el contrato")
    numeric = BooleanField("Clave numérica nueva para el punto", default=True)
    compromised = BooleanField("Alguien más pudo verlas: las anteriores terminan en cuanto se imprima la carta")
    reason = TextAreaField("Razón")

    @property
    def wanted(self) -> Wanted:
        """Requested keys."""
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
        """Set the companies to choose from: pairs of id and name."""
        self.company.choices = [("", "Elija…"), *companies]


class ReasonForm(TypedForm):
    """Reason."""

    reason = TextAreaField("Razón")


class RevokeForm(TypedForm):
    """Reason to revoke a key. Shares a page with the letter's reason, so its field has an id of its own."""

    reason = TextAreaField("Razón", id="anular")


class UnlockForm(TypedForm):
    """Account of how the unblocked person was recognised."""

    email = HiddenField()
    reason = TextAreaField("Cómo comprobó quién es", id="desbloquear")


class LiftForm(TypedForm):
    """Block to lift, and how its owner was recognised."""

    stopped = HiddenField()
    subject = HiddenField()
    reason = TextAreaField("Cómo comprobó quién es")


class LostForm(TypedForm):
    """Account of what happened to a printed letter; its field has an id of its own beside another reason."""

    reason = TextAreaField("Qué pasó con la carta", id="perdida")


class DispatchForm(TypedForm):
    """Carrier and tracking number."""

    carrier = StringField("Transportadora", validators=[Length(max=60, message="Use 60 caracteres o menos.")])
    tracking_number = StringField("Número de guía", validators=[Length(max=60, message="Use 60 caracteres o menos.")])
