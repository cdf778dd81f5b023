"""Setup: a demonstration, one signed-in customer with everything open, and drafts ready to be signed."""

from __future__ import annotations

import itertools
import json
import logging
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from urllib.parse import urlencode

import structlog
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal import logs
from portal.domain.accounts import Role
from portal.domain.gas_day import GasDay
from portal.domain.modalities import Modality
from portal.domain.timetable import RequestKind
from portal.models import AccountVisit, Binding, Contract, DeliveryPoint, NominationDraft, NominationHead, User
from portal.services import keys, nominations
from portal.services.people import sessions
from portal.services.store.acts import Act, Actor
from portal.services.store.transactions import transaction
from portal.web.form_tokens import token_of_answer

from .load import Request

# What the public ids of points begin with that only make the database larger.
ADDED = "added"


@dataclass(frozen=True, slots=True)
class Customer:
    """A signed-in customer: the cookie, the form token, the actor; every point's numeric key by its row id."""

    cookie: str
    csrf_token: str
    actor: Actor
    numeric_keys: dict[int, str]


def customer(app: Flask, session: Session, *, now: datetime) -> Customer:
    """Sign a customer in who holds the letters of every active contract, and open everything."""
    with transaction(session):
        person = session.scalars(select(User).where(User.role == Role.CUSTOMER).order_by(User.id)).first()
        if person is None:
            raise SystemExit("The demonstration has no customer.")
        token = sessions.begin(session, user_id=person.id, now=now, address="127.0.0.1", user_agent="bench")
    found = sessions.look_up(session, token=token, now=now)
    if found is None:
        raise SystemExit("The session that was just begun is not there.")
    actor = Actor(person.id, person.email, person.name, person.role, found.session_id, "127.0.0.1", "web")
    numeric_keys = {}
    for contract in session.scalars(select(Contract).order_by(Contract.id)).unique().all():
        web_key = keys.issue(Act.at(session, actor, now), contract=contract, compromised=True)
        opened = keys.open_contract(Act.at(session, actor, now), modality=contract.modality, typed=web_key)
        for point in session.scalars(
            select(DeliveryPoint).where(
                DeliveryPoint.contract_id == contract.id, ~DeliveryPoint.public_id.like("added%")
            )
        ).unique():
            numeric_keys[point.id] = keys.issue(Act.at(session, actor, now), delivery_point=point, compromised=True)
            opened = keys.open_point(Act.at(session, actor, now), delivery_point=point, typed=numeric_keys[point.id])
        token = opened.session_token
    with transaction(session):
        for binding in session.scalars(select(Binding)).unique():
            binding.may_nominate = True
        # Nothing is news to them: the panel of changes is no part of a sheet.
        session.execute(update(AccountVisit).values(seen_until=now))
    return Customer(*cookie(app, token), actor, numeric_keys)


def cookie(app: Flask, token: str) -> tuple[str, str]:
    """Return the signed cookie of a session token, and a form token that belongs to it."""
    from flask import session as held

    with app.test_request_context():
        csrf_token = token_of_answer()
        content = dict(held) | {"_user_id": token, "_fresh": True}
        serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    return f"{app.config['SESSION_COOKIE_NAME']}={serializer.dumps(content)}", csrf_token


def sheets(session: Session, *, today: GasDay, only: Collection[int]) -> list[Request]:
    """The sheets of these points, in months spread over the twelve years."""
    points = (
        session.scalars(select(DeliveryPoint).where(DeliveryPoint.id.in_(only)).order_by(DeliveryPoint.id))
        .unique()
        .all()
    )
    months = [(2014 + (11 + 7 * n) // 12, (11 + 7 * n) % 12 + 1) for n in range(20)]
    months.append((today.date.year, today.date.month))
    return [
        Request(f"/cuentas-de-balance/{p.contract.modality.value}/{p.public_id}?mes={month}&anio={year}")
        for (year, month), p in itertools.product(months, points)
        if date(year, month, 1) >= p.starts_on.date
    ]


def signatures(session: Session, who: Customer, *, now: datetime, most: int) -> list[Request]:
    """Drafts with every answer given, each for another point and day, as the request that signs it."""
    tomorrow = GasDay.of(now).plus(1)
    taken = set(session.execute(select(NominationHead.delivery_point_id, NominationHead.gas_day)).tuples())
    points = session.scalars(select(DeliveryPoint).order_by(DeliveryPoint.id)).unique().all()
    active = [p for p in points if p.contract.ends_on is None and p.ends_on is None]
    free = [
        (point, tomorrow.plus(ahead))
        for ahead, point in itertools.product(range(1, 31), active)
        if (point.id, tomorrow.plus(ahead)) not in taken
    ]
    drafts = [
        NominationDraft(
            public_id=f"bench-{point.id}-{day.date:%m%d}",
            user_id=who.actor.user_id,
            modality=Modality(point.contract.modality),
            delivery_point_id=point.id,
            kind=RequestKind.NOMINATION,
            gas_day=day,
            quantity_micro=10 * 10**6,
            unit=point.unit,
            confirmed_unusual=True,
            submission_id=f"bench-{point.id}-{day.date:%m%d}",
            created_at=now,
            updated_at=now,
        )
        for point, day in free[:most]
    ]
    with transaction(session):
        session.add_all(drafts)
    found = []
    for draft in drafts:
        shown = nominations.review(Act.of_system(session, now), draft=draft).digest
        code = who.numeric_keys[draft.delivery_point_id]
        body = urlencode({"csrf_token": who.csrf_token, "shown": shown, "security_code": code})
        found.append(Request(f"/nominacion/borradores/{draft.public_id}/firma", "POST", body))
    return found


def silence_log() -> None:
    """Write nothing but warnings: a line for each request would hide the figures. After ``create_app``."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    logs.write_line = lambda _event, _fields: None


def note(folder: Path, name: str, content: object) -> None:
    """Write the results beside the logs."""
    (folder / f"{name}.json").write_text(json.dumps(content, indent=2, default=str))


def list_columns(database: sqlite3.Connection, *tables: str) -> dict[str, list[str]]:
    """Return the names of the columns of each table, in their order."""
    return {table: [row[1] for row in database.execute(f"PRAGMA table_info({table})")] for table in tables}


def list_open_points(database: sqlite3.Connection) -> list[int]:
    """Return the row ids of the points without an end, whose contracts have none either."""
    rows = database.execute(
        "SELECT p.id FROM delivery_points p JOIN contracts c ON c.id = p.contract_id "
        "WHERE p.ends_on IS NULL AND c.ends_on IS NULL ORDER BY p.id"
    )
    return [row[0] for row in rows]
