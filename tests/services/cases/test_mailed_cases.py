"""Mail becomes a case once, or adds to the case that it answers; it never shows anything of one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from portal.domain.accounts import Role
from portal.domain.cases import CaseAction, CaseChannel, CaseKind, CaseState, EntryKind, Outcome
from portal.domain.keys import print_code
from portal.models import Case, CaseFile, CaseMail, OutboxMessage
from portal.services.cases import pqr
from portal.services.cases.pqr.mailed_cases import FROM_ONE_ADDRESS_A_DAY, MOST_TEXT
from portal.services.mail import message_ids, outbox
from portal.services.mail.inbox import Apart, BoxAway, NotTaken, read_message
from portal.services.mail.inbox.maildir import Maildir
from portal.services.store.acts import Act, Actor
from portal.services.store.identity import make_stranger
from portal.services.store.refusals import Conflict
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from portal.services.trace import audit
from tests import factories
from tests.factories import NOW
from tests.services.account_stage import mails as all_mails
from tests.services.case_stage import JPEG, PDF, PNG, events, pdf, petition
from tests.services.claim_stage import arrived, measure, open_claim
from tests.services.mail_stage import deliver, letter, maildir

DUE = date(2026, 12, 15)


def take(session: Session, raw: bytes, *, arrived_at=NOW, now=NOW) -> pqr.Taken:
    return pqr.take_mail(Act.of_system(session, now), mail=read_message(raw), arrived_at=arrived_at)


def supervisor(session: Session) -> Act:
    with transaction(session):
        user = factories.user(session, role=Role.SUPERVISOR)
    return Act.at(session, Actor(user.id, user.email, user.name, user.role, None, "", "web"), NOW)


def case_of(session: Session, number: str) -> Case:
    session.rollback()
    return session.scalars(select(Case).where(Case.filing_number == number)).one()


def entries(staff: Act, number: str) -> list[tuple[EntryKind, str]]:
    return [(entry.kind, entry.text) for entry in pqr.desk.load(staff, filing_number=number).entries]


def mailed(session: Session, kind: str) -> list[OutboxMessage]:
    session.rollback()
    return [mail for mail in all_mails(session) if mail.kind == kind]


def answer_to(session: Session, vault: Vault, kind: str = "case-filed") -> str:
    """The Message-ID of the last mail of this kind, as it left."""
    return f"<{message_ids.name_mail(vault, number=mailed(session, kind)[-1].id)}@distribuidor.example>"


def answer(session: Session, number: str) -> None:
    act = supervisor(session)
    pqr.actions.do(act, filing_number=number, action=CaseAction.ANSWER, text="Va la copia.")


def test_a_mail_is_a_petition_of_its_sender_without_document_or_consent(session: Session, vault: Vault):
    taken = take(session, letter(files=(("acta.pdf", PDF),)))
    assert taken == ("PQR-2026-000001", True, False, 1, 0)
    case = case_of(session, taken.filing_number)
    assert (case.kind, case.channel, case.state) == (CaseKind.PETITION, CaseChannel.MAIL, CaseState.FILED)
    assert (case.name, case.email, case.document) == ("Rosa Peña", "rosa@vecina.example", "")
    assert (case.consent_version, case.consented_at, case.electronic_notice) == (None, None, False)
    assert (case.due_on, case.account_id, case.delivery_point_id) == (DUE, None, None)
    staff = supervisor(session)
    assert entries(staff, case.filing_number) == [
        (EntryKind.FILED, "Asunto: Copia del contrato\n\nPido copia del contrato.")
    ]
    assert session.scalars(select(CaseFile.name)).all() == ["acta.pdf"]
    assert events(session) == ["case:filed"]
    assert audit.verify(session) is None


def test_the_acknowledgement_says_number_code_and_what_a_mail_lacks_and_repeats_nothing(session: Session, vault: Vault):
    taken = take(
        session, letter(subject="Gane en malo.example", text="Visite malo.example", sender="M <m@otra.example>")
    )
    (mail,) = mailed(session, "case-filed")
    words = outbox.read_words(session, mail)
    code = print_code(pqr.desk.load(supervisor(session), filing_number=taken.filing_number).code)
    for part in (taken.filing_number, code, "martes 15 de diciembre", "sin la autorización de datos", "responda a"):
        assert part in words
    assert mail.recipient == "m@otra.example"
    assert "malo.example" not in words + mail.subject
    assert code not in mail.body


def test_the_term_runs_from_when_the_box_received_it_unless_its_clock_is_wrong(session: Session, vault: Vault):
    friday = NOW - timedelta(days=3)
    waited = take(session, letter(number=1), arrived_at=friday)
    assert (case_of(session, waited.filing_number).filed_at, case_of(session, waited.filing_number).due_on) == (
        friday,
        date(2026, 12, 14),
    )
    staff = supervisor(session)
    for number, moment in ((2, NOW - timedelta(days=30)), (3, NOW + timedelta(hours=1))):
        wrong = take(session, letter(number=number), arrived_at=moment)
        assert case_of(session, wrong.filing_number).filed_at == NOW
        assert "El buzón da otra fecha" in entries(staff, wrong.filing_number)[-1][1]


def test_the_same_message_is_taken_once_and_another_with_its_id_is_not_lost(session: Session, vault: Vault):
    first = take(session, letter())
    again = take(session, letter(Received="by mx2.example"))
    assert (again.filing_number, again.was_there, again.is_new) == (first.filing_number, True, False)
    with pytest.raises(NotTaken) as refused:
        take(session, letter(text="Otra cosa."))
    assert refused.value.reason is Apart.ID_TWICE
    assert len(session.scalars(select(Case.id)).all()) == 1
    assert len(mailed(session, "case-filed")) == 1
    assert events(session) == ["case:filed"]


def test_only_three_files_that_may_be_kept_are_kept_and_the_others_are_named(session: Session, vault: Vault):
    files = (
        ("virus malo.example.exe", b"MZ"),
        ("uno.pdf", PDF),
        ("dos.png", PNG),
        ("grande.pdf", pdf(b"x" * (5 * 1024 * 1024))),
        ("tres.jpg", JPEG),
        ("cuatro.pdf", pdf(b"cuatro")),
        ("vacío.pdf", b""),
    )
    taken = take(session, letter(files=files))
    assert (taken.kept, taken.left_out) == (3, 4)
    assert session.scalars(select(CaseFile.name).order_by(CaseFile.id)).all() == ["uno.pdf", "dos.png", "tres.jpg"]
    text = entries(supervisor(session), taken.filing_number)[0][1]
    for name in ("virus malo.example.exe", "grande.pdf", "cuatro.pdf", "vacío.pdf"):
        assert f"- {name} (" in text
    words = outbox.read_words(session, mailed(session, "case-filed")[0])
    assert "- Adjunto 1 (.exe, 1 KiB): no es un PDF, un JPEG o un PNG completo." in words
    assert "- Adjunto 4 (.pdf, 5120 KiB): pesa más de 5 MiB." in words
    assert "- Adjunto 6 (.pdf, 1 KiB): ya había tres" in words
    assert "malo.example" not in words


def test_two_hundred_files_are_all_named_in_the_record_and_some_in_the_acknowledgement(session: Session, vault: Vault):
    taken = take(session, letter(files=tuple((f"nota-{n}.docx", b"PK") for n in range(200))))
    said = "\n".join(text for _, text in entries(supervisor(session), taken.filing_number))
    assert all(f"- nota-{n}.docx (" in said for n in range(200))
    words = outbox.read_words(session, mailed(session, "case-filed")[0])
    assert "- Adjunto 20 (" in words
    assert "- Otros 180." in words


def test_a_long_text_goes_on_in_further_entries_and_what_is_too_long_says_so(session: Session, vault: Vault):
    long = "\n".join(f"Línea {n:05d} de una petición muy larga." for n in range(MOST_TEXT // 41))
    taken = take(session, letter(text=long, subject=None))
    found = entries(supervisor(session), taken.filing_number)
    assert [kind for kind, _ in found] == [EntryKind.FILED] + [EntryKind.MAILED] * (len(found) - 1)
    assert all(len(text) <= 10_000 for _, text in found)
    assert "\n".join(text for _, text in found) == long
    more = take(session, letter(text="palabra " * 20_000, number=2))
    said = entries(supervisor(session), more.filing_number)
    assert "tiene 159.999 caracteres y aquí están los primeros 100.000" in said[-1][1]


def test_a_mail_without_words_is_filed_with_its_subject_or_files(session: Session, vault: Vault):
    taken = take(session, letter(text="", subject=None, files=(("acta.pdf", PDF),)))
    assert entries(supervisor(session), taken.filing_number)[0][1] == "Nota del portal. El correo no tiene texto."


def test_an_answer_of_the_petitioner_is_an_entry_of_the_case_and_who_is_in_charge_hears_of_it(
    session: Session, vault: Vault
):
    staff = supervisor(session)
    first = take(session, letter())
    for n, said in enumerate((answer_to(session, vault), "<carta-1@vecina.example>"), start=2):
        added = take(session, letter(number=n, text=f"Falta algo {n}.", In_Reply_To=said, files=((f"a{n}.pdf", PDF),)))
        assert added == (first.filing_number, False, False, 1, 0)
    found = entries(staff, first.filing_number)
    assert [kind for kind, _ in found] == [EntryKind.FILED, EntryKind.MAILED, EntryKind.MAILED]
    assert "Falta algo 3." in found[-1][1]
    assert case_of(session, first.filing_number).state is CaseState.FILED
    assert [mail.recipient for mail in mailed(session, "case-alarm")] == [staff.actor.email] * 2
    (words, _) = [mail.body for mail in mailed(session, "case-mail-added")]
    assert "Agregamos su correo al radicado PQR-2026-000001." in words
    assert events(session) == ["case:filed", "case:mailed", "case:mailed"]
    case = case_of(session, first.filing_number)
    stranger = Act.at(session, make_stranger(address="203.0.113.7"), NOW)
    seen = pqr.view(stranger, filing_number=case.filing_number, proved=[case.public_id])
    assert [entry.kind for entry in seen.entries] == [EntryKind.FILED, EntryKind.MAILED, EntryKind.MAILED]


def test_an_answer_to_the_mail_of_an_answer_finds_a_case_of_the_web_too(session: Session, vault: Vault):
    filed = pqr.file_case(Act.at(session, make_stranger(address="203.0.113.7"), NOW), petition=petition())
    pqr.actions.do(
        supervisor(session), filing_number=filed.filing_number, action=CaseAction.ANSWER, text="Va la copia."
    )
    added = take(session, letter(References=f"<x@y> {answer_to(session, vault, 'case-changed')}"))
    assert (added.filing_number, added.is_new) == (filed.filing_number, False)


def test_an_answer_to_the_mail_of_a_claim_about_a_day_is_read_before_it_is_decided(session: Session, vault: Vault):
    way, point = arrived(session, vault)
    measure(session, way)
    claim = open_claim(session, way, point)
    added = take(session, letter(sender=way.actor.email, In_Reply_To=answer_to(session, vault)))
    assert (added.filing_number, added.is_new) == (claim.filing_number, False)
    (mail,) = mailed(session, "case-mail-added")
    assert "/pqr/estado" not in mail.body
    # Who decides on what was said before is shown the mail.
    decision = {"action": CaseAction.ANSWER, "outcome": Outcome.UPHELD, "text": "Se corrige."}
    with pytest.raises(Conflict):
        pqr.actions.do(supervisor(session), filing_number=claim.filing_number, seen=1, **decision)
    pqr.actions.do(supervisor(session), filing_number=claim.filing_number, seen=2, **decision)


def test_a_stranger_who_answers_files_a_case_of_their_own_and_reads_nothing(session: Session, vault: Vault):
    staff = supervisor(session)
    first = take(session, letter())
    other = take(session, letter(sender="otra@malo.example", number=2, In_Reply_To=answer_to(session, vault)))
    assert (other.filing_number, other.is_new) == ("PQR-2026-000002", True)
    assert [kind for kind, _ in entries(staff, first.filing_number)] == [EntryKind.FILED]
    assert entries(staff, other.filing_number)[-1] == (
        EntryKind.NOTE,
        "Responde a un mensaje del radicado PQR-2026-000001, desde otra dirección.",
    )
    words = "".join(outbox.read_words(session, mail) for mail in mailed(session, "case-filed")[1:])
    assert "PQR-2026-000001" not in words
    assert not mailed(session, "case-mail-added")


def test_a_message_id_that_was_made_up_leads_to_no_case(session: Session, vault: Vault):
    take(session, letter())
    number = mailed(session, "case-filed")[0].id
    for n, made_up in enumerate((f"<pqr-{number}-{'0' * 20}@x>", f"<outbox-{number}@x>", "<pqr-x@x>"), start=2):
        assert take(session, letter(number=n, In_Reply_To=made_up)).is_new


@pytest.mark.parametrize("action", [CaseAction.ANSWER, CaseAction.CLOSE])
def test_an_answer_to_a_closed_case_opens_nothing_by_itself_and_says_so(
    session: Session, vault: Vault, action: CaseAction
):
    staff = supervisor(session)
    first = take(session, letter())
    pqr.actions.do(staff, filing_number=first.filing_number, action=CaseAction.ANSWER, text="Va la copia.")
    if action is CaseAction.CLOSE:
        pqr.actions.do(staff, filing_number=first.filing_number, action=CaseAction.CLOSE, text="Listo.")
    before = case_of(session, first.filing_number).state
    take(session, letter(number=2, text="Gracias.", In_Reply_To=answer_to(session, vault)))
    assert case_of(session, first.filing_number).state is before
    assert "decide si se abre de nuevo" in mailed(session, "case-mail-added")[0].body
    assert "decida si se abre de nuevo" in mailed(session, "case-alarm")[-1].body
    pqr.actions.do(staff, filing_number=first.filing_number, action=CaseAction.REOPEN, text="Falta un anexo.")
    assert case_of(session, first.filing_number).state is CaseState.REOPENED


def test_who_wrote_gets_the_answer_by_mail_and_the_notice_on_the_web(session: Session, vault: Vault):
    first = take(session, letter())
    pqr.actions.do(
        supervisor(session), filing_number=first.filing_number, action=CaseAction.ANSWER, text="Va la copia."
    )
    (news,) = mailed(session, "case-changed")
    assert news.recipient == "rosa@vecina.example"
    assert "Va la copia." in news.body
    assert "La notificación se hace por aviso en la página" in news.body
    assert case_of(session, first.filing_number).noticed_on == NOW.date()


def test_one_address_gets_ten_acknowledgements_an_hour_and_files_twenty_mails_a_day(session: Session, vault: Vault):
    for n in range(FROM_ONE_ADDRESS_A_DAY):
        assert take(session, letter(number=n)).is_new
    assert len(mailed(session, "case-filed")) == 10
    with pytest.raises(NotTaken) as refused:
        take(session, letter(number=99))
    assert refused.value.reason is Apart.TOO_MANY
    assert take(session, letter(number=100, sender="otra@vecina.example")).is_new
    # What was taken before is known before it is counted.
    assert take(session, letter(number=0)).was_there
    tomorrow = NOW + timedelta(days=1)
    assert take(session, letter(number=99), arrived_at=tomorrow, now=tomorrow).is_new


class Box(Maildir):
    """Maildir whose process dies before it marks what it took."""

    def mark_taken(self, name: str) -> None:
        """Die."""
        raise BoxAway("planted")


def test_a_process_that_dies_before_it_marks_files_once(session: Session, vault: Vault, tmp_path: Path):
    box = maildir(tmp_path / "pqr")
    lies = deliver(box, letter())
    with pytest.raises(BoxAway):
        list(pqr.take_waiting(session, box=Box(box), clock=lambda: NOW))
    assert lies.exists()
    (result,) = pqr.take_waiting(session, box=Maildir(box), clock=lambda: NOW)
    assert result.taken is not None
    assert (result.taken.was_there, result.taken.filing_number) == (True, "PQR-2026-000001")
    assert [path.name for path in (box / "cur").iterdir()] == [f"{lies.name}:2,S"]
    assert list(pqr.take_waiting(session, box=Maildir(box), clock=lambda: NOW)) == []


def test_what_is_no_case_is_set_apart_told_to_the_supervisors_once_and_stops_nothing(
    session: Session, vault: Vault, tmp_path: Path
):
    staff = supervisor(session)
    box = maildir(tmp_path / "pqr")
    deliver(box, b"", "1.a")
    deliver(box, b"x" * (26 * 1024 * 1024), "2.b")
    deliver(box, letter(Auto_Submitted="auto-replied"), "3.c")
    deliver(box, letter(number=7), "4.d")
    found = {
        result.waiting.name: result.apart for result in pqr.take_waiting(session, box=Maildir(box), clock=lambda: NOW)
    }
    assert found == {"new/1.a": Apart.EMPTY, "new/2.b": Apart.TOO_LARGE, "new/3.c": Apart.AUTOMATIC, "new/4.d": None}
    assert sorted(path.name for path in (box / "cur").iterdir()) == ["1.a:2,FS", "2.b:2,FS", "3.c:2,FS", "4.d:2,S"]
    told = mailed(session, "case-mail-apart")
    assert [mail.recipient for mail in told] == [staff.actor.email] * 2
    assert "llegó vacío" in told[0].body
    assert "/consola/casos/nueva" in told[0].body
    # Nothing is ever sent to who sent it.
    assert [mail.recipient for mail in mailed(session, "case-filed")] == ["rosa@vecina.example"]


def test_a_message_set_apart_is_told_by_its_file_as_it_is_now_and_by_its_heads(
    session: Session, vault: Vault, tmp_path: Path
):
    supervisor(session)
    box = maildir(tmp_path / "pqr")
    deliver(box, b"Subject: =?utf-8?q?Queja_m=C3=ADa?=\r\nMessage-ID: <a7@b.example>\r\n\r\nTexto.", "1.a")
    list(pqr.take_waiting(session, box=Maildir(box), clock=lambda: NOW))
    (told,) = mailed(session, "case-mail-apart")
    assert "cur/1.a:2,FS" in told.body
    assert (box / "cur" / "1.a:2,FS").exists()
    assert "Queja mía" in told.body
    assert "<a7@b.example>" in told.body


def test_two_threads_that_take_the_same_box_file_every_mail_once(
    sessions: sessionmaker[Session], vault: Vault, tmp_path: Path
):
    box = maildir(tmp_path / "pqr")
    for n in range(12):
        deliver(box, letter(number=n, sender=f"p{n}@vecina.example"), f"{n}.mx")

    def work(_n: int) -> int:
        with sessions() as session:
            return sum(
                result.taken is not None and result.taken.is_new
                for result in pqr.take_waiting(session, box=Maildir(box), clock=lambda: NOW)
            )

    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(work, range(3))) == 12
    with sessions() as session:
        assert len(session.scalars(select(Case.id)).all()) == len(session.scalars(select(CaseMail.id)).all()) == 12
        assert audit.verify(session) is None
    assert len(list((box / "cur").iterdir())) == 12
