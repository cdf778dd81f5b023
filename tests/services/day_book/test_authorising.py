"""Authorised quantities: recorded, confirmed, taken back, published; what the customer's account says then."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from portal.domain.accounts import Role
from portal.domain.authorisations import LineState
from portal.domain.gas_day import Month
from portal.domain.nominations import Channel, CutReason, QuantityWarning
from portal.domain.quantities import plain
from portal.domain.timetable import RequestKind
from portal.models import (
    Authorisation,
    AuthorisationDraft,
    Contact,
    DayBook,
    Nomination,
    NominationHead,
    NominationMail,
    OutboxMessage,
)
from portal.services import day_book, ledger
from portal.services.store.acts import Act
from portal.services.store.refusals import Conflict, NotAllowed, NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import audit
from tests import factories
from tests.factories import NOW, TODAY
from tests.services.book_stage import (
    TOMORROW,
    Stage,
    events,
    late,
    lines,
    mails,
    nominate,
    publish,
    record,
    set_up,
    staff,
)
from tests.services.ledger_rows import stored_day

# Together the two points of the stage ask for more than their contract may take: each is ticked.
BOTH = {"apiay": 1, "barzal": 1}


def states(session: Session, stage: Stage) -> dict[str, LineState]:
    return {name: line.state for name, line in lines(session, stage).items()}


def refusal_of(session: Session, stage: Stage, *args: object, **given: object) -> Refusal:
    with pytest.raises(Rejected) as refused:
        record(session, stage, *args, **given)
    return refused.value.refusal


def test_a_record_is_seen_by_the_operator_only_until_it_is_published(session: Session):
    stage = set_up(session)
    record(session, stage, stage.first, "12500")
    record(session, stage, stage.second, "6000", CutReason.PCC)
    assert states(session, stage) == {
        "apiay": LineState.RECORDED,
        "barzal": LineState.RECORDED,
        "catama": LineState.MISSING,
    }
    assert stored_day(session, stage.second.id, TOMORROW).authorised_m3 is None
    session.rollback()
    assert publish(session, stage) == (2, 1)
    assert states(session, stage) == {
        "apiay": LineState.AUTHORISED,
        "barzal": LineState.CUT,
        "catama": LineState.MISSING,
    }
    day = stored_day(session, stage.second.id, TOMORROW)
    assert (plain(day.authorised_m3), day.cut_reason) == ("6000", CutReason.PCC)
    assert session.scalars(select(AuthorisationDraft)).all() == []
    assert events(session) == ["authorisation:published"] * 2
    assert audit.verify(session) is None
    assert ledger.verify(session) is None


def test_each_cut_is_told_by_one_mail_to_each_contact_for_cuts(session: Session):
    stage = set_up(session)
    with transaction(session):
        session.add_all(
            Contact(public_id=name, company_id=stage.first.contract.company_id, name=name, created_at=NOW, **given)
            for name, given in {
                "no": {"email": "no@example.com", "wants_cuts": False},
                "gone": {"email": "gone@example.com", "removed_at": NOW},
            }.items()
        )
    record(session, stage, stage.first, "12500")
    record(session, stage, stage.second, "0", CutReason.FMJ)
    publish(session, stage)
    (mail,) = mails(session)
    assert mail.recipient == "ana@example.com"
    assert "EDS Barzal" in mail.subject
    for words in ("fuerza mayor (FMJ)", "siete mil quinientos"):
        assert words in mail.body
    assert states(session, stage)["barzal"] is LineState.NOT_AUTHORISED


def test_who_was_told_of_a_cut_is_told_when_it_is_lifted(session: Session):
    stage = set_up(session)
    record(session, stage, stage.second, "6000", CutReason.PCC)
    publish(session, stage)
    record(session, stage, stage.second, "7500")
    publish(session, stage)
    cut, lifted = mails(session)
    assert cut.subject.startswith("Recorte")
    assert lifted.subject.startswith("Sin recorte para el")
    for words in ("EDS Barzal", "seis mil m³", "siete mil quinientos m³"):
        assert words in lifted.body


def test_what_cannot_be_authorised_is_refused_and_nothing_is_written(session: Session):
    stage = set_up(session)
    assert refusal_of(session, stage, stage.first, "12500.01") is Refusal.ABOVE_ASKED
    assert refusal_of(session, stage, stage.first, "12499") is Refusal.CUT_REASON_MISSING
    assert refusal_of(session, stage, stage.first, "12500", CutReason.PCC) is Refusal.CUT_REASON_NOT_WANTED
    session.rollback()
    with pytest.raises(Rejected) as refused:
        day_book.record(
            Act.at(session, stage.operator, NOW),
            gas_day=TOMORROW,
            point="catama",
            quantity=factories.Quantity.of("1", stage.silent.unit),
            cut_reason=None,
            revision=None,
        )
    assert refused.value.refusal is Refusal.NOTHING_NOMINATED
    assert session.scalars(select(AuthorisationDraft)).all() == []


def test_the_same_is_not_authorised_twice(session: Session):
    stage = set_up(session)
    record(session, stage, stage.first, "12500")
    publish(session, stage)
    assert refusal_of(session, stage, stage.first, "12500") is Refusal.ALREADY_AUTHORISED
    record(session, stage, stage.first, "9000", CutReason.CCD)
    # Back to what is published: that is recorded, for the record would say something else.
    record(session, stage, stage.first, "12500")
    publish(session, stage)
    versions = session.scalars(select(Authorisation.version).order_by(Authorisation.version)).all()
    assert versions == [1, 2]


def test_a_record_made_on_an_old_page_is_a_conflict(session: Session):
    stage = set_up(session)
    with transaction(session):
        nominate(session, stage.first, "9000", revision=2, kind=RequestKind.RENOMINATION)
    with pytest.raises(Conflict):
        record(session, stage, stage.first, "9000", revision=1)
    session.rollback()
    with pytest.raises(NotFound):
        day_book.take_back(Act.at(session, stage.operator, NOW), gas_day=TOMORROW, point="nada")


def test_what_the_customer_changed_meanwhile_is_not_published(session: Session):
    stage = set_up(session)
    record(session, stage, stage.first, "11000", CutReason.PCC)
    record(session, stage, stage.second, "7500")
    with transaction(session):
        nominate(session, stage.first, "9000", revision=2, kind=RequestKind.RENOMINATION)
    assert states(session, stage)["apiay"] is LineState.OUTDATED
    assert publish(session, stage) == (1, 0)
    assert states(session, stage)["apiay"] is LineState.OUTDATED
    record(session, stage, stage.first, "9000", revision=2)
    assert publish(session, stage) == (1, 0)
    assert states(session, stage)["apiay"] is LineState.AUTHORISED
    assert mails(session) == []


def test_a_record_of_a_withdrawn_nomination_is_outdated_and_can_be_taken_back(session: Session):
    stage = set_up(session)
    record(session, stage, stage.first, "12500")
    with transaction(session):
        session.delete(session.get_one(NominationHead, (stage.first.id, TOMORROW)))
    assert states(session, stage)["apiay"] is LineState.OUTDATED
    day_book.take_back(Act.at(session, stage.operator, NOW), gas_day=TOMORROW, point="apiay")
    assert states(session, stage)["apiay"] is LineState.MISSING


def test_a_renomination_after_the_publication_waits_for_an_answer_of_its_own(session: Session):
    stage = set_up(session)
    day_book.confirm_all(Act.at(session, stage.operator, NOW), gas_day=TOMORROW, ticked=BOTH)
    publish(session, stage)
    with transaction(session):
        nominate(session, stage.first, "15000", revision=2, kind=RequestKind.RENOMINATION)
    assert states(session, stage)["apiay"] is LineState.TO_AUTHORISE
    assert states(session, stage)["barzal"] is LineState.AUTHORISED


def test_a_late_nomination_that_is_accepted_waits_for_its_quantity(session: Session):
    stage = set_up(session)
    record(session, stage, stage.first, "9000", CutReason.CCD)
    with transaction(session):
        late(session, stage.first, "10000", revision=2)
    assert states(session, stage)["apiay"] is LineState.RECORDED
    day_book.decide_late(Act.at(session, stage.operator, NOW), public_id="tarde2", accept=True, reason=None)
    assert states(session, stage)["apiay"] is LineState.OUTDATED
    assert plain(lines(session, stage)["apiay"].asked.m3) == "10000"


def test_confirming_all_records_what_was_asked_and_leaves_what_somebody_decided(session: Session):
    stage = set_up(session)
    record(session, stage, stage.first, "9000", CutReason.CCD)
    done = day_book.confirm_all(Act.at(session, stage.operator, NOW), gas_day=TOMORROW)
    assert (done.points, done.left) == (1, ())
    found = lines(session, stage)
    assert plain(found["apiay"].recorded.m3) == "9000"
    assert found["barzal"].recorded == found["barzal"].asked
    with pytest.raises(Rejected) as refused:
        day_book.confirm_all(Act.at(session, stage.operator, NOW), gas_day=TOMORROW)
    assert refused.value.refusal is Refusal.NOTHING_TO_CONFIRM


def test_what_is_above_the_maximum_or_far_off_is_left_out_of_all_and_said(session: Session):
    stage = set_up(session)
    with transaction(session):
        nominate(session, stage.silent, "100")
        for back in range(1, 29):
            factories.reading(session, stage.silent, TODAY.plus(-back), "100")
        ledger.rewrite_range(
            session,
            delivery_point=stage.silent,
            first=TODAY.plus(-28),
            last=TODAY,
            recomputer=ledger.Recomputer(session),
        )
    left = day_book.list_questioned(
        session, gas_day=TOMORROW, blocks=day_book.Blocks.of(lines(session, stage).values())
    )
    assert {each.line.point_public_id: each.warnings for each in left} == {
        "apiay": (QuantityWarning.ABOVE_MAXIMUM,),
        "barzal": (QuantityWarning.ABOVE_MAXIMUM,),
        # 2.506 m³ asked where 100 m³ a day are taken.
        "catama": (QuantityWarning.UNIT_SUSPECTED,),
    }
    assert (plain(left[0].together), plain(left[0].maximum), plain(left[2].mean)) == ("20000", "19000", "3.990557")
    with pytest.raises(Rejected) as refused:
        day_book.confirm_all(Act.at(session, stage.operator, NOW), gas_day=TOMORROW)
    assert refused.value.refusal is Refusal.ALL_QUESTIONED
    with pytest.raises(Conflict):
        day_book.confirm_all(Act.at(session, stage.operator, NOW), gas_day=TOMORROW, ticked={"apiay": 2})
    done = day_book.confirm_all(Act.at(session, stage.operator, NOW), gas_day=TOMORROW, ticked={"apiay": 1})
    assert (done.points, [each.line.point_public_id for each in done.left]) == (1, ["barzal", "catama"])
    assert states(session, stage) == {
        "apiay": LineState.RECORDED,
        "barzal": LineState.TO_AUTHORISE,
        "catama": LineState.TO_AUTHORISE,
    }
    # Cut to what the contract may take, the other of its points is confirmed with all.
    record(session, stage, stage.first, "11500", CutReason.EPM)
    done = day_book.confirm_all(Act.at(session, stage.operator, NOW), gas_day=TOMORROW)
    assert (done.points, [each.line.point_public_id for each in done.left]) == (1, ["catama"])


def test_a_cut_in_mbtu_is_kept_in_both_units(session: Session):
    stage = set_up(session)
    with transaction(session):
        nominate(session, stage.silent, "100")
    record(session, stage, stage.silent, "80.5", CutReason.CPR)
    publish(session, stage)
    row = session.scalars(select(Authorisation)).one()
    assert (plain(row.quantity_mbtu), plain(row.quantity_m3)) == ("80.5", "2017.26208")
    assert (row.version, row.revision, row.recorded_by_id) == (1, 1, stage.operator.user_id)


def test_a_publication_of_other_records_than_shown_is_a_conflict(session: Session):
    stage = set_up(session)
    record(session, stage, stage.first, "12500")
    shown = day_book.digest_of(day_book.load(Act.at(session, stage.operator, NOW), gas_day=TOMORROW).publishable)
    record(session, stage, stage.first, "9000", CutReason.CCD)
    with pytest.raises(Conflict):
        publish(session, stage, shown)
    session.rollback()
    assert session.scalars(select(Authorisation)).all() == []


def test_nothing_recorded_is_nothing_to_publish(session: Session):
    stage = set_up(session)
    with pytest.raises(Rejected) as refused:
        publish(session, stage)
    assert refused.value.refusal is Refusal.NOTHING_TO_PUBLISH


def test_a_closed_month_takes_no_authorised_quantity(session: Session):
    stage = set_up(session)
    record(session, stage, stage.first, "12500")
    with transaction(session):
        factories.month_closing(session, stage.first, Month(2026, 11), "0")
    assert refusal_of(session, stage, stage.first, "9000", CutReason.CCD) is Refusal.MONTH_CLOSED
    for act in (
        lambda: publish(session, stage),
        lambda: (
            day_book.take_back(Act.at(session, stage.operator, NOW), gas_day=TOMORROW, point="apiay"),
            day_book.confirm_all(Act.at(session, stage.operator, NOW), gas_day=TOMORROW, ticked=BOTH),
        ),
    ):
        session.rollback()
        with pytest.raises(Rejected) as refused:
            act()
        assert refused.value.refusal is Refusal.MONTH_CLOSED
        assert refused.value.facts["month"] == Month(2026, 11)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.AGENT, Role.ADMIN, Role.CUSTOMER])
def test_who_has_no_such_function_authorises_nothing(sqlite_session: Session, role: Role):
    session = sqlite_session
    stage = set_up(session)
    stage.operator = staff(session, role)
    acts = [
        lambda: record(session, stage, stage.first, "12500"),
        lambda: day_book.confirm_all(Act.at(session, stage.operator, NOW), gas_day=TOMORROW),
        lambda: day_book.take_back(Act.at(session, stage.operator, NOW), gas_day=TOMORROW, point="apiay"),
        lambda: publish(session, stage, "x"),
        lambda: day_book.decide_late(Act.at(session, stage.operator, NOW), public_id="x", accept=True, reason=None),
    ]
    for act in acts:
        session.rollback()
        with pytest.raises(NotAllowed):
            act()


def test_two_operators_publish_and_freeze_once(sessions: sessionmaker[Session]):
    with sessions() as session:
        stage = set_up(session)
        day_book.confirm_all(Act.at(session, stage.operator, NOW), gas_day=TOMORROW, ticked=BOTH)

    def work(_: int) -> str:
        with sessions() as session:
            try:
                publish(session, stage, day_book.digest_of(book.publishable))
            except (Rejected, Conflict) as refused:
                return str(refused)
        return "published"

    def freeze(_: int) -> str:
        with sessions() as session:
            try:
                day_book.freeze(Act.at(session, stage.operator, NOW), gas_day=TOMORROW)
            except (Rejected, Conflict) as refused:
                return str(refused)
        return "frozen"

    with sessions() as session:
        book = day_book.load(Act.at(session, stage.operator, NOW), gas_day=TOMORROW)
    with ThreadPoolExecutor(4) as pool:
        published, frozen = list(pool.map(work, range(4))), list(pool.map(freeze, range(4)))
    assert sorted(published) == ["nothing-to-publish"] * 3 + ["published"]
    assert frozen.count("frozen") == 1
    with sessions() as session:
        assert len(session.scalars(select(Authorisation)).all()) == 2
        assert session.scalars(select(DayBook.version)).all() == [1]
        assert stored_day(session, stage.first.id, TOMORROW).gas_day.date == date(2026, 11, 24)


def test_who_chose_it_is_told_by_one_mail_of_all_that_was_authorised_in_full(session: Session):
    stage = set_up(session)
    with transaction(session):
        session.add(
            Contact(
                public_id="full",
                company_id=stage.first.contract.company_id,
                name="Rita",
                email="rita@example.com",
                created_at=NOW,
                wants_cuts=False,
                wants_in_full=True,
            )
        )
    record(session, stage, stage.first, "12500")
    record(session, stage, stage.second, "7500")
    publish(session, stage)
    (mail,) = session.scalars(select(OutboxMessage)).all()
    assert (mail.kind, mail.recipient) == ("authorised", "rita@example.com")
    assert mail.subject.startswith("Autorizada completa para el ")
    assert mail.subject.endswith("2 puntos")
    for words in ("EDS Apiay: 12.500 m³", "EDS Barzal: 7.500 m³"):
        assert words in mail.body
    told = session.scalars(select(NominationMail.nomination_id)).all()
    assert set(told) == set(session.scalars(select(Nomination.id)).all()), "each receipt shows the mail"


@pytest.mark.parametrize(
    ("filled", "says"),
    [
        ((), "se autorizó todo el gas que usted pidió."),
        (
            ("barzal",),
            "se autorizó todo el gas que usted pidió, y completo lo que se nominó por usted al cierre.",
        ),
        (("apiay", "barzal"), "se autorizó completo lo que se nominó por usted al cierre."),
    ],
)
def test_a_full_authorisation_tells_what_was_asked_from_what_the_close_filled(
    session: Session, filled: tuple[str, ...], says: str
):
    stage = set_up(session)
    fill(session, stage, filled)
    with transaction(session):
        session.execute(update(Contact).values(wants_cuts=False, wants_in_full=True))
    for point, asked in ((stage.first, "12500"), (stage.second, "7500")):
        record(session, stage, point, asked, revision=2 if point.public_id in filled else 1)
    publish(session, stage)
    (mail,) = session.scalars(select(OutboxMessage)).all()
    body = " ".join(mail.body.split())
    assert f"Para el martes 24 de noviembre de 2026 {says}" in body
    for name, line in {"apiay": "EDS Apiay: 12.500 m³", "barzal": "EDS Barzal: 7.500 m³"}.items():
        told = body.partition(line)[2].partition("EDS Barzal" if name == "apiay" else "No tiene")[0]
        assert ("se nominó por usted" in told) is (name in filled)


def fill(session: Session, stage: Stage, names: tuple[str, ...]) -> None:
    """Let the rule at the close have written the day of these points."""
    with transaction(session):
        for point, asked in ((stage.first, "12500"), (stage.second, "7500")):
            if point.public_id in names:
                nominate(session, point, asked, revision=2, channel=Channel.POLICY)


def test_nobody_hears_of_full_authorisations_who_did_not_choose_it(session: Session):
    stage = set_up(session)
    record(session, stage, stage.first, "12500")
    publish(session, stage)
    assert session.scalars(select(OutboxMessage)).all() == []


def test_a_cut_is_no_full_authorisation_and_its_end_is_told_to_who_chose_those(session: Session):
    stage = set_up(session)
    with transaction(session):
        session.execute(update(Contact).values(wants_cuts=False, wants_in_full=True))
    record(session, stage, stage.second, "6000", CutReason.PCC)
    publish(session, stage)
    assert mails(session) == []
    record(session, stage, stage.second, "7500")
    publish(session, stage)
    (lifted,) = mails(session)
    assert lifted.subject.startswith("Sin recorte para el")


def test_a_cut_says_first_the_quantity_that_binds(session: Session):
    stage = set_up(session)
    record(session, stage, stage.second, "6000", CutReason.PCC)
    publish(session, stage)
    record(session, stage, stage.second, "0", CutReason.FMJ)
    publish(session, stage)
    partial, whole = mails(session)
    assert partial.subject.startswith("Recorte a 6.000 m³ para el ")
    assert "1.500 m³ menos de los 7.500 m³ que usted pidió" in partial.body
    assert "No se autorizó gas para el" in whole.body
    assert "usted pidió 7.500 m³." in whole.body


def test_a_cut_of_a_day_that_nobody_asked_for_does_not_say_that_it_was_asked(session: Session):
    stage = set_up(session)
    fill(session, stage, ("barzal",))
    for quantity, reason in (("6000", CutReason.PCC), ("0", CutReason.FMJ), ("7500", None)):
        record(session, stage, stage.second, quantity, reason, revision=2)
        publish(session, stage)
    partial, whole, lifted = [" ".join(mail.body.split()) for mail in mails(session)]
    assert "1.500 m³ menos de los 7.500 m³ que se nominaron por usted al cierre." in partial
    assert "Se nominó por usted: 7.500 m³" in partial
    assert "llega como tardía y el operador decide si la acepta" in partial
    assert "al cierre se nominaron por usted 7.500 m³." in whole
    assert "ya se autorizó completo lo que se nominó por usted al cierre." in lifted
    for body in (partial, whole, lifted):
        assert "pidió" not in body
        assert "Pidió" not in body
