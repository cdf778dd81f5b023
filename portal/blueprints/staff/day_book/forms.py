"""Forms of the day book."""

from __future__ import annotations

import re
from collections.abc import Sequence

from flask_wtf.file import FileField, FileRequired
from wtforms import Field, HiddenField, SelectChoice, SelectField, StringField
from wtforms.validators import AnyOf, ValidationError

from portal.domain.nominations import CutReason
from portal.domain.quantities import BadQuantity, Quantity, Unit, parse_quantity
from portal.web.forms import TypedForm

from .words import QUANTITY_PROBLEMS, REASON_CHOICES

# Matches no day: a tampered revision fits nothing.
NO_REVISION = -1


class ActionForm(TypedForm):
    """Button of the day's page.

    ``shown`` is the hash of the previewed publication, ``version`` the number of a sent book, ``nomination`` a late one
    to decide, ``reason`` why it is refused; ``sent_to`` is whom a book was sent to.
    """

    shown = HiddenField()
    nomination = HiddenField()
    version = HiddenField()
    reason = HiddenField()
    sent_to = StringField("A quién se envió")


def ticked(values: Sequence[str]) -> dict[str, int]:
    """Return the ticked points, each with the revision that the page showed; an invalid one is tampered."""
    found: dict[str, int] = {}
    for value in values:
        point, _, revision = value.partition(":")
        found[point] = int(revision) if re.fullmatch("[0-9]{1,9}", revision, re.ASCII) else NO_REVISION
    return found


class RecordForm(TypedForm):
    """Authorised quantity of a point; ``revision`` is the one that the page showed."""

    revision = HiddenField()
    quantity = StringField("Cantidad autorizada")
    cut_reason = SelectField(
        "Motivo del recorte",
        choices=[SelectChoice(value, label) for value, label in REASON_CHOICES],
        validate_choice=False,
        validators=[AnyOf([value for value, _ in REASON_CHOICES], message="Elija un motivo de la lista.")],
    )

    unit: Unit = Unit.M3
    parsed: Quantity | None = None

    def validate_quantity(self, field: Field) -> None:
        """Read the figure as written in Colombia; a bad one never becomes another number."""
        try:
            self.parsed = parse_quantity(str(field.data or ""), self.unit)
        except BadQuantity as bad:
            raise ValidationError(QUANTITY_PROBLEMS[bad.problem]) from None

    @property
    def reason(self) -> CutReason | None:
        """Chosen reason of a cut."""
        return CutReason(self.cut_reason.data) if self.cut_reason.data else None

    @property
    def shown_revision(self) -> int | None:
        """Revision that the page showed, None without one."""
        carried = str(self.revision.data or "")
        if not carried:
            return None
        return int(carried) if re.fullmatch("[0-9]{1,9}", carried) else NO_REVISION


class AuthorisedFileForm(TypedForm):
    """File of authorised quantities."""

    file = FileField("Archivo CSV o Excel (.xlsx)", validators=[FileRequired("Elija el archivo con lo autorizado.")])
