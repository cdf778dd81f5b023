"""Whatever happens to an account, in whatever order, it is what its append-only rows say, to the last digit."""

from __future__ import annotations

import contextlib
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.gas_day import GasDay, Month
from portal.domain.quantities import Quantity, Unit
from portal.domain.readings import AdjustmentReason
from portal.models import DeliveryPoint, ExitPoint, LateCorrection, MonthClosing
from portal.services import ledger
from portal.services.files import intake
from portal.services.files.problems import BadFile
from portal.services.ledger import adjustments, closings, updates
from portal.services.measures import heating_value_files, readings
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import Conflict, Rejected
from portal.services.store.transactions import transaction
from tests import factories
from tests.factories import NOW, TODAY
from tests.services.ledger_rows import projection

CLERK = Actor.system()
# The account begins with two days of August; November runs.
MONTHS = [Month(2026, number) for number in (8, 9, 10, 11)]
STARTS = GasDay(date(2026, 8, 30))
DAYS = [GasDay(STARTS.date + timedelta(n)) for n in (0, 1, 2, 3, 30, 31, 32, 33, 62, 63, 64, 84)]
MICRO = st.integers(0, 9_000 * 10**6)

STEP = st.one_of(
    st.tuples(st.just("measure"), st.sampled_from(MONTHS), MICRO),
    st.tuples(st.just("close"), st.sampled_from(MONTHS), MICRO),
    st.tuples(
        st.sampled_from(["nominate", "authorise", "read", "certify", "correct", "estimate", "adjust", "heat", "late"]),
        st.sampled_from(DAYS),
        MICRO,
    ),
    st.tuples(st.sampled_from(["reject", "approve", "rebuild"]), st.just(None), MICRO),
)
# What a year of an account is made of; chance adds the rest.
BEGINNING: list[tuple[str, Any, int]] = [("measure", month, 10**9) for month in MONTHS[:3]]


class Account:
    """Two new points of one gate, driven as the services and commands drive them."""

    def __init__(self, session: Session, unit: Unit, restates: bool) -> None:
        self.session = session
        with transaction(session):
            number = session.scalar(select(func.count()).select_from(ExitPoint)) or 0
            contract = factories.contract(session, unit=unit, restates_closed_months=restates, starts_on=STARTS)
            self.gate = factories.exit_point(session, code=f"G-{number}")
            self.points = [
                factories.delivery_point(
                    session, contract=contract, exit_point_id=self.gate.id, carrier_code=f"P-{number}-{n}"
                )
                for n in (1, 2)
            ]
            who = [factories.user(session, role=role) for role in (Role.OPERATOR, Role.SUPERVISOR)]
        self.operator, self.supervisor = (Actor(w.id, w.email, w.name, w.role, None, "", "cli") for w in who)
        self.versions: dict[tuple[str, int, GasDay], int] = {}

    def take(self, step: str, when: Any, micro: int) -> None:
        """Do it, or be refused; a refusal leaves nothing behind, which the comparison at the end would show."""
        point = self.points[micro % 2]
        with contextlib.suppress(Rejected, BadFile, Conflict):
            getattr(self, f"_{step}")(point, when, micro)
        self.session.rollback()

    def _measure(self, point: DeliveryPoint, month: Month, micro: int) -> None:
        for each in self.points:
            served = [day for day in month.days() if STARTS <= day < TODAY]
            with contextlib.suppress(BadFile):
                self._import([f"{each.carrier_code};{day};{_figure(micro + n)};m3;C" for n, day in enumerate(served)])

    def _read(self, point: DeliveryPoint, day: GasDay, micro: int, state: str = "P;") -> None:
        self._import([f"{point.carrier_code};{day};{_figure(micro)};m3;{state}"])

    def _certify(self, point: DeliveryPoint, day: GasDay, micro: int) -> None:
        self._read(point, day, micro, "C;")

    def _estimate(self, point: DeliveryPoint, day: GasDay, micro: int) -> None:
        self._read(point, day, micro, "E;")

    def _correct(self, point: DeliveryPoint, day: GasDay, micro: int) -> None:
        self._read(point, day, micro, "A;Medidor")

    def _import(self, lines: list[str]) -> None:
        content = "\n".join(lines).encode()
        intake.import_file(Act.at(self.session, CLERK, NOW), readings.FILES, name="l.csv", content=content)

    def _heat(self, point: DeliveryPoint, day: GasDay, micro: int) -> None:
        content = f"{self.gate.code};{day};{700 + micro % 800}".encode()
        intake.import_file(Act.at(self.session, CLERK, NOW), heating_value_files.FILES, name="p.csv", content=content)

    def _nominate(self, point: DeliveryPoint, day: GasDay, micro: int) -> None:
        with transaction(self.session):
            self._open(point, day)
            revision = self._next("nominate", point, day)
            factories.nomination(self.session, point, day, _figure(micro, "."), revision=revision)
            ledger.rewrite_day(self.session, delivery_point=point, gas_day=day)

    def _authorise(self, point: DeliveryPoint, day: GasDay, micro: int) -> None:
        with transaction(self.session):
            self._open(point, day)
            version = self._next("authorise", point, day)
            factories.authorisation(self.session, point, day, _figure(micro, "."), version=version)
            ledger.rewrite_day(self.session, delivery_point=point, gas_day=day)

    def _adjust(self, point: DeliveryPoint, day: GasDay, micro: int) -> None:
        adjustments.record(
            Act.at(self.session, CLERK, NOW),
            delivery_point_id=point.id,
            gas_day=day,
            reason=list(AdjustmentReason)[micro % 4],
            quantity=Quantity(micro - 4_500 * 10**6, list(Unit)[micro % 2]),
            note="Acta",
        )

    def _close(self, point: DeliveryPoint, month: Month, micro: int) -> None:
        closings.close_month(Act.at(self.session, CLERK, NOW), delivery_point_id=point.id, month=month)

    def _late(self, point: DeliveryPoint, day: GasDay, micro: int) -> None:
        closings.request(
            Act.at(self.session, self.operator, NOW),
            delivery_point_id=point.id,
            gas_day=day,
            volume=Quantity(micro, Unit.M3),
            reason="Medidor",
        )

    def _approve(self, point: DeliveryPoint, when: None, micro: int, approve: bool = True) -> None:
        for asked in [each.public_id for each in closings.list_pending(self.session)]:
            closings.decide(Act.at(self.session, self.supervisor, NOW), public_id=asked, approve=approve)

    def _reject(self, point: DeliveryPoint, when: None, micro: int) -> None:
        self._approve(point, when, micro, approve=False)

    def _rebuild(self, point: DeliveryPoint, when: None, micro: int) -> None:
        with transaction(self.session):
            for each in self.points:
                ledger.rebuild_point(self.session, delivery_point=each)

    def _open(self, point: DeliveryPoint, day: GasDay) -> None:
        closings.require_open(self.session, delivery_point_id=point.id, gas_day=day)

    def _next(self, kind: str, point: DeliveryPoint, day: GasDay) -> int:
        key = (kind, point.id, day)
        self.versions[key] = self.versions.get(key, 0) + 1
        return self.versions[key]


def _figure(micro: int, point: str = ",") -> str:
    return f"{micro // 10**6}{point}{micro % 10**6:06}"


@pytest.fixture(autouse=True)
def whole_months_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of a month rewrites it in one go, a file of a day rewrites the day: both ways meet in one account."""
    monkeypatch.setattr(updates, "MANY_DAYS", 10)


def agrees(session: Session) -> bool:
    assert ledger.verify(session) is None
    assert closings.verify(session) is None
    return True


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
    max_examples=max(6, settings.default.max_examples // 7),
    # A sequence takes a second: to look for the shortest that fails would take an hour.
    phases=[Phase.generate],
)
@given(steps=st.lists(STEP, min_size=10, max_size=20), unit=st.sampled_from(Unit), restates=st.booleans())
def test_any_sequence_of_events_ends_with_an_account_that_its_rows_bear_out(
    session: Session, steps: list[tuple[str, Any, int]], unit: Unit, restates: bool
) -> None:
    account = Account(session, unit, restates)
    for step in [*BEGINNING, *steps]:
        account.take(*step)
    assert agrees(session)
    kept = [projection(session, point.id) for point in account.points]
    account.take("rebuild", None, 0)
    assert [projection(session, point.id) for point in account.points] == kept


def test_the_sequences_do_close_restate_and_adjust(session: Session) -> None:
    """A generator that was always refused would prove nothing: this is one of its sequences, with what it must do."""
    for restates in (False, True):
        account = Account(session, Unit.M3, restates)
        steps: list[tuple[str, Any, int]] = [("close", month, 10**9) for month in MONTHS[1:3]]
        for step in [*BEGINNING, *steps, ("late", DAYS[3], 2 * 10**9), ("approve", None, 0), ("rebuild", None, 0)]:
            account.take(*step)
    made = session.scalars(select(LateCorrection).order_by(LateCorrection.id)).all()
    assert [each.treatment and each.treatment.value for each in made] == ["adjustment", "restatement"]
    assert session.scalar(select(func.count()).select_from(MonthClosing)) == 6
    assert agrees(session)
