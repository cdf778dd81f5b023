"""Five steps of the wizard; the open step follows from the draft's answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import SelectChoice

from portal.domain.gas_day import GasDay, Month
from portal.domain.quantities import plain
from portal.domain.timetable import KIND_WORDS, RequestKind
from portal.models import DeliveryPoint, Nomination, NominationDraft
from portal.services import nominations
from portal.services.keys import grants
from portal.services.nominations import DayFacts, Effects, OpenDraft
from portal.services.store.acts import Act
from portal.services.store.refusals import Conflict, Rejected, StepMissing
from portal.services.timetable import holidays
from portal.web import runtime
from portal.web.access import Audience, act, open_to, use_grants
from portal.web.announcements import list_announcements
from portal.web.answers import go, page, show_refusal
from portal.web.filters import has_ended, moment_words, served_words
from portal.web.places import name_place
from portal.web.url_rules import modality_of

from .begun import begun_of, show_closed, show_if_closed
from .forms import (
    CallSignatureForm,
    GasDayForm,
    KindForm,
    PointForm,
    QuantityForm,
    SignatureForm,
    signature_form,
)
from .views import blueprint
from .words import KIND_HINTS, WORDS, comes_after_words, guard_words, spoken


@blueprint.route("/nominacion/<modality>/nueva", methods=["GET", "POST"])
@open_to(Audience.NOMINATOR)
def new(modality: str) -> ResponseReturnValue:
    """Step 1: choose the EDS or plant; the POST opens the draft."""
    now = runtime.now()
    chosen = modality_of(modality)
    use_grants()
    contracts = grants.list_opened_contracts(act(), modality=chosen)
    opened = grants.list_askable_points(act(), contracts=contracts)
    # Where every point has ended they are listed, and the refusal says why.
    points = [point for point in opened if not has_ended(point, now)] or opened
    place = name_place(point.kind for point in points)
    wanted = request.args.get("punto")
    form = PointForm.of(place, data={"delivery_point": wanted or _only(points)})
    form.delivery_point.choices = [
        SelectChoice(point.public_id, ", ".join(filter(None, (point.name, served_words(point, now)))))
        for point in points
    ]
    begun, named = begun_of(request.values), next((each for each in points if each.public_id == wanted), None)
    is_absent = begun is not None and wanted is not None and named is None
    if is_absent:
        # Its quantity is that point's alone.
        begun = None
    if begun is not None and named is not None:
        closed = show_if_closed(begun, named) if request.method == "GET" else None
        if closed is not None:
            return closed
        form.delivery_point.choices = [each for each in form.delivery_point.choices if each.value == wanted]
    if form.validate_on_submit():
        try:
            if begun is not None:
                # Prepared by a mail: validated like any other, and signed only on the last page.
                filled = begun.start(act(), modality=chosen, point=form.delivery_point.data)
                return go(".signature" if filled.is_ready else ".quantity", draft=filled.draft.public_id)
            draft = nominations.start(act(), modality=chosen, point=form.delivery_point.data)
        except Rejected as refused:
            point = next((each for each in points if each.public_id == form.delivery_point.data), None)
            if begun is not None and point is not None and refused.field == "gas_day":
                return show_closed(begun, point, refused, status=422)
            show_refusal(form, spoken(refused), WORDS)
            # An answer that is no longer possible is dropped: its step asks again.
            begun = None
        else:
            return go(".kind", draft=draft.public_id)
    return page(
        "nominations/point.html",
        "nominations/_point_form.html",
        form=form,
        modality=chosen,
        points=points,
        place=place,
        begun=begun,
        asked=begun and begun.words(named),
        is_absent=is_absent,
        notices=list_announcements(chosen),
    )


@blueprint.route("/nominacion/borradores/<draft>/tipo", methods=["GET", "POST"])
@open_to(Audience.NOMINATOR)
def kind(draft: str) -> ResponseReturnValue:
    """Step 2: nomination or renomination."""
    found = open_draft(draft, "tipo")
    form = KindForm(data={"kind": found.kind.value if found.kind else None, "version": found.version})
    if form.validate_on_submit():
        nominations.set_kind(act(), draft=found, kind=form.value, version=form.shown_version)
        return go(".gas_day", draft=draft)
    return _step("kind", form, found, hints={kind.value: text for kind, text in KIND_HINTS.items()})


@blueprint.route("/nominacion/borradores/<draft>/fecha", methods=["GET", "POST"])
@open_to(Audience.NOMINATOR)
def gas_day(draft: str) -> ResponseReturnValue:
    """Step 3: the gas day."""
    found = open_draft(draft, "fecha")
    calendar = gas_day_calendar(act(), draft=found)
    suggested = found.gas_day or calendar.suggested
    form = GasDayForm(
        data={"gas_day": suggested.date.strftime("%d/%m/%Y") if suggested else "", "version": found.version}
    )
    if form.validate_on_submit() and form.parsed is not None:
        try:
            nominations.set_day(act(), draft=found, gas_day=form.parsed, version=form.shown_version)
        except Rejected as refused:
            show_refusal(form, spoken(refused), WORDS)
        else:
            return go(".quantity", draft=draft)
    return _step("gas_day", form, found, calendar=calendar)


@blueprint.route("/nominacion/borradores/<draft>/cantidad", methods=["GET", "POST"])
@open_to(Audience.NOMINATOR)
def quantity(draft: str) -> ResponseReturnValue:
    """Step 4: the quantity, in the unit of the point."""
    found = open_draft(draft, "cantidad")
    form = QuantityForm(
        data={
            "quantity": plain(found.quantity).replace(".", ",") if found.quantity else "",
            "version": found.version,
        }
    )
    form.unit = found.unit
    needs_tick, weighed = found.confirmed_unusual, None
    if form.validate_on_submit() and form.parsed is not None:
        try:
            nominations.set_quantity(
                act(),
                draft=found,
                quantity=form.parsed,
                confirmed_unusual=form.confirm_unusual.data,
                version=form.shown_version,
            )
        except Rejected as refused:
            needs_tick = refused.field == "confirm_unusual"
            if needs_tick:
                # No error: shown once, as the warning beside its tick.
                weighed = refused.facts["warnings"]
            else:
                show_refusal(form, _spoken_to_reader(refused, found), WORDS)
        else:
            return go(".signature", draft=draft)
    try:
        facts = nominations.load_day_facts(act(), draft=found)
        if needs_tick and request.method == "GET":
            weighed = nominations.review(act(), draft=found).warnings
    except Rejected as closed:
        return _closed(form, found, closed)
    asked = form.parsed if request.method == "POST" else found.quantity
    effects = None if asked is None else facts.of(asked, weighed)
    asks_again = needs_tick and request.method == "POST" and not form.errors
    return _step(
        "quantity",
        form,
        found,
        status=422 if asks_again else 200,
        asks_again=asks_again,
        facts=facts,
        effects=effects,
        guard=guard_of(facts, effects),
        needs_tick=needs_tick,
    )


@blueprint.route("/nominacion/borradores/<draft>/firma", methods=["GET", "POST"])
@open_to(Audience.NOMINATOR)
def signature(draft: str) -> ResponseReturnValue:
    """Step 5: show the document, and sign it with the security code."""
    form = signature_form()
    signs = request.method == "POST"
    found: NominationDraft | OpenDraft
    if signs and isinstance(form, SignatureForm):
        found = _find_to_sign(draft)
    else:
        found = open_draft(draft, "firma", signed_too=signs)
    if form.validate_on_submit():
        try:
            nomination = _sign(found, form)
        except Rejected as refused:
            show_refusal(form, spoken(refused), WORDS)
        else:
            if nomination.received_at != runtime.now():
                flash(f"Ya había llegado {moment_words(nomination.received_at, runtime.now())}: es una sola.", "info")
            return go(".receipt", receipt=nomination.public_id)
    return _show_document(draft, form)


def _find_to_sign(public_id: str) -> OpenDraft:
    """Return a customer's draft that was sent to be signed, by one statement; leads to an open step before that."""
    draft = nominations.find_open_draft(act(), public_id=public_id)
    if draft.has_stale_grant:
        use_grants()
    _require_answers(draft, "firma")
    return draft


def _sign(draft: NominationDraft | OpenDraft, form: SignatureForm | CallSignatureForm) -> Nomination:
    """Sign with the customer's code, or for a caller with the agent's own."""
    shown = form.shown.data or ""
    if isinstance(draft, OpenDraft) and isinstance(form, SignatureForm):
        return nominations.sign(act(), draft=draft, shown=shown, typed=form.security_code.data or "")
    if isinstance(draft, OpenDraft) or isinstance(form, SignatureForm):
        raise TypeError("a customer signs an open draft, an agent a loaded one")
    moments = runtime.authenticator_moments()
    return nominations.sign_for_caller(act(), draft=draft, shown=shown, typed=form.totp.data or "", moments=moments)


def _show_document(draft: str, form: SignatureForm | CallSignatureForm) -> ResponseReturnValue:
    """Show the document as it would be signed now; a broken rule leads back to its step."""
    found = nominations.load(act(), public_id=draft)
    if found.nomination is not None:
        raise StepMissing("nominations.receipt", receipt=found.nomination.public_id)
    try:
        document = nominations.review(act(), draft=found)
    except Rejected as closed:
        return _closed(form, found, closed)
    form.shown.data = document.digest
    form.forget()
    facts = nominations.load_day_facts(act(), draft=found, weighed=document.weighed)
    return _step(
        "signature",
        form,
        found,
        document=document,
        facts=facts,
        effects=facts.of(document.quantity, document.warnings),
        guard=guard_words(document.warnings, document.quantity, facts.maximum, facts.others, facts.factors.far),
        kind_words=KIND_WORDS,
        comes_after=comes_after_words(document, facts),
    )


def guard_of(facts: DayFacts, effects: Effects | None) -> str:
    """Return the warnings about a quantity while it is typed; empty without any."""
    return (
        ""
        if effects is None
        else guard_words(effects.warnings, effects.quantity, facts.maximum, facts.others, facts.factors.far)
    )


def _closed(form: FlaskForm, draft: NominationDraft, refused: Rejected) -> ResponseReturnValue:
    """Tell that the draft's day is closed, and lead back to choosing another."""
    if not form.errors:
        show_refusal(form, _spoken_to_reader(refused, draft), WORDS)
    return _step("closed", form, draft, quantity_helps=refused.field in ("quantity", "confirm_unusual"))


def _spoken_to_reader(refused: Rejected, draft: NominationDraft) -> Rejected:
    """Turn the facts of a refusal into words, without a share of what is in force where its figure may not be seen."""
    if "floor" in refused.facts and draft.delivery_point_id not in grants.list_proved_point_ids(act()):
        refused.facts["floor"] = None
    return spoken(refused)


def open_draft(public_id: str, step: str, *, signed_too: bool = False) -> NominationDraft:
    """Return the draft if ``step`` may be taken now; otherwise lead to the open step."""
    use_grants()
    draft = nominations.load(act(), public_id=public_id)
    if draft.nomination is not None and not signed_too:
        if request.method == "POST":
            # The receipt of the earlier answers would look like one for these.
            raise Conflict("submission")
        raise StepMissing("nominations.receipt", receipt=draft.nomination.public_id)
    _require_answers(draft, step)
    return draft


def _require_answers(draft: NominationDraft | OpenDraft, step: str) -> None:
    """Lead to the first step before ``step`` that was not answered."""
    if step in ("fecha", "cantidad", "firma") and draft.kind is None:
        raise StepMissing("nominations.kind", draft=draft.public_id)
    if step in ("cantidad", "firma") and draft.gas_day is None:
        raise StepMissing("nominations.gas_day", draft=draft.public_id)
    if step == "firma" and draft.quantity is None:
        raise StepMissing("nominations.quantity", draft=draft.public_id)


def _step(name: str, form: FlaskForm, draft: NominationDraft, status: int = 200, **context: Any) -> ResponseReturnValue:
    return page(
        f"nominations/{name}.html",
        f"nominations/_{name}_form.html",
        status=status,
        form=form,
        draft=draft,
        notices=list_announcements(draft.modality),
        action=url_for(request.endpoint or "", draft=draft.public_id),
        renominating=draft.kind is RequestKind.RENOMINATION,
        **context,
    )


def _only(points: Sequence[DeliveryPoint]) -> str | None:
    return points[0].public_id if len(points) == 1 else None


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """Cell: the day, whether it may be picked, what is nominated, the holiday's name."""

    gas_day: GasDay
    open: bool
    nominated: bool
    holiday: str | None


@dataclass(frozen=True, slots=True)
class CalendarMonth:
    """Month in weeks from Monday; cells outside of the month are None."""

    month: Month
    weeks: list[list[CalendarDay | None]]


@dataclass(frozen=True, slots=True)
class GasDayCalendar:
    """Months with an open day, and the day that most people want."""

    months: list[CalendarMonth]
    suggested: GasDay | None


def gas_day_calendar(act: Act, *, draft: NominationDraft) -> GasDayCalendar:
    """Return the calendar for the draft's kind, from this month to that of the last open day."""
    days = nominations.open_days(act, draft=draft)
    today = GasDay.of(act.now)
    last = max([*days, today])
    known = nominations.list_nominated_days(
        act.session, delivery_point_id=draft.delivery_point_id, first=today, last=last
    )
    month, months = Month.of(today), []
    names = holidays.list_between(act.session, first=month.first.date, last=Month.of(last).last.date)
    open_days = set(days)
    while month.first <= last:
        cells: list[CalendarDay | None] = [None] * month.first.date.weekday()
        cells += [CalendarDay(day, day in open_days, day in known, names.get(day.date)) for day in month.days()]
        cells += [None] * (-len(cells) % 7)
        months.append(CalendarMonth(month, [cells[i : i + 7] for i in range(0, len(cells), 7)]))
        month = month.next
    # A nomination is for a day without one, a renomination for a day with one.
    wanted = [day for day in days if (day in known) is (draft.kind is RequestKind.RENOMINATION)]
    return GasDayCalendar(months, next(iter([*wanted, *days]), None))
