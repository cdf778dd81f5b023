"""Proof of a month from its papers: the form, and what agrees, differs or is missing (adr/0171)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

from flask.typing import ResponseReturnValue
from flask_wtf.file import FileField, MultipleFileField
from werkzeug.datastructures import FileStorage
from wtforms import Field, TextAreaField
from wtforms.validators import ValidationError

from portal.domain.calendar import day_short, day_words
from portal.domain.month_proofs import DayProof, DayVerdict, Miscount, Part, ProvedReceipt, Said, Sheet, Sum
from portal.services.account import month_proofs
from portal.services.account.balance_files import Verdict
from portal.services.account.month_proofs import MOST_FILES, PaperFile, Proved
from portal.services.store.refusals import Refusal, Rejected
from portal.web.access import Audience, act, address, open_to
from portal.web.answers import page, show_refusal
from portal.web.filters import UNIT_WORDS, bare_figure
from portal.web.forms import TypedForm
from portal.web.limits import takes_fields, takes_files
from portal.web.typed_days import say_day_problem
from portal.web.uploaded import content_of, list_sent, name_of

from .views import blueprint
from .words import (
    ANSWERS,
    DAY_VERDICTS,
    PART_WORDS,
    PROOF_WORDS,
    RECOMPUTED,
    SEALED_DAYS,
    SHEET_MISSING,
    SUM_WORDS,
    TAKEN_AS_SAID,
    Recomputed,
)

# Sixty receipts of one page each, and the sheet.
FILES_BYTES = 8 * 1024 * 1024
# Far more parts than the form has: hundreds of files still get the words that say how many fit.
MOST_PARTS = 400


class DayRow(NamedTuple):
    """Day of the answer: what the sheet says, what its last receipt says, and the verdict."""

    key: str
    day: str
    sheet: str
    receipt: str
    number: str
    verdict: DayVerdict


@blueprint.route("/verificar", methods=["GET", "POST"])
@open_to(Audience.PUBLIC)
@takes_files(FILES_BYTES)
@takes_fields(MOST_PARTS)
def month() -> ResponseReturnValue:
    """Take the sheet of a month and its receipts; answer day by day, from what the papers say."""
    form = MonthForm()
    if form.validate_on_submit():
        try:
            proved = month_proofs.prove(
                act(), sheet=form.sent_sheet, files=form.sent_files, typed=form.receipts.data or "", address=address()
            )
        except Rejected as refused:
            show_refusal(form, _say_why(refused), PROOF_WORDS)
        else:
            return page("verification/month_answer.html", **_present(proved))
    return page("verification/month.html", form=form, most_files=MOST_FILES)


def _say_why(refused: Rejected) -> Rejected:
    """Return a refusal whose day, if it is about one, says in words what is wrong with it."""
    if refused.refusal is Refusal.PROOF_LINE_DAY:
        refused.facts["why"] = say_day_problem(refused.facts["problem"], refused.facts["clash"])
    return refused


def _present(proved: Proved) -> dict[str, Any]:
    proof = proved.proof
    return {
        "month": proved.month,
        "tone": _tone(proved),
        "compared": proved.compared,
        "counts": {verdict: proof.count(verdict) for verdict in DayVerdict},
        "rows": [_row(each) for each in proof.days],
        "verdicts": DAY_VERDICTS,
        "miscounts": [_miscount_words(each) for each in proof.miscounts],
        "recomputed": [RECOMPUTED[each] for each in _list_recomputed(proved.sheet)],
        "taken": [words for each, words in TAKEN_AS_SAID.items() if each in (None, *_list_recomputed(proved.sheet))],
        "strays": [_receipt_words(each) for each in proof.strays],
        "others": [_receipt_words(each) for each in proved.others],
        # Receipts that agree on no day may be of another point than a sheet that names none.
        "may_be_of_another": not proved.names_point and not proof.count(DayVerdict.AGREES),
        "passed": proved.passed,
        "rejected": [each.number for each in proved.rejected],
        "seal": None if proved.seal is None else ANSWERS[proved.seal],
        "sealed_days": SEALED_DAYS.get(proved.seal) if proved.seal else None,
    }


def _tone(proved: Proved) -> str:
    """Return the tone of the answer: all agrees, something is missing, or something contradicts."""
    proof = proved.proof
    is_forged = proved.seal in (Verdict.NOT_GENUINE, Verdict.ALTERED)
    if proof.count(DayVerdict.DIFFERS) or proof.miscounts or proved.rejected or is_forged:
        return "error"
    lacks = proved.compared and proof.count(DayVerdict.NO_RECEIPT)
    return "warning" if lacks or proof.strays or proved.others else "success"


def _row(each: DayProof) -> DayRow:
    day, receipt = each.day, each.receipt
    return DayRow(
        key=day.gas_day.isoformat(),
        day=day_short(day.gas_day.date),
        sheet="–" if day.nominated is None else bare_figure(day.nominated),
        receipt="–" if receipt is None else _receipt_figure(receipt),
        number="" if receipt is None else receipt.number,
        verdict=each.verdict,
    )


def _receipt_figure(receipt: ProvedReceipt) -> str:
    """Return what a receipt asked for, with its unit: the sheet may be of the other one."""
    if not receipt.quantity or receipt.unit is None:
        return bare_figure(receipt.quantity)
    return f"{bare_figure(receipt.quantity)} {UNIT_WORDS[receipt.unit]}"


def _receipt_words(each: ProvedReceipt) -> str:
    return f"{each.number}, {day_words(each.gas_day.date)}"


def _list_recomputed(sheet: Sheet) -> list[Recomputed]:
    """Return what of a sheet was recomputed: what it has."""
    days = sheet.days
    there = {
        Recomputed.DAYS: True,
        Recomputed.VARIATION: any(each.variation is not None for each in days),
        Recomputed.SUMS: bool(sheet.sums),
        Recomputed.OTHER: bool(sheet.other_days),
        Recomputed.CONVERSION: bool(sheet.other_days) and any(each.heating_value is not None for each in days),
        Recomputed.WEEKDAY: any(each.weekday for each in days),
    }
    return [each for each, is_there in there.items() if is_there]


def _miscount_words(each: Miscount) -> str:
    where = PART_WORDS[each.at] if isinstance(each.at, Part) else day_words(each.at.date).capitalize()
    unit = " en la segunda unidad" if each.in_other else ""
    unit_of = " %" if each.sum is Sum.VARIATION else ""
    stated, right = [_said(said) + (unit_of if said is not None else "") for said in (each.stated, each.right)]
    return f"{where}: {SUM_WORDS[each.sum]}{unit} dice {stated} y debe decir {right}."


def _said(said: Said) -> str:
    if said is None:
        return "nada"
    return f"«{said}»" if isinstance(said, str) else bare_figure(Decimal(said))


class MonthForm(TypedForm):
    """Sheet of the month, and its receipts as files or lines."""

    sheet = FileField("Hoja o estado del mes")
    files = MultipleFileField("Comprobantes (archivos)")
    receipts = TextAreaField("Comprobantes (escritos)")

    sent_sheet = PaperFile("", b"")

    def validate_sheet(self, field: Field) -> None:
        if not isinstance(field.data, FileStorage) or not field.data.filename:
            raise ValidationError(SHEET_MISSING)
        self.sent_sheet = PaperFile(name_of(field.data), content_of(field.data))

    @property
    def sent_files(self) -> list[PaperFile]:
        """Files of receipts."""
        return [PaperFile(name_of(each), content_of(each)) for each in list_sent(self.files)]
