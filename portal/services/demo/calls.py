"""Calls of the demonstration: one verified by a code, one by a call back, one that nobody answered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from portal.domain.accounts import Role
from portal.domain.calls import GRANT_FOR, CallOutcome, Verification
from portal.domain.gas_day import GasDay
from portal.models import AccountView, Call, SignInSession
from portal.services.people.account_views import OPEN_FOR
from portal.services.store.acts import Act

from .disputes import find_user
from .registry import SEED, LoadedPoint


@dataclass(frozen=True, slots=True)
class Talk:
    """A call so many days ago: about which point of the first contracts, by whom, and how it ended."""

    days_ago: int
    hour: dt.time
    contract: int
    caller: str
    telephone: str
    method: Verification | None
    outcome: CallOutcome
    note: str
    was_missing: bool = False


TALKS = (
    Talk(
        2,
        dt.time(10, 15),
        0,
        "Marcela Rincón",
        "310 555 0117",
        Verification.CODE,
        CallOutcome.ATTENDED,
        "Preguntó por el desbalance del mes; se le explicó el recorte del domingo.",
    ),
    Talk(
        1,
        dt.time(9, 30),
        4,
        "Jairo Umaña",
        "(608) 555 0142",
        Verification.CALL_BACK,
        CallOutcome.ATTENDED,
        "Perdió la carta de claves: pide otra. Se le devolvió la llamada al número registrado.",
    ),
    Talk(
        1,
        dt.time(11, 40),
        7,
        "Área de gas",
        "(608) 555 0180",
        None,
        CallOutcome.NO_ANSWER,
        "Suena y nadie contesta; se intentará antes del cierre.",
        was_missing=True,
    ),
)


def write(act: Act, points: Sequence[LoadedPoint]) -> int:
    """Write the calls inside the caller's transaction; return their number. ``points`` are all those of the cast."""
    session = act.session
    agent, supervisor, customer = (find_user(session, role) for role in (Role.AGENT, Role.SUPERVISOR, Role.CUSTOMER))
    contracts = list(dict.fromkeys(point.row.contract_id for point in points))
    begun = GasDay.of(act.now).plus(-3).start
    browser = SignInSession(
        user_id=agent,
        token_hash=sha256(f"{SEED}:calls".encode()).digest(),
        rotated_at=begun,
        created_at=begun,
        last_seen_at=begun,
        expires_at=begun,
        ended_at=begun,
        address="127.0.0.1",
        user_agent="",
    )
    session.add(browser)
    session.flush()
    for number, talk in enumerate(TALKS):
        day = GasDay.of(act.now).plus(-talk.days_ago)
        at = day.at(0, talk.hour)
        point = next(each for each in points if each.row.contract_id == contracts[talk.contract % len(contracts)])
        verified = at + dt.timedelta(minutes=2) if talk.method is not None else None
        session.add(
            Call(
                public_id=sha256(f"{SEED}:call:{number}".encode()).hexdigest()[:16],
                agent_id=agent,
                session_id=browser.id,
                delivery_point_id=point.row.id,
                caller=talk.caller,
                telephone=talk.telephone,
                about_day=day.plus(1) if talk.was_missing else None,
                opened_at=at,
                closed_at=at + dt.timedelta(minutes=9),
                outcome=talk.outcome,
                note=talk.note,
                method=talk.method,
                verified_at=verified,
                granted_until=None if verified is None else verified + GRANT_FOR,
                vouched_by_id=customer if talk.method is Verification.CODE else None,
                reached_at=talk.telephone if talk.method is Verification.CALL_BACK else None,
                approved_by_id=supervisor if talk.method is Verification.CALL_BACK else None,
            )
        )
        session.add(
            AccountView(
                public_id=sha256(f"{SEED}:call-view:{number}".encode()).hexdigest()[:16],
                user_id=agent,
                session_id=browser.id,
                delivery_point_id=point.row.id,
                reason=f"Llamada de {talk.caller}, {talk.telephone}",
                opened_at=at,
                until=at + OPEN_FOR,
            )
        )
    return len(TALKS)
