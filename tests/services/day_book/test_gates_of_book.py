"""Gates of a day's book: what the transporter confirms, from a form or a file, and the cuts that follow."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, sessionmaker

from portal.domain.accounts import Role
from portal.domain.gates import CutRule
from portal.domain.nominations import CutReason
from portal.domain.quantities import Quantity, Unit, plain
from portal.domain.settings import SettingName
from portal.models import AuthorisationDraft, GateConfirmation, NominationHead, SettingRow
from portal.services import day_book
from portal.services.day_book import Edited, Excess, GateOfBook, NewConfirmation, Proposal
from portal.services.files import intake
from portal.services.files.problems import BadFile, Rule
from portal.services.measures import gates
from portal.services.store.acts import Act
from portal.services.store.refusals import Conflict, NotAllowed, NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from tests import factories
from tests.factories import NOW
from tests.services.book_stage import TOMORROW, Stage, lines, nominate, publish, set_up, staff

CODE = "PS-01"


@pytest.fixture
def stage(session: Session) -> Stage:
    """One gate: 12,500 m³ and 7,500 m³ of a contract with a maximum of 19,000; the third point is elsewhere."""
    return set_up(session)


def act_of(session: Session, stage: Stage) -> Act:
    session.rollback()
    return Act.at(session, stage.operator, NOW)


def gate_of(session: Session, stage: Stage) -> GateOfBook:
    found = day_book.load_gates(act_of(session, stage), gas_day=TOMORROW)
    return next(each for each in found if each.code == CODE)


def answer(
    session: Session,
    amount: str,
    reason: CutReason | None = CutReason.PCC,
    *,
    unit: Unit = Unit.M3,
    nominated: str = "",
    seen: int = 0,
) -> NewConfirmation:
    said = Quantity.of(nominated, unit) if nominated else None
    return NewConfirmation(gates.load_gate(session, CODE), said, Quantity.of(amount, unit), reason, "", seen)


def confirm(session: Session, stage: Stage, amount: str, *args: object, **said: object) -> int:
    act = act_of(session, stage)
    return day_book.record_confirmations(act, gas_day=TOMORROW, answers=[answer(session, amount, *args, **said)])


def propose(session: Session, stage: Stage, rule: CutRule = CutRule.PRO_RATA) -> Proposal:
    return day_book.propose_cuts(act_of(session, stage), gas_day=TOMORROW, code=CODE, rule=rule)


def record(session: Session, stage: Stage, proposal: Proposal, **changed: Edited) -> int:
    edited = {each.line.point_public_id: Edited(each.quantity, each.cut_reason) for each in proposal.lines} | changed
    return day_book.record_cuts(
        act_of(session, stage), gas_day=TOMORROW, code=CODE, rule=proposal.rule, edited=edited, shown=proposal.shown
    )


def given(proposal: Proposal) -> dict[str, tuple[str, CutReason | None]]:
    return {each.line.point_public_id: (plain(each.quantity), each.cut_reason) for each in proposal.lines}


def m3(amount: str) -> Quantity:
    return Quantity.of(amount, Unit.M3)


def test_a_gate_sums_what_is_asked_and_says_what_is_confirmed_and_authorised(session, stage):
    found = gate_of(session, stage)
    assert (plain(found.asked.m3), found.points, found.waiting) == ("20000", 2, 2)
    assert (found.confirmation, found.difference, found.is_short) == (None, None, False)
    confirm(session, stage, "15000", nominated="19000")
    found = gate_of(session, stage)
    assert (plain(found.difference), found.is_short, plain(found.misunderstood)) == ("-5000", True, "-1000")
    assert found.is_answered


def test_less_than_asked_needs_a_reason_and_rounding_is_not_less(session, stage):
    with pytest.raises(Rejected) as refused:
        confirm(session, stage, "15000", None)
    assert refused.value.refusal is Refusal.CONFIRMED_WITHOUT_REASON
    asked = gate_of(session, stage).asked.mbtu
    rounded = plain(Quantity.from_micro(asked.micro // 10_000 * 10_000, Unit.MBTU))
    assert confirm(session, stage, rounded, None, unit=Unit.MBTU) == 1
    assert not gate_of(session, stage).is_short


def test_the_same_answer_again_writes_nothing_and_another_one_is_the_next_version(session, stage):
    assert confirm(session, stage, "15000") == 1
    assert confirm(session, stage, "15000", seen=1) == 0
    with pytest.raises(Conflict, match="gate-confirmed"):
        confirm(session, stage, "14000", seen=0)
    assert confirm(session, stage, "14000", seen=1) == 1
    assert session.scalar(select(func.max(GateConfirmation.version))) == 2


def test_an_answer_belongs_to_the_version_that_was_sent_last(session, stage):
    confirm(session, stage, "15000")
    day_book.freeze(act_of(session, stage), gas_day=TOMORROW)
    day_book.mark_sent(act_of(session, stage), gas_day=TOMORROW, version=1, sent_to="nominaciones@example.com")
    assert not gate_of(session, stage).is_answered
    assert confirm(session, stage, "15000", seen=1) == 1
    assert gate_of(session, stage).is_answered
    with pytest.raises(Rejected) as refused:
        day_book.mark_sent(act_of(session, stage), gas_day=TOMORROW, version=1, sent_to="  ")
    assert refused.value.refusal is Refusal.SENT_TO_MISSING
    assert day_book.find_last_recipient(session) == "nominaciones@example.com"


def test_cuts_are_proposed_pro_rata_with_the_transporters_reason(session, stage):
    confirm(session, stage, "10000")
    proposal = propose(session, stage)
    assert given(proposal) == {"apiay": ("6250", CutReason.PCC), "barzal": ("3750", CutReason.PCC)}
    assert (plain(proposal.total.m3), proposal.cuts) == ("10000", 2)
    assert record(session, stage, proposal) == 2
    found = gate_of(session, stage)
    assert (plain(found.authorised.m3), found.waiting, found.excess) == ("10000", 0, None)
    assert publish(session, stage).cuts == 2


def test_without_enough_for_the_maximum_of_a_contract_only_that_cuts(session, stage):
    confirm(session, stage, "20000", None)
    proposal = propose(session, stage)
    # 20,000 asked of a maximum of 19,000.
    assert given(proposal) == {"apiay": ("11875", CutReason.EPM), "barzal": ("7125", CutReason.EPM)}
    assert all(each.is_above_maximum for each in proposal.lines)


def test_by_priority_the_first_contract_is_cut_last(session, stage):
    with transaction(session):
        owner = factories.contract(session, number="NR-C")
        point = factories.delivery_point(
            session, contract=owner, exit_point_id=stage.first.exit_point_id, public_id="dorado", name="EDS Dorado"
        )
        nominate(session, point, "4000")
        session.add(
            SettingRow(
                name=SettingName.CUT_PRIORITY,
                contract_id=owner.id,
                value="1",
                valid_from=TOMORROW,
                reason="x",
                recorded_at=NOW,
                recorded_by_id=stage.operator.user_id,
            )
        )
    confirm(session, stage, "9000")
    proposal = propose(session, stage, CutRule.BY_PRIORITY)
    assert given(proposal) == {
        "apiay": ("3125", CutReason.PCC),
        "barzal": ("1875", CutReason.PCC),
        "dorado": ("4000", None),
    }


def test_every_line_can_be_edited_and_a_wrong_one_writes_none(session, stage):
    confirm(session, stage, "10000")
    proposal = propose(session, stage)
    with pytest.raises(Rejected) as refused:
        record(session, stage, proposal, barzal=Edited(m3("7501"), None))
    assert (refused.value.refusal, refused.value.facts["id"]) == (Refusal.ABOVE_ASKED, "barzal")
    with pytest.raises(Rejected) as refused:
        record(session, stage, proposal, barzal=Edited(m3("7499"), None))
    assert refused.value.refusal is Refusal.CUT_REASON_MISSING
    assert session.scalar(select(func.count()).select_from(AuthorisationDraft)) == 0
    record(session, stage, proposal, barzal=Edited(m3("7500"), None), apiay=Edited(m3("2500"), CutReason.FMJ))
    found = lines(session, stage)
    assert (plain(found["barzal"].recorded.m3), found["barzal"].recorded_cut) == ("7500", None)
    assert (plain(found["apiay"].recorded.m3), found["apiay"].recorded_cut) == ("2500", "FMJ")


def test_edited_lines_pass_what_was_confirmed_or_a_maximum_only_knowingly(session, stage):
    confirm(session, stage, "19500")
    proposal = propose(session, stage)
    # All that was asked: 20,000 of 19,500 confirmed, and of a maximum of 19,000.
    whole = {"apiay": Edited(m3("12500"), None), "barzal": Edited(m3("7500"), None)}
    with pytest.raises(Rejected) as refused:
        record(session, stage, proposal, **whole)
    assert refused.value.refusal is Refusal.CUTS_BEYOND
    assert refused.value.facts["excesses"] == [
        Excess("", m3("20000"), m3("19500")),
        Excess("NR-A", m3("20000"), m3("19000")),
    ]
    with pytest.raises(Rejected) as refused:
        record(session, stage, proposal, **whole | {"barzal": Edited(m3("7000"), CutReason.PCC)})
    assert [each.contract for each in refused.value.facts["excesses"]] == ["NR-A"]
    assert session.scalar(select(func.count()).select_from(AuthorisationDraft)) == 0
    edited = {each.line.point_public_id: Edited(each.quantity, each.cut_reason) for each in proposal.lines} | whole
    act = act_of(session, stage)
    recorded = day_book.record_cuts(
        act, gas_day=TOMORROW, code=CODE, rule=proposal.rule, edited=edited, shown=proposal.shown, knows_excess=True
    )
    assert recorded == 2


def test_the_same_cuts_again_record_nothing_and_published_ones_stay(session, stage):
    confirm(session, stage, "10000")
    record(session, stage, propose(session, stage))
    with pytest.raises(Rejected) as refused:
        record(session, stage, propose(session, stage))
    assert refused.value.refusal is Refusal.NOTHING_TO_CONFIRM
    publish(session, stage)
    with pytest.raises(Rejected):
        record(session, stage, propose(session, stage))


def test_a_proposal_that_is_stale_is_not_recorded(session, stage):
    confirm(session, stage, "10000")
    proposal = propose(session, stage)
    confirm(session, stage, "9000", seen=1)
    with pytest.raises(Conflict):
        record(session, stage, proposal)
    proposal = propose(session, stage)
    with transaction(session):
        nominate(session, stage.first, "12400", revision=2)
    with pytest.raises(Conflict):
        record(session, stage, proposal)


def test_two_people_at_once_record_one_proposal_once(sessions: sessionmaker[Session], session, stage):
    confirm(session, stage, "10000")
    proposal = propose(session, stage)
    session.rollback()
    done: list[str] = []

    def go() -> None:
        with sessions() as own:
            try:
                record(own, stage, proposal)
                done.append("recorded")
            except (Conflict, Rejected) as refused:
                done.append(type(refused).__name__)

    threads = [threading.Thread(target=go) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert done.count("recorded") == 1
    assert session.scalar(select(func.count()).select_from(AuthorisationDraft)) == 2


def test_only_who_authorises_takes_the_answer(session, stage):
    auditor = staff(session, Role.AUDITOR)
    act = Act.at(session, auditor, NOW)
    with pytest.raises(NotAllowed):
        day_book.record_confirmations(act, gas_day=TOMORROW, answers=[answer(session, "1")])
    with pytest.raises(NotAllowed):
        day_book.propose_cuts(act, gas_day=TOMORROW, code=CODE, rule=CutRule.PRO_RATA)
    with pytest.raises(NotFound):
        day_book.propose_cuts(act_of(session, stage), gas_day=TOMORROW, code="PS-99", rule=CutRule.PRO_RATA)


def load(session: Session, stage: Stage, text: str) -> day_book.ConfirmationsDone:
    kind = day_book.ConfirmationFiles(TOMORROW)
    return intake.import_file(act_of(session, stage), kind, name="respuesta.csv", content=text.encode())


def test_a_file_of_the_transporter_brings_nominated_confirmed_and_reason(session, stage):
    asked = plain(gate_of(session, stage).asked.mbtu)
    text = (
        "Punto de salida;Cantidad nominada;Cantidad confirmada;Motivo;Observaciones\n"
        f"{CODE};{asked.replace('.', ',')};500;Mantenimiento del gasoducto;hasta el viernes\n"
    )
    done = load(session, stage, text)
    (new, before, _) = done.answers[0]
    assert (plain(new.confirmed), new.confirmed.unit, before) == ("500", Unit.MBTU, None)
    assert (new.cut_reason, new.note) == (CutReason.CPR, "Mantenimiento del gasoducto; hasta el viernes")
    assert gate_of(session, stage).misunderstood is None
    assert load(session, stage, text).is_empty
    coded = load(session, stage, f"puerta;confirmada;unidad;motivo\n{CODE};15000;m3;pcc: mantenimiento\n")
    assert coded.answers[0][0].cut_reason is CutReason.PCC


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (f"puerta;confirmada\n{CODE};500\n", Rule.CUT_REASON_MISSING),
        ("puerta;confirmada\nPS-77;500\n", Rule.UNKNOWN_EXIT_POINT),
        (f"puerta;confirmada;motivo\n{CODE};500;PCC\n{CODE};501;PCC\n", Rule.REPEATED_ROW),
        (f"puerta;confirmada;unidad\n{CODE};500;GJ\n", Rule.WRONG_UNIT),
        (f"puerta;confirmada;nominada\n{CODE};900;mucho\n", Rule.NOT_A_NUMBER),
    ],
)
def test_a_file_with_a_bad_row_is_refused_whole(session, stage, text, rule):
    with pytest.raises(BadFile) as bad:
        load(session, stage, text)
    assert rule in {problem.rule for problem in bad.value.problems}
    assert session.scalar(select(func.count()).select_from(GateConfirmation)) == 0


def test_an_empty_cell_says_nothing_of_its_gate(session, stage):
    done = load(session, stage, f"puerta;confirmada\n{CODE};\nPS-01;N/D\n")
    assert done.is_empty
    assert gate_of(session, stage).confirmation is None


def test_a_record_of_a_nomination_that_is_gone_counts_no_more(session, stage):
    confirm(session, stage, "10000")
    record(session, stage, propose(session, stage))
    with transaction(session):
        nominate(session, stage.first, "9000", revision=2)
    assert plain(gate_of(session, stage).authorised.m3) == "3750"
    with transaction(session):
        session.execute(delete(NominationHead).where(NominationHead.delivery_point_id == stage.first.id))
        session.merge(stage.first).ends_on = TOMORROW
    # Ended, and nothing in force: it is in no book, whatever was recorded for it.
    assert set(lines(session, stage)) == {"barzal", "catama"}
    assert gate_of(session, stage).points == 1
