"""Desk of claims: the list, and one claim with the possible actions."""

from __future__ import annotations

from collections.abc import Mapping

import structlog
from flask import flash, g, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.domain.accounts import Function, may
from portal.domain.claims import LONGEST_TEXT, PENDING, STATE_WORDS, ClaimAction, ClaimState
from portal.domain.gas_day import GasDay
from portal.domain.readings import is_old
from portal.services.cases.claims import desk
from portal.services.store.refusals import Conflict, Rejected
from portal.web.access import Staff, act, me, open_to
from portal.web.answers import chosen, go, page, show_refusal
from portal.web.filters import clock_words

from .forms import AnswerForm, DecisionForm
from .views import blueprint
from .words import CLAIM_WORDS

log = structlog.get_logger("portal.web.consoles")
ADDRESS = "/consola/reclamos-de-balance/<claim>"
LAST_PAGE = 10_000

# Values of `?estado=`; the first is the default.
FILTERS: Mapping[str, tuple[str, frozenset[ClaimState]]] = {
    "pendientes": ("Pendientes", PENDING),
    "abiertos": ("Abiertos", frozenset({ClaimState.OPEN})),
    "en-revision": ("En revisión", frozenset({ClaimState.IN_REVIEW})),
    "proceden": ("Proceden", frozenset({ClaimState.UPHELD})),
    "no-proceden": ("No proceden", frozenset({ClaimState.DISMISSED})),
    "todos": ("Todos", frozenset(ClaimState)),
}


@blueprint.get("/consola/reclamos-de-balance")
@open_to(Staff(Function.READ_CLAIMS))
def claims() -> ResponseReturnValue:
    """List the claims, the oldest undecided first."""
    wanted = request.args.get("estado", "")
    shown = wanted if wanted in FILTERS else "pendientes"
    number = request.args.get("pagina", 1, type=int)
    number = number if 1 <= number <= LAST_PAGE else 1
    found = desk.list_claims(act(), states=FILTERS[shown][1], page=number)
    return page(
        "staff/claims.html",
        found=found,
        shown=shown,
        page_number=number,
        filters=[
            (name, words, sum(found.counts[state] for state in states)) for name, (words, states) in FILTERS.items()
        ],
    )


@blueprint.get(ADDRESS)
@open_to(Staff(Function.READ_CLAIMS))
def claim(claim: str) -> ResponseReturnValue:
    """Show a claim with its thread, the figures of its day and their versions."""
    return _show(claim)


@blueprint.post(ADDRESS)
@open_to(Staff(Function.ANSWER_CLAIMS))
def act_on_claim(claim: str) -> ResponseReturnValue:
    """Answer, take into review or decide, by the pressed button."""
    acts = {"respuesta": _answer, "revision": _review, "decision": _decide}
    action = acts[chosen(acts)]
    try:
        return action(claim)
    except Conflict as conflict:
        return _too_late(claim, conflict)


def _answer(claim: str) -> ResponseReturnValue:
    form = AnswerForm()
    if form.validate_on_submit():
        try:
            desk.answer(act(), public_id=claim, text=form.text.data)
        except Rejected as refused:
            show_refusal(form, refused, CLAIM_WORDS)
        else:
            flash("La respuesta quedó en el reclamo y sale por correo.", "success")
            return go(".claim", claim=claim)
    return _show(claim, answer=form)


def _review(claim: str) -> ResponseReturnValue:
    desk.take_into_review(act(), public_id=claim)
    flash("El reclamo está en revisión.", "success")
    return go(".claim", claim=claim)


def _decide(claim: str) -> ResponseReturnValue:
    form = DecisionForm()
    if form.validate_on_submit():
        try:
            desk.decide(
                act(),
                public_id=claim,
                action=ClaimAction(form.decision.data),
                outcome=form.outcome.data,
                seen=form.seen.data or 0,
            )
        except Rejected as refused:
            show_refusal(form, refused, CLAIM_WORDS)
        else:
            flash("La decisión quedó escrita y sale por correo.", "success")
            return go(".claim", claim=claim)
    return _show(claim, decision=form)


def _show(claim: str, *, answer: AnswerForm | None = None, decision: DecisionForm | None = None) -> ResponseReturnValue:
    actor = me()
    shown = desk.load(act(), public_id=claim)
    # Logged until the audit shows the customer who saw the figures.
    log.info("figures seen", request_id=g.get("request_id"), user_id=actor.user_id, claim=shown.claim.filing_number)
    sent: FlaskForm | None = answer or decision
    return page(
        "staff/claim.html",
        form=sent,
        thread=shown,
        answer=answer or AnswerForm(formdata=None),
        decision=decision or DecisionForm(formdata=None, seen=len(shown.messages)),
        may_act=shown.claim.pending and may(actor.role, Function.ANSWER_CLAIMS),
        longest=LONGEST_TEXT,
        out_of_term=is_old(shown.claim.gas_day, GasDay.of(shown.claim.opened_at)),
    )


def _too_late(claim: str, conflict: Conflict) -> ResponseReturnValue:
    """Tell who was faster and what they did, and show the unsaved text."""
    shown = desk.load(act(), public_id=claim)
    now_known, changes = shown.claim, []
    if conflict.reason == "claim-decided":
        changes += [
            ("Estado del reclamo", STATE_WORDS[now_known.state]),
            ("Decidido por", now_known.decided_by or ""),
            ("Cuándo", clock_words(now_known.closed_at or now_known.opened_at)),
            ("Resultado escrito", now_known.outcome or ""),
        ]
    else:
        newest = shown.messages[-1]
        changes += [("Mensaje nuevo", newest.text), ("De", newest.author), ("Cuándo", clock_words(newest.written_at))]
    sent = request.form.get("outcome") or request.form.get("text")
    if sent:
        changes.append(("Lo que usted escribió y no se registró", sent))
    return page("errors/409.html", status=409, changes=changes, continue_url=url_for(".claim", claim=claim))
