"""Desk of cases for the distributor's people: the list, and the record of a case."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Date, Select, func, literal, or_, select, tuple_
from sqlalchemy import case as sql_case
from sqlalchemy.orm import aliased

from portal.domain.accounts import Function, may
from portal.domain.cases import (
    PENDING,
    SAID,
    CaseAction,
    CaseChannel,
    CaseKind,
    CaseState,
    EntryKind,
    Outcome,
    actions_in,
    day_of_term,
    notified_on,
    outcomes_in,
    recognise_until,
)
from portal.domain.gas_day import GasDay
from portal.domain.searched import bare, comparable
from portal.models import Case, CaseEntry, Company, Contract, DeliveryPoint, User
from portal.services.store.acts import Act
from portal.services.store.keyset import PAGE, Place, take_page
from portal.services.store.permissions import require
from portal.services.store.refusals import NotFound
from portal.services.timetable import holidays

from .day_claims import Decision, decision_of
from .day_figures import DisputedDay, load_disputed_day
from .petitioners import CaseView, Entry, entries_of, view_of
from .records import (
    code_of,
    get_case,
    is_out_of_term,
    read_case_appeal,
)


class DeskCase(NamedTuple):
    """A case as the list shows it; ``day`` is the business day of its term, ``late`` true once it lapsed unanswered.

    ``recognise_by`` is until when a lapsed one is recognised (aware), None for any other; ``overdue`` when that passed.
    ``gas_day`` and ``outcome`` are those of a claim about a day.
    """

    filing_number: str
    kind: CaseKind
    state: CaseState
    channel: CaseChannel
    name: str
    company: str | None
    filed_at: datetime
    due_on: date
    day: int
    extended: bool
    assigned_to: str | None
    recognise_by: datetime | None
    overdue: bool
    point: str | None
    gas_day: GasDay | None
    outcome: Outcome | None

    @property
    def filed_on(self) -> GasDay:
        """Colombian day on which it came."""
        return GasDay.of(self.filed_at)

    @property
    def pending(self) -> bool:
        """True while an answer is owed."""
        return self.state in PENDING

    @property
    def late(self) -> bool:
        """True when its term passed and it was not answered yet."""
        return self.state is CaseState.LAPSED


class Listed(NamedTuple):
    """Case in the relation of clause 69: its answer, and the day at whose end a notice on the web counts as served."""

    case: DeskCase
    document: str
    answered_at: datetime | None
    by_mail: bool
    notified_on: date | None


class DeskRecord(NamedTuple):
    """A case with everything that is known of it, its record, and what the actor may do with it.

    A claim about a day has no ``code``. It has the ``day`` for who may see it, its ``decision`` once it was answered,
    the ``outcomes`` that an answer may give it, and in ``said`` how many entries were said before an answer.
    ``appeal`` has the words about the appeal against the answer, empty when none lies.
    """

    case: DeskCase
    public_id: str
    document: str
    email: str | None
    telephone: str | None
    place: str | None
    about_on: date | None
    is_out_of_term: bool
    electronic_notice: bool
    consent_version: str | None
    consented_at: datetime | None
    extended_on: date | None
    extension_reason: str | None
    noticed_on: date | None
    notified_on: date | None
    code: str
    entries: tuple[Entry, ...]
    actions: tuple[CaseAction, ...]
    day: DisputedDay | None
    decision: Decision | None
    outcomes: tuple[Outcome, ...]
    said: int
    appeal: str


class About(NamedTuple):
    """Filter of the list by what a case is about: claims about a day or not, those with an outcome; None is any."""

    a_day: bool | None = None
    outcome: Outcome | None = None


ANYTHING = About()


class DeskPage(NamedTuple):
    """One page of the list, and the number of cases in each state.

    A place is 0 for a case that owes an answer and 1 for another, the end of its term and its row id.
    """

    cases: tuple[DeskCase, ...]
    counts: dict[CaseState, int]
    next: Place | None


_Assigned = aliased(User)
# A case with the names that belong to it; each may be missing.
_NAMED = (
    select(Case, _Assigned.name.label("assigned_to"), Company.name.label("company"), DeliveryPoint.name.label("point"))
    .outerjoin(_Assigned, _Assigned.id == Case.assigned_to_id)
    .outerjoin(DeliveryPoint, DeliveryPoint.id == Case.delivery_point_id)
    .outerjoin(Contract, Contract.id == DeliveryPoint.contract_id)
    .outerjoin(Company, Company.id == Contract.company_id)
)


def list_cases(
    act: Act,
    *,
    states: Collection[CaseState],
    kind: CaseKind | None = None,
    due_until: date | None = None,
    about: About = ANYTHING,
    searched: str = "",
    after: Place | None = None,
) -> DeskPage:
    """Return a page of the cases after a place: those that owe an answer first, the earliest term of each kind first.

    ``searched`` is a part of the number, the document or the name, however it is written; the counts are of the cases
    that it, the kind, the term and the subject find in each state.
    """
    require(act, Function.READ_CASES)
    found = _listed(states, kind, due_until, about, searched)
    if after is not None:
        found = found.where(tuple_(_OWES, Case.due_on, Case.id) > tuple_(*_read_place(after)))
    some = act.session.execute(found.limit(PAGE + 1)).all()
    rows = take_page(some, length=PAGE, place=lambda row: _place(row.Case))
    everywhere = _listed(frozenset(CaseState), kind, due_until, about, searched)
    of_states = everywhere.with_only_columns(Case.state, func.count().label("many")).order_by(None).group_by(Case.state)
    counts = dict.fromkeys(CaseState, 0) | {row.state: row.many for row in act.session.execute(of_states)}
    return DeskPage(
        cases=tuple([_shown(act, row.Case, row.company, row.point, row.assigned_to) for row in rows.rows]),
        counts=counts,
        next=rows.next,
    )


def _place(case: Case) -> Place:
    return int(case.state not in PENDING), case.due_on.toordinal(), case.id


def _read_place(place: Place) -> tuple[ColumnElement[int], ColumnElement[date], ColumnElement[int]]:
    owes, due_on, row_id = place
    on = date.fromordinal(min(max(due_on, 1), date.max.toordinal()))
    return literal(owes), literal(on, Date), literal(row_id)


def list_relation(
    act: Act,
    *,
    states: Collection[CaseState],
    kind: CaseKind | None = None,
    due_until: date | None = None,
    about: About = ANYTHING,
    searched: str = "",
) -> list[Listed]:
    """Return every case with its answer and its notice, in the order of the list: the relation of clause 69."""
    require(act, Function.READ_CASES)
    rows = act.session.execute(_listed(states, kind, due_until, about, searched)).all()
    known = holidays.load_known(act.session)
    answered: dict[int, datetime] = {}
    last = (
        select(CaseEntry.case_id, func.max(CaseEntry.written_at).label("at"))
        .where(CaseEntry.kind == EntryKind.ANSWERED)
        .group_by(CaseEntry.case_id)
    )
    for row in act.session.execute(last):
        answered[row.case_id] = row.at
    return [
        Listed(
            _shown(act, row.Case, row.company, row.point, row.assigned_to),
            row.Case.document,
            answered.get(row.Case.id),
            row.Case.electronic_notice,
            notified_on(row.Case.noticed_on, known) if row.Case.noticed_on else None,
        )
        for row in rows
    ]


def _listed(
    states: Collection[CaseState], kind: CaseKind | None, due_until: date | None, about: About, searched: str
) -> Select[*tuple[Any, ...]]:
    wanted = _NAMED.where(Case.state.in_(states))
    if kind is not None:
        wanted = wanted.where(Case.kind == kind)
    if due_until is not None:
        wanted = wanted.where(Case.due_on <= due_until)
    if about.a_day is not None:
        wanted = wanted.where(Case.gas_day.is_not(None) if about.a_day else Case.gas_day.is_(None))
    if about.outcome is not None:
        wanted = wanted.where(Case.outcome == about.outcome)
    if searched:
        wanted = wanted.where(_is_found(searched))
    return wanted.order_by(_OWES, Case.due_on, Case.id)


_OWES: ColumnElement[int] = sql_case((Case.state.in_(PENDING), 0), else_=1)
# Letters of Spanish that people search without their accent. SQLite's parser takes some forty nested calls.
_ACCENTED = "áéíóúüñÁÉÍÓÚÜÑ"


def _is_found(searched: str) -> ColumnElement[bool]:
    """Return that a case has the searched part: names without accents, documents and numbers by what they hold."""
    name: ColumnElement[str] = Case.name.expression
    for letter in _ACCENTED:
        name = func.replace(name, letter, comparable(letter))
    held: ColumnElement[str] = Case.document.expression
    for sign in ". -":
        held = func.replace(held, sign, "")
    ways = [
        Case.filing_number.icontains(searched, autoescape=True),
        func.lower(name).contains(comparable(searched), autoescape=True),
    ]
    if digits := bare(searched):
        ways.append(func.lower(held).contains(digits, autoescape=True))
    return or_(*ways)


def load(act: Act, *, filing_number: str) -> DeskRecord:
    """Return a case with its record; ``NotFound`` for an unknown number."""
    session = act.session
    require(act, Function.READ_CASES)
    found = session.execute(_NAMED.where(Case.filing_number == filing_number)).one_or_none()
    if found is None:
        raise NotFound
    case: Case = found.Case
    known = holidays.load_known(session)
    entries = entries_of(session, case_id=case.id)
    return DeskRecord(
        case=_shown(act, case, found.company, found.point, found.assigned_to),
        public_id=case.public_id,
        document=case.document,
        email=case.email,
        telephone=case.telephone,
        place=case.place,
        about_on=case.about_on,
        is_out_of_term=is_out_of_term(act, case),
        electronic_notice=case.electronic_notice,
        consent_version=case.consent_version,
        consented_at=case.consented_at,
        extended_on=case.extended_on,
        extension_reason=case.extension_reason,
        noticed_on=case.noticed_on,
        notified_on=notified_on(case.noticed_on, known) if case.noticed_on else None,
        code=code_of(act.vault, public_id=case.public_id) if case.gas_day is None else "",
        entries=entries,
        actions=actions_in(case.state, extended=case.extended_on is not None, about_day=case.gas_day is not None),
        day=_day(act, case),
        decision=decision_of(case.outcome, entries),
        outcomes=() if case.gas_day is None else outcomes_in(case.state),
        said=sum([entry.kind in SAID for entry in entries]),
        appeal=read_case_appeal(act, case=case, record=[(entry.kind, entry.written_at) for entry in entries]),
    )


def _day(act: Act, case: Case) -> DisputedDay | None:
    """Return the day of a claim for a role that sees figures; an agent sees those of an open call only."""
    if case.gas_day is None or case.delivery_point_id is None or not may(act.actor.role, Function.SEE_DISPUTED_DAYS):
        return None
    return load_disputed_day(
        act.session, delivery_point_id=case.delivery_point_id, gas_day=case.gas_day, today=GasDay.of(act.now)
    )


def find_number(act: Act, *, public_id: str) -> str:
    """Return the number of a case by its public id, which the addresses of claims had; ``NotFound`` without one."""
    require(act, Function.READ_CASES)
    number = act.session.scalar(select(Case.filing_number).where(Case.public_id == public_id))
    if number is None:
        raise NotFound
    return number


def paper(act: Act, *, filing_number: str) -> CaseView:
    """Return a case as its constancia says it, to be handed over; ``NotFound`` for an unknown number."""
    require(act, Function.READ_CASES)
    return view_of(act, get_case(act.session, filing_number=filing_number))


def _shown(act: Act, case: Case, company: str | None, point: str | None, assigned_to: str | None) -> DeskCase:
    lapsed = case.state is CaseState.LAPSED
    return DeskCase(
        filing_number=case.filing_number,
        kind=case.kind,
        state=case.state,
        channel=case.channel,
        name=case.name,
        company=company,
        filed_at=case.filed_at,
        due_on=case.due_on,
        day=day_of_term(GasDay.of(act.now), case.due_on, holidays.load_known(act.session)),
        extended=case.extended_on is not None,
        assigned_to=assigned_to,
        recognise_by=recognise_until(case.due_on) if lapsed else None,
        overdue=lapsed and act.now > recognise_until(case.due_on),
        point=point,
        gas_day=case.gas_day,
        outcome=case.outcome,
    )
