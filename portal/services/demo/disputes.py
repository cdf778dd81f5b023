"""Claims of the demonstration: one in each state, on days counted back from today."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.claims import PENDING, ClaimState
from portal.domain.gas_day import GasDay
from portal.models import Claim, ClaimMessage, User
from portal.services.store import filing
from portal.services.store.acts import Act

from . import events
from .cast import ACCOUNTS
from .registry import SEED, LoadedPoint

MORNING, AFTERNOON = dt.time(9, 40), dt.time(15, 5)


@dataclass(frozen=True, slots=True)
class Dispute:
    """A claim about the day ``days_ago``, opened two days after it; ``said`` by customer and staff in turn."""

    point: str
    days_ago: int
    state: ClaimState
    said: tuple[str, ...]
    outcome: str | None = None


# Oldest first, as their numbers go; each point is the first of its contract, so that a small demonstration has it.
DISPUTES = (
    Dispute(
        "EDS Alcaraván Terminal",
        26,
        ClaimState.DISMISSED,
        (
            "Ese día cerramos a las 6 de la tarde por mantenimiento y el consumo aparece como el de un día completo.",
            "Revisamos el registro horario del medidor: hay flujo hasta las 21:40. ¿Tienen otro registro?",
        ),
        "El registro horario del medidor muestra consumo hasta las 21:40 y coincide con el total del día. "
        "Las cifras quedan como están.",
    ),
    Dispute(
        events.CORRECTED_AT,
        events.CORRECTED_DAYS_AGO,
        ClaimState.UPHELD,
        (
            (
                "El consumo de este día no corresponde: la presión de la línea estuvo baja toda la mañana.\n"
                "Adjuntamos el acta de la visita al correo de operaciones."
            ),
            "Recibimos el acta. Pedimos el recálculo del día con la presión corregida.",
            "Gracias, quedamos pendientes.",
        ),
        "Se recalculó el día con la presión del acta y se corrigió la lectura. "
        "La versión anterior sigue a la vista en la explicación de la cifra.",
    ),
    Dispute(
        events.ESTIMATED_AT,
        events.ESTIMATED_DAYS_AGO,
        ClaimState.IN_REVIEW,
        (
            "La cifra de este día es estimada y nos parece alta: fue día de paro y vendimos la mitad.",
            "Buscamos la lectura en sitio; mientras tanto el día sigue estimado.",
        ),
    ),
    Dispute(
        events.GAP_AT,
        events.GAP_DAYS_AGO,
        ClaimState.OPEN,
        ("Este día aparece sin medición, pero la estación funcionó normal. Nuestro totalizador sí quedó registrado.",),
    ),
)


def write(act: Act, points: Sequence[LoadedPoint]) -> int:
    """Write the claims of the existing points, inside the caller's transaction; return their number."""
    customer, operator = (find_user(act.session, role) for role in (Role.CUSTOMER, Role.OPERATOR))
    by_name = {loaded.point.name: loaded for loaded in points}
    written = 0
    for dispute in DISPUTES:
        if dispute.point in by_name:
            _write(act, dispute, by_name[dispute.point].row.id, customer, operator)
            written += 1
    return written


def _write(act: Act, dispute: Dispute, point_id: int, customer: int, operator: int) -> None:
    session = act.session
    gas_day = GasDay.of(act.now).plus(-dispute.days_ago)
    moments = [gas_day.at(2 + n, AFTERNOON if n % 2 else MORNING) for n in range(len(dispute.said) + 1)]
    moments = [min(moment, act.now) for moment in moments]
    decided = dispute.state not in PENDING
    claim = Claim(
        public_id=sha256(f"{SEED}:claim:{dispute.point}".encode()).hexdigest()[:16],
        filing_number=filing.take_next_number(
            session, series=act.distributor.claim_series, year=GasDay.of(moments[0]).date.year
        ),
        delivery_point_id=point_id,
        gas_day=gas_day,
        state=dispute.state,
        opened_at=moments[0],
        opened_by_id=customer,
        outcome=dispute.outcome,
        closed_at=moments[-1] if decided else None,
        decided_by_id=operator if decided else None,
    )
    session.add(claim)
    session.flush()
    for n, text in enumerate(dispute.said):
        by_staff = n % 2 == 1
        session.add(
            ClaimMessage(
                claim_id=claim.id,
                author_id=operator if by_staff else customer,
                by_staff=by_staff,
                text=text,
                written_at=moments[n],
            )
        )


def find_user(session: Session, role: Role) -> int:
    """Return the row id of the first account of the cast with this role."""
    email = next(account.email for account in ACCOUNTS if account.role is role)
    return session.scalars(select(User.id).where(User.email == email)).one()
