"""A point that goes on from a day with another unit, exit point or contract: one act, shown first (adr/0102)."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from portal.domain.accounts import Role
from portal.domain.gas_day import GasDay, Month
from portal.domain.keys import LetterState
from portal.domain.nominations import ClosePolicy
from portal.domain.quantities import HeatingValue, Quantity, Unit
from portal.domain.settings import SettingName
from portal.models import (
    AuditEvent,
    Contact,
    Contract,
    DailyBalance,
    DeliveryPoint,
    KeyLetter,
    MonthlyBalance,
    Nomination,
    NominationHead,
    OutboxMessage,
    PointPolicy,
    Reading,
    SettingRow,
)
from portal.services import ledger, registry
from portal.services.files import intake
from portal.services.keys import letters
from portal.services.ledger import closings
from portal.services.measures import readings
from portal.services.nominations import day_closes
from portal.services.registry import fingerprint, succession
from portal.services.registry.entries import of_point
from portal.services.registry.succession import Asked, Succession
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import Conflict, NotAllowed, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import receipts
from tests import factories
from tests.services.ledger.test_closings import measured
from tests.services.ledger_rows import day
from tests.services.lock_order import RANKS, tables_locked

# Monday morning; the nominations of Tuesday close at noon.
NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
OCTOBER, NOVEMBER = Month(2026, 10), Month(2026, 11)
LAST_MEASURED = day("2026-11-22")
CHANGE = day("2026-12-01")
COMING = (day("2026-11-24"), CHANGE, day("2026-12-02"))
CLIENT = "compras@cliente.example"


@pytest.fixture
def operator(session: Session) -> Actor:
    with transaction(session):
        return factories.signed_in(session, factories.user(session, role=Role.OPERATOR), now=NOW)


@pytest.fixture
def point(session: Session) -> DeliveryPoint:
    """Measured up to yesterday, October closed, nominated for tomorrow and for the first days of December."""
    found = measured(session, OCTOBER)
    closings.close_month(Act.at(session, Actor.system(), NOW), delivery_point_id=found.id, month=OCTOBER)
    with transaction(session):
        owner = found.contract.company_id
        session.add(Contact(public_id="con", company_id=owner, name="Ana", email=CLIENT, created_at=NOW))
        for each in NOVEMBER.days():
            if each <= LAST_MEASURED:
                factories.nomination(session, found, each, "100")
                factories.reading(session, found, each, "90")
        for each in COMING:
            factories.nomination(session, found, each, "100")
        ledger.rebuild_point(session, delivery_point=found)
    return found


def to_mbtu(_: Session, point: DeliveryPoint) -> Asked:
    return asked(point, unit=Unit.MBTU)


def to_another_gate(session: Session, point: DeliveryPoint) -> Asked:
    with transaction(session):
        gate = factories.exit_point(session)
        factories.heating_value(session, gate.id, OCTOBER.first, HeatingValue.of("1130"))
    return asked(point, exit_point=gate.code)


def to_another_contract(session: Session, point: DeliveryPoint) -> Asked:
    with transaction(session):
        contract = factories.contract(session, company_id=point.contract.company_id)
    return asked(point, contract=contract.number)


def to_another_company(session: Session, point: DeliveryPoint) -> Asked:
    with transaction(session):
        contract = factories.contract(session)
        owner = contract.company_id
        person = Contact(public_id=f"otro{owner}", company_id=owner, name="Beto", email="b@otra.example")
        person.created_at = NOW
        session.add(person)
    return asked(point, contract=contract.number)


def asked(point: DeliveryPoint, **given: object) -> Asked:
    values = {
        "day": CHANGE,
        "unit": point.unit,
        "exit_point": point.exit_point.code,
        "contract": point.contract.number,
        "reason": "Otrosí 3",
        "with_letter": True,
    } | given
    return Asked(**values)  # type: ignore[arg-type]


def seen(point: DeliveryPoint) -> str:
    return fingerprint(of_point(point))


def shown(session: Session, actor: Actor, point: DeliveryPoint, what: Asked, now: datetime = NOW) -> Succession:
    return succession.preview(Act.at(session, actor, now), point=point.public_id, asked=what, seen=seen(point))


def done(session: Session, actor: Actor, point: DeliveryPoint, what: Asked, now: datetime = NOW) -> DeliveryPoint:
    agreed = shown(session, actor, point, what, now).fingerprint
    return succession.change(
        Act.at(session, actor, now), point=point.public_id, asked=what, seen=seen(point), agreed=agreed
    )


def refused(session: Session, actor: Actor, point: DeliveryPoint, what: Asked, now: datetime = NOW) -> Rejected:
    """What the preview refuses; the act refuses the same, and nothing is written."""
    events = session.scalar(select(func.count()).select_from(AuditEvent))
    with pytest.raises(Rejected) as found:
        shown(session, actor, point, what, now)
    with pytest.raises(Rejected) as again:
        succession.change(Act.at(session, actor, now), point=point.public_id, asked=what, seen=seen(point), agreed="")
    assert (again.value.refusal, again.value.field) == (found.value.refusal, found.value.field)
    assert session.scalar(select(func.count()).select_from(AuditEvent)) == events
    assert session.scalars(select(DeliveryPoint.public_id)).all() == [point.public_id]
    return found.value


def account(session: Session, point_id: int) -> list[tuple[object, ...]]:
    """Every figure of an account up to the day before the change, and its months."""
    days = select(DailyBalance.__table__).where(
        DailyBalance.delivery_point_id == point_id, DailyBalance.gas_day < CHANGE
    )
    months = select(MonthlyBalance.__table__).where(
        MonthlyBalance.delivery_point_id == point_id, MonthlyBalance.month < CHANGE.date
    )
    return [tuple(row) for question in (days, months) for row in session.execute(question)]


@pytest.mark.parametrize("what", [to_mbtu, to_another_gate, to_another_contract, to_another_company])
def test_from_the_day_on_another_row_has_the_code_and_the_account_of_before_stays(
    session: Session, operator: Actor, point: DeliveryPoint, what: Callable[[Session, DeliveryPoint], Asked]
) -> None:
    wanted = what(session, point)
    before = account(session, point.id)
    new = done(session, operator, point, wanted)
    assert (point.ends_on, new.starts_on, new.ends_on) == (CHANGE, CHANGE, None)
    assert (new.carrier_code, new.name, new.kind) == (point.carrier_code, point.name, point.kind)
    assert (new.unit, new.exit_point.code, new.contract.number) == (wanted.unit, wanted.exit_point, wanted.contract)
    assert account(session, point.id) == before
    assert account(session, new.id) == []
    for check in (ledger.verify, closings.verify, receipts.verify):
        assert check(session) is None


def test_nominations_from_the_day_on_are_withdrawn_and_the_company_is_told_what_to_do(
    session: Session, operator: Actor, point: DeliveryPoint
) -> None:
    assert shown(session, operator, point, to_mbtu(session, point)).nominated == COMING[1:]
    done(session, operator, point, to_mbtu(session, point))
    left = session.scalars(select(NominationHead.gas_day).where(NominationHead.gas_day > LAST_MEASURED)).all()
    assert left == [COMING[0]]
    withdrawn = session.scalars(select(Nomination).where(Nomination.cancels).order_by(Nomination.gas_day)).all()
    assert [each.gas_day for each in withdrawn] == list(COMING[1:])
    [mail] = session.scalars(select(OutboxMessage).where(OutboxMessage.recipient == CLIENT)).all()
    assert mail.subject == f"{point.name} cambia desde el martes 1 de diciembre de 2026"
    for words in ("m³, desde ese día MBTU", "lunes 30 de noviembre", "carta; ya se pidió", "nomine de nuevo"):
        assert words in mail.body
    assert all(str(each.filing_number) in mail.body for each in withdrawn)


def test_another_company_is_told_nothing_of_the_one_before(
    session: Session, operator: Actor, point: DeliveryPoint
) -> None:
    old, new = point.contract.company.name, done(session, operator, point, to_another_company(session, point))
    mails = {each.recipient: each for each in session.scalars(select(OutboxMessage))}
    assert set(mails) >= {CLIENT, "b@otra.example", operator.email}
    theirs, ours = mails["b@otra.example"], mails[CLIENT]
    assert theirs.subject == f"Punto nuevo: {new.name}"
    assert "se nomina cero mientras" in theirs.body
    assert f"El contrato {new.contract.number} se abre con su propia clave web" in theirs.body
    for secret in (old, "100 m³", "sin nominación"):
        assert secret not in theirs.body
    assert "termina" in ours.subject
    for secret in (new.contract.company.name, new.contract.number):
        assert secret not in ours.body


def test_both_rows_say_why_in_the_audit(session: Session, operator: Actor, point: DeliveryPoint) -> None:
    new = done(session, operator, point, to_mbtu(session, point))
    for row, what, key in (
        (point, "delivery-point:changed", "new_ends_on"),
        (new, "delivery-point:created", "new_starts_on"),
    ):
        told = session.scalars(
            select(AuditEvent).where(AuditEvent.subject == row.public_id, AuditEvent.event == what)
        ).one()
        details = json.loads(told.details)
        assert (details["reason"], details[key]) == ("Otrosí 3", CHANGE.isoformat())


def test_what_was_set_for_the_point_alone_goes_on_and_the_letter_of_its_key_is_asked_for(
    session: Session, operator: Actor, point: DeliveryPoint
) -> None:
    author = operator.user_id
    given = {"recorded_at": NOW, "recorded_by_id": author}
    with transaction(session):
        for first, policy in (
            (OCTOBER.first, ClosePolicy.LAST),
            (LAST_MEASURED, ClosePolicy.ZERO),
            (day("2026-12-20"), ClosePolicy.FORECAST),
        ):
            session.add(PointPolicy(delivery_point_id=point.id, policy=policy, valid_from=first, **given))
        session.add(
            SettingRow(
                name=SettingName.SUSPICIOUS_FACTOR,
                delivery_point_id=point.id,
                value="12",
                valid_from=OCTOBER.first,
                reason="Prueba",
                **given,
            )
        )
    assert shown(session, operator, point, to_mbtu(session, point)).policy is ClosePolicy.ZERO
    new = done(session, operator, point, to_mbtu(session, point))
    kept = session.execute(
        select(PointPolicy.valid_from, PointPolicy.policy)
        .where(PointPolicy.delivery_point_id == new.id)
        .order_by(PointPolicy.valid_from)
    ).all()
    assert [tuple(row) for row in kept] == [(CHANGE, ClosePolicy.ZERO), (day("2026-12-20"), ClosePolicy.FORECAST)]
    setting = session.scalars(select(SettingRow).where(SettingRow.delivery_point_id == new.id)).one()
    assert (setting.value, setting.valid_from, setting.reason) == ("12", CHANGE, "Otrosí 3")
    letter = session.scalars(select(KeyLetter)).one()
    assert (letter.delivery_point_id, letter.state, letter.renews_numeric) == (new.id, LetterState.REQUESTED, True)


def test_without_the_tick_no_letter_is_asked_for_and_one_may_be_asked_for_before_the_first_day(
    session: Session, operator: Actor, point: DeliveryPoint
) -> None:
    new = done(session, operator, point, replace(to_mbtu(session, point), with_letter=False))
    assert session.scalars(select(KeyLetter)).all() == []
    wanted = letters.Wanted(renews_web=False, renews_numeric=True, compromised=False, reason="Punto nuevo")
    assert letters.ask(Act.at(session, operator, NOW), point=new.public_id, wanted=wanted).delivery_point_id == new.id


def test_readings_of_the_day_on_go_to_the_new_row(session: Session, operator: Actor, point: DeliveryPoint) -> None:
    new = done(session, operator, point, to_mbtu(session, point))
    content = f"{point.carrier_code};2026-11-30;80\n{point.carrier_code};2026-12-01;70\n".encode()
    later = NOW + timedelta(days=9)
    intake.import_file(Act.at(session, Actor.system(), later), readings.FILES, name="a.csv", content=content)
    found = session.execute(select(Reading.delivery_point_id, Reading.gas_day).order_by(Reading.id.desc()).limit(2))
    assert {tuple(row) for row in found} == {(point.id, day("2026-11-30")), (new.id, CHANGE)}
    assert ledger.verify(session) is None


@pytest.mark.parametrize(("what", "m3"), [(to_another_gate, "90"), (to_another_company, "0")])
def test_the_rule_at_the_close_reckons_with_the_days_of_before_only_within_a_company(
    session: Session,
    operator: Actor,
    point: DeliveryPoint,
    what: Callable[[Session, DeliveryPoint], Asked],
    m3: str,
) -> None:
    new = done(session, operator, point, what(session, point))
    noon = datetime(2026, 11, 30, 17, 1, tzinfo=UTC)
    day_closes.apply(Act.of_system(session, noon), gas_day=CHANGE, modality=new.contract.modality)
    filled = session.scalars(select(Nomination).where(Nomination.delivery_point_id == new.id)).one()
    assert filled.quantity == Quantity.of(m3, Unit.M3)


@pytest.mark.parametrize(
    ("values", "refusal", "field"),
    [
        ({"day": OCTOBER.first}, Refusal.CHANGE_BEFORE_START, "day"),
        ({"day": OCTOBER.first.plus(5)}, Refusal.CHANGE_IN_CLOSED_MONTH, "day"),
        ({"reason": " \n"}, Refusal.REASON_MISSING, "reason"),
        ({"reason": "x" * 301}, Refusal.REASON_TOO_LONG, "reason"),
        ({"unit": Unit.M3}, Refusal.NOTHING_CHANGES, "unit"),
        ({"exit_point": "NINGUNA"}, Refusal.EXIT_POINT_UNKNOWN, "exit_point"),
        ({"contract": "NR-NINGUNO"}, Refusal.CONTRACT_UNKNOWN, "contract"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field_and_nothing_is_written(
    session: Session,
    operator: Actor,
    point: DeliveryPoint,
    values: dict[str, object],
    refusal: Refusal,
    field: str,
) -> None:
    found = refused(session, operator, point, asked(point, **{"unit": Unit.MBTU} | values))
    assert (found.refusal, found.field) == (refusal, field)
    if "possible" in found.facts:
        # What it names works.
        done(session, operator, point, asked(point, unit=Unit.MBTU, day=found.facts["possible"]))


@pytest.mark.parametrize(
    ("ended", "begun", "refusal"),
    [(CHANGE, None, Refusal.CONTRACT_OVER), (None, CHANGE.plus(1), Refusal.STARTS_BEFORE_CONTRACT)],
)
def test_the_day_lies_within_the_contract_that_the_point_goes_to(
    session: Session,
    operator: Actor,
    point: DeliveryPoint,
    ended: GasDay | None,
    begun: GasDay | None,
    refusal: Refusal,
) -> None:
    with transaction(session):
        given = {"ends_on": ended} if ended else {"starts_on": begun}
        number = factories.contract(session, **given).number
    assert refused(session, operator, point, asked(point, contract=number)).refusal is refusal


def test_an_exit_point_that_ends_is_refused(session: Session, operator: Actor, point: DeliveryPoint) -> None:
    with transaction(session):
        code = factories.exit_point(session, ended_on=CHANGE.plus(10)).code
    assert refused(session, operator, point, asked(point, exit_point=code)).refusal is Refusal.EXIT_POINT_ENDED


def test_a_point_that_ends_changes_before_its_end_and_keeps_it(
    session: Session, operator: Actor, point: DeliveryPoint
) -> None:
    with transaction(session):
        point.ends_on = CHANGE.plus(3)
    late = replace(to_mbtu(session, point), day=CHANGE.plus(3))
    assert refused(session, operator, point, late).refusal is Refusal.CHANGE_AFTER_END
    assert done(session, operator, point, to_mbtu(session, point)).ends_on == CHANGE.plus(3)


def test_a_name_that_the_other_contract_has_is_refused_before_anything_is_confirmed(
    session: Session, operator: Actor, point: DeliveryPoint
) -> None:
    with transaction(session):
        contract = factories.contract(session)
        twin = factories.delivery_point(session, contract=contract, name=point.name)
    with pytest.raises(Rejected) as found:
        shown(session, operator, point, asked(point, contract=contract.number))
    assert (found.value.refusal, found.value.field) == (Refusal.POINT_NAME_TAKEN, "contract")
    assert twin.ends_on is None


def test_what_is_confirmed_is_what_was_shown(session: Session, operator: Actor, point: DeliveryPoint) -> None:
    wanted = to_mbtu(session, point)
    agreed = shown(session, operator, point, wanted).fingerprint
    with transaction(session):
        factories.nomination(session, point, CHANGE.plus(5), "100")
        ledger.rewrite_day(session, delivery_point=point, gas_day=CHANGE.plus(5))
    with pytest.raises(Rejected) as found:
        succession.change(
            Act.at(session, operator, NOW), point=point.public_id, asked=wanted, seen=seen(point), agreed=agreed
        )
    assert found.value.refusal is Refusal.CHANGE_UNCONFIRMED
    assert point.ends_on is None


def test_a_row_that_somebody_changed_since_is_a_conflict(
    session: Session, operator: Actor, point: DeliveryPoint
) -> None:
    stale, wanted = seen(point), to_mbtu(session, point)
    agreed = shown(session, operator, point, wanted).fingerprint
    entry = of_point(point)
    registry.save_point(
        Act.at(session, operator, NOW), entry=replace(entry, municipality="Acacías"), point=point.public_id, seen=stale
    )
    for attempt in (
        lambda: succession.preview(Act.at(session, operator, NOW), point=point.public_id, asked=wanted, seen=stale),
        lambda: succession.change(
            Act.at(session, operator, NOW), point=point.public_id, asked=wanted, seen=stale, agreed=agreed
        ),
    ):
        with pytest.raises(Conflict):
            attempt()


def test_of_two_people_at_once_one_changes_it(
    sessions: sessionmaker[Session], session: Session, operator: Actor, point: DeliveryPoint
) -> None:
    public_id, stale = point.public_id, seen(point)
    wanted = [to_mbtu(session, point), to_another_contract(session, point)]
    agreed = [shown(session, operator, point, each).fingerprint for each in wanted]
    session.rollback()

    def go(number: int) -> str:
        with sessions() as own:
            try:
                succession.change(
                    Act.at(own, operator, NOW), point=public_id, asked=wanted[number], seen=stale, agreed=agreed[number]
                )
            except Conflict:
                return "conflict"
            return "done"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(go, range(2))) == ["conflict", "done"]
    assert session.scalar(select(func.count()).select_from(DeliveryPoint)) == 2
    assert session.scalar(select(func.count()).select_from(Contract)) == 2


@pytest.mark.parametrize("database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_it_locks_in_the_one_order(
    sessions: sessionmaker[Session], session: Session, operator: Actor, point: DeliveryPoint
) -> None:
    wanted = to_another_contract(session, point)
    agreed, public_id, stale = shown(session, operator, point, wanted).fingerprint, point.public_id, seen(point)
    session.rollback()
    with sessions() as own, tables_locked(own) as taken:
        succession.change(Act.at(own, operator, NOW), point=public_id, asked=wanted, seen=stale, agreed=agreed)
    assert {"contracts", "delivery_points", "nomination_heads", "audit_head"} <= set(taken)
    assert taken == sorted(taken, key=RANKS.__getitem__)


@pytest.mark.parametrize("role", [Role.CUSTOMER, Role.AGENT, Role.AUDITOR, Role.ADMIN])
def test_who_does_not_keep_the_registry_changes_nothing(session: Session, point: DeliveryPoint, role: Role) -> None:
    with transaction(session):
        actor = factories.signed_in(session, factories.user(session, role=role), now=NOW)
    with pytest.raises(NotAllowed):
        shown(session, actor, point, to_mbtu(session, point))
    with pytest.raises(NotAllowed):
        succession.change(
            Act.at(session, actor, NOW),
            point=point.public_id,
            asked=to_mbtu(session, point),
            seen=seen(point),
            agreed="",
        )
