"""Calls of agents: search, open, verify, end; and the word of a supervisor."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, request
from flask.typing import ResponseReturnValue
from wtforms import SelectChoice

from portal.domain.accounts import Function, may
from portal.domain.calls import METHOD_NAMES, OUTCOME_WORDS, CallOutcome, Verification
from portal.domain.cases import KIND_WORDS, STATE_WORDS
from portal.domain.deviations import Finding
from portal.domain.gas_day import BadGasDay, GasDay, parse_gas_day
from portal.models import Call
from portal.services import calls
from portal.services.calls import Reach
from portal.services.keys import caller_grants
from portal.services.store.refusals import Rejected, TooManyAttempts
from portal.web import runtime
from portal.web.access import Staff, act, me, open_to
from portal.web.answers import chosen, go, page, show_refusal
from portal.web.extensions import htmx
from portal.web.forms import argument
from portal.words.calls import LETTER_WORDS, sentences_of
from portal.words.day_states import day_chip

from .forms import EndForm, LostKeysForm, NewCallForm, VerifyForm, new_ending
from .words import WORDS, paused_words

blueprint = Blueprint("calls", __name__)
LONGEST_SEARCH = 100
MOST_MISSING, ALL_MISSING = 10, 500
# As far ahead as a book is opened.
DAYS_AHEAD = 31


@blueprint.get("/llamadas")
@open_to(Staff(Function.SEE_CALLS))
def desk() -> ResponseReturnValue:
    """Find the point of a caller, and list the calls of the day."""
    text = argument("q", longest=LONGEST_SEARCH)
    takes, now = may(me().role, Function.TAKE_CALLS), runtime.now()
    found = calls.search_points(act(), text=text) if takes and text else []
    if htmx and not htmx.boosted and not htmx.history_restore_request:
        # Asked while one types: nothing else of the page is read.
        return page("calls/_found.html", "calls/_found.html", text=text, found=found)
    wanted, today = argument("punto", longest=20), GasDay.of(now)
    point = calls.find_point(act(), public_id=wanted) if takes and wanted else None
    form = NewCallForm(formdata=None, delivery_point=wanted, about_day=argument("dia", longest=10)) if point else None
    supervises = may(me().role, Function.SUPERVISE_CALLS)
    shows_missing = takes and not text and not point
    most = ALL_MISSING if request.args.get("faltan") == "todos" else MOST_MISSING
    return page(
        "calls/desk.html",
        text=text,
        found=found,
        takes=takes,
        point=point,
        form=form,
        calls=calls.list_calls_of_day(act(), gas_day=today),
        supervises=supervises,
        waiting=calls.supervision.list_waiting(act()) if supervises else [],
        to_review=calls.supervision.list_to_review(act()) if supervises else [],
        agents=calls.supervision.list_agents(act()) if supervises else [],
        methods=METHOD_NAMES,
        outcomes=OUTCOME_WORDS,
        missing=calls.list_missing(act(), gas_day=today.plus(1), most=most) if shows_missing else None,
    )


@blueprint.route("/llamadas/nueva", methods=["GET", "POST"])
@open_to(Staff(Function.TAKE_CALLS))
def new() -> ResponseReturnValue:
    """Open a call; a GET, as after a lost session, leads to the search."""
    if request.method != "POST":
        return go(".desk")
    form = NewCallForm()
    if form.validate_on_submit():
        try:
            call = calls.open_call(
                act(),
                point=form.delivery_point.data or "",
                caller=form.caller.data or "",
                telephone=form.telephone.data or "",
                about_day=_day_of(form.about_day.data or ""),
            )
        except Rejected as refused:
            show_refusal(form, refused, WORDS)
        else:
            return go(".call", call=call.public_id)
    wanted = form.delivery_point.data or ""
    point = calls.find_point(act(), public_id=wanted) if wanted else None
    return page("calls/new.html", form=form, point=point)


def _day_of(text: str) -> GasDay | None:
    """Return the gas day that the list of missing points carries; None for none, and for one that has no such list."""
    try:
        day = parse_gas_day(text)
    except BadGasDay:
        return None
    today = GasDay.of(runtime.now())
    return day if today <= day <= today.plus(DAYS_AHEAD) else None


@blueprint.route("/llamadas/<call>", methods=["GET", "POST"])
@open_to(Staff(Function.SEE_CALLS))
def call(call: str) -> ResponseReturnValue:
    """Show everything about the point of a call, and verify its caller."""
    posted = request.method == "POST"
    found = (calls.get_call_to_verify if posted else calls.get_call)(act(), public_id=call)
    form = VerifyForm()
    if form.validate_on_submit():
        try:
            _verify(call, form)
        except Rejected as refused:
            show_refusal(form, refused, WORDS)
        except TooManyAttempts as stopped:
            form.form_errors.append(paused_words(stopped.until))
            form.code.data = None
            return _show(found, form, new_ending(), status=429)
        else:
            return go(".call", call=call)
    form.code.data = None
    return _show(found, form, new_ending())


def _verify(call: str, form: VerifyForm) -> None:
    match form.chosen:
        case Verification.CODE:
            spoken_to = form.caller.data or ""
            calls.verification.verify_by_code(act(), public_id=call, typed=form.code.data or "", spoken_to=spoken_to)
        case Verification.MAIL:
            address = calls.verification.mail_code(act(), public_id=call, address=form.address.data or None)
            flash(f"Enviamos el código a {address}. Pida que se lo lean.", "info")
        case Verification.CALL_BACK:
            telephone, spoken_to = form.telephone.data or "", form.caller.data or ""
            calls.verification.ask_to_call_back(act(), public_id=call, telephone=telephone, spoken_to=spoken_to)
            flash("Pedimos la palabra de un supervisor. Cuelgue, devuelva la llamada y espere su aprobación.", "info")


def _show(
    found: Call, form: VerifyForm, ending: EndForm, lost: LostKeysForm | None = None, status: int = 200
) -> ResponseReturnValue:
    panel, now = calls.load_panel(act(), call=found), runtime.now()
    is_own = found.agent_id == me().user_id and calls.is_open(found, act())
    addresses: Sequence[Reach] = []
    telephones: Sequence[Reach] = []
    verifies = is_own and may(me().role, Function.NOMINATE_FOR_CALLERS)
    if verifies:
        addresses = calls.verification.list_addresses(act(), call=found)
        telephones = calls.verification.list_telephones(act(), call=found)
        form.address.choices = [SelectChoice(each.where, f"{each.where} ({each.name})") for each in addresses]
        form.telephone.choices = [SelectChoice(each.where, f"{each.where} ({each.name})") for each in telephones]
    return page(
        "calls/call.html",
        status=status,
        form=form,
        ending=ending,
        lost=lost or LostKeysForm(formdata=None),
        call=found,
        panel=panel,
        sentences=sentences_of(panel, now=now),
        is_own=is_own,
        shows_figures=is_own,
        verifies=verifies,
        acts=verifies and caller_grants.find_held(act()) is not None and found.is_live_at(now),
        followed=calls.followings.load(act(), call=found),
        addresses=addresses,
        telephones=telephones,
        reviews=may(me().role, Function.SUPERVISE_CALLS) and found.closed_at is not None and not found.reviewed_at,
        may_file=is_own and may(me().role, Function.FILE_CASES),
        decides=may(me().role, Function.SUPERVISE_CALLS) and found.asked_telephone is not None,
        days=[
            (when, day, day_chip(day, now=now, proved=True))
            for when, day in (("Hoy", panel.today), ("Mañana", panel.tomorrow))
        ],
        alarm=panel.alarm.deviation.finding in (Finding.ABOVE, Finding.BELOW) and not panel.alarm.is_expected,
        methods=METHOD_NAMES,
        outcomes=OUTCOME_WORDS,
        letter_words=LETTER_WORDS,
        case_kinds=KIND_WORDS,
        case_states=STATE_WORDS,
        may_read_cases=may(me().role, Function.READ_CASES),
    )


@blueprint.route("/llamadas/<call>/terminar", methods=["GET", "POST"])
@open_to(Staff(Function.TAKE_CALLS))
def end(call: str) -> ResponseReturnValue:
    """End an own call with its outcome."""
    found, form = calls.get_own_call(act(), public_id=call), EndForm()
    if request.method != "POST":
        return go(".call", call=call)
    if form.validate_on_submit():
        try:
            calls.end_call(act(), public_id=call, outcome=CallOutcome(form.outcome.data), note=form.note.data or "")
        except Rejected as refused:
            show_refusal(form, refused, WORDS)
        else:
            if found.about_day is not None and may(me().role, Function.SEE_DAY_BOOK):
                return go("staff.day_book", day=found.about_day.isoformat(), _anchor="faltan")
            return go(".desk", _anchor="faltan" if found.about_day else None)
    return _show(found, VerifyForm(formdata=None), form, status=422)


@blueprint.route("/llamadas/<call>/dejar-de-actuar", methods=["GET", "POST"])
@open_to(Staff(Function.NOMINATE_FOR_CALLERS))
def stop(call: str) -> ResponseReturnValue:
    """End an own grant before its time; the call goes on."""
    calls.get_own_call(act(), public_id=call)
    if request.method == "POST":
        calls.stop_acting(act(), public_id=call)
        flash("Ya no actúa en nombre de nadie. Para volver a hacerlo, verifique de nuevo.", "info")
    return go(".call", call=call)


@blueprint.route("/llamadas/<call>/claves", methods=["GET", "POST"])
@open_to(Staff(Function.ASK_KEYS_FOR_CALLERS))
def lost_keys(call: str) -> ResponseReturnValue:
    """Ask for a letter, or for the end of a block, for a caller who lost the keys."""
    found, form = calls.get_call_to_verify(act(), public_id=call), LostKeysForm()
    if request.method != "POST":
        return go(".call", call=call)
    caller_grants.require_held(act(), point_id=found.delivery_point_id)
    if chosen(("carta", "desbloqueo")) == "desbloqueo":
        calls.key_requests.ask_for_unlock(act(), public_id=call)
        flash("Avisamos por correo a los supervisores: miran si hay un bloqueo y lo levantan.", "success")
        return go(".call", call=call)
    if form.validate_on_submit():
        try:
            calls.key_requests.ask_for_letter(act(), public_id=call, wanted=form.wanted)
        except Rejected as refused:
            show_refusal(form, refused, WORDS)
        else:
            flash("Pedimos la carta: un supervisor la aprueba y sale a la dirección registrada.", "success")
            return go(".call", call=call)
    return _show(found, VerifyForm(formdata=None), new_ending(), form, status=422)


@blueprint.route("/llamadas/<call>/revision", methods=["GET", "POST"])
@open_to(Staff(Function.SUPERVISE_CALLS))
def review(call: str) -> ResponseReturnValue:
    """Note that a supervisor looked at the call again."""
    calls.get_call(act(), public_id=call)
    if request.method == "POST":
        calls.supervision.mark_reviewed(act(), public_id=call)
        return go(".desk", _anchor="por-revisar")
    return go(".call", call=call)


@blueprint.route("/llamadas/<call>/devolucion", methods=["GET", "POST"])
@open_to(Staff(Function.SUPERVISE_CALLS))
def decide(call: str) -> ResponseReturnValue:
    """Give a supervisor's word about a call back, or refuse it."""
    calls.get_call(act(), public_id=call)
    if request.method == "POST":
        approves = chosen(("aprobar", "no-aprobar")) == "aprobar"
        try:
            calls.verification.decide_call_back(act(), public_id=call, approves=approves)
        except Rejected as refused:
            flash(WORDS[refused.refusal], "error")
        else:
            flash("Quedó aprobada." if approves else "No quedó aprobada: quien atiende debe verificar de otra manera.")
    return go(".call", call=call)
