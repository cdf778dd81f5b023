"""Withdrawal of a nomination before the close: shown, then signed with the security code."""

from __future__ import annotations

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.nominations import tell_missing
from portal.models import Nomination
from portal.services import nominations
from portal.services.store.refusals import Rejected
from portal.web import runtime
from portal.web.access import Audience, act, open_to, use_grants
from portal.web.answers import go, page, show_refusal

from .forms import CallSignatureForm, SignatureForm, signature_form
from .views import blueprint
from .words import WORDS, spoken


@blueprint.route("/nominacion/comprobantes/<receipt>/anular", methods=["GET", "POST"])
@open_to(Audience.NOMINATOR)
def cancel(receipt: str) -> ResponseReturnValue:
    """Show what would be withdrawn, and withdraw it with the point's security code."""
    use_grants()
    form = signature_form()
    if form.validate_on_submit():
        try:
            withdrawn = _withdraw(receipt, form)
        except Rejected as refused:
            show_refusal(form, spoken(refused), WORDS)
        else:
            return go(".receipt", receipt=withdrawn.public_id)
    try:
        found = nominations.review_cancellation(act(), public_id=receipt)
    except Rejected as refused:
        if not form.errors:
            show_refusal(form, spoken(refused), WORDS)
        return page("nominations/not_cancelled.html", form=form, receipt=receipt, status=422)
    form.shown.data = found.digest
    form.forget()
    return page(
        "nominations/cancel.html",
        "nominations/_cancel_form.html",
        form=form,
        found=found,
        otherwise=tell_missing(
            found.policy, found.nomination.gas_day, is_ordered=found.ordered is not None, ordered=found.ordered
        ),
        action=url_for(request.endpoint or "", receipt=receipt),
    )


def _withdraw(receipt: str, form: SignatureForm | CallSignatureForm) -> Nomination:
    """Withdraw with the customer's code, or for a caller with the agent's own."""
    shown = form.shown.data or ""
    if isinstance(form, SignatureForm):
        return nominations.cancel(act(), public_id=receipt, shown=shown, typed=form.security_code.data or "")
    moments = runtime.authenticator_moments()
    return nominations.cancel_for_caller(
        act(), public_id=receipt, shown=shown, typed=form.totp.data or "", moments=moments
    )
