"""After five months nothing is charged but by the contract's exception, which two supervisors answer for."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.balance import ExceptionClause, LateTreatment
from portal.domain.gas_day import GasDay, Month
from portal.domain.quantities import Quantity, Unit
from portal.domain.readings import ReadingState
from portal.models import AuditEvent, OutboxMessage
from portal.services import ledger
from portal.services.cases.pqr import mails as case_mails
from portal.services.files import intake
from portal.services.files.problems import BadFile, Rule
from portal.services.ledger import closings
from portal.services.measures import readings
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import Refusal, Rejected
from portal.services.store.transactions import transaction
from tests import factories
from tests.factories import NOW

OLD = GasDay(date(2026, 5, 31))
PROOF = "Sello roto, acta 41"


@pytest.fixture
def point_id(session: Session) -> int:
    with transaction(session):
        point = factories.delivery_point(session, starts_on=OLD, carrier_code="V-1")
        factories.reading(session, point, OLD, "4900", state=ReadingState.CERTIFIED)
        ledger.rewrite_day(session, delivery_point=point, gas_day=OLD)
        factories.month_closing(session, point, Month(2026, 5), "0")
        return point.id


def person(session: Session, role: Role) -> Actor:
    with transaction(session):
        return factories.signed_in(session, factories.user(session, role=role))


def ask(session: Session, actor: Actor, point_id: int, volume: str, clause: ExceptionClause | None, proof: str) -> str:
    asked = closings.request(
        Act.at(session, actor, NOW),
        delivery_point_id=point_id,
        gas_day=OLD,
        volume=Quantity.of(volume, Unit.M3),
        reason="Medidor",
        clause=clause,
        clause_reason=proof,
    )
    return asked.public_id


def test_the_exception_charges_once_another_supervisor_approves_it(session: Session, point_id: int) -> None:
    one, two, operator = (person(session, role) for role in (Role.SUPERVISOR, Role.SUPERVISOR, Role.OPERATOR))
    asked = ask(session, one, point_id, "5000", ExceptionClause.CLAUSE_51, PROOF)
    [shown] = [each.correction for each in closings.list_requested(session)]
    assert (shown.clause, shown.clause_reason, shown.would_charge_nothing(NOW)) == (
        ExceptionClause.CLAUSE_51,
        PROOF,
        False,
    )
    session.rollback()
    for actor, refusal in ((one, Refusal.OWN_REQUEST), (operator, Refusal.SUPERVISOR_NEEDED)):
        with pytest.raises(Rejected) as caught:
            closings.decide(Act.at(session, actor, NOW), public_id=asked, approve=True)
        assert caught.value.refusal is refusal
    decided = closings.decide(Act.at(session, two, NOW), public_id=asked, approve=True)
    assert decided.treatment is LateTreatment.ADJUSTMENT
    assert decided.adjustment_id is not None
    body = session.scalars(select(OutboxMessage.body).where(OutboxMessage.kind == "late-correction")).one()
    assert f"se cobra por la excepción de la cláusula 51 del contrato: {PROOF}" in body
    assert "no se cobra" not in body
    for details in session.scalars(select(AuditEvent.details).where(AuditEvent.event.like("correction:%"))):
        assert PROOF in str(details)


def test_an_exception_is_whole_by_a_supervisor_and_for_what_would_not_be_charged(
    session: Session, point_id: int
) -> None:
    supervisor, operator = (person(session, role) for role in (Role.SUPERVISOR, Role.OPERATOR))
    clause = ExceptionClause.CLAUSE_68
    for actor, volume, given, refusal in (
        (operator, "5000", (clause, PROOF), Refusal.EXCEPTION_BY_SUPERVISOR),
        (supervisor, "5000", (clause, "  "), Refusal.EXCEPTION_INCOMPLETE),
        (supervisor, "5000", (None, PROOF), Refusal.EXCEPTION_INCOMPLETE),
        (supervisor, "5000", (clause, "x" * 301), Refusal.REASON_TOO_LONG),
        (supervisor, "4800", (clause, PROOF), Refusal.EXCEPTION_NOT_NEEDED),
    ):
        with pytest.raises(Rejected) as caught:
            ask(session, actor, point_id, volume, *given)
        assert caught.value.refusal is refusal
    session.rollback()
    assert closings.list_pending(session) == []


def test_the_system_is_held_to_five_months_too(session: Session) -> None:
    with transaction(session):
        point = factories.delivery_point(session, public_id="viejo", carrier_code="V-1", starts_on=OLD)
        factories.reading(session, point, OLD, "4900", state=ReadingState.CERTIFIED)
        factories.reading(session, point, OLD.plus(1), "4700", version=1, state=ReadingState.CERTIFIED)
        factories.reading(
            session, point, OLD.plus(1), "4800", version=2, state=ReadingState.CORRECTED, reason="medidor"
        )
    watcher = Actor.system("worker")
    content = f"V-1;{OLD};5000;m3;A;medidor\n".encode()
    for take in (
        lambda: intake.preview(Act.at(session, Actor.system(), NOW), readings.FILES, content=content),
        lambda: intake.import_file(Act.at(session, watcher, NOW), readings.FILES, name="a", content=content),
    ):
        with pytest.raises(BadFile) as bad:
            take()
        assert [problem.rule for problem in bad.value.problems] == [Rule.TOO_OLD_TO_CHARGE]
    less = f"V-1;{OLD};4800;m3;A;medidor\n".encode()
    assert intake.import_file(Act.at(session, watcher, NOW), readings.FILES, name="c", content=less).changed == 1
    # What was taken long ago may come again.
    again = f"V-1;{OLD.plus(1)};4800;m3;A;medidor\n".encode()
    assert intake.import_file(Act.at(session, watcher, NOW), readings.FILES, name="b", content=again).unchanged == 1


def test_the_acknowledgement_of_a_claim_says_when_its_term_is_over(session: Session) -> None:
    with transaction(session):
        point = factories.delivery_point(session)
        case_mails.acknowledge_claim(Act.of_system(session, NOW), case=factories.claim(session, point, OLD))
    body = session.scalars(select(OutboxMessage.body).where(OutboxMessage.kind == "case-filed")).first()
    assert body is not None
    assert "no admite reclamos contra facturas de más de cinco meses (cláusula 69)" in body
