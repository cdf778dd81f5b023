"""Document of all points of a contract, the code of each on the same page, and the receipt with a line for each."""

from __future__ import annotations

from datetime import datetime

from flask import request
from flask.typing import ResponseReturnValue

from portal.domain.keys import BadCheckDigit, BadKeyFormat, normalise_numeric_key
from portal.domain.lifecycle import DayState
from portal.domain.typed_text import as_typed
from portal.services import nominations
from portal.services.keys import grants
from portal.services.nominations import DayStanding, groups
from portal.services.nominations.groups import Codes, GroupReview
from portal.services.store.refusals import Refusal, Rejected, StepMissing
from portal.web import runtime
from portal.web.access import Audience, act, open_to
from portal.web.announcements import list_announcements
from portal.web.answers import go, page, refusal_words, show_refusal
from portal.web.limits import takes_fields
from portal.words.day_states import DayChip, day_chip
from portal.words.keys import with_consequence

from .forms import LinesForm
from .group_forms import SignGroupForm, SignShortForm
from .groups import list_decided, opened_group, table_page
from .receipts import print_codes
from .views import blueprint
from .words import NO_NUMERIC_KEY, TYPING_ERROR, WORDS, unsaid_words, warning_words

ALL_CODES = "todos"
CODE_MISSING = "Escriba el código de seguridad: es la clave numérica de la carta de {point}."
NOT_READY = "No se envió nada: algo cambió desde que usted revisó la lista. Mire lo señalado y firme otra vez."


@blueprint.route("/nominacion/grupos/<group>/firma", methods=["GET", "POST"])
@takes_fields(groups.MOST_POINTS + 10)
@open_to(Audience.CUSTOMER)
def group_signature(group: str) -> ResponseReturnValue:
    """Show everything that would be put in force, and sign it with the code of each point, or with one of them."""
    found = opened_group(group, signed_too=request.method == "POST")
    reviewed = groups.review(act(), group=found)
    asked = _asked_codes(reviewed)
    form = SignShortForm.of(asked.anchors) if asked.is_short else SignGroupForm()
    wrong: dict[str, str] = {}
    if form.validate_on_submit():
        wrong = {} if found.signed_at is not None else _find_unreadable(asked)
        if not wrong:
            try:
                _sign(form, group)
            except Rejected as refused:
                if refused.refusal is Refusal.BATCH_NOT_READY:
                    return _tell_not_ready(group)
                _show(form, refused, wrong)
            else:
                return go(".group_receipt", group=group)
            # An attempt takes a while, and ends the transaction in which the review was read.
            found = opened_group(group)
            reviewed = groups.review(act(), group=found)
    if not reviewed.may_sign and not form.errors and not wrong:
        raise StepMissing("batches.group_table", group=group)
    form.shown.data = reviewed.digest
    proved = grants.list_proved_point_ids(act())
    return page(
        "batches/group_signature.html",
        status=422 if wrong else 200,
        notices=list_announcements(found.contract.modality),
        form=form,
        group=found,
        reviewed=reviewed,
        asked=asked,
        own={point.id for point in asked.own},
        could_be_short=not asked.is_short and len(asked.own) > 1 and groups.may_sign_with_one_code(act(), group=found),
        proved=proved,
        wrong=wrong,
        decided=list_decided(reviewed, proved),
        unsaid=[unsaid_words(each) for each in groups.list_unsaid(act(), reviewed=reviewed)],
        warned=[
            (line, warning_words(groups.warned_line_of(line), proved=line.weighed.request.point.id in proved))
            for line in reviewed.warned
        ],
    )


def _asked_codes(reviewed: GroupReview) -> Codes:
    """Return the codes that the page asks for; with ``?codigos=todos`` that of each point in any case."""
    if request.args.get("codigos") == ALL_CODES:
        return Codes(tuple([row.point for row in reviewed.signing]))
    return groups.list_codes(act(), reviewed=reviewed)


def _sign(form: SignGroupForm, group: str) -> None:
    shown = form.shown.data or ""
    codes = {
        name.removeprefix(groups.CODE): typed for name, typed in request.form.items() if name.startswith(groups.CODE)
    }
    if not isinstance(form, SignShortForm):
        groups.sign(act(), group=group, shown=shown, codes=codes)
        return
    anchor = form.anchor.data or ""
    groups.sign_with_authenticator(
        act(),
        group=group,
        shown=shown,
        anchor=anchor,
        codes=codes | {anchor: form.security_code.data or ""},
        typed=form.totp.data or "",
        moments=runtime.authenticator_moments(),
    )


def _show(form: SignGroupForm, refused: Rejected, wrong: dict[str, str]) -> None:
    """Put a refusal beside its field."""
    field = refused.field or ""
    if isinstance(form, SignShortForm) and field == f"{groups.CODE}{form.anchor.data}":
        refused.field = "security_code"
        show_refusal(form, with_consequence(refused), WORDS)
    elif field.startswith(groups.CODE):
        wrong[field] = refusal_words(with_consequence(refused), WORDS)
    else:
        show_refusal(form, refused, WORDS)


def _find_unreadable(asked: Codes) -> dict[str, str]:
    """Return by field the reason why a typed code cannot be a key; spends no attempt and no time."""
    wrong = {}
    for point in asked.own:
        name = f"{groups.CODE}{point.public_id}"
        typed = as_typed(request.form.get(name, ""))
        try:
            normalise_numeric_key(typed)
        except BadCheckDigit:
            wrong[name] = TYPING_ERROR
        except BadKeyFormat:
            wrong[name] = NO_NUMERIC_KEY if typed else CODE_MISSING.format(point=point.name)
    return wrong


def _tell_not_ready(group: str) -> ResponseReturnValue:
    """Answer with the table, which says of each day and point what changed since the page to sign."""
    found = opened_group(group)
    form = LinesForm(formdata=None, data={"version": found.version})
    form.form_errors.append(NOT_READY)
    return table_page(groups.review(act(), group=found), form, status=422)


@blueprint.get("/nominacion/grupos/<group>/comprobante")
@open_to(Audience.CUSTOMER)
def group_receipt(group: str) -> ResponseReturnValue:
    """Show the receipt of every point and day that was signed together, and its present state."""
    found = opened_group(group, signed_too=True)
    if found.signed_at is None:
        raise StepMissing("batches.group_table", group=group)
    lines = groups.list_signed_lines(act(), group=found)
    proved = grants.list_proved_point_ids(act())
    points = {line.nomination.delivery_point_id: line.nomination.delivery_point for line in lines}
    days = sorted({line.nomination.gas_day for line in lines})
    standings = nominations.load_day_states(act(), points=list(points.values()), gas_days=days, proved=proved)
    now = runtime.now()
    return page(
        "batches/group_receipt.html",
        group=found,
        proved=proved,
        codes=print_codes(line.nomination for line in lines if line.nomination.delivery_point_id in proved),
        lines=[
            (
                line.nomination,
                _chip_of(
                    standings[line.nomination.delivery_point_id, line.nomination.gas_day],
                    now=now,
                    proved=line.nomination.delivery_point_id in proved,
                )
                if line.is_in_force
                else None,
            )
            for line in lines
        ],
    )


def _chip_of(standing: DayStanding, *, now: datetime, proved: bool) -> DayChip:
    """Return the chip of a day; without the quantity that stands beside it while nobody changed it."""
    return day_chip(standing, now=now, proved=proved and standing.state is not DayState.NOMINATED)
