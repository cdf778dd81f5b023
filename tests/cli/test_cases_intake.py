"""`portal cases intake` on a maildir and a real IMAP server: a line a message, nothing twice, no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import Case, OutboxMessage
from portal.services.mail.inbox import BadBox, BoxAddress
from portal.services.store.transactions import transaction
from tests import factories
from tests.cli.conftest import Run
from tests.cli.imap_server import ImapServer, encrypted, running
from tests.cli.smtp_sink import Sink
from tests.services.case_stage import PDF
from tests.services.mail_stage import deliver, letter, maildir

ROOT = Path(__file__).parents[2]
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture(autouse=True)
def addressed(environment: dict[str, str]) -> None:
    """The box has an address."""
    environment["PORTAL_INTAKE_ADDRESS"] = "pqr@distribuidor.example"


@pytest.fixture
def box(tmp_path: Path) -> Path:
    """An empty maildir."""
    return maildir(tmp_path / "pqr")


@pytest.fixture
def imap(tmp_path: Path) -> Iterator[ImapServer]:
    """A running IMAP server."""
    with running(tmp_path) as server:
        yield server


def numbers(database: Session) -> list[str]:
    database.rollback()
    return list(database.scalars(select(Case.filing_number).order_by(Case.id)))


def test_a_maildir_is_taken_a_line_a_message_and_again_nothing_happens(portal: Run, box: Path, database: Session):
    deliver(box, letter(files=(("acta.pdf", PDF), ("nota.docx", b"PK"))), "1.mx")
    deliver(box, letter(number=2, In_Reply_To="<carta-1@vecina.example>", text="Algo más."), "2.mx")
    deliver(box, letter(number=3, Precedence="bulk"), "3.mx")
    deliver(box, letter(number=2), "4.mx\x1b[31m")
    found = portal("cases", "intake", PORTAL_INTAKE_URL=f"maildir://{box}")
    assert (found.exit_code, found.stderr) == (0, "")
    assert found.stdout.splitlines() == [
        "new/1.mx: filed as PQR-2026-000001, files kept 1, not kept 1",
        "new/2.mx: added to PQR-2026-000001",
        "new/3.mx: set apart, sent by a program, not answered",
        "new/4.mx\N{REPLACEMENT CHARACTER}[31m: set apart, another message under a Message-ID that was taken",
        "1 filed, 1 added to their cases, 0 known already, 2 set apart.",
    ]
    again = portal("cases", "intake", PORTAL_INTAKE_URL=f"maildir://{box}")
    assert (again.exit_code, again.stdout) == (
        0,
        "0 filed, 0 added to their cases, 0 known already, 0 set apart.\n",
    )
    assert numbers(database) == ["PQR-2026-000001"]
    assert not list((box / "new").iterdir())


def test_what_was_moved_to_cur_unseen_is_taken_and_links_and_folders_are_left(
    portal: Run, box: Path, database: Session
):
    (box / "cur" / "1.mx:2,").write_bytes(letter())
    (box / "cur" / "2.mx:2,S").write_bytes(letter(number=2))
    (box / "new" / "3.mx").symlink_to("/etc/hostname")
    (box / "new" / "4.mx").mkdir()
    assert "1 filed" in portal("cases", "intake", PORTAL_INTAKE_URL=f"maildir://{box}").stdout
    assert sorted(path.name for path in (box / "cur").iterdir()) == ["1.mx:2,S", "2.mx:2,S"]


@pytest.mark.parametrize("query", ["", "?done=Radicados", "?done=Radicados%20%26%20atenci%C3%B3n&apart=Mirar"])
@ON_SQLITE
def test_an_imap_folder_is_taken_and_marked_or_moved(portal: Run, imap: ImapServer, database: Session, query: str):
    imap.deliver(letter(files=(("acta.pdf", PDF),)), letter(number=2, Auto_Submitted="auto-replied"))
    found = portal("cases", "intake", PORTAL_INTAKE_URL=imap.url(query=query))
    assert (found.exit_code, found.stderr) == (0, "")
    assert found.stdout.splitlines()[-1] == "1 filed, 0 added to their cases, 0 known already, 1 set apart."
    if query:
        assert imap.flags() == []
        assert imap.flags('"Radicados"' if "%20" not in query else '"Radicados &- atenci&APM-n"') == ["Seen"]
        assert imap.flags("Apartados" if "apart" not in query else "Mirar") == ["Flagged Seen"]
    else:
        assert imap.flags() == ["Seen", "Flagged Seen"]
    assert portal("cases", "intake", PORTAL_INTAKE_URL=imap.url(query=query)).stdout.startswith("0 filed")
    case = database.scalars(select(Case)).one()
    # The box's own clock, an hour before the frozen one.
    assert case.filed_at.isoformat() == "2026-11-23T13:00:00+00:00"


@ON_SQLITE
def test_a_certificate_is_verified_whether_tls_begins_at_once_or_later(
    portal: Run, imap: ImapServer, database: Session, monkeypatch: pytest.MonkeyPatch
):
    imap.deliver(letter())
    with encrypted(imap) as port:
        addresses = (imap.url("imaps", port=port), imap.url("imap+starttls"))
        for url in addresses:
            refused = portal("cases", "intake", PORTAL_INTAKE_URL=url)
            assert refused.exit_code == 1
            assert "its certificate is not trusted" in refused.stderr
            assert "clave" not in refused.stderr
        monkeypatch.setenv("SSL_CERT_FILE", str(imap.certificate))
        said = [portal("cases", "intake", PORTAL_INTAKE_URL=url).stdout.splitlines()[-1] for url in addresses]
    assert [line.split(",")[0] for line in said] == ["1 filed", "0 filed"]
    assert imap.flags() == ["Seen"]


@ON_SQLITE
def test_what_keeps_the_box_closed_is_one_line_and_takes_nothing(portal: Run, imap: ImapServer, tmp_path: Path):
    for url, said in {
        imap.url(password="otra"): "the server refused the sign-in",
        imap.url("imaps"): "no encrypted connection",
        imap.url(port=1): "Connection refused",
        imap.url().replace("INBOX", "Nada"): "the server refused SELECT",
        f"maildir://{tmp_path}/nada": "is no maildir",
    }.items():
        found = portal("cases", "intake", PORTAL_INTAKE_URL=url)
        assert found.exit_code == 1
        assert said in found.stderr
        assert len(found.stderr.splitlines()) == 1
        assert "otra" not in found.stderr
    found = portal("cases", "intake")
    assert (found.exit_code, "PORTAL_INTAKE_URL is not set" in found.stderr) == (1, True)
    found = portal("cases", "intake", PORTAL_INTAKE_URL=imap.url(), PORTAL_INTAKE_ADDRESS="")
    assert (found.exit_code, "PORTAL_INTAKE_ADDRESS must be" in found.stderr) == (1, True)


@pytest.mark.parametrize(
    "url",
    [
        "pop3://a:b@host",
        "imaps://host",
        "imaps://a@host",
        "imap://a:b@correo.example",
        "maildir://host/var",
        "maildir:pqr",
        "imaps://a:b@host:x",
        "imaps://a:b@host?otra=1",
        "imaps://a:b@host/INBOX?done=INBOX",
        "imaps://a%0Ab:c@host",
    ],
)
def test_an_address_that_is_none_says_what_to_write(url: str):
    with pytest.raises(BadBox, match="PORTAL_INTAKE_URL"):
        BoxAddress.of(url)


def test_the_worker_takes_the_box_before_it_sends_and_the_answer_comes_back_to_its_case(
    portal: Run, box: Path, database: Session
):
    with transaction(database):
        factories.user(database)
    deliver(box, letter(), "1.mx")
    settings = {"PORTAL_INTAKE_URL": f"maildir://{box}"}
    with Sink() as sink:
        found = portal("worker", "--once", PORTAL_SMTP_URL=sink.url, **settings)
        assert found.stdout == "Mails of the box: 1.\n1 sent, 0 put off.\n"
        (mail,) = sink.mails
        assert mail["Reply-To"] == "pqr@distribuidor.example"
        assert mail["Auto-Submitted"] == "auto-generated"
        # The petitioner presses "Answer"; the portal's own mail, sent to the box, is answered by nobody.
        answer = EmailMessage()
        answer["From"], answer["Message-ID"], answer["In-Reply-To"] = (
            mail["To"],
            "<dos@vecina.example>",
            mail["Message-ID"],
        )
        answer.set_content("Adjunto lo que faltaba.")
        deliver(box, answer.as_bytes(), "2.mx")
        deliver(box, mail.as_bytes(), "3.mx")
        portal("worker", "--once", PORTAL_SMTP_URL=sink.url, **settings)
    assert numbers(database) == ["PQR-2026-000001"]
    assert [mail["Subject"] for mail in sink.mails[1:]] == ["Radicado PQR-2026-000001: agregamos su correo"]
    assert len(database.scalars(select(OutboxMessage)).all()) == 2


def test_a_box_that_is_away_stops_nothing_else_of_the_worker(portal: Run, tmp_path: Path):
    with Sink() as sink:
        found = portal("worker", "--once", PORTAL_SMTP_URL=sink.url, PORTAL_INTAKE_URL=f"maildir://{tmp_path}/nada")
    assert (found.exit_code, found.stdout) == (1, "0 sent, 0 put off.\n")
    assert "is no maildir" in found.stderr


def test_two_processes_at_once_file_each_mail_once(
    portal: Run, box: Path, environment: dict[str, str], database: Session
):
    for n in range(15):
        deliver(box, letter(number=n, sender=f"p{n}@vecina.example"), f"{n:02}.mx")
    numbers(database)
    command = [sys.executable, "-m", "portal.cli", "cases", "intake"]
    settings = os.environ | environment | {"PORTAL_INTAKE_URL": f"maildir://{box}"}
    started = [subprocess.Popen(command, env=settings, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=60)[0] for process in started]
    assert [process.returncode for process in started] == [0, 0]
    assert sum(int(each.splitlines()[-1].split()[0]) for each in said) == 15
    assert len(numbers(database)) == 15
