"""Page of colleagues: each managed contract, its accounts and their rights."""

from __future__ import annotations

from flask import Blueprint, flash, request
from flask.typing import ResponseReturnValue

from portal.domain.accounts import BindingAct
from portal.services.people import company_users
from portal.services.store.refusals import Rejected
from portal.web.access import Audience, act, me, open_to
from portal.web.answers import chosen, go, page, show_refusal
from portal.web.forms import TypedForm
from portal.words.bindings import BINDING_WORDS, done_words, offered

blueprint = Blueprint("colleagues", __name__)


class ColleagueForm(TypedForm):
    """Decision about a colleague, by the pressed button."""


@blueprint.route("/cuenta/empresa", methods=["GET", "POST"])
@open_to(Audience.CUSTOMER)
def colleagues() -> ResponseReturnValue:
    """Show the accounts of the contracts that the person manages; decide about one."""
    form, actor = ColleagueForm(), me()
    if form.validate_on_submit():
        decision = BindingAct(chosen(list(BindingAct)))
        try:
            binding = company_users.decide_on_colleague(
                act(),
                account=request.form.get("cuenta", ""),
                contract=request.form.get("contrato", ""),
                decision=decision,
            )
        except Rejected as refused:
            show_refusal(form, refused, BINDING_WORDS)
        else:
            flash(done_words(binding, decision), "success")
            return go(".colleagues")
    teams = company_users.list_teams(act())
    return page(
        "colleagues/colleagues.html",
        form=form,
        my_id=actor.user_id,
        teams=[
            (team.contract, [(binding, offered(binding, by_staff=False)) for binding in team.members]) for team in teams
        ],
    )
