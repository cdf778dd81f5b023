"""Document of many days, its signature, and the receipt with a line per day."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from portal.services.nominations import batches
from portal.services.store.refusals import Rejected, StepMissing
from portal.web import database
from portal.web.access import Audience, act, open_to
from portal.web.announcements import list_announcements
from portal.web.answers import go, page, show_refusal
from portal.words.keys import with_consequence

from .forms import SignBatchForm
from .receipts import print_codes
from .review import opened, proved
from .views import blueprint
from .words import WORDS, against_usual, warning_words


@blueprint.route("/nominacion/lotes/<batch>/firma", methods=["GET", "POST"])
@open_to(Audience.CUSTOMER)
def signature(batch: str) -> ResponseReturnValue:
    """Show every day that would change, and sign them all with one code."""
    form = SignBatchForm()
    found = opened(batch, signed_too=form.is_submitted())
    if form.validate_on_submit():
        try:
            batches.sign(act(), batch=batch, shown=form.shown.data or "", typed=form.security_code.data or "")
        except Rejected as refused:
            show_refusal(form, with_consequence(refused), WORDS)
        else:
            return go(".receipt", batch=batch)
    found = opened(batch)
    reviewed = batches.review(act(), batch=found)
    if not reviewed.may_sign and not form.errors:
        raise StepMissing("batches.review", batch=batch)
    form.shown.data, form.security_code.data = reviewed.digest, None
    return page(
        "batches/signature.html",
        notices=list_announcements(found.delivery_point.contract.modality),
        form=form,
        batch=found,
        reviewed=reviewed,
        proved=proved(found),
        warned=[(line, warning_words(line, proved=proved(found))) for line in reviewed.warned],
        usual=against_usual(reviewed, proved=proved(found)),
        lines=[line for line in reviewed.lines if line.counts],
    )


@blueprint.get("/nominacion/lotes/<batch>/comprobante")
@open_to(Audience.CUSTOMER)
def receipt(batch: str) -> ResponseReturnValue:
    """Show the receipt of every day that was signed together."""
    session = database.current()
    found = opened(batch, signed_too=True)
    if found.signed_at is None:
        raise StepMissing("batches.review", batch=batch)
    lines = batches.list_receipt_lines(act(), batch=found)
    signed, may_see = batches.list_warned_lines(session, batch=found), proved(found)
    return page(
        "batches/receipt.html",
        batch=found,
        lines=lines,
        codes=print_codes(lines),
        warned={line.gas_day: warning_words(line, proved=may_see) for line in signed},
        unchanged=batches.list_unchanged_days(session, batch=found),
    )
