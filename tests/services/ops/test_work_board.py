"""What waits for each role, in one question; mails tried again; notices told, read and taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.announcements import Severity
from portal.domain.gas_day import Month
from portal.domain.modalities import Modality
from portal.domain.timetable import RequestKind
from portal.models import Binding, Contact, OutboxMessage
from portal.services import announcements, day_book, ledger
from portal.services.announcements import Draft
from portal.services.keys import letters
from portal.services.keys.letters import Wanted
from portal.services.ledger.heating_values import REFERENCE
from portal.services.mail import outbox, outbox_desk
from portal.services.mail.outbox_desk import MailState
from portal.services.measures import readings
from portal.services.ops import work_board
from portal.services.ops.work_board import Waiting
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import Conflict, NotAllowed, NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from portal.services.trace import audit
from tests import factories
from tests.factories import NOW, TODAY
from tests.services.book_stage import TOMORROW, Stage, set_up
from tests.services.book_stage import nominate as give
from tests.services.nominations.test_nominations import nominate
from tests.services.way import Way, open_contract, set_out

# The close of tomorrow.
NOON = TODAY.start + timedelta(hours=12)


def staff(session: Session, role: Role) -> Actor:
    with transaction(session):
        return factories.signed_in(session, factories.user(session, role=role))


@pytest.fixture
def way(session: Session, vault: Vault) -> Way:
    return open_contract(session, vault, set_out(session, vault))


def counts(session: Session, actor: Actor) -> dict[Waiting, int]:
    return {item.what: item.count for item in work_board.load(Act.at(session, actor, NOW))}


def test_each_role_sees_what_it_may_do_something_about(session: Session):
    seen = {role: set(counts(session, staff(session, role))) for role in Role}
    assert seen[Role.CUSTOMER] == seen[Role.AGENT] == set()
    assert seen[Role.ADMIN] == {Waiting.MAILS_FAILING}
    assert seen[Role.AUDITOR] == {Waiting.NOT_NOMINATED}
    assert Waiting.LETTERS_TO_DECIDE in seen[Role.SUPERVISOR] - seen[Role.OPERATOR]


def test_what_waits_is_counted_and_ones_own_request_waits_for_somebody_else(session: Session, vault: Vault, way: Way):
    operator, supervisor, other = (staff(session, role) for role in (Role.OPERATOR, Role.SUPERVISOR, Role.SUPERVISOR))
    before = counts(session, supervisor)
    assert (before[Waiting.NOT_NOMINATED], before[Waiting.GAPS]) == (1, 1)
    nominate(session, vault, way)
    with transaction(session):
        binding = session.scalars(select(Binding)).one()
        binding.may_nominate = False
    letters.ask(
        Act.at(session, supervisor, NOW),
        point=way.point.public_id,
        wanted=Wanted(renews_web=False, renews_numeric=True, compromised=False, reason="x"),
    )
    assert counts(session, supervisor)[Waiting.LETTERS_TO_DECIDE] == 0
    found = counts(session, other)
    assert found[Waiting.LETTERS_TO_DECIDE] == 1
    assert found[Waiting.NOT_NOMINATED] == 0
    assert found[Waiting.ACCOUNTS_TO_APPROVE] == 1
    assert Waiting.ACCOUNTS_TO_APPROVE not in counts(session, operator)


def test_all_of_it_is_few_questions(session: Session, way: Way):
    supervisor = staff(session, Role.SUPERVISOR)
    session.rollback()
    asked: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *given: asked.append(given[2]))
    counts(session, supervisor)
    assert len([statement for statement in asked if statement.startswith("SELECT")]) <= 17


BOOKS = (Waiting.TO_AUTHORISE, Waiting.BOOK_CHANGED, Waiting.BOOK_NOT_FROZEN, Waiting.BOOK_NOT_SENT)


def of_books(session: Session, stage: Stage, now: datetime) -> list[int]:
    session.rollback()
    items = {item.what: item for item in work_board.load(Act.at(session, stage.operator, now))}
    return [items[what].count for what in BOOKS]


def test_a_renomination_after_publication_rings_on_the_board_until_it_is_answered(session: Session):
    stage, after, both = set_up(session), NOON + timedelta(hours=1), {"apiay": 1, "barzal": 1}
    assert of_books(session, stage, NOON) == [0, 0, 0, 0], "until the close anything may come"
    assert of_books(session, stage, after) == [2, 0, 1, 0]
    book = day_book.freeze(Act.at(session, stage.operator, after), gas_day=TOMORROW)
    assert of_books(session, stage, after) == [2, 0, 0, 1]
    act, given = Act.at(session, stage.operator, after), {"gas_day": TOMORROW}
    day_book.mark_sent(act, version=book.version, sent_to="x@example.com", **given)
    with pytest.raises(Conflict):
        day_book.mark_sent(act, version=book.version, sent_to="x@example.com", **given)
    session.rollback()
    day_book.confirm_all(act, ticked=both, **given)
    shown = day_book.digest_of(day_book.load(Act.at(session, stage.operator, NOW), gas_day=TOMORROW).publishable)
    day_book.publish(act, shown=shown, **given)
    assert of_books(session, stage, after) == [0, 0, 0, 0]
    later, effective = after + timedelta(hours=1), after + timedelta(hours=8)
    with transaction(session):
        asked = {"revision": 2, "kind": RequestKind.RENOMINATION, "received_at": later, "effective_at": effective}
        give(session, stage.first, "15000", **asked)
    assert of_books(session, stage, later) == [1, 1, 0, 0]
    item = {i.what: i for i in work_board.load(Act.at(session, stage.operator, later))}[Waiting.TO_AUTHORISE]
    assert (item.since, item.effective_at, item.gas_day) == (later, effective, TOMORROW)
    # Nobody answers: it stays, also when its day is over.
    assert of_books(session, stage, later + timedelta(days=3))[0] == 1
    day_book.freeze(Act.at(session, stage.operator, later), gas_day=TOMORROW)
    assert of_books(session, stage, later) == [1, 0, 0, 1]


def test_older_gaps_and_missing_heating_values_have_lines_of_their_own(session: Session):
    operator = staff(session, Role.OPERATOR)
    with transaction(session):
        contract = factories.contract(session, starts_on=TODAY.plus(-10))
        point = factories.delivery_point(session, contract=contract, starts_on=TODAY.plus(-10))
        for back in (1, 2, 5):
            factories.reading(session, point, TODAY.plus(-back), "100")
            ledger.rewrite_day(session, delivery_point=point, gas_day=TODAY.plus(-back))
        factories.heating_value(session, point.exit_point_id, TODAY.plus(-1), REFERENCE)
    found = counts(session, operator)
    assert (found[Waiting.GAPS], found[Waiting.OLDER_GAPS], found[Waiting.HEATING_GAPS]) == (0, 7, 9)
    assert found[Waiting.OLDER_GAPS] == readings.load_gaps(Act.of_system(session, NOW)).every, (
        "as the page of gaps lists them"
    )
    with transaction(session):
        factories.month_closing(session, point, Month.of(TODAY), "0")
    assert counts(session, operator)[Waiting.OLDER_GAPS] == 0


def test_a_failing_mail_is_tried_again_at_once(session: Session):
    admin = staff(session, Role.ADMIN)
    with transaction(session):
        message = outbox.post(
            Act.of_system(session, NOW), kind="receipt", recipient="a@b.co", subject="s", body="secreto"
        )
        session.flush()
        message.attempts, message.last_error = 3, "550 no such user"
        message.next_attempt_at = NOW + timedelta(hours=6)
    assert counts(session, admin)[Waiting.MAILS_FAILING] == 1
    session.expunge_all()
    found = outbox_desk.list_mails(Act.at(session, admin, NOW), state=MailState.FAILING)
    assert [mail.recipient for mail in found.messages] == ["a@b.co"]
    assert "body" not in found.messages[0].__dict__, "what a mail says is not read for the list"
    outbox_desk.retry(Act.at(session, admin, NOW), message_id=message.id)
    assert session.get_one(OutboxMessage, message.id).next_attempt_at == NOW
    with pytest.raises(NotAllowed):
        outbox_desk.retry(Act.at(session, staff(session, Role.SUPERVISOR), NOW), message_id=message.id)
    with pytest.raises(NotFound):
        outbox_desk.retry(Act.at(session, admin, NOW), message_id=999)
    with transaction(session):
        session.get_one(OutboxMessage, message.id).sent_at = NOW
    with pytest.raises(Conflict):
        outbox_desk.retry(Act.at(session, admin, NOW), message_id=message.id)


# Notices

PLAIN = Draft(Severity.CRITICAL, "Falla en Apiay", "No hay gas.\nLlame al 164.", NOW, None, None, None)


def publish(session: Session, actor: Actor, **given: Any) -> str:
    draft = replace(PLAIN, **given)
    return announcements.publish(Act.at(session, actor, NOW), draft=draft).public_id


@pytest.fixture
def operator(session: Session) -> Actor:
    return staff(session, Role.OPERATOR)


def titles(session: Session, actor: Actor | None, now: Any = NOW) -> list[str]:
    user_id = None if actor is None else actor.user_id
    return [told.title for told in announcements.list_for_person(Act.of_system(session, now), user_id=user_id)]


def test_a_notice_reaches_whom_it_is_for_and_goes_once_by_mail(
    session: Session, vault: Vault, way: Way, operator: Actor
):
    with transaction(session):
        for name, wants in (("si", True), ("no", False)):
            session.add(
                Contact(
                    public_id=name,
                    company_id=way.contract.company_id,
                    name=name,
                    email=f"{name}@cliente.example",
                    wants_notices=wants,
                    wants_contingencies=wants,
                    created_at=NOW,
                )
            )
        gate = session.merge(way.point).exit_point.code
    reach = announcements.preview(Act.at(session, operator, NOW), draft=PLAIN)
    assert (reach.companies, reach.mails) == (1, 1)
    publish(session, operator, title="Para todos")
    publish(session, operator, title="Para su modalidad", modality=way.modality)
    publish(session, operator, title="Para otra modalidad", modality=Modality.INDUSTRIAL)
    publish(session, operator, title="Para su puerta", exit_point=gate)
    assert titles(session, None) == ["Para todos"]
    assert titles(session, way.actor) == ["Para todos", "Para su modalidad", "Para su puerta"]
    stranger = staff(session, Role.CUSTOMER)
    assert titles(session, stranger) == ["Para todos"]
    mails = session.scalars(select(OutboxMessage.recipient).where(OutboxMessage.kind == "notice")).all()
    assert mails == ["si@cliente.example"] * 3
    assert audit.verify(session) is None


def test_the_preview_counts_the_mails_that_leave_one_for_each_address(session: Session, way: Way, operator: Actor):
    with transaction(session):
        other = factories.delivery_point(session, contract=factories.contract(session, number="NR-OTRA")).contract
        for number, (company, email) in enumerate(
            (
                (way.contract.company_id, "Gas@Grupo.example"),
                (other.company_id, "gas@grupo.example"),
                (other.company_id, "otra@grupo.example"),
            )
        ):
            session.add(Contact(public_id=f"c{number}", company_id=company, name="Gas", email=email, created_at=NOW))
    reach = announcements.preview(Act.at(session, operator, NOW), draft=PLAIN)
    publish(session, operator)
    left = session.scalars(select(OutboxMessage.recipient).where(OutboxMessage.kind == "notice")).all()
    assert (reach.companies, reach.mails) == (2, len(left)) == (2, 2)


def test_it_is_shown_from_its_hour_to_its_end_or_until_it_is_withdrawn(session: Session, way: Way, operator: Actor):
    hour = timedelta(hours=1)
    name = publish(session, operator, starts_at=NOW + hour, ends_at=NOW + 2 * hour)
    user = way.actor.user_id or 0
    assert titles(session, way.actor) == ["Falla en Apiay"], "announced before it begins"
    assert announcements.list_for_banner(Act.of_system(session, NOW), user_id=user) == []
    assert len(announcements.list_for_banner(Act.of_system(session, NOW + hour), user_id=user)) == 1
    assert titles(session, way.actor, NOW + 2 * hour) == []
    announcements.withdraw(Act.at(session, operator, NOW), public_id=name)
    assert titles(session, way.actor, NOW + hour) == []


def test_what_was_read_stays_on_the_page_and_leaves_the_banner(session: Session, way: Way, operator: Actor):
    name = publish(session, operator)
    publish(session, operator, severity=Severity.INFORMATION, title="Bueno saberlo")
    user = way.actor.user_id or 0
    assert [told.title for told in announcements.list_for_banner(Act.of_system(session, NOW), user_id=user)] == [
        "Falla en Apiay"
    ]
    for _ in range(2):
        announcements.mark_read(Act.of_system(session, NOW), user_id=user, public_id=name)
    assert announcements.list_for_banner(Act.of_system(session, NOW), user_id=user) == []
    assert [told.is_read for told in announcements.list_for_person(Act.of_system(session, NOW), user_id=user)] == [
        True,
        False,
    ]
    with pytest.raises(NotFound):
        announcements.mark_read(Act.of_system(session, NOW), user_id=user, public_id="nada")


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"title": " "}, Refusal.NOTICE_TITLE),
        ({"title": "a" * 121}, Refusal.NOTICE_TITLE),
        ({"text": ""}, Refusal.NOTICE_TEXT),
        ({"ends_at": NOW}, Refusal.NOTICE_OVER),
        ({"starts_at": TODAY.plus(2).start, "ends_at": TODAY.plus(1).start}, Refusal.NOTICE_OVER),
        ({"exit_point": "nada"}, Refusal.UNKNOWN_EXIT_POINT),
    ],
)
def test_a_bad_notice_is_refused(session: Session, operator: Actor, given: dict[str, Any], refusal: Refusal):
    with pytest.raises(Rejected) as refused:
        publish(session, operator, **given)
    assert refused.value.refusal is refusal
    assert titles(session, None) == []


@pytest.mark.parametrize("role", [Role.CUSTOMER, Role.AGENT, Role.AUDITOR, Role.ADMIN])
def test_other_roles_publish_nothing(session: Session, role: Role):
    with pytest.raises(NotAllowed):
        publish(session, staff(session, role))


def test_a_critical_notice_goes_to_who_wants_contingencies_and_no_other_does(session: Session, way: Way):
    with transaction(session):
        for name, wanted in (("alarma", True), ("boletin", False)):
            session.add(
                Contact(
                    public_id=name,
                    company_id=way.contract.company_id,
                    name=name,
                    email=f"{name}@example.com",
                    created_at=NOW,
                    wants_contingencies=wanted,
                    wants_notices=not wanted,
                )
            )
    act = Act.at(session, staff(session, Role.OPERATOR), NOW)
    for severity in (Severity.CRITICAL, Severity.MAINTENANCE):
        draft = Draft(severity, severity.value, "Se corta el tramo.", NOW, None, None, None)
        announcements.publish(act, draft=draft)
    wanted = select(OutboxMessage.subject, OutboxMessage.recipient).where(OutboxMessage.kind == "notice")
    sent = session.execute(wanted.order_by(OutboxMessage.id)).all()
    assert [(mail.subject, mail.recipient) for mail in sent] == [
        ("Aviso: critical", "alarma@example.com"),
        ("Aviso: maintenance", "boletin@example.com"),
    ]
