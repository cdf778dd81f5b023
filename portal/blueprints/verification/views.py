"""Verification of a statement: whether the paper is ours."""

from __future__ import annotations

import re
from typing import NamedTuple

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from wtforms import Field, RadioField, SelectChoice, StringField
from wtforms.validators import InputRequired, ValidationError

from portal.domain.gas_day import Month
from portal.domain.keys import BadKeyFormat
from portal.services.account import balance_files
from portal.services.account.balance_files import seals
from portal.web.access import Audience, act, address, open_to
from portal.web.answers import page
from portal.web.forms import TypedForm, argument
from portal.web.limits import limits_itself

from .words import (
    ANSWERS,
    CODE_FORMAT,
    CODE_MISSING,
    REFERENCE_FORMAT,
    REFERENCE_MISSING,
    SIDE_MISSING,
    TOTAL_FORMAT,
    TOTAL_MISSING,
)

blueprint = Blueprint("verification", __name__)


@blueprint.route("/verificar/estado", methods=["GET", "POST"])
@open_to(Audience.PUBLIC)
@limits_itself
def statement() -> ResponseReturnValue:
    """Show the form, filled in from the QR code; answer about the paper once it is sent."""
    form = StatementForm()
    if form.validate_on_submit():
        asked = form.reference
        verdict = balance_files.verify(
            act(),
            point=asked.point,
            month=asked.month,
            code=seals.normalise(form.codigo.data or ""),
            total=form.figure,
            address=address(),
        )
        # An answer has no address of its own: anybody could make a link that says "auténtico". Nor does it repeat typed
        # text,
        # so that all papers that are not ours get the same bytes.
        return page("verification/answer.html", answer=ANSWERS[verdict])
    if request.method == "GET":
        form.referencia.data, form.codigo.data = argument("referencia"), argument("codigo")
    return page("verification/statement.html", form=form)


FAVOUR, AGAINST = "a-favor", "en-contra"
_REFERENCE = re.compile(r"([0-9a-z]{1,16})-([0-9]{4})-([0-9]{2})", re.IGNORECASE)


class Reference(NamedTuple):
    """Point and month that a paper names."""

    point: str
    month: Month


class StatementForm(TypedForm):
    """Reference, code, and the closing balance with its side, as printed."""

    referencia = StringField("Referencia", validators=[InputRequired(REFERENCE_MISSING)])
    codigo = StringField("Código de verificación", validators=[InputRequired(CODE_MISSING)])
    total = StringField("Saldo final del mes", validators=[InputRequired(TOTAL_MISSING)])
    lado = RadioField(
        "El saldo final está",
        choices=[SelectChoice(FAVOUR, "A favor"), SelectChoice(AGAINST, "En contra")],
        validators=[InputRequired(SIDE_MISSING)],
    )

    def validate_referencia(self, field: Field) -> None:
        if _read(field.data) is None:
            raise ValidationError(REFERENCE_FORMAT)

    def validate_codigo(self, field: Field) -> None:
        try:
            seals.normalise(field.data)
        except BadKeyFormat:
            raise ValidationError(CODE_FORMAT) from None

    def validate_total(self, field: Field) -> None:
        if seals.parse_total(field.data, True) is None:
            raise ValidationError(TOTAL_FORMAT)

    @property
    def reference(self) -> Reference:
        """Point and month; raises ``ValueError`` before validation."""
        found = _read(self.referencia.data or "")
        if found is None:
            raise ValueError("the reference was not checked")
        return found

    @property
    def figure(self) -> str:
        """Closing balance as the seal holds it; raises ``ValueError`` before validation."""
        found = seals.parse_total(self.total.data or "", self.lado.data == FAVOUR)
        if found is None:
            raise ValueError("the balance was not checked")
        return found


def _read(text: str) -> Reference | None:
    read = _REFERENCE.fullmatch(text)
    if read is None or not text.isascii():
        return None
    try:
        return Reference(read[1].lower(), Month(int(read[2]), int(read[3])))
    except ValueError:
        return None
