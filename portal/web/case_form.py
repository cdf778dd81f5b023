"""Form of a case (PQR), for who writes from the web and for the console that writes down what was said."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import date
from typing import Any

from flask_wtf.file import MultipleFileField
from wtforms import (
    BooleanField,
    EmailField,
    Field,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import AnyOf, DataRequired, ValidationError

from portal.domain.cases import CONSENT_VERSION, KIND_WORDS, LARGEST_FILE, MOST_FILES, CaseKind, consent_text
from portal.domain.gas_day import BadGasDay, parse_gas_day
from portal.services.cases import pqr
from portal.services.store.distributors import distributor_of
from portal.services.store.identity import clean_name, normalise_email
from portal.services.store.refusals import Refusal, Rejected
from portal.words.cases import DATE_FORMAT, KIND_HINTS, WORDS

from . import database
from .answers import refusal_words
from .forms import TypedForm
from .uploaded import content_of, list_sent, name_of

SUBMISSION_BYTES = 16
# Limits of what a view of these forms takes.
FILES_BYTES = MOST_FILES * LARGEST_FILE
# Far more parts than the form has: hundreds of files still get the words that say how many fit.
MOST_PARTS = 400
KINDS = tuple(kind.value for kind in CaseKind)


def follow(rule: Callable[[], object]) -> None:
    """Ask a rule of the service while the form is validated, so that all mistakes show at once."""
    try:
        rule()
    except Rejected as refused:
        raise ValidationError(refusal_words(refused, WORDS)) from None


def sent_files(field: Field) -> list[pqr.NewFile]:
    """Return the files of a form."""
    return [pqr.NewFile(name_of(file), content_of(file)) for file in list_sent(field)]


class FilesField(MultipleFileField):  # type: ignore[misc]
    """Files read once, while the form is validated: ``sent`` are their names and bytes."""

    sent: list[pqr.NewFile]

    def pre_validate(self, _form: TypedForm) -> None:
        """Read the files and judge them by their content."""
        self.sent = sent_files(self)
        follow(lambda: pqr.judged(self.sent))


class PetitionerForm(TypedForm):
    """Petitioner and petition; the words of its fields fit both the petitioner and who writes down what was said."""

    needs_email = False
    submission = HiddenField()
    kind = RadioField(
        "¿Qué quiere presentar?",
        choices=[SelectChoice(kind.value, words) for kind, words in KIND_WORDS.items()],
        validate_choice=False,
        validators=[AnyOf(KINDS, message=WORDS[Refusal.CASE_KIND_MISSING])],
    )
    name = StringField("Nombre o razón social")
    document = StringField("Cédula o NIT")
    email = EmailField("Correo")
    telephone = StringField("Teléfono (opcional)")
    delivery_point = StringField("Punto de entrega (opcional)")
    about_on = StringField("Fecha de la factura o de la decisión (opcional)")
    text = TextAreaField("¿Qué pasó y qué pide?")
    files = FilesField("Archivos (opcional)")
    consent = BooleanField("Autorizo", validators=[DataRequired(WORDS[Refusal.CONSENT_MISSING])])
    electronic_notice = BooleanField("Acepto que me notifiquen por correo")

    def validate_name(self, field: Field) -> None:
        """Refuse none."""
        follow(lambda: clean_name(field.data or ""))

    def validate_document(self, field: Field) -> None:
        """Refuse what is no document."""
        follow(lambda: pqr.acceptable_document(field.data or ""))

    def validate_email(self, field: Field) -> None:
        """Refuse what no mail server would take, and none where the acknowledgement goes there."""
        if field.data:
            follow(lambda: normalise_email(field.data))
        elif self.needs_email:
            raise ValidationError(WORDS[Refusal.CASE_EMAIL_MISSING])

    def validate_telephone(self, field: Field) -> None:
        """Refuse what has too few digits."""
        follow(lambda: pqr.acceptable_telephone(field.data or ""))

    def validate_text(self, field: Field) -> None:
        """Refuse none and one that is too long."""
        follow(lambda: pqr.acceptable_text(field.data or ""))

    def validate_about_on(self, _field: Field) -> None:
        """Refuse what is no date."""
        try:
            self.date()
        except BadGasDay:
            raise ValidationError(DATE_FORMAT) from None

    def date(self) -> date | None:
        """Return the date of the invoice or decision, None without one; raises ``BadGasDay``."""
        return parse_gas_day(self.about_on.data).date if self.about_on.data else None

    def petition(self) -> pqr.Petition:
        """Return what a valid form asks for."""
        of_list = isinstance(self.delivery_point, SelectField)
        submission = self.submission.data or ""
        return pqr.Petition(
            kind=CaseKind(self.kind.data),
            name=self.name.data or "",
            document=self.document.data or "",
            text=self.text.data or "",
            email=self.email.data or "",
            telephone=self.telephone.data or "",
            delivery_point=self.delivery_point.data or "" if of_list else "",
            place="" if of_list else self.delivery_point.data or "",
            about_on=self.date(),
            consented=bool(self.consent.data),
            electronic_notice=bool(self.electronic_notice.data),
            files=self.files.sent,
            submission_id=submission if len(submission) == 2 * SUBMISSION_BYTES else None,
        )


def petition_facts() -> dict[str, Any]:
    """Return what the page of the form says beside its fields: the authorisation, the kinds, the limits of files."""
    return {
        "consent_text": consent_text(distributor_of(database.current())),
        "consent_version": CONSENT_VERSION,
        "kind_hints": {kind.value: hint for kind, hint in KIND_HINTS.items()},
        **file_facts(),
    }


def file_facts() -> dict[str, Any]:
    """Return how many files fit, and the largest one in mebibytes."""
    return {"most_files": MOST_FILES, "largest": LARGEST_FILE // 1024**2}


def new_submission() -> str:
    """Return the id by which a form that is sent twice is one case."""
    return secrets.token_hex(SUBMISSION_BYTES)
