"""Cases: filed once with a number and a term, proved by a code, answered, extended, lapsed, opened again."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from portal.domain.accounts import Role
from portal.domain.cases import CaseAction, CaseChannel, CaseKind, CaseState, EntryKind, lapses_at
from portal.domain.keys import print_code
from portal.models import AuditEvent, Case, CaseFile, OutboxMessage
from portal.services.cases import pqr
from portal.services.cases.pqr import filings
from portal.services.mail import outbox
from portal.services.ops import cross_checks, work_board
from portal.services.store.acts import Act, Actor
from portal.services.store.identity import make_stranger
from portal.services.store.refusals import Conflict, NotAllowed, NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from portal.services.trace import audit
from tests import factories
from tests.factories import NOW
from tests.services.account_stage import mails as all_mails
from tests.services.case_stage import JPEG, PDF, events, petition
from tests.services.claim_stage import arrived

STRANGER = make_stranger(address="203.0.113.7")
# Three days before the fifteenth business day of what is filed at `NOW`.
DUE = date(2026, 12, 15)


def stranger(session: Session, now: datetime = NOW) -> Act:
    return Act.at(session, STRANGER, now)


def worker(session: Session, role: Role, now: datetime = NOW) -> Act:
    """Return an act of a new account of the consoles."""
    with transaction(session):
        user = factories.user(session, role=role)
    return Act.at(session, Actor(user.id, user.email, user.name, user.role, None, "", "web"), now)


def filed(session: Session, **given) -> pqr.Filed:
    return pqr.file_case(stranger(session), petition=petition(**given))


def case_of(session: Session, found: pqr.Filed) -> Case:
    session.rollback()
    return session.scalars(select(Case).where(Case.public_id == found.public_id)).one()


def do(act: Act, found: pqr.Filed, action: CaseAction, text: str = "Texto del caso.", **given) -> None:
    pqr.actions.do(act, filing_number=found.filing_number, action=action, text=text, **given)


def kinds(act: Act, found: pqr.Filed) -> list[EntryKind]:
    return [entry.kind for entry in pqr.desk.load(act, filing_number=found.filing_number).entries]


def mailed(session: Session, kind: str) -> list[OutboxMessage]:
    return [mail for mail in all_mails(session) if mail.kind == kind]


def test_a_case_gets_a_number_a_term_a_code_a_trace_and_an_acknowledgement(session: Session, vault: Vault):
    found = filed(session, text="Pido copia\ndel contrato.  ")
    assert (found.filing_number, found.due_on) == ("PQR-2026-000001", DUE)
    case = case_of(session, found)
    assert (case.state, case.channel, case.account_id) == (CaseState.FILED, CaseChannel.WEB, None)
    assert (case.consent_version, case.consented_at) == ("pqr-2026-11", NOW)
    seen = pqr.view(stranger(session), filing_number=found.filing_number, proved=[found.public_id])
    assert [(entry.kind, entry.text) for entry in seen.entries] == [(EntryKind.FILED, "Pido copia\ndel contrato.")]
    assert events(session) == ["case:filed"]
    assert audit.verify(session) is None


def test_the_acknowledgement_carries_number_day_and_code_and_nothing_that_was_typed(session: Session, vault: Vault):
    found = filed(session, name="Gane dinero en http://malo.example", text="Visite http://malo.example")
    (mail,) = mailed(session, "case-filed")
    words = outbox.read_words(session, mail)
    code = print_code(found.code)
    assert all(part in words for part in ("PQR-2026-000001", "martes 15 de diciembre de 2026", code, "/pqr/estado"))
    assert "malo.example" not in words + mail.subject
    # The outbox keeps the code sealed until the mail leaves.
    assert code not in mail.body
    assert "Si huele a gas, no espere esta respuesta: llame a la línea de emergencias 164" in mail.body
    assert mail.sealed


def test_one_mailbox_gets_ten_acknowledgements_an_hour_and_every_case_is_filed(session: Session, vault: Vault):
    found = [filed(session, text=f"Petición {n}") for n in range(12)]
    assert len({each.filing_number for each in found}) == 12
    assert len(mailed(session, "case-filed")) == 10
    shown = [pqr.view(stranger(session), filing_number=f.filing_number, proved=[f.public_id]) for f in found]
    assert [each.acknowledged for each in shown] == [True] * 10 + [False] * 2


@pytest.mark.parametrize(
    ("given", "refusal", "field"),
    [
        ({"kind": None}, Refusal.CASE_KIND_MISSING, "kind"),
        ({"name": " \u200b "}, Refusal.NAME_MISSING, "name"),
        ({"document": "12"}, Refusal.CASE_DOCUMENT, "document"),
        ({"document": "<script>"}, Refusal.CASE_DOCUMENT, "document"),
        ({"email": ""}, Refusal.CASE_EMAIL_MISSING, "email"),
        ({"email": "rosa@"}, Refusal.EMAIL_MALFORMED, "email"),
        ({"telephone": "12"}, Refusal.CASE_TELEPHONE, "telephone"),
        ({"text": "\n \u200b"}, Refusal.CASE_TEXT_MISSING, "text"),
        ({"text": "x" * 10_001}, Refusal.CASE_TEXT_TOO_LONG, "text"),
        ({"consented": False}, Refusal.CONSENT_MISSING, "consent"),
        ({"delivery_point": "de-nadie"}, Refusal.CASE_POINT, "delivery_point"),
        ({"about_on": date(2026, 11, 24)}, Refusal.CASE_DATE_TO_COME, "about_on"),
        ({"files": [pqr.NewFile("a.pdf", b"%PDF")]}, Refusal.CASE_FILE_KIND, "files"),
    ],
)
def test_what_is_missing_or_malformed_is_refused_by_its_field_and_takes_no_number(
    session: Session, vault: Vault, given: dict, refusal: Refusal, field: str
):
    with pytest.raises(Rejected) as caught:
        filed(session, **given)
    assert (caught.value.refusal, caught.value.field) == (refusal, field)
    session.rollback()
    assert filed(session).filing_number == "PQR-2026-000001"


def test_the_numbers_of_cases_are_accounted_for_when_receipts_are_verified(session: Session, vault: Vault):
    numbers = [filed(session, text=text).filing_number for text in ("Una.", "Dos.")]
    assert cross_checks.verify_receipts(session) is None
    with transaction(session):
        session.execute(update(Case).where(Case.filing_number == numbers[0]).values(filing_number="PQR-2026-000007"))
    assert cross_checks.verify_receipts(session) == f"number {numbers[0]} was given and its row is missing"


def test_the_same_form_sent_twice_is_one_case_and_with_another_text_none(session: Session, vault: Vault):
    once = filed(session, submission_id="a" * 32)
    assert filed(session, submission_id="a" * 32) == once
    with pytest.raises(Rejected) as caught:
        filed(session, submission_id="a" * 32, text="Otro texto.")
    assert caught.value.refusal is Refusal.CASE_SENT_BEFORE
    assert filed(session, submission_id="b" * 32).filing_number == "PQR-2026-000002"


def test_files_of_strangers_have_a_limit_by_address_and_for_all_and_texts_have_none(
    session: Session, vault: Vault, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(filings, "WITH_FILES_A_DAY", 2)
    monkeypatch.setattr(filings, "WITH_FILES_OF_ALL_A_DAY", 3)
    files = [pqr.NewFile("acta.pdf", PDF)]

    def send(address: str, now: datetime = NOW) -> str:
        act = Act.at(session, make_stranger(address=address), now)
        return pqr.file_case(act, petition=petition(files=files)).filing_number[-1]

    def refusal(address: str) -> Refusal:
        with pytest.raises(Rejected) as caught:
            send(address)
        return caught.value.refusal

    assert [send("203.0.113.7"), send("203.0.113.7")] == ["1", "2"]
    assert refusal("203.0.113.7") is Refusal.CASE_FILES_SPENT
    assert send("203.0.113.8") == "3"
    assert refusal("203.0.113.9") is Refusal.CASE_FILES_SPENT
    assert filed(session).filing_number[-1] == "4"
    agent = worker(session, Role.AGENT)
    brought = pqr.file_case(agent, petition=petition(files=files), channel=CaseChannel.OFFICE)
    assert brought.filing_number[-1] == "5"
    assert send("203.0.113.7", NOW + timedelta(days=1)) == "6"


def test_files_are_kept_exactly_as_they_came(session: Session, vault: Vault):
    found = filed(session, files=[pqr.NewFile("acta.pdf", PDF), pqr.NewFile("foto.jpg", JPEG)])
    kept = session.scalars(select(CaseFile).order_by(CaseFile.id)).all()
    assert [(file.name, file.content, file.size) for file in kept] == [
        ("acta.pdf", PDF, len(PDF)),
        ("foto.jpg", JPEG, len(JPEG)),
    ]
    assert kept[0].digest == hashlib.sha256(PDF).digest()
    # The audit chain holds the hash of each, for the rows of files have no anchor of their own.
    details = session.scalars(select(AuditEvent.details).where(AuditEvent.event == "case:filed")).one()
    assert all(file.digest.hex() in details for file in kept)
    seen = pqr.view(stranger(session), filing_number=found.filing_number, proved=[found.public_id])
    assert [file.name for file in seen.entries[0].files] == ["acta.pdf", "foto.jpg"]


def test_a_customer_chooses_among_their_own_points_and_finds_their_cases_without_a_code(session: Session, vault: Vault):
    way, point = arrived(session, vault)
    theirs = Act.at(session, way.actor, NOW)
    assert [each.public_id for each in pqr.own_points(theirs)] == [point.public_id]
    found = pqr.file_case(theirs, petition=petition(delivery_point=point.public_id))
    assert pqr.view(theirs, filing_number=found.filing_number, proved=[]).place == point.name
    assert [each.filing_number for each in pqr.mine(theirs)] == [found.filing_number]
    with pytest.raises(NotFound):
        pqr.view(stranger(session), filing_number=found.filing_number, proved=[])
    # The same point in the hands of a stranger is as one that is not there.
    with pytest.raises(Rejected) as caught:
        filed(session, delivery_point=point.public_id)
    assert caught.value.refusal is Refusal.CASE_POINT


def test_number_and_code_open_a_case_and_a_wrong_code_is_as_a_number_that_is_none(session: Session, vault: Vault):
    found, other = filed(session), filed(session, text="Otra cosa.")
    act = stranger(session)
    assert pqr.prove(act, filing_number=f" {found.filing_number.lower()} ", code=print_code(found.code).lower())
    for number, code in (
        (found.filing_number, other.code),
        (found.filing_number, ""),
        (found.filing_number, "🙂" * 8),
        ("PQR-2026-999999", found.code),
        ("x" * 500, found.code),
    ):
        with pytest.raises(Rejected) as caught:
            pqr.prove(act, filing_number=number, code=code)
        assert (caught.value.refusal, caught.value.field) == (Refusal.CASE_UNKNOWN, None)


def test_a_spoken_case_is_filed_by_who_may_and_an_appeal_is_not_spoken(session: Session, vault: Vault):
    agent = worker(session, Role.AGENT)
    spoken = petition(email="", electronic_notice=False, telephone="310 555 0100")
    found = pqr.file_case(agent, petition=spoken, channel=CaseChannel.TELEPHONE)
    assert case_of(session, found).channel is CaseChannel.TELEPHONE
    assert mailed(session, "case-filed") == []
    assert pqr.desk.paper(agent, filing_number=found.filing_number).code == found.code
    with pytest.raises(NotAllowed):
        pqr.file_case(stranger(session), petition=spoken, channel=CaseChannel.TELEPHONE)
    appeal = petition(kind=CaseKind.APPEAL, email="")
    with pytest.raises(Rejected) as caught:
        pqr.file_case(agent, petition=appeal, channel=CaseChannel.TELEPHONE)
    assert caught.value.refusal is Refusal.CASE_APPEAL_SPOKEN


def test_an_answer_goes_by_mail_to_who_accepted_it_and_else_on_the_web(session: Session, vault: Vault):
    operator = worker(session, Role.OPERATOR)
    by_mail, on_the_web = filed(session), filed(session, electronic_notice=False)
    for found in (by_mail, on_the_web):
        do(operator, found, CaseAction.ANSWER, "Adjuntamos la copia.", files=[pqr.NewFile("copia.pdf", PDF)])
    (mail,) = mailed(session, "case-changed")
    assert "Adjuntamos la copia." in mail.body
    assert (case_of(session, by_mail).noticed_on, case_of(session, on_the_web).noticed_on) == (None, NOW.date())
    (notice,) = pqr.notices(operator)
    assert notice == (on_the_web.filing_number, date(2026, 11, 23), date(2026, 12, 1))
    # Off the web at the end of the day after its five business days.
    assert pqr.notices(operator.moved(datetime(2026, 12, 1, 4, 0, tzinfo=UTC)))
    assert not pqr.notices(operator.moved(datetime(2026, 12, 1, 6, 0, tzinfo=UTC)))
    seen = pqr.view(stranger(session), filing_number=by_mail.filing_number, proved=[by_mail.public_id])
    assert [file.name for file in seen.entries[1].files] == ["copia.pdf"]
    # The record itself says how each was notified.
    assert "Por correo a rosa@vecina.example" in seen.entries[2].text
    seen = pqr.view(stranger(session), filing_number=on_the_web.filing_number, proved=[on_the_web.public_id])
    assert "del lunes 23 de noviembre de 2026 al lunes 30 de noviembre de 2026" in seen.entries[2].text
    assert "al terminar el martes 1 de diciembre de 2026" in seen.entries[2].text


APPEAL = "cabe el recurso de reposición ante Llanogas y, en subsidio, el de apelación"


def appeal_in(session: Session, found: pqr.Filed, now: datetime = NOW) -> str:
    """Return what the page of a case says of the appeal at ``now``."""
    return pqr.view(stranger(session, now), filing_number=found.filing_number, proved=[found.public_id]).appeal


def test_an_answer_says_which_appeal_lies_until_when_and_where(session: Session, vault: Vault):
    operator = worker(session, Role.OPERATOR)
    by_mail, on_the_web = filed(session), filed(session, electronic_notice=False)
    assert appeal_in(session, by_mail) == ""
    for found in (by_mail, on_the_web):
        do(operator, found, CaseAction.ANSWER, "No es posible.")
    (mail,) = mailed(session, "case-changed")
    for said in (mail.body, appeal_in(session, by_mail)):
        assert APPEAL in said
        assert "dentro de los cinco días hábiles siguientes a conocerla" in said
        assert "Si la conoció el lunes 23 de noviembre de 2026: ese término termina el lunes 30 de noviembre" in said
        assert f"/pqr/nueva, como recurso y con el radicado {by_mail.filing_number}." in said
    served = "Por el aviso en la página se entiende conocida al terminar el martes 1 de diciembre de 2026"
    assert f"{served}: ese término termina el miércoles 9 de diciembre de 2026" in appeal_in(session, on_the_web)
    # On its last day, by Colombian time, and after it.
    last = datetime(2026, 12, 1, 4, 59, tzinfo=UTC)
    assert "ese término termina el" in appeal_in(session, by_mail, last)
    assert "ese término terminó el lunes 30" in appeal_in(session, by_mail, last + timedelta(minutes=1))
    assert APPEAL in pqr.desk.load(operator, filing_number=by_mail.filing_number).appeal
    do(operator, by_mail, CaseAction.CLOSE)
    assert APPEAL in appeal_in(session, by_mail)


def test_no_appeal_is_told_against_what_was_recognised_passed_on_opened_again_or_decided_on_appeal(
    session: Session, vault: Vault
):
    operator = worker(session, Role.OPERATOR)
    passed_on, again, appealed = filed(session), filed(session), filed(session, kind=CaseKind.APPEAL)
    for found in (passed_on, again, appealed):
        do(operator, found, CaseAction.ANSWER, "No es posible.")
    do(operator, passed_on, CaseAction.PASS_ON)
    do(operator, again, CaseAction.REOPEN)
    assert [appeal_in(session, found) for found in (passed_on, again, appealed)] == [""] * 3
    do(operator, passed_on, CaseAction.CLOSE)
    assert appeal_in(session, passed_on) == ""
    late, now = filed(session), lapses_at(DUE)
    pqr.watch_due(Act.of_system(session, now))
    do(operator.moved(now), late, CaseAction.ANSWER, "Se reconoce.")
    assert appeal_in(session, late, now) == ""
    assert APPEAL not in mailed(session, "case-changed")[-1].body


def test_an_internal_note_and_its_file_are_not_for_the_petitioner(session: Session, vault: Vault):
    operator, found = worker(session, Role.OPERATOR), filed(session)
    do(operator, found, CaseAction.NOTE, "Ojo: cliente difícil.", files=[pqr.NewFile("nota.pdf", PDF)])
    seen = pqr.view(stranger(session), filing_number=found.filing_number, proved=[found.public_id])
    assert [entry.kind for entry in seen.entries] == [EntryKind.FILED]
    (file,) = pqr.desk.load(operator, filing_number=found.filing_number).entries[-1].files
    given = {"filing_number": found.filing_number, "file": file.public_id}
    assert pqr.file_of(session, only_public=False, **given).content == PDF
    with pytest.raises(NotFound):
        pqr.file_of(session, only_public=True, **given)


def test_a_term_is_extended_once_with_its_reason(session: Session, vault: Vault):
    operator, found = worker(session, Role.OPERATOR), filed(session)
    do(operator, found, CaseAction.EXTEND, "Se ordenó revisar el medidor.")
    case = case_of(session, found)
    assert (case.due_on, case.extended_on, case.extension_reason) == (
        date(2027, 1, 7),
        NOW.date(),
        "Se ordenó revisar el medidor.",
    )
    assert "jueves 7 de enero de 2027" in mailed(session, "case-changed")[0].body
    with pytest.raises(Conflict):
        do(operator, found, CaseAction.EXTEND, "Otra vez.")


def test_a_case_opened_again_has_a_term_of_its_own(session: Session, vault: Vault):
    operator, found = worker(session, Role.OPERATOR), filed(session)
    do(operator, found, CaseAction.ANSWER)
    do(operator, found, CaseAction.CLOSE)
    later = operator.moved(NOW + timedelta(days=14))
    do(later, found, CaseAction.REOPEN, "Faltó una página.")
    case = case_of(session, found)
    assert (case.state, case.due_on) == (CaseState.REOPENED, date(2026, 12, 30))
    do(later, found, CaseAction.ANSWER, "Ahora sí.")
    assert kinds(later, found) == ["filed", "answered", "notified", "closed", "reopened", "answered", "notified"]


def test_a_case_that_moved_on_takes_no_more_of_what_its_state_does_not_allow(session: Session, vault: Vault):
    operator, found = worker(session, Role.OPERATOR), filed(session)
    with pytest.raises(Conflict):
        do(operator, found, CaseAction.CLOSE)
    do(operator, found, CaseAction.PASS_ON, "Es de la alcaldía.")
    with pytest.raises(Conflict):
        do(operator, found, CaseAction.ANSWER)
    assert case_of(session, found).state is CaseState.PASSED_ON


def test_the_same_answer_pressed_twice_is_written_once(session: Session, vault: Vault):
    operator, found = worker(session, Role.OPERATOR), filed(session)
    for _ in range(2):
        do(operator, found, CaseAction.NOTE, "Llamar mañana.")
    for _ in range(2):
        do(operator, found, CaseAction.ANSWER, "Listo.")
    assert kinds(operator, found) == ["filed", "note", "answered", "notified"]


def test_agents_and_auditors_read_and_do_not_answer(session: Session, vault: Vault):
    found = filed(session)
    for role in (Role.AGENT, Role.AUDITOR):
        act = worker(session, role)
        assert pqr.desk.load(act, filing_number=found.filing_number).case.name == "Rosa Peña"
        with pytest.raises(NotAllowed):
            do(act, found, CaseAction.ANSWER)
    with pytest.raises(NotAllowed):
        pqr.desk.list_cases(worker(session, Role.ADMIN), states=frozenset(CaseState))


def at(day: int, hour: int = 15, month: int = 12) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def test_who_has_the_case_is_told_on_the_business_days_10_13_and_15_once_each(session: Session, vault: Vault):
    operator, supervisor = worker(session, Role.OPERATOR), worker(session, Role.SUPERVISOR)
    taken, free = filed(session), filed(session, text="Otra.")
    do(operator, taken, CaseAction.ASSIGN)
    for now in (at(4), at(7), at(7, 16), at(11), at(14), at(15)):
        pqr.watch_due(Act.of_system(session, now))
    told = {
        number: [
            (mail.subject.split(":")[1].split(" del")[0], mail.recipient)
            for mail in mailed(session, "case-alarm")
            if number in mail.subject
        ]
        for number in (taken.filing_number, free.filing_number)
    }
    days = [" día hábil 10", " día hábil 13", " día hábil 15"]
    assert told[taken.filing_number] == [(day, operator.actor.email) for day in days]
    assert told[free.filing_number] == [(day, supervisor.actor.email) for day in days]
    assert kinds(operator, free)[1:] == ["alarm"] * 3


def test_a_worker_that_slept_tells_the_last_alarm_only(session: Session, vault: Vault):
    worker(session, Role.SUPERVISOR)
    filed(session)
    assert pqr.watch_due(Act.of_system(session, at(15))) == 1
    assert ["día hábil 15" in mail.subject for mail in mailed(session, "case-alarm")] == [True]
    assert pqr.watch_due(Act.of_system(session, at(15, 20))) == 0


def test_a_term_that_passes_unanswered_is_decided_for_the_petitioner(session: Session, vault: Vault):
    operator, found = worker(session, Role.OPERATOR), filed(session)
    worker(session, Role.SUPERVISOR)
    pqr.watch_due(Act.of_system(session, lapses_at(DUE) - timedelta(seconds=1)))
    assert case_of(session, found).state is CaseState.FILED
    pqr.watch_due(Act.of_system(session, lapses_at(DUE)))
    assert case_of(session, found).state is CaseState.LAPSED
    last_call = lapses_at(DUE) + timedelta(hours=48)
    told = [pqr.watch_due(Act.of_system(session, last_call + timedelta(hours=hours))) for hours in (-1, 0, 1, 200)]
    assert told == [0, 1, 0, 0]
    assert "quedan 24 horas" in mailed(session, "case-alarm")[-1].subject
    assert "se entiende resuelta a su favor" in mailed(session, "case-changed")[0].body
    shown = pqr.desk.load(operator, filing_number=found.filing_number)
    assert shown.case.recognise_by == lapses_at(DUE) + timedelta(hours=72)
    assert shown.actions == (CaseAction.ASSIGN, CaseAction.NOTE, CaseAction.ANSWER)
    do(operator, found, CaseAction.ANSWER, "Se reconoce lo pedido.")
    assert "reconoce sus efectos" in mailed(session, "case-changed")[-1].body
    assert events(session)[-2:] == ["case:lapsed", "case:answered"]
    assert audit.verify(session) is None


def test_the_board_counts_what_waits_and_what_lapsed_for_who_may_answer(session: Session, vault: Vault):
    operator, agent = worker(session, Role.OPERATOR), worker(session, Role.AGENT)
    filed(session)
    late = pqr.file_case(stranger(session, NOW - timedelta(days=40)), petition=petition(text="Vieja."))
    pqr.watch_due(Act.of_system(session, NOW))
    counts = {item.what: item.count for item in work_board.load(operator)}
    assert (counts[work_board.Waiting.CASES], counts[work_board.Waiting.CASES_LAPSED]) == (1, 1)
    do(operator, late, CaseAction.ANSWER)
    counts = {item.what: item.count for item in work_board.load(operator)}
    assert (counts[work_board.Waiting.CASES], counts[work_board.Waiting.CASES_LAPSED]) == (1, 0)
    assert work_board.Waiting.CASES not in {item.what for item in work_board.load(agent)}


def test_two_workers_tell_each_alarm_once(sessions: sessionmaker[Session], session: Session, vault: Vault):
    worker(session, Role.SUPERVISOR)
    for n in range(6):
        filed(session, text=f"Petición {n}")

    def watch(_: int) -> int:
        with sessions() as own:
            return pqr.watch_due(Act.of_system(own, at(15)))

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(watch, range(4))) == 6
    session.rollback()
    assert len(mailed(session, "case-alarm")) == 6


def test_an_answered_case_never_lapses(session: Session, vault: Vault):
    operator, found = worker(session, Role.OPERATOR), filed(session)
    do(operator, found, CaseAction.ANSWER)
    assert pqr.watch_due(Act.of_system(session, at(31))) == 0
    assert case_of(session, found).state is CaseState.ANSWERED


def test_the_list_shows_what_owes_an_answer_first_and_by_the_end_of_its_term(session: Session, vault: Vault):
    operator = worker(session, Role.OPERATOR)
    first = filed(session)
    claim = pqr.file_case(stranger(session, NOW - timedelta(days=7)), petition=petition(kind=CaseKind.CLAIM))
    do(operator, first, CaseAction.ANSWER)
    last = filed(session, text="Otra más.")
    listed = pqr.desk.list_cases(operator, states=frozenset(CaseState))
    assert [case.filing_number for case in listed.cases] == [
        claim.filing_number,
        last.filing_number,
        first.filing_number,
    ]
    assert (listed.counts[CaseState.FILED], listed.counts[CaseState.ANSWERED]) == (2, 1)
    only = pqr.desk.list_cases(operator, states=frozenset(CaseState), kind=CaseKind.CLAIM)
    assert [case.filing_number for case in only.cases] == [claim.filing_number]
    soon = pqr.desk.list_cases(operator, states=frozenset(CaseState), due_until=claim.due_on)
    assert [case.filing_number for case in soon.cases] == [claim.filing_number]
