"""Letters to the contacts of a company: receipts, reminders, cuts, the close; each said once, each to who wants it."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session, sessionmaker

from portal.domain.gas_day import GasDay
from portal.domain.modalities import Modality
from portal.domain.nominations import Channel, ClosePolicy, CutReason
from portal.domain.quantities import Gas, Quantity, Unit
from portal.domain.readings import ReadingState
from portal.models import (
    Authorisation,
    Contact,
    DailyBalance,
    DayClose,
    Nomination,
    NominationHead,
    OutboxMessage,
    Reading,
)
from portal.services import ledger, mail
from portal.services.day_book import authorisation_mails
from portal.services.mail import Letter, Topic
from portal.services.nominations import day_closes, reminders
from portal.services.ops import duties
from portal.services.points import close_policies
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from tests.distributors import FIRST
from tests.factories import NOW, TODAY
from tests.services.mail_stage import rendered
from tests.services.nominations.test_nominations import NOON, TOMORROW, m3, nominate, refusal_of
from tests.services.way import Way, open_contract, set_out

ANCHORS = Path(tempfile.mkdtemp()) / "anchors.log"
AFTER_CLOSE = NOON + timedelta(seconds=11)


def at(hour: int, minute: int = 0) -> datetime:
    """That time of the day before tomorrow, in Colombia."""
    return TOMORROW.at(-1, time(hour, minute))


@pytest.fixture
def way(session: Session, vault: Vault) -> Way:
    return open_contract(session, vault, set_out(session, vault))


def contact(session: Session, way: Way, email: str, **said: object) -> Contact:
    with transaction(session):
        row = Contact(
            public_id=email[:20],
            company_id=way.contract.company_id,
            name="Contacto",
            email=email,
            created_at=NOW,
            **said,
        )
        session.add(row)
        session.flush()
        return row


def mails(session: Session, kind: str) -> list[OutboxMessage]:
    session.rollback()
    return list(session.scalars(select(OutboxMessage).where(OutboxMessage.kind == kind).order_by(OutboxMessage.id)))


def measured(
    session: Session, way: Way, day: GasDay, amount: int, state: ReadingState = ReadingState.CERTIFIED
) -> None:
    with transaction(session):
        session.add(
            Reading(
                delivery_point_id=way.point.id,
                gas_day=day,
                version=1,
                state=state,
                volume_m3=m3(amount),
                recorded_at=NOW,
            )
        )
        session.flush()
        ledger.rewrite_day(session, delivery_point=way.point, gas_day=day)


def test_a_letter_says_the_same_as_text_and_as_html_and_escapes_what_it_is_told():
    letter = Letter(
        subject="Prueba <b>",
        says=("Uno & dos",),
        facts=(("Punto", "<script>alert(1)</script>"),),
        then=("Fin",),
        link=("Abrir", 'https://x.test/?a=1&b="2"'),
    )
    text, html = letter.as_text(FIRST), letter.as_html(FIRST)
    assert "Punto: <script>alert(1)</script>" in text
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert 'href="https://x.test/?a=1&amp;b=&quot;2&quot;"' in html
    assert "src=" not in html, "nothing is fetched from elsewhere"
    assert 'lang="es-CO"' in html
    for words in ("Uno", "Fin", "164"):
        assert words in text
        assert words in html


def test_a_receipt_goes_to_who_signed_and_to_every_contact_who_wants_it_once(session: Session, vault: Vault, way: Way):
    contact(session, way, "gas@cliente.example")
    contact(session, way, "quieto@cliente.example", wants_receipts=False)
    contact(session, way, way.actor.email.upper())
    nomination = nominate(session, vault, way)
    sent = mails(session, "receipt")
    assert [mail.recipient for mail in sent] == [way.actor.email, "gas@cliente.example"]
    assert all(mail.attaches_nomination_id == nomination.id for mail in sent)
    assert all(nomination.filing_number in rendered(session, mail)[1] for mail in sent)


def test_nobody_is_reminded_before_eight(session: Session, way: Way):
    contact(session, way, "gas@cliente.example")
    assert reminders.post_due(Act.of_system(session, at(7, 59))) == 0


def test_reminders_go_at_eight_and_at_half_past_ten_and_then_to_the_deputy(session: Session, way: Way):
    contact(session, way, "gas@cliente.example")
    contact(session, way, "suplente@cliente.example", is_deputy=True)
    contact(session, way, "quieto@cliente.example", wants_reminders=False)
    for _ in range(3):
        reminders.post_due(Act.of_system(session, at(8)))
    assert [mail.recipient for mail in mails(session, "reminder")] == ["gas@cliente.example"]
    for minute in (30, 31):
        reminders.post_due(Act.of_system(session, at(10, minute)))
    recipients = [mail.recipient for mail in mails(session, "reminder")]
    assert recipients == ["gas@cliente.example", "gas@cliente.example", "suplente@cliente.example"]
    body = mails(session, "reminder")[-1].body
    assert way.point.name in body
    assert "a las 12:00" in body
    assert "si no la envía, se nominará por usted el promedio de los últimos cuatro martes" in body


def test_a_worker_that_was_away_at_eight_sends_the_second_reminder_only(session: Session, way: Way):
    contact(session, way, "gas@cliente.example")
    assert reminders.post_due(Act.of_system(session, at(10, 45))) == 1


def test_of_two_workers_at_once_one_reminds(sessions: sessionmaker[Session], session: Session, way: Way):
    contact(session, way, "gas@cliente.example")
    session.rollback()
    together = Barrier(2)

    def work(_number: int) -> int:
        with sessions() as own:
            together.wait(10)
            return reminders.post_due(Act.of_system(own, at(8)))

    with ThreadPoolExecutor(2) as workers:
        assert sorted(workers.map(work, range(2))) == [0, 1]
    assert len(mails(session, "reminder")) == 1


def test_a_round_that_is_done_costs_one_look(session: Session, way: Way):
    contact(session, way, "gas@cliente.example")
    reminders.post_due(Act.of_system(session, at(8)))
    asked: list[str] = []
    bind = session.get_bind()
    event.listen(bind, "before_cursor_execute", lambda *given: asked.append(given[2]))
    reminders.post_due(Act.of_system(session, at(9)))
    (look,) = [statement for statement in asked if statement != "BEGIN"]
    assert "duty_runs" in look


def test_who_nominated_is_not_reminded(session: Session, vault: Vault, way: Way):
    contact(session, way, "gas@cliente.example")
    nominate(session, vault, way)
    assert reminders.post_due(Act.of_system(session, at(8))) == 0


def test_after_the_close_nobody_is_reminded(session: Session, way: Way):
    contact(session, way, "gas@cliente.example")
    assert reminders.post_due(Act.of_system(session, at(12, 1))) == 0


def test_a_cut_says_what_was_asked_given_why_and_what_can_be_done(session: Session, way: Way):
    contact(session, way, "gas@cliente.example")
    contact(session, way, "quieto@cliente.example", wants_cuts=False)
    with transaction(session):
        cut = Authorisation(
            delivery_point_id=way.point.id,
            gas_day=TOMORROW,
            version=1,
            quantity_m3=m3(9_000),
            quantity_mbtu=Quantity.of("359", Unit.MBTU),
            cut_reason=CutReason.CCD,
            recorded_at=NOW,
        )
        session.add(cut)
        session.flush()
        authorisation_mails.post_cut(Act.of_system(session, NOW), authorisation=cut, asked=m3(10_000), by_rule=False)
    (mail,) = mails(session, "cut")
    assert mail.recipient == "gas@cliente.example"
    for words in (
        "diez mil",
        "nueve mil",
        "capacidad restringida en distribución",
        "re-nominación",
    ):
        assert words in mail.body


def test_what_is_no_cut_is_not_told(session: Session, way: Way):
    contact(session, way, "gas@cliente.example")
    with transaction(session):
        whole = Authorisation(
            delivery_point_id=way.point.id,
            gas_day=TOMORROW,
            version=1,
            quantity_m3=m3(10_000),
            quantity_mbtu=Quantity.of("399", Unit.MBTU),
            recorded_at=NOW,
        )
        session.add(whole)
        session.flush()
        authorisation_mails.post_cut(Act.of_system(session, NOW), authorisation=whole, asked=m3(10_000), by_rule=False)
    assert mails(session, "cut") == []


# The close


def in_force(session: Session, way: Way) -> Nomination | None:
    session.rollback()
    head = session.get(NominationHead, (way.point.id, TOMORROW))
    return None if head is None else head.nomination


def close(session: Session, now: datetime = AFTER_CLOSE) -> duties.Done:
    return duties.perform(Act.of_system(session, now), anchors=ANCHORS)


def today_is_closed(session: Session) -> None:
    """Nothing is due for the running day: these tests look at tomorrow."""
    with transaction(session):
        for modality in Modality:
            session.add(
                DayClose(gas_day=TODAY, modality=modality, closed_at=TODAY.start, applied_at=TODAY.start, filled=0)
            )


def test_the_forecast_is_the_mean_of_the_last_four_measured_days_of_the_weekday(session: Session, way: Way):
    today_is_closed(session)
    for weeks, amount in ((1, 1_000), (2, 2_001), (3, 0), (5, 3_000), (6, 90_000)):
        measured(session, way, TOMORROW.plus(-7 * weeks), amount)
    measured(session, way, TOMORROW.plus(-28), 50_000, ReadingState.ESTIMATED)
    measured(session, way, TOMORROW.plus(-1), 70_000)
    assert close(session).filled == 1
    found = in_force(session, way)
    assert found is not None
    # (1.000 + 2.001 + 0 + 3.000) / 4 = 1.500,25
    assert (found.quantity, found.channel) == (m3(1_500), Channel.POLICY)
    assert (found.filing_number, found.signed_by_id, found.received_at) == (None, None, NOON)
    row = session.get_one(DailyBalance, (way.point.id, TOMORROW))
    assert row.nominated_m3 == m3(1_500)
    assert ledger.verify(session) is None


def test_without_measured_days_the_forecast_is_the_last_nomination_and_without_that_nothing(
    session: Session, vault: Vault, way: Way
):
    today_is_closed(session)
    close(session)
    assert in_force(session, way).quantity == m3(0)


@pytest.mark.parametrize(("policy", "amount"), [(ClosePolicy.LAST, 4_321), (ClosePolicy.ZERO, 0)])
def test_a_point_with_another_rule_gets_what_it_says(session: Session, way: Way, policy: ClosePolicy, amount: int):
    today_is_closed(session)
    measured(session, way, TOMORROW.plus(-7), 1_000)
    _nominated(session, way, TODAY.plus(-3), 4_321)
    close_policies.set_policy(Act.at(session, Actor.system(), NOW), point=way.point, policy=policy, valid_from=TODAY)
    close(session)
    assert in_force(session, way).quantity == m3(amount)


def test_a_rule_holds_from_its_day_on(session: Session, way: Way):
    set_rule = close_policies.set_policy
    act = Act.at(session, Actor.system(), NOW)
    set_rule(act, point=way.point, policy=ClosePolicy.ZERO, valid_from=TOMORROW.plus(1))
    assert close_policies.find_policies(session, points=[way.point], gas_day=TOMORROW) == {
        way.point.id: ClosePolicy.FORECAST
    }
    assert close_policies.find_policies(session, points=[way.point], gas_day=TOMORROW.plus(1)) == {
        way.point.id: ClosePolicy.ZERO
    }


def _nominated(session: Session, way: Way, day: GasDay, amount: int) -> None:
    with transaction(session):
        gas = Gas(m3(amount), Quantity.of("1", Unit.MBTU))
        from tests import factories

        row = Nomination(
            public_id=f"old{day.isoformat()}",
            delivery_point_id=way.point.id,
            gas_day=day,
            revision=1,
            kind="nominacion",
            unit=Unit.M3,
            quantity_m3=gas.m3,
            quantity_mbtu=gas.mbtu,
            heating_value=factories.REFERENCE,
            received_at=day.start,
            channel=Channel.CARRIED_OVER,
        )
        session.add(row)
        session.flush()
        session.add(NominationHead(delivery_point_id=way.point.id, gas_day=day, revision=1, nomination_id=row.id))
        session.flush()
        ledger.rewrite_day(session, delivery_point=way.point, gas_day=day)


def test_the_close_waits_until_what_came_in_time_is_written(session: Session, way: Way):
    today_is_closed(session)
    assert close(session, NOON + timedelta(seconds=10)).closes == 0
    assert close(session, NOON + timedelta(seconds=10, milliseconds=1)).closes == len(Modality)


def test_who_nominated_keeps_what_was_nominated(session: Session, vault: Vault, way: Way):
    today_is_closed(session)
    nominate(session, vault, way, quantity=m3(7_777))
    assert close(session).filled == 0
    assert in_force(session, way).quantity == m3(7_777)


def test_a_close_is_applied_once_even_by_a_worker_that_was_down_at_the_hour(session: Session, way: Way):
    contact(session, way, "gas@cliente.example")
    today_is_closed(session)
    late = NOON + timedelta(hours=9)
    first, second = close(session, late), close(session, late + timedelta(seconds=5))
    assert (first.filled, second.closes) == (1, 0)
    assert session.scalar(select(func.count()).select_from(Nomination)) == 1
    assert len(mails(session, "close")) == 1
    assert ": el pronóstico" in mails(session, "close")[0].body


def test_two_workers_at_once_apply_it_once(session: Session, way: Way, monkeypatch: pytest.MonkeyPatch):
    """The second one looked before the first one wrote."""
    today_is_closed(session)
    seen = day_closes.list_due(Act.of_system(session, AFTER_CLOSE))
    close(session)
    for day, modality in seen:
        assert day_closes.apply(Act.of_system(session, AFTER_CLOSE), gas_day=day, modality=modality) == 0
    assert session.scalar(select(func.count()).select_from(Nomination)) == 1


def test_a_day_that_is_over_is_not_closed_any_more(session: Session, way: Way):
    done = close(session, TOMORROW.end + timedelta(hours=1))
    assert in_force(session, way) is None
    assert done.closes == len(Modality), "only the day that runs by then"


def test_a_point_whose_contract_has_ended_is_left_alone(session: Session, vault: Vault):
    ended = set_out(session, vault, ends_on=TOMORROW)
    today_is_closed(session)
    close(session)
    assert in_force(session, ended) is None


# Contacts, kept by the customer


def test_a_company_keeps_its_own_contacts(session: Session, way: Way):
    company = way.contract.company.public_id
    one = mail.add(
        Act.at(session, way.actor, NOW),
        company=company,
        name="  Ana   Gas ",
        email="Ana@Cliente.Example",
        phone="",
        is_deputy=False,
        topics=frozenset({Topic.CUTS}),
    )
    assert (one.name, one.wants_cuts, one.wants_receipts) == ("Ana Gas", True, False)
    with pytest.raises(Rejected) as twice:
        mail.add(
            Act.at(session, way.actor, NOW),
            company=company,
            name="Ana",
            email="ana@cliente.example",
            phone=None,
            is_deputy=False,
            topics=frozenset(),
        )
    assert refusal_of(twice) is Refusal.CONTACT_TWICE
    changed = mail.change(
        Act.at(session, way.actor, NOW), contact=one.public_id, is_deputy=True, topics=frozenset(Topic)
    )
    assert (changed.is_deputy, changed.wants_receipts) == (True, True)
    with pytest.raises(Rejected) as last:
        mail.remove(Act.at(session, way.actor, NOW), contact=one.public_id)
    assert refusal_of(last) is Refusal.LAST_CONTACT


def test_another_company_has_no_say_in_them(session: Session, vault: Vault, way: Way):
    row = contact(session, way, "gas@cliente.example")
    stranger = open_contract(session, vault, set_out(session, vault))
    with pytest.raises(NotFound):
        mail.remove(Act.at(session, stranger.actor, NOW), contact=row.public_id)
    with pytest.raises(NotFound):
        mail.change(Act.at(session, stranger.actor, NOW), contact=row.public_id, is_deputy=True, topics=frozenset())


def test_the_sheet_marks_what_the_rule_nominated(session: Session, vault: Vault, way: Way):
    from portal.domain.gas_day import Month
    from portal.services.account import balances

    today_is_closed(session)
    nominate(session, vault, way, gas_day=TOMORROW.plus(1))
    close(session)
    marks = balances.load_month_marks(session, delivery_point_id=way.point.id, unit=Unit.M3, month=Month.of(TOMORROW))
    assert marks.by_rule == {TOMORROW}


def test_a_close_that_was_moved_to_later_after_it_passed_is_applied_once_more(session: Session, vault: Vault, way: Way):
    from portal.services import nominations
    from portal.services.timetable import close_moves

    today_is_closed(session)
    assert close(session).filled == 1
    moved = close_moves.Asked(TOMORROW, tuple(Modality), -1, time(15), "El portal no respondió.")
    close_moves.move(Act.at(session, Actor.system(), AFTER_CLOSE), asked=moved)
    again = NOON + timedelta(hours=1)
    open_contract(session, vault, way, now=again)
    mine = nominate(session, vault, way, quantity=m3(7_777), now=again)
    assert mine.revision == 2
    shown = nominations.review_cancellation(Act.at(session, way.actor, again), public_id=mine.public_id)
    nominations.cancel(
        Act(session, way.actor, again, lambda: again),
        public_id=mine.public_id,
        shown=shown.digest,
        typed=way.numeric_key,
    )
    assert in_force(session, way) is None
    assert close(session, again).closes == 0, "it is open again"
    assert close(session, TOMORROW.at(-1, time(15, 1))).filled == 1
    assert in_force(session, way).revision == 4
    assert close(session, TOMORROW.at(-1, time(16))).closes == 0
