"""Succession: a point continues from a day with another unit, exit point or contract, previewed first (adr/0102).

The old row ends with the day before; a row with the same code and name begins on the day, with its own numeric key.
Figures of the day and later go on in the new account, and the balance with them (adr/0135).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.domain.accounts import Function
from portal.domain.gas_day import GasDay
from portal.domain.modalities import Modality
from portal.domain.nominations import ClosePolicy
from portal.domain.quantities import Unit
from portal.domain.settings import Place, SettingName
from portal.domain.successions import SuccessionKind
from portal.domain.timetable import NoWindow, RequestKind, Window, find_window
from portal.models import Contract, DeliveryPoint, ExitPoint, PointSuccession
from portal.services import ledger, nominations, timetable
from portal.services.keys import letters
from portal.services.ledger.moves import Move
from portal.services.points import settings
from portal.services.points.close_policies import DEFAULT
from portal.services.points.point_codes import overlap
from portal.services.store.acts import Act
from portal.services.store.constraints import meaning_of_constraints
from portal.services.store.identity import check_reason
from portal.services.store.permissions import require
from portal.services.store.refusals import NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction

from . import entries, later, moves, rules, succession_mails
from .changes import VALID, Validity, check_unchanged, lock_point
from .entries import PointEntry
from .moves import Accounts, Touched
from .own_terms import OwnTerms, hand_on, load_own_terms
from .rows import Author, put_point, refuse_shared

LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Asked:
    """Terms from ``day`` on: ``exit_point`` is its code, ``contract`` its number, both as typed.

    ``carries`` tells whether the balance goes along.
    """

    day: GasDay
    unit: Unit
    exit_point: str
    contract: str
    reason: str
    with_letter: bool
    carries: bool = True


@dataclass(frozen=True, slots=True)
class Succession:
    """Effect of a succession: both rows as they will be, and the records that move or end.

    ``nominated`` are the days whose nomination is withdrawn; ``closes_at`` is the close of ``day``'s nominations, None
    when it has passed or the timetable has no window; ``policy`` is the rule for days that nobody nominates.
    ``within_company`` is true when the company stays: then the rule uses the days of the old row too. ``move`` are the
    days that go on in the new account, ``accounts`` both accounts as they will be, ``touched`` what hangs on the old
    row.
    """

    before: PointEntry
    after: PointEntry
    old_contract: str
    new_contract: str
    old_company: str
    new_company: str
    within_company: bool
    nominated: tuple[GasDay, ...]
    closes_at: datetime | None
    policy: ClosePolicy
    terms: OwnTerms
    move: Move
    accounts: Accounts
    touched: Touched
    fingerprint: str


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows that the succession reads, or has locked."""

    point: DeliveryPoint
    contract: Contract
    gate: ExitPoint


def preview(act: Act, *, point: str, asked: Asked, seen: str) -> Succession:
    """Return the effect, writing nothing; ``seen`` is the fingerprint of the entry that the page showed.

    Refuses (``Rejected``) a change of nothing; a day that is not within point, contract and exit point, or in a closed
    month; a contract or exit point that is not there; a code or name that somebody else has then; no reason.
    ``NotFound``, ``Conflict``.
    """
    require(act, Function.KEEP_REGISTRY)
    row = act.session.scalars(select(DeliveryPoint).where(DeliveryPoint.public_id == point)).one_or_none()
    if row is None:
        raise NotFound
    check_unchanged(entries.of_point(row), seen)
    return _judged(act, _rows(act.session, row, asked), asked)


def change(act: Act, *, point: str, asked: Asked, seen: str, agreed: str) -> DeliveryPoint:
    """End a point with the day before and begin its successor on the day; return the new row. Commits.

    Refuses as ``preview``, and (``CHANGE_UNCONFIRMED``) when ``agreed`` is not the fingerprint of the effect.
    """
    session = act.session
    require(act, Function.KEEP_REGISTRY)
    with meaning_of_constraints(), transaction(session):
        _lock_contracts(session, point=point, number=asked.contract)
        row = lock_point(session, point)
        check_unchanged(entries.of_point(row), seen)
        rows = _rows(session, row, asked)
        done = _judged(act, rows, asked)
        if done.fingerprint != agreed:
            raise Rejected(Refusal.CHANGE_UNCONFIRMED, "day")
        author = Author(act.actor, act.now, reason=asked.reason.strip())
        pairs = nominations.withdraw_after_end(act, point=row, ends_on=asked.day, begun=True)
        goes_on = {day.gas_day for day in done.move.before}
        withdrawn = [pair for pair in pairs if pair[0].gas_day not in goes_on]
        if not done.within_company:
            # The old company is mailed its own end, and nothing about its successor.
            if withdrawn:
                nominations.mails.post_ended(act, withdrawn=withdrawn, ends_on=asked.day)
            if done.move.before:
                succession_mails.post_former(act, done=done, contract=row.contract)
            withdrawn = []
        row.handed_on = asked.day
        put_point(
            session,
            row,
            done.before,
            contract_id=row.contract_id,
            company_id=row.contract.company_id,
            exit_point=row.exit_point,
            author=author,
        )
        made = put_point(
            session,
            None,
            done.after,
            contract_id=rows.contract.id,
            company_id=rows.contract.company_id,
            exit_point=rows.gate,
            author=author,
        )
        refuse_shared(session)
        if done.move.before:
            nominated = nominations.hand_over(
                act,
                withdrawn=[before for before, _ in pairs if before.gas_day in goes_on],
                point=made,
                reason=author.reason or "",
            )
            moves.move_figures(act, point=row, to=made, first=asked.day, days=done.move.after, nominated=nominated)
        record_succession(
            act,
            before=row,
            after=made,
            day=asked.day,
            kind=SuccessionKind.CHANGE,
            carries=asked.carries,
            reason=asked.reason,
        )
        if done.accounts.carried is not None:
            gas = ledger.moves.find_account(session, delivery_point_id=row.id)
            ledger.transfers.write(act, before=row, after=made, gas_day=asked.day, gas=gas)
        hand_on(session, terms=done.terms, point=made, author=author)
        if asked.with_letter:
            wanted = letters.Wanted(
                renews_web=False, renews_numeric=True, compromised=False, reason=author.reason or ""
            )
            letters.place(act, point=made, wanted=wanted)
        succession_mails.post(
            session, done=done, contract=rows.contract, withdrawn=withdrawn, letter=asked.with_letter, author=author
        )
        return made


def _lock_contracts(session: Session, *, point: str, number: str) -> None:
    """Lock the contract of the point and the new one, in id order, before any account."""
    own = select(DeliveryPoint.contract_id).where(DeliveryPoint.public_id == point).scalar_subquery()
    session.scalars(
        select(Contract)
        .where(or_(Contract.id == own, Contract.number == number.strip()))
        .order_by(Contract.id)
        .with_for_update(of=Contract, key_share=True)
    ).all()


def _rows(session: Session, point: DeliveryPoint, asked: Asked) -> _Rows:
    contract = session.scalars(select(Contract).where(Contract.number == asked.contract.strip())).one_or_none()
    if contract is None:
        raise Rejected(Refusal.CONTRACT_UNKNOWN, "contract", number=asked.contract.strip(), own=point.contract.number)
    gate = session.scalars(select(ExitPoint).where(ExitPoint.code == asked.exit_point)).one_or_none()
    if gate is None:
        raise Rejected(Refusal.EXIT_POINT_UNKNOWN, "exit_point")
    return _Rows(point, contract, gate)


def _judged(act: Act, rows: _Rows, asked: Asked) -> Succession:
    session = act.session
    old, contract, point = entries.of_point(rows.point), rows.contract, rows.point
    if (asked.unit, rows.gate.id, contract.id) == (old.unit, point.exit_point_id, point.contract_id):
        raise Rejected(Refusal.NOTHING_CHANGES, "unit")
    check_day(session, point=point, day=asked.day)
    after = replace(
        old,
        unit=asked.unit,
        exit_point=rows.gate.code,
        starts_on=asked.day,
        ends_on=_end(old, point.contract, contract),
    )
    if point.contract.company_id != contract.company_id:
        # People of the old company; place and shift stay with the station.
        after = replace(after, contact_name=None, contact_phone=None)
    before = replace(old, ends_on=asked.day)
    if contract.ends_on is not None and contract.ends_on <= asked.day:
        raise Rejected(Refusal.CONTRACT_OVER, "contract", number=contract.number, day=contract.ends_on)
    others = [Validity(*each) for each in session.execute(VALID.where(DeliveryPoint.id != point.id))]
    rules.check_point_code(after, before=old, others=others)
    rules.check_point(
        after,
        before=None,
        contract=entries.of_contract(contract),
        exit_point=entries.of_exit_point(rows.gate),
        figures=rules.NO_FIGURES,
    )
    twins = session.scalars(
        select(DeliveryPoint).where(
            DeliveryPoint.contract_id == contract.id, DeliveryPoint.name == old.name, DeliveryPoint.id != point.id
        )
    )
    if any(overlap(after, twin) for twin in twins):
        raise Rejected(Refusal.POINT_NAME_TAKEN, "contract")
    check_reason(asked.reason, most=LONGEST_REASON)
    windows, begun = timetable.list_windows(session), asked.day <= GasDay.of(act.now)
    move, _ = find_move(
        act,
        point=point,
        day=asked.day,
        exit_point_id=rows.gate.id,
        unit=asked.unit,
        modalities={point.contract.modality, contract.modality},
    )
    accounts = moves.preview_accounts(session, point=point, move=move, carries=asked.carries, begun=begun)
    touched = moves.find_touched(session, point=point)
    found = later.list_later(session, ends={point.id: asked.day}, today=GasDay.of(act.now))
    terms = load_own_terms(session, point_id=point.id, day=asked.day)
    closes_at = _close(windows, contract.modality, asked.day)
    if closes_at is not None and closes_at < act.now:
        closes_at = None
    policy = _policy(session, contract=contract, terms=terms, day=asked.day)
    goes_on = {day.gas_day for day in move.before}
    shown = (move, accounts, touched)
    facts = (str(before), str(after), contract.id, later.fingerprint_later(found), str(terms), policy, closes_at, shown)
    return Succession(
        before,
        after,
        point.contract.number,
        contract.number,
        point.contract.company.name,
        contract.company.name,
        point.contract.company_id == contract.company_id,
        tuple([day for day in (found[0].nominated if found else ()) if day not in goes_on]),
        closes_at,
        policy,
        terms,
        move,
        accounts,
        touched,
        hashlib.sha256(repr(facts).encode()).hexdigest(),
    )


def check_day(session: Session, *, point: DeliveryPoint, day: GasDay) -> None:
    """Refuse (``Rejected``) a day outside of the point or in a closed month, and a point that goes on elsewhere."""
    if point.handed_on is not None:
        raise Rejected(Refusal.POINT_HANDED_ON, "day", day=point.handed_on)
    if day <= point.starts_on:
        raise Rejected(Refusal.CHANGE_BEFORE_START, "day", day=point.starts_on)
    if point.ends_on is not None and day >= point.ends_on:
        raise Rejected(Refusal.CHANGE_AFTER_END, "day", day=point.ends_on)
    closed = rules.find_figures(session, point_ids=[point.id]).get(point.id, rules.NO_FIGURES).closed
    if closed is not None and day <= closed.last:
        raise Rejected(Refusal.CHANGE_IN_CLOSED_MONTH, "day", month=closed, possible=closed.last.plus(1))


def find_move(
    act: Act, *, point: DeliveryPoint, day: GasDay, exit_point_id: int, unit: Unit, modalities: Collection[Modality]
) -> tuple[Move, tuple[GasDay, ...]]:
    """Return the days that go on with their figures, and those that are nominated anew: still open for nominations."""
    today, windows = GasDay.of(act.now), timetable.list_windows(act.session)
    found = ledger.moves.preview_move(act.session, point=point, first=day, exit_point_id=exit_point_id, unit=unit)
    settled = {
        each.gas_day
        for each in found.before
        if each.gas_day <= today
        or each.authorised is not None
        or any(_has_closed(windows, modality, each.gas_day, act.now) for modality in modalities)
    }
    return (
        found._replace(
            before=tuple([each for each in found.before if each.gas_day in settled]),
            after=tuple([each for each in found.after if each.gas_day in settled]),
        ),
        tuple([each.gas_day for each in found.before if each.gas_day not in settled]),
    )


def record_succession(
    act: Act,
    *,
    before: DeliveryPoint,
    after: DeliveryPoint,
    day: GasDay,
    kind: SuccessionKind,
    carries: bool,
    reason: str,
) -> None:
    """Write which point goes on from which, and whether its balance goes along, inside the caller's transaction."""
    act.session.add(
        PointSuccession(
            before_id=before.id,
            after_id=after.id,
            gas_day=day,
            kind=kind,
            carries=carries,
            reason=reason.strip(),
            recorded_at=act.now,
            recorded_by_id=act.actor.user_id,
        )
    )
    act.session.flush()


def _has_closed(windows: Sequence[Window], modality: Modality, day: GasDay, now: datetime) -> bool:
    closes_at = _close(windows, modality, day)
    return closes_at is not None and closes_at < now


def _close(windows: Sequence[Window], modality: Modality, day: GasDay) -> datetime | None:
    try:
        return find_window(windows, modality, RequestKind.NOMINATION, day).closes_at(day)
    except NoWindow:
        return None


def _end(old: PointEntry, from_contract: Contract, to_contract: Contract) -> GasDay | None:
    """Return the end of the new row: that of the old one, or that of the new contract where the contract ended it."""
    if old.ends_on == from_contract.ends_on or old.ends_on is None:
        return to_contract.ends_on
    return old.ends_on if to_contract.ends_on is None else min(old.ends_on, to_contract.ends_on)


def _policy(session: Session, *, contract: Contract, terms: OwnTerms, day: GasDay) -> ClosePolicy:
    own = [policy for first, policy in terms.policies if first <= day]
    if own:
        return own[-1]
    found = settings.read(session).value(SettingName.CLOSE_POLICY, Place(contract.modality, contract.id), day)
    return DEFAULT if found is None else ClosePolicy(found)
