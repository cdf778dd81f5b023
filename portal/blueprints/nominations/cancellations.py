"""Withdrawal of a nomination before the close: shown, then signed with the security code."""

from __future__ import annotations

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.nominations import rule_to_come
from portal.services import nominations
from portal.services.store.refusals import Rejected
from portal.web.access import Audience, act, open_to, use_grants
from portal.web.answers import go, page, show_refusal

from .forms import SignatureForm
from .views import blueprint
from .words import WORDS, spoken


@blueprint.route("/nominacion/comprobantes/<receipt>/anular", methods=["GET", "POST"])
@open_to(Audience.CUSTOMER)
def cancel(receipt: str) -> ResponseReturnValue:
    """Show what would be withdrawn, and withdraw it with the point's security code."""
    use_grants()
    form = SignatureForm()
    if form.validate_on_submit():
        try:
            withdrawn = nominations.cancel(
                act(), public_id=receipt, shown=form.shown.data or "", typed=form.security_code.data or ""
            )
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
    form.shown.data, form.security_code.data = found.digest, None
    return page(
        "nominations/cancel.html",
        "nominations/_cancel_form.html",
        form=form,
        found=found,
        otherwise=rule_to_come(found.policy, found.nomination.gas_day),
        action=url_for(request.endpoint or "", receipt=receipt),
    )
