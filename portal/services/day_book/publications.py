"""Publication of recorded quantities: authorised for ever, in the customer's account, each cut mailed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlencode

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.accounts import Function
from portal.domain.audit_events import AuditEvent
from portal.domain.authorisations import CUT_WORDS, LineState
from portal.domain.calendar import day_words
from portal.domain.counts import counted
from portal.domain.gas_day import BOGOTA, GasDay
from portal.domain.quantities import Quantity, in_digits_and_words, plain
from portal.domain.timetable import NoWindow, RequestKind, find_window
from portal.models import Authorisation, DeliveryPoint
from portal.services import ledger, timetable
from portal.services.mail import contacts
from portal.services.mail.contacts import Topic
from portal.services.mail.letters import Letter, post
from portal.services.store.acts import Act
from portal.services.store.permissions import require
from portal.services.store.refusals import Conflict, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import audit, sealed_rows

from .authorisations import forget, require_open
from .lines import Line, list_lines


class Published(NamedTuple):
    """Number of quantities published, and how many of them were cuts."""

    points: int
    cuts: int


def select_publishable(lines: Iterable[Line]) -> list[Line]:
    """Return the lines whose record answers the revision in force."""
    return [line for line in lines if line.recorded_m3 is not None and line.state is LineState.RECORDED]


def digest_of(lines: Iterable[Line]) -> str:
    """Return the SHA-256 (hex) of a publication of these lines: the page shows it and sends it back."""
    said = sorted(
        (line.point_id, line.recorded_m3, line.recorded_mbtu, line.recorded_cut or "", line.recorded_revision)
        for line in lines
    )
    return hashlib.sha256(repr(said).encode()).hexdigest()


def publish(act: Act, *, gas_day: GasDay, shown: str) -> Published:
    """Publish every record that answers the revision in force; leave outdated ones for a decision. Commits.

    Refuses (``Rejected``) when there is none and when the day is closed; ``Conflict`` when the records are not those
    that the page showed (``shown``, as ``digest_of``).
    """
    user_id = require(act, Function.AUTHORISE)
    with transaction(act.session):
        published = publish_within(act, user_id=user_id, gas_day=gas_day, shown=shown)
        for line, row in published:
            if row.cut_reason is not None and line.asked is not None:
                post_cut(act, authorisation=row, asked=line.asked.in_unit(line.unit))
            elif line.published is not None and line.published_cut is not None:
                post_lifted(act, authorisation=row, cut_to=line.published.in_unit(line.unit))
        return Published(len(published), sum(row.cut_reason is not None for _, row in published))


def publish_within(act: Act, *, user_id: int, gas_day: GasDay, shown: str | None) -> list[tuple[Line, Authorisation]]:
    """Publish as ``publish``, inside the caller's transaction; return the publications, without posting mails.

    ``shown`` None publishes every record.
    """
    session = act.session
    waiting = select_publishable(list_lines(session, gas_day=gas_day))
    # Lock the accounts in id order, as every writer of several does; then read everything again under the locks.
    for point_id in sorted(line.point_id for line in waiting):
        ledger.lock(session, point_id)
    lines = select_publishable(list_lines(session, gas_day=gas_day))
    if shown is not None and lines and digest_of(lines) != shown:
        raise Conflict("recorded")
    if not lines:
        raise Rejected(Refusal.NOTHING_TO_PUBLISH)
    require_open(session, lines=lines, gas_day=gas_day)
    lines.sort(key=lambda line: line.point_id)
    rows = [_authorisation(line, gas_day, user_id, act.now) for line in lines]
    session.add_all(rows)
    session.flush()
    points = _points(session, lines)
    for line in lines:
        ledger.rewrite_day(session, delivery_point=points[line.point_id], gas_day=gas_day)
    # Accounts before the audit chain: imports lock in this order too.
    for row in rows:
        _note(act, points[row.delivery_point_id], row)
    forget(session, gas_day=gas_day, point_ids=[line.point_id for line in lines])
    return list(zip(lines, rows, strict=True))


def _authorisation(line: Line, gas_day: GasDay, user_id: int, now: datetime) -> Authorisation:
    recorded = line.recorded
    if recorded is None:
        raise LookupError("nothing is recorded")
    return Authorisation(
        delivery_point_id=line.point_id,
        gas_day=gas_day,
        version=(line.published_version or 0) + 1,
        quantity_m3=recorded.m3,
        quantity_mbtu=recorded.mbtu,
        cut_reason=line.cut_reason,
        revision=line.revision,
        recorded_at=now,
        recorded_by_id=user_id,
    )


def _points(session: Session, lines: Sequence[Line]) -> dict[int, DeliveryPoint]:
    wanted = select(DeliveryPoint).where(DeliveryPoint.id.in_([line.point_id for line in lines]))
    return {point.id: point for point in session.scalars(wanted).unique()}


def _note(act: Act, point: DeliveryPoint, row: Authorisation) -> None:
    audit.record(
        act,
        event=AuditEvent.AUTHORISATION_PUBLISHED,
        subject=point.public_id,
        company_id=point.contract.company_id,
        details={
            "gas_day": row.gas_day.isoformat(),
            "version": row.version,
            "revision": row.revision,
            "quantity": plain(row.gas.in_unit(point.unit)),
            "unit": point.unit.value,
            "cut_reason": None if row.cut_reason is None else row.cut_reason.value,
            sealed_rows.DETAIL: sealed_rows.of_ids(act.session, table="authorisations", ids=[row.id]),
        },
    )


def post_cut(act: Act, *, authorisation: Authorisation, asked: Quantity) -> None:
    """Mail the contacts who chose it that less was authorised than ``asked``, inside the caller's transaction.

    ``asked`` is the nominated quantity, in the unit of the point. Posts nothing when there is no cut.
    """
    if authorisation.cut_reason is None:
        return
    point = act.session.get_one(DeliveryPoint, authorisation.delivery_point_id)
    given, day = authorisation.gas.in_unit(asked.unit), authorisation.gas_day
    letter = Letter(
        subject=f"Recorte para el {day_words(day.date)}: {point.name}",
        says=(f"Para el {day_words(day.date)} se autorizó menos gas del que usted pidió.",),
        facts=(
            ("Punto de entrega", point.name),
            ("Pidió", in_digits_and_words(asked)),
            ("Se autorizó", in_digits_and_words(given)),
            ("Recorte", in_digits_and_words(asked - given)),
            ("Razón", f"{CUT_WORDS[authorisation.cut_reason]} ({authorisation.cut_reason.value})"),
        ),
        then=(_what_can_be_done(act, point=point, authorisation=authorisation),),
        link=_way_on(act, point=point, day=day, given=given),
    )
    recipients = contacts.list_addresses(act.session, company_id=point.contract.company_id, topic=Topic.CUTS)
    post(act, letter=letter, kind="cut", recipients=recipients)


def post_lifted(act: Act, *, authorisation: Authorisation, cut_to: Quantity) -> None:
    """Mail the recipients of a cut that the full quantity is given now, inside the caller's transaction.

    ``cut_to`` is the quantity authorised before, in the unit of the point.
    """
    session = act.session
    point = session.get_one(DeliveryPoint, authorisation.delivery_point_id)
    given, day = authorisation.gas.in_unit(cut_to.unit), authorisation.gas_day
    letter = Letter(
        subject=f"Sin recorte para el {day_words(day.date)}: {point.name}",
        says=(f"Para el {day_words(day.date)} ya se autorizó todo el gas que usted pidió.",),
        facts=(
            ("Punto de entrega", point.name),
            ("Antes se autorizó", in_digits_and_words(cut_to)),
            ("Ahora se autoriza", in_digits_and_words(given)),
        ),
        then=(f"No tiene que hacer nada. Si tiene dudas, llame al PBX {act.distributor.telephone}.",),
        link=("Ver sus puntos", act.link("/inicio")),
    )
    recipients = contacts.list_addresses(session, company_id=point.contract.company_id, topic=Topic.CUTS)
    post(act, letter=letter, kind="cut", recipients=recipients)


def _way_on(act: Act, *, point: DeliveryPoint, day: GasDay, given: Quantity) -> tuple[str, str]:
    """Return label and link of a mail: a prefilled renomination while one is possible, else the start page."""
    session = act.session
    modality = point.contract.modality
    try:
        window = find_window(timetable.list_windows(session), modality, RequestKind.RENOMINATION, day)
    except NoWindow:
        window = None
    if window is None or act.now > window.closes_at(day):
        return "Ver sus puntos", act.link("/inicio")
    asked = {
        "punto": point.public_id,
        "tipo": RequestKind.RENOMINATION.value,
        "dia": day.isoformat(),
        "cantidad": plain(given).replace(".", ","),
    }
    return "Preparar una re-nominación", act.link(f"/nominacion/{modality.value}/nueva?{urlencode(asked)}")


def _what_can_be_done(act: Act, *, point: DeliveryPoint, authorisation: Authorisation) -> str:
    session = act.session
    help_line = f"Si tiene dudas, llame al PBX {act.distributor.telephone}."
    try:
        window = find_window(
            timetable.list_windows(session), point.contract.modality, RequestKind.RENOMINATION, authorisation.gas_day
        )
    except NoWindow:
        return help_line
    closes_at = window.closes_at(authorisation.gas_day)
    if act.now > closes_at:
        return f"El plazo para cambiar ese día ya cerró. {help_line}"
    local, notice = closes_at.astimezone(BOGOTA), counted(window.notice_hours, "hora", "horas")
    return (
        "Hasta la cantidad autorizada no tiene que hacer nada. Si prefiere pedir otro total, puede enviar una "
        f"re-nominación hasta el {day_words(local.date())} a las {local:%H:%M}; rige {notice} "
        f"después de recibida. {help_line}"
    )
