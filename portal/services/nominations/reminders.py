"""Reminders the day before: at 08:00 and 10:30, only for points without a request (docs/rules.md, "Reminders")."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from portal.domain.calendar import day_words
from portal.domain.counts import agree, counted
from portal.domain.gas_day import BOGOTA, GasDay
from portal.domain.modalities import Modality
from portal.domain.nominations import rule_to_come
from portal.domain.timetable import NoWindow, RequestKind, find_window
from portal.models import Binding, Contact, Contract, DeliveryPoint, NominationHead, SignInSession
from portal.services import timetable
from portal.services.mail import Short, Topic, contacts, short_messages
from portal.services.mail.letters import Letter, post, post_once
from portal.services.points.close_policies import find_policies
from portal.services.store import duty_runs
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction

from . import standing_orders

FIRST, SECOND = dt.time(8, 0), dt.time(10, 30)
# The last reminder goes to the deputies too.
SLOTS = ((FIRST, False), (SECOND, True))
# Before the close, when nobody opened the last reminder.
LAST_CALL = dt.timedelta(minutes=15)
# Between a reminder that left late and the last call, so that somebody can open it.
TIME_TO_OPEN = dt.timedelta(minutes=5)


def post_due(act: Act) -> int:
    """Put the due reminders in the outbox; return their number; commits.

    Each contact gets one mail per hour of reminders, with all points of the company that have nothing for tomorrow. It
    is posted once for any number of calls and workers. After the close nothing is due. A worker that
    was away at 08:00 and is back after 10:30 sends the second only.
    """
    session = act.session
    tomorrow = GasDay.of(act.now).plus(1)
    slot, with_deputies = _slot_of(act.now)
    if slot is None:
        return 0
    round_name = _name_of_reminder(tomorrow, slot)
    if duty_runs.is_done(session, name=round_name):
        return 0
    closes = _closes(act, gas_day=tomorrow)
    if not closes:
        return 0
    try:
        with transaction(session):
            duty_runs.take(act, name=round_name)
            return _post(
                act,
                missing=_missing(act, gas_day=tomorrow, modalities=closes),
                closes=closes,
                with_deputies=with_deputies,
                gas_day=tomorrow,
                round_name=round_name,
            )
    except duty_runs.Taken:
        return 0


def post_last_call(act: Act) -> int:
    """Tell the deputies, fifteen minutes before a close, of points whose reminder nobody opened; return how many mails.

    Commits; done once for each modality and day, also today's, whose close may have been moved past midnight. A
    reminder counts as opened when a person of the company was seen in the portal after the last one left (adr/0166),
    for which some minutes are given. Without a reminder there is no last call. Points that have a request by then are
    not named.
    """
    today = GasDay.of(act.now)
    return sum([_post_last_call(act, gas_day=gas_day) for gas_day in (today, today.plus(1))])


def _post_last_call(act: Act, *, gas_day: GasDay) -> int:
    session = act.session
    near = {
        modality: closes_at
        for modality, closes_at in _closes(act, gas_day=gas_day).items()
        if closes_at - LAST_CALL <= act.now
        and not duty_runs.is_done(session, name=_name_of_escalation(gas_day, modality))
    }
    if not near:
        return 0
    since = _find_reminded(session, gas_day=gas_day)
    if since is None or act.now < since + TIME_TO_OPEN:
        return 0
    try:
        with transaction(session):
            for modality in sorted(near):
                duty_runs.take(act, name=_name_of_escalation(gas_day, modality))
            return _escalate(act, closes=near, gas_day=gas_day, since=since)
    except duty_runs.Taken:
        return 0


def _name_of_reminder(gas_day: GasDay, slot: dt.time) -> str:
    return f"reminder:{gas_day.isoformat()}:{slot:%H%M}"


def _find_reminded(session: Session, *, gas_day: GasDay) -> dt.datetime | None:
    """Return the moment of the last reminder for a day; None when a worker that was away sent none."""
    done = [duty_runs.find_done_at(session, name=_name_of_reminder(gas_day, slot)) for slot, _ in SLOTS]
    return max((at for at in done if at is not None), default=None)


def _name_of_escalation(gas_day: GasDay, modality: Modality) -> str:
    return f"escalation:{gas_day.isoformat()}:{modality.value}"


def _escalate(act: Act, *, closes: dict[Modality, dt.datetime], gas_day: GasDay, since: dt.datetime) -> int:
    by_company = _sort_by_company(_missing(act, gas_day=gas_day, modalities=closes))
    opened = _list_companies_seen(act.session, company_ids=list(by_company), since=since)
    posted = 0
    for company_id, points in by_company.items():
        if company_id in opened:
            continue
        closes_at = min(closes[point.contract.modality] for point in points)
        deputies = [each for each in contacts.list_contacts(act.session, company_id=company_id) if each.is_deputy]
        letter = _last_call(act, points, closes_at=closes_at, gas_day=gas_day, since=since)
        recipients = [each.email for each in deputies if each.wants_reminders]
        post(act, letter=letter, kind="reminder", recipients=recipients)
        posted += len(recipients) + short_messages.post(
            act,
            topic=Topic.REMINDERS,
            kind="reminder",
            companies={company_id: ()},
            short=_short(points, closes_at=closes_at, gas_day=gas_day),
            contact_ids=[each.id for each in deputies],
        )
    return posted


def _list_companies_seen(session: Session, *, company_ids: Sequence[int], since: dt.datetime) -> set[int]:
    """Return the companies of which a person was seen in the portal from a moment on."""
    return set(
        session.scalars(
            select(Contract.company_id)
            .join(Binding, Binding.contract_id == Contract.id)
            .join(SignInSession, SignInSession.user_id == Binding.user_id)
            .where(
                Contract.company_id.in_(company_ids),
                Binding.disabled_at.is_(None),
                SignInSession.last_seen_at >= since,
                ~SignInSession.awaiting_second_factor,
            )
            .distinct()
        )
    )


def _last_call(
    act: Act, points: Sequence[DeliveryPoint], *, closes_at: dt.datetime, gas_day: GasDay, since: dt.datetime
) -> Letter:
    local = closes_at.astimezone(BOGOTA)
    return Letter(
        subject=f"Cierra a las {local:%H:%M} y falta nominar el {day_words(gas_day.date)}: {_name_points(points)}",
        says=(
            f"El recordatorio salió el {_say_moment(since)}; desde entonces nadie de su empresa entró al portal.",
            f"Le escribimos porque usted es suplente. Se recibe hasta el {_say_moment(closes_at)}.",
        ),
        facts=[("Falta", point.name) for point in points],
        link=("Nominar", act.link("/inicio")),
    )


def _post(
    act: Act,
    *,
    missing: Sequence[DeliveryPoint],
    closes: dict[Modality, dt.datetime],
    with_deputies: bool,
    gas_day: GasDay,
    round_name: str,
) -> int:
    by_company = _sort_by_company(missing)
    rules = find_policies(act.session, points=missing, gas_day=gas_day)
    posted = 0
    for company_id, points in by_company.items():
        closes_at = min(closes[point.contract.modality] for point in points)
        rules_to_come = [rule_to_come(rules[point.id], gas_day) for point in points]
        letter = _letter(act, points, closes_at=closes_at, gas_day=gas_day, rules=rules_to_come)
        people = _to_remind(act.session, company_id=company_id, with_deputies=with_deputies)
        for contact in people:
            if contact.wants_reminders:
                posted += post_once(
                    act,
                    letter=letter,
                    kind="reminder",
                    recipient=contact.email,
                    dedup_key=f"{round_name}:{contact.public_id}",
                )
        posted += short_messages.post(
            act,
            topic=Topic.REMINDERS,
            kind="reminder",
            companies={company_id: ()},
            short=_short(points, closes_at=closes_at, gas_day=gas_day),
            contact_ids=[contact.id for contact in people],
            dedup_key=round_name,
        )
    return posted


def _slot_of(now: dt.datetime) -> tuple[dt.time | None, bool]:
    """Return the latest hour of a reminder that has passed today, and whether deputies get it."""
    local = now.astimezone(BOGOTA).time()
    passed = [slot for slot in SLOTS if slot[0] <= local]
    return passed[-1] if passed else (None, False)


def _closes(act: Act, *, gas_day: GasDay) -> dict[Modality, dt.datetime]:
    """Return the closes of ``gas_day`` that lie ahead."""
    rows = timetable.list_windows(act.session)
    found: dict[Modality, dt.datetime] = {}
    for modality in Modality:
        try:
            closes_at = find_window(rows, modality, RequestKind.NOMINATION, gas_day).closes_at(gas_day)
        except NoWindow:
            continue
        if act.now <= closes_at:
            found[modality] = closes_at
    return found


def _missing(act: Act, *, gas_day: GasDay, modalities: dict[Modality, dt.datetime]) -> Sequence[DeliveryPoint]:
    nominated = exists().where(NominationHead.delivery_point_id == DeliveryPoint.id, NominationHead.gas_day == gas_day)
    points = act.session.scalars(
        select(DeliveryPoint)
        .join(Contract, Contract.id == DeliveryPoint.contract_id)
        .where(~nominated, Contract.modality.in_(list(modalities)))
        .order_by(DeliveryPoint.sort_name)
    ).unique()
    served = [point for point in points if point.in_force_on(gas_day)]
    # A standing order nominates for its customer, who need not be told every day.
    ordered = standing_orders.find_quantities(act.session, points=served, gas_day=gas_day, as_of=act.now)
    return [point for point in served if point.id not in ordered]


def _sort_by_company(points: Sequence[DeliveryPoint]) -> dict[int, list[DeliveryPoint]]:
    found: dict[int, list[DeliveryPoint]] = defaultdict(list)
    for point in points:
        found[point.contract.company_id].append(point)
    return found


def _name_points(points: Sequence[DeliveryPoint]) -> str:
    return points[0].name if len(points) == 1 else counted(len(points), "punto", "puntos")


def _say_moment(moment: dt.datetime) -> str:
    """Return day and minute: a mail is read on another day than it was written, also soon after a midnight."""
    local = moment.astimezone(BOGOTA)
    return f"{day_words(local.date())} a las {local:%H:%M}"


def _to_remind(session: Session, *, company_id: int, with_deputies: bool) -> list[Contact]:
    return [
        contact
        for contact in contacts.list_contacts(session, company_id=company_id)
        if with_deputies or not contact.is_deputy
    ]


def _short(points: Sequence[DeliveryPoint], *, closes_at: dt.datetime, gas_day: GasDay) -> Short:
    local = closes_at.astimezone(BOGOTA)
    what = counted(len(points), "punto", "puntos")
    return Short(
        "Falta nominar",
        f"Falta nominar {what} para el {day_words(gas_day.date)}. Cierra a las {local:%H:%M} del {local:%d/%m}.",
        until=closes_at,
        about=(str(points[0].contract.company_id), gas_day.isoformat()),
    )


def _letter(
    act: Act, points: Sequence[DeliveryPoint], *, closes_at: dt.datetime, gas_day: GasDay, rules: Sequence[str]
) -> Letter:
    these = agree(len(points), "este punto", "estos puntos")
    return Letter(
        subject=f"Falta nominar el {day_words(gas_day.date)}: {_name_points(points)}",
        says=(
            f"Todavía no recibimos la nominación de {these}.",
            f"Se recibe hasta el {_say_moment(closes_at)}.",
        ),
        facts=[(point.name, f"si no la envía, {rule}") for point, rule in zip(points, rules, strict=True)],
        link=("Nominar", act.link("/inicio")),
    )
