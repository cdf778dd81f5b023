"""Claims about a day of the demonstration: one at each stage, on days counted back from today."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.cases import (
    PENDING,
    CaseChannel,
    CaseKind,
    CaseState,
    EntryKind,
    Outcome,
    alarm_reached,
    answer_due,
)
from portal.domain.gas_day import GasDay
from portal.models import Case, CaseEntry, DeliveryPoint, User
from portal.services.cases import pqr
from portal.services.store import filing
from portal.services.store.acts import Act
from portal.services.timetable import holidays

from . import events
from .cast import ACCOUNTS
from .registry import SEED, LoadedPoint

MORNING, AFTERNOON = dt.time(9, 40), dt.time(15, 5)


@dataclass(frozen=True, slots=True)
class Dispute:
    """A claim about the day ``days_ago``, filed two days after it; ``said`` by customer and staff in turn."""

    point: str
    days_ago: int
    state: CaseState
    said: tuple[str, ...]
    outcome: Outcome | None = None
    answer: str | None = None


# Each point is the first of its contract, so that a small demonstration has it.
DISPUTES = (
    Dispute(
        "EDS Alcaraván Terminal",
        26,
        CaseState.ANSWERED,
        (
            "Ese día cerramos a las 6 de la tarde por mantenimiento y el consumo aparece como el de un día completo.",
            "Revisamos el registro horario del medidor: hay flujo hasta las 21:40. ¿Tienen otro registro?",
        ),
        Outcome.DISMISSED,
        "El registro horario del medidor muestra consumo hasta las 21:40 y coincide con el total del día. "
        "Las cifras quedan como están.",
    ),
    Dispute(
        events.CORRECTED_AT,
        events.CORRECTED_DAYS_AGO,
        CaseState.ANSWERED,
        (
            (
                "El consumo de este día no corresponde: la presión de la línea estuvo baja toda la mañana.\n"
                "Adjuntamos el acta de la visita al correo de operaciones."
            ),
            "Recibimos el acta. Pedimos el recálculo del día con la presión corregida.",
            "Gracias, quedamos pendientes.",
        ),
        Outcome.UPHELD,
        "Se recalculó el día con la presión del acta y se corrigió la lectura. "
        "La versión anterior sigue a la vista en la explicación de la cifra.",
    ),
    Dispute(
        events.ESTIMATED_AT,
        events.ESTIMATED_DAYS_AGO,
        CaseState.IN_PROGRESS,
        (
            "La cifra de este día es estimada y nos parece alta: fue día de paro y vendimos la mitad.",
            "Buscamos la lectura en sitio; mientras tanto el día sigue estimado.",
        ),
    ),
    Dispute(
        events.GAP_AT,
        events.GAP_DAYS_AGO,
        CaseState.FILED,
        ("Este día aparece sin medición, pero la estación funcionó normal. Nuestro totalizador sí quedó registrado.",),
    ),
)


def list_filings(act: Act, points: Sequence[LoadedPoint]) -> list[tuple[dt.datetime, Callable[[], None]]]:
    """Return the claims of the existing points: when each was filed, and what writes it."""
    customer, operator = (
        act.session.get_one(User, find_user(act.session, role)) for role in (Role.CUSTOMER, Role.OPERATOR)
    )
    by_name = {loaded.point.name: loaded.row.id for loaded in points}
    found: list[tuple[dt.datetime, Callable[[], None]]] = []
    for dispute in DISPUTES:
        if dispute.point in by_name:
            moments = _moments(dispute, act)
            point = act.session.get_one(DeliveryPoint, by_name[dispute.point])
            found.append((moments[0], partial(_write, act, dispute, point, customer, operator, moments)))
    return found


def _moments(dispute: Dispute, act: Act) -> list[dt.datetime]:
    """Return when each of its texts was said, and last when it was decided."""
    gas_day = GasDay.of(act.now).plus(-dispute.days_ago)
    moments = [gas_day.at(2 + n, AFTERNOON if n % 2 else MORNING) for n in range(len(dispute.said) + 1)]
    return [min(moment, act.now) for moment in moments]


def _write(
    act: Act, dispute: Dispute, point: DeliveryPoint, customer: User, operator: User, moments: Sequence[dt.datetime]
) -> None:
    session, known = act.session, holidays.read(act.session)
    due_on = answer_due(moments[0], known)
    case = Case(
        public_id=sha256(f"{SEED}:claim:{dispute.point}".encode()).hexdigest()[:16],
        filing_number=filing.take_next_number(
            session, series=act.distributor.case_series, year=GasDay.of(moments[0]).date.year
        ),
        kind=CaseKind.CLAIM,
        state=dispute.state,
        channel=CaseChannel.WEB,
        name=customer.name,
        document=point.contract.company.nit,
        email=customer.email,
        delivery_point_id=point.id,
        account_id=customer.id,
        electronic_notice=True,
        filed_at=moments[0],
        due_on=due_on,
        alarmed=alarm_reached(GasDay.of(act.now), due_on, known) if dispute.state in PENDING else 0,
        assigned_to_id=None if dispute.state is CaseState.FILED else operator.id,
        gas_day=GasDay.of(act.now).plus(-dispute.days_ago),
        outcome=dispute.outcome,
    )
    session.add(case)
    session.flush()
    for n, text in enumerate(dispute.said):
        kind = EntryKind.TOLD if n % 2 else EntryKind.WRITTEN if n else EntryKind.FILED
        _enter(act, case, kind, operator if n % 2 else customer, text, moments[n])
    if dispute.answer is not None:
        _enter(act, case, EntryKind.ANSWERED, operator, dispute.answer, moments[-1])
        _enter(act, case, EntryKind.NOTIFIED, operator, pqr.notice_words(case, known), moments[-1])


def _enter(act: Act, case: Case, kind: EntryKind, author: User, text: str, at: dt.datetime) -> None:
    act.session.add(CaseEntry(case_id=case.id, kind=kind, author_id=author.id, text=text, written_at=at))
    act.session.flush()


def find_user(session: Session, role: Role) -> int:
    """Return the row id of the first account of the cast with this role."""
    email = next(account.email for account in ACCOUNTS if account.role is role)
    return session.scalars(select(User.id).where(User.email == email)).one()
