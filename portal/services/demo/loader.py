"""Load of the demonstration into an empty database, and the data needed to try it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, text

from portal.domain.accounts import Role
from portal.domain.audit_events import AuditEvent
from portal.domain.distributor import Distributor
from portal.domain.gas_day import FIRST_GAS_DAY, GasDay
from portal.domain.keys import print_numeric_key, print_web_key
from portal.domain.quantities import plain
from portal.models import (
    Adjustment,
    Authorisation,
    DailyHeatingValue,
    DeliveryPoint,
    Nomination,
    Reading,
    SeasonalPattern,
)
from portal.services import ledger
from portal.services.ops import distributor_changes, installation
from portal.services.people import accounts
from portal.services.store.acts import Act, Actor
from portal.services.store.bulk import BulkInsert
from portal.services.store.refusals import Refusal, Rejected
from portal.services.store.statements import Stored
from portal.services.store.transactions import transaction
from portal.services.timetable import holidays
from portal.services.trace import audit

from . import calls, cases, closed_months, contacts, documents, events, gates, tomorrow
from .cast import ACCOUNTS, CAST, Account
from .disputes import find_user
from .history import PointHistory, Writers
from .registry import SEED, LoadedContract, LoadedPoint, register
from .rhythm import GateValues, Rhythm

# Callback (step, done, total).
Progress = Callable[[str, int, int], None]
# The chromatograph of the last gate has not reported yesterday.
LATE_GATE = "PS-ALTO"
CLOSE = timedelta(hours=12)

NOMINATION_COLUMNS = (
    "public_id",
    "delivery_point_id",
    "gas_day",
    "revision",
    "kind",
    "unit",
    "quantity_m3",
    "quantity_mbtu",
    "heating_value",
    "heating_value_on",
    "effective_at",
    "received_at",
    "channel",
)
AUTHORISATION_COLUMNS = (
    "delivery_point_id",
    "gas_day",
    "version",
    "quantity_m3",
    "quantity_mbtu",
    "cut_reason",
    "recorded_at",
)
READING_COLUMNS = ("delivery_point_id", "gas_day", "version", "state", "volume_m3", "reason", "recorded_at")
ADJUSTMENT_COLUMNS = (
    "delivery_point_id",
    "gas_day",
    "reason",
    "note",
    "quantity_m3",
    "quantity_mbtu",
    "recorded_at",
)
# The newest revision of each day is in force.
HEADS = """
INSERT INTO nomination_heads (delivery_point_id, gas_day, revision, renominations, nomination_id)
SELECT delivery_point_id, gas_day, revision, revision - 1, id FROM nominations AS newest
WHERE NOT EXISTS (
  SELECT 1 FROM nominations AS later WHERE later.delivery_point_id = newest.delivery_point_id
  AND later.gas_day = newest.gas_day AND later.revision > newest.revision
)
"""


class NotEmpty(Exception):
    """The database has companies already, which the demonstration would mix with."""


@dataclass(frozen=True, slots=True)
class Demonstration:
    """Access to a loaded demonstration: the accounts, and the keys of contracts and points."""

    today: GasDay
    accounts: Sequence[Account]
    contracts: Sequence[LoadedContract]

    def as_json(self) -> dict[str, Any]:
        """Return the content of ``instance/demo.json``."""
        return {
            "today": self.today.isoformat(),
            "accounts": [_account_as_json(each) for each in self.accounts],
            "contracts": [_contract_as_json(each) for each in self.contracts],
        }


@dataclass(frozen=True, slots=True)
class Loaded:
    """Number of rows written, by kind."""

    demonstration: Demonstration
    rows: dict[str, int]


def load(
    act: Act,
    *,
    first: GasDay = FIRST_GAS_DAY,
    points_per_contract: int | None = None,
    progress: Progress | None = None,
    distributor: Distributor | None = None,
) -> Loaded:
    """Load the demonstration: the same for the same day. Days begin at ``first``; tests ask for few.
    Papers and numbers are those of ``distributor``, else of the one in the database.

    ``NotEmpty`` when there are companies. Commits: the accounts one by one, all the rest at once, so that a broken-off
    load can be started again.
    """
    session = act.session
    if not installation.is_empty(session):
        raise NotEmpty
    report = progress or (lambda _what, _done, _total: None)
    _add_accounts(act, report)
    with transaction(session):
        if not installation.is_empty(session):
            raise NotEmpty
        if distributor is not None:
            distributor_changes.replace(session, distributor)
        contracts = register(act, cast=CAST, points_per_contract=points_per_contract)
        rows = _write_history(act, contracts, first, report)
        points = [point for contract in contracts for point in contract.points]
        for done, loaded in enumerate(points, start=1):
            ledger.rebuild_point(session, delivery_point=session.get_one(DeliveryPoint, loaded.row.id))
            report("Balance accounts", done, len(points))
        rows |= closed_months.write(act, points)
        rows["gate_readings"] = gates.write(act)
        rows["cases"] = cases.write(act, points)
        rows["calls"] = calls.write(act, points)
        rows["seasons"] = write(act, points)
        rows["documents"] = documents.write(act)
        rows["contacts"] = contacts.write(act)
        rows["day_closes"] = contacts.mark_closes(act)
        rows |= tomorrow.write(act)
        audit.record(
            act.by(Actor.system()),
            event=AuditEvent.DEMONSTRATION_LOADED,
            subject=GasDay.of(act.now).isoformat(),
            details={**rows, "distributor": act.distributor.nit},
        )
    return Loaded(Demonstration(GasDay.of(act.now), ACCOUNTS, contracts), rows)


def _add_accounts(act: Act, report: Progress) -> None:
    for done, account in enumerate(ACCOUNTS, start=1):
        try:
            accounts.create(
                act.by(Actor.system()),
                email=account.email,
                name=account.name,
                role=account.role,
                password=account.password,
                verified=True,
                totp_secret=account.totp_secret,
            )
        except Rejected as refusal:
            # A broken-off load had come as far as this.
            if refusal.refusal is not Refusal.EMAIL_TAKEN:
                raise
        report("Accounts", done, len(ACCOUNTS))


def _write_history(act: Act, contracts: Sequence[LoadedContract], first: GasDay, report: Progress) -> dict[str, int]:
    now = act.now
    connection = act.session.connection()
    today = GasDay.of(now)
    days = [first.date + timedelta(days=n) for n in range((today.date - first.date).days + 2)]
    known_holidays = set(holidays.list_between(act.session, first=days[0], last=days[-1]))
    values = _write_heating_values(act, contracts, days)
    writers = _writers(connection, now)
    points = [(contract, point) for contract in contracts for point in contract.points]
    for done, (contract, loaded) in enumerate(points, start=1):
        history = PointHistory(
            writers,
            row_id=loaded.row.id,
            point=loaded.point,
            unit=loaded.row.unit,
            gate=values[loaded.gate.id],
            rhythm=Rhythm(loaded.point, f"{SEED}:{loaded.point.name}", known_holidays),
            nominates_tomorrow=_nominates_tomorrow(loaded, done, now),
        )
        history.write(_life(loaded.row, contract, days))
        report("Daily history", done, len(points))
    tables = (writers.nominations, writers.authorisations, writers.readings, writers.adjustments)
    for table in tables:
        table.close()
    connection.execute(text(HEADS))
    rows = {table.name: table.written for table in tables}
    rows["heating_values"] = sum(len(gate.measured) for gate in values.values())
    return rows


def _write_heating_values(act: Act, contracts: Sequence[LoadedContract], days: list[date]) -> dict[int, GateValues]:
    yesterday = days[-3:-2]
    found: dict[int, GateValues] = {}
    for gate in {point.gate.id: point.gate for contract in contracts for point in contract.points}.values():
        # Today's and tomorrow's gas is not analysed yet.
        missing = frozenset([*days[-2:], *(yesterday if gate.code == LATE_GATE else [])])
        found[gate.id] = GateValues(f"{SEED}:{gate.code}", days, missing)
        act.session.execute(
            insert(DailyHeatingValue),
            [
                {
                    "exit_point_id": gate.id,
                    "gas_day": GasDay(day),
                    "version": 1,
                    "heating_value": value,
                    "recorded_at": min(act.now, GasDay(day).end + timedelta(hours=6)),
                }
                for day, value in found[gate.id].measured
            ],
        )
    return found


def _writers(connection: Connection, now: datetime) -> Writers:
    return Writers(
        nominations=BulkInsert(connection, Nomination, NOMINATION_COLUMNS),
        authorisations=BulkInsert(connection, Authorisation, AUTHORISATION_COLUMNS),
        readings=BulkInsert(connection, Reading, READING_COLUMNS),
        adjustments=BulkInsert(connection, Adjustment, ADJUSTMENT_COLUMNS),
        stored=Stored(connection),
        now=now,
    )


def _life(row: DeliveryPoint, contract: LoadedContract, days: Sequence[date]) -> list[date]:
    ends_on = contract.row.ends_on
    return [day for day in days if day >= row.starts_on.date and (ends_on is None or day < ends_on.date)]


def _nominates_tomorrow(loaded: LoadedPoint, number: int, now: datetime) -> bool:
    """Tell whether the point has nominated for tomorrow: about half before noon, all but one after the close."""
    name = loaded.point.name
    if name == events.NOT_NOMINATED_AT:
        return False
    after_the_close = now >= GasDay.of(now).start + CLOSE
    return after_the_close or name in events.ALWAYS_NOMINATED or number % 2 == 1


def _account_as_json(account: Account) -> dict[str, str]:
    known = {"role": account.role.value, "name": account.name, "email": account.email, "password": account.password}
    return known | ({"totp_secret": account.totp_secret} if account.totp_secret else {})


def _contract_as_json(loaded: LoadedContract) -> dict[str, Any]:
    return {
        "company": loaded.company.name,
        "number": loaded.row.number,
        "modality": loaded.row.modality.value,
        "web_key": print_web_key(loaded.web_key),
        "unit": loaded.row.unit.value,
        "max_daily": plain(loaded.row.signed_maximum),
        "blocked": loaded.row.ends_on is not None,
        "delivery_points": [
            {
                "id": point.row.public_id,
                "name": point.row.name,
                "carrier_code": point.row.carrier_code,
                "numeric_key": print_numeric_key(point.numeric_key),
                "unit": point.row.unit.value,
                "exit_point": point.gate.code,
            }
            for point in loaded.points
        ],
    }


# Seasonal months of the points, by name.
SEASONS = {
    "Molino La Cachamera": ("7,8,9", "Cosecha de arroz: secamos más de julio a septiembre."),
    "Planta extractora El Cumare": ("3,4,5", "Pico de cosecha de palma entre marzo y mayo."),
}
DECLARED_BEFORE = timedelta(days=200)


def write(act: Act, points: Sequence[LoadedPoint]) -> int:
    """Write the declarations of the existing points, inside the caller's transaction; return their number."""
    customer = find_user(act.session, Role.CUSTOMER)
    declared = [(loaded.row.id, *SEASONS[loaded.point.name]) for loaded in points if loaded.point.name in SEASONS]
    for point_id, months, note in declared:
        act.session.add(
            SeasonalPattern(
                delivery_point_id=point_id,
                version=1,
                months=months,
                note=note,
                declared_at=act.now - DECLARED_BEFORE,
                declared_by_id=customer,
            )
        )
    return len(declared)
