"""Pages of keys and letters."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.blueprints.staff import lists
from portal.blueprints.staff.views import blueprint
from portal.domain.accounts import Function, may
from portal.domain.audit_events import AuditEvent
from portal.domain.keys import LetterState
from portal.services.keys import letters
from portal.services.store.refusals import Rejected
from portal.services.trace import audit_trail
from portal.web import database
from portal.web.access import Staff, act, me, open_to
from portal.web.answers import chosen, go, page, show_refusal
from portal.web.forms import argument
from portal.web.listed import Listed
from portal.web.step_up import needs_fresh_factor

from .forms import DispatchForm, LetterForm, LiftForm, LostForm, ReasonForm, RevokeForm, UnlockForm
from .words import KEY_STATE_TONES, KEY_STATE_WORDS, LETTER_WORDS, STATE_TONES, STATE_WORDS

LONGEST_BATCH = 24
# Events shown of a point here; the others stand elsewhere.
KEY_EVENTS = (
    AuditEvent.NUMERIC_KEY_ISSUED,
    AuditEvent.NUMERIC_KEY_REFUSED,
    AuditEvent.NUMERIC_KEY_REVOKED,
    AuditEvent.DELIVERY_POINT_OPENED,
    AuditEvent.KEY_PAIR_UNLOCKED,
)
# Values of `?estado=`; the first is the default.
FILTERS: Mapping[str, tuple[str, frozenset[LetterState]]] = {
    "por-aprobar": ("Por aprobar", frozenset({LetterState.REQUESTED})),
    "por-imprimir": ("Por imprimir", frozenset({LetterState.APPROVED})),
    "sin-despachar": ("Impresas sin despachar", frozenset({LetterState.PRINTED})),
    "despachadas": ("Despachadas", frozenset({LetterState.DISPATCHED})),
    "cerradas": (
        "Rechazadas, retiradas y perdidas",
        frozenset({LetterState.REJECTED, LetterState.CANCELLED, LetterState.LOST}),
    ),
}


@blueprint.get("/consola/claves")
@open_to(Staff(Function.REQUEST_KEYS))
def letters_list() -> ResponseReturnValue:
    """List the letters of a state, oldest first; of one batch, if the address names it."""
    return show_letters()


def read_list(*, to_dispatch: bool = False) -> Listed:
    """Return what the address asks of the list of letters; ``to_dispatch`` of those that wait for the carrier."""
    listed = lists.read("staff.letters_list", filters=("q", "lote"), choices={"estado": FILTERS})
    listed.filters["estado"] = "sin-despachar" if to_dispatch else listed.filters["estado"] or next(iter(FILTERS))
    listed.filters["lote"] = listed.filters["lote"][:LONGEST_BATCH]
    return listed


def show_letters(*, dispatch: DispatchForm | None = None, ticked: Collection[str] = ()) -> ResponseReturnValue:
    """Show a page of letters; with the submitted form and its ticks, those that wait for the carrier."""
    listed = read_list(to_dispatch=dispatch is not None)
    shown, of_batch = listed.filters["estado"], listed.filters["lote"]
    counts = letters.count_letters(act())
    found = letters.list_letters(
        act(),
        states=FILTERS[shown][1],
        text=listed.text,
        batch_id=of_batch,
        after=listed.after_id,
    )
    listed.next = found.next
    fit = total = sum(counts[state] for state in FILTERS[shown][1])
    if listed.text or of_batch:
        fit = letters.count_fitting(act(), states=FILTERS[shown][1], text=listed.text, batch_id=of_batch)
    return page(
        "staff/letters/list.html",
        form=dispatch,
        dispatch=dispatch or DispatchForm(formdata=None),
        to_dispatch=shown == "sin-despachar",
        ticked=set(ticked),
        listed=listed,
        fit=fit,
        total=total,
        found=found.rows,
        shown=shown,
        filters=[(name, words, sum(counts[state] for state in states)) for name, (words, states) in FILTERS.items()],
        **_words(),
    )


@blueprint.get("/consola/claves/puntos")
@open_to(Staff(Function.REQUEST_KEYS))
def letter_points() -> ResponseReturnValue:
    """Search the point whose keys are wanted."""
    text = argument("q")
    found = letters.search_points(act(), text=text)
    return page("staff/letters/points.html", "staff/letters/_points.html", text=text, found=found)


@blueprint.get("/consola/claves/puntos/<point>")
@open_to(Staff(Function.REQUEST_KEYS))
def point_keys(point: str) -> ResponseReturnValue:
    """Show the keys of a point, its letters, its blocks, and the possible actions."""
    return show_point(point)


def show_point(point: str, *, sent: FlaskForm | None = None) -> ResponseReturnValue:
    """Show a point's keys with the submitted form, if any."""
    actor = me()
    return page(
        "staff/letters/point.html",
        keys=letters.load_keys_of_point(act(), public_id=point),
        form=sent,
        letter=sent if isinstance(sent, LetterForm) else LetterForm(formdata=None),
        stop=sent if isinstance(sent, RevokeForm) else RevokeForm(formdata=None),
        check=sent if isinstance(sent, UnlockForm) else UnlockForm(formdata=None),
        may_unlock=may(actor.role, Function.APPROVE_KEYS),
        trail_entries=audit_trail.list_of_subjects(database.current(), subjects=[point], events=KEY_EVENTS),
        **_words(),
    )


@blueprint.get("/consola/claves/cartas/<letter>")
@open_to(Staff(Function.REQUEST_KEYS))
def letter(letter: str) -> ResponseReturnValue:
    """Show a letter with its history and the possible actions."""
    return show_letter(letter)


def show_letter(
    letter: str, *, sent: ReasonForm | DispatchForm | LostForm | None = None, status: int = 200
) -> ResponseReturnValue:
    """Show a letter with the submitted form, if any."""
    actor = me()
    # Only the submitted form keeps its text.
    reason, dispatch, lost = (
        sent if isinstance(sent, kind) else kind(formdata=None) for kind in (ReasonForm, DispatchForm, LostForm)
    )
    found = letters.find(act(), public_id=letter)
    return page(
        "staff/letters/letter.html",
        status=status,
        found=found,
        form=sent,
        reason=reason,
        dispatch=dispatch,
        lost=lost,
        may_stop=may(actor.role, Function.REVOKE_KEYS),
        may_decide=may(actor.role, Function.APPROVE_KEYS),
        is_own=found.letter.requested_by_id == actor.user_id,
        earlier_open=letters.has_earlier_open_keys(act(), letter=found.letter),
        trail_entries=audit_trail.list_of_subject(database.current(), subject=letter),
        **_words(),
    )


@blueprint.get("/consola/claves/lotes/<batch>")
@open_to(Staff(Function.REQUEST_KEYS))
def letter_batch(batch: str) -> ResponseReturnValue:
    """Show letters that were requested together."""
    return show_batch(batch)


def show_batch(batch: str, *, form: ReasonForm | None = None, status: int = 200) -> ResponseReturnValue:
    """Show a batch, with the refusals of some of it."""
    actor = me()
    found = letters.list_batch(act(), batch_id=batch)
    approved = [row.letter for row in found if row.letter.state is LetterState.APPROVED]
    return page(
        "staff/letters/batch.html",
        status=status,
        found=found,
        batch=batch,
        form=form or ReasonForm(formdata=None),
        may_decide=may(actor.role, Function.APPROVE_KEYS),
        is_own=any(row.letter.requested_by_id == actor.user_id for row in found),
        to_decide=sum(row.letter.state is LetterState.REQUESTED for row in found),
        to_print=len(approved),
        to_dispatch=sum(row.letter.state is LetterState.PRINTED for row in found),
        on_next_paper=len(letters.select_next_paper(approved)),
        **_words(),
    )


def _words() -> dict[str, Any]:
    return {
        "state_words": STATE_WORDS,
        "state_tones": STATE_TONES,
        "key_state_words": KEY_STATE_WORDS,
        "key_state_tones": KEY_STATE_TONES,
    }


@blueprint.route("/consola/claves/bloqueos", methods=["GET", "POST"])
@open_to(Staff(Function.REQUEST_KEYS))
@needs_fresh_factor
def key_blocks() -> ResponseReturnValue:
    """List the blocks in force, of web keys too; a supervisor lifts one after a check."""
    actor = me()
    form = LiftForm()
    if request.method == "POST":
        stopped = letters.Stopped(chosen(list(letters.Stopped), "stopped"))
        try:
            letters.lift(act(), stopped=stopped, subject=form.subject.data or "", check=form.reason.data or "")
        except Rejected as refused:
            show_refusal(form, refused, LETTER_WORDS)
        else:
            flash("Se puede intentar de nuevo. Quien estaba en pausa recibe un correo.", "success")
            return go(".key_blocks")
    found, has_more = letters.list_blocks(act())
    return page(
        "staff/letters/blocks.html",
        form=form,
        found=found,
        has_more=has_more,
        may_lift=may(actor.role, Function.APPROVE_KEYS),
    )
