"""`portal verify`: whoever changes the database and does not hold the pepper is found, whatever else they set right.

Each kind of tampering is done as somebody with all rights to the database could do it: triggers away, heads, daily rows
and counters mended, the balances made anew. Those of the first part passed every verification before there were anchors
over the rows; the test says so by asking those verifications too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.config import Settings
from portal.domain.quantities import Quantity, Unit
from portal.domain.readings import AdjustmentReason
from portal.models import Nomination
from portal.models.append_only import APPEND_ONLY, unprotect
from portal.models.engine import make_engine
from portal.services import ledger
from portal.services.ledger import adjustments
from portal.services.ops import anchors
from portal.services.store.acts import Act, Actor
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from portal.services.trace import audit, receipts
from portal.web.database import session_factory
from tests import factories
from tests.cheap_vault import cheapen
from tests.cli.conftest import Run
from tests.factories import NOW, TODAY
from tests.services.nominations.test_nominations import TOMORROW, m3, nominate
from tests.services.way import open_contract, set_out

NEXT = (NOW + timedelta(days=1)).isoformat()


@dataclass
class Stage:
    """An installation with three receipts, readings, heating values, authorisations; anchored on two days."""

    portal: Run
    session: Session
    file: Path

    def tamper(self, *statements: str) -> None:
        """Run statements as the owner of the database, whom neither triggers nor references hold."""
        self.session.rollback()
        engine = self.session.get_bind()
        with engine.connect() as connection:
            dialect = connection.dialect.name
            off = "PRAGMA foreign_keys=OFF" if dialect == "sqlite" else "SET session_replication_role = replica"
            if dialect == "sqlite":
                connection.connection.driver_connection.execute(off)
            else:
                connection.execute(text(off))
            for table in APPEND_ONLY:
                for line in unprotect(dialect, table):
                    connection.execute(text(line))
            for statement in statements:
                connection.execute(text(statement))
            connection.commit()
            connection.invalidate()
        self.session.expire_all()

    def passes_the_older_verifications(self) -> bool:
        found = [receipts.verify(self.session), ledger.verify(self.session), audit.verify(self.session)]
        self.session.rollback()
        return found == [None, None, None]

    def ids(self, table: str) -> list[int]:
        return list(self.session.scalars(text(f"SELECT id FROM {table} ORDER BY id")))

    def verdict(self, *command: str) -> str:
        """The one line of `portal verify`, empty when it passes."""
        result = self.portal(*(command or ("verify",)), PORTAL_NOW=NEXT)
        assert result.exit_code in (0, 1)
        assert (result.exit_code == 1) == bool(result.stderr), result.stderr
        assert result.stderr.count("\n") <= 1
        return result.stderr


@pytest.fixture
def stage(portal: Run, environment: dict[str, str], instance: Path, tmp_path: Path) -> Iterator[Stage]:
    settings = Settings.from_environment(environment)
    vault = cheapen(Vault(settings.pepper))
    engine = make_engine(settings.database_url)
    with session_factory(engine, vault)() as session:
        way = open_contract(session, vault, set_out(session, vault))
        for days in range(3):
            nominate(session, vault, way, gas_day=TOMORROW.plus(days), quantity=m3(9_000 + days))
        gate, code = way.point.exit_point.code, way.point.carrier_code
        days = [TODAY.plus(-ago) for ago in (4, 3, 2)]
        for name, owner, first in (("values", gate, 1010), ("readings", code, 5000)):
            lines = [f"{owner};{day.isoformat()};{first + number}\n" for number, day in enumerate(days)]
            (tmp_path / f"{name}.csv").write_text("".join(lines))
        with transaction(session):
            for number, day in enumerate(days):
                factories.authorisation(session, way.point, day, f"{6000 + number}")
            for day in days:
                ledger.rewrite_day(session, delivery_point=way.point, gas_day=day)
        for number in range(2):
            adjustments.record(
                Act.at(session, Actor.system(), NOW),
                delivery_point_id=way.point.id,
                gas_day=TODAY,
                reason=AdjustmentReason.PAYBACK,
                quantity=Quantity.of(f"{10 + number}", Unit.M3),
                note="acta",
            )
        assert portal("heating-values", "import", tmp_path / "values.csv").exit_code == 0
        assert portal("readings", "import", tmp_path / "readings.csv").exit_code == 0
        assert portal("audit", "anchor").exit_code == 0
        assert portal("audit", "anchor", PORTAL_NOW=NEXT).exit_code == 0
        session.rollback()
        yield Stage(portal, session, instance / "audit-anchors.log")
    engine.dispose()


def test_what_nobody_touched_passes(stage: Stage):
    assert stage.verdict() == ""
    assert stage.verdict("audit", "verify") == ""


ROWS = {
    "reading": ("readings", "UPDATE readings SET volume_m3 = volume_m3 + 1000000 WHERE id = {id}"),
    "reading taken away": ("readings", "DELETE FROM readings WHERE id = {id}"),
    "authorisation": ("authorisations", "UPDATE authorisations SET quantity_m3 = 1000000 WHERE id = {id}"),
    "heating value": ("heating_values", "UPDATE heating_values SET heating_value = heating_value + 1 WHERE id = {id}"),
    "adjustment": ("adjustments", "UPDATE adjustments SET quantity_m3 = 0 WHERE id = {id}"),
    "adjustment taken away": ("adjustments", "DELETE FROM adjustments WHERE id = {id}"),
}


@pytest.mark.parametrize("place", [0, -1])
@pytest.mark.parametrize("kind", ROWS)
def test_a_row_changed_and_the_balances_made_anew_is_found_though_every_older_verification_passes(
    stage: Stage, kind: str, place: int
):
    table, statement = ROWS[kind]
    stage.tamper(statement.format(id=stage.ids(table)[place]))
    assert stage.portal("ledger", "rebuild").exit_code == 0
    assert stage.passes_the_older_verifications()
    found = stage.verdict()
    assert f"{table}, rows" in found
    assert "anchored as number 1" in found
    assert stage.verdict("ledger", "verify")


# The newest receipt of the point taken away as if it had never been: chain, head, daily row and drafts mended.
UNSIGN = (
    "DELETE FROM nominations WHERE filing_number = 'N-2026-000003'",
    "DELETE FROM nomination_heads WHERE gas_day = '{day}'",
    "DELETE FROM daily_balances WHERE gas_day = '{day}'",
    "UPDATE nomination_drafts SET nomination_id = NULL WHERE nomination_id NOT IN (SELECT id FROM nominations)",
    (
        "UPDATE outbox_messages SET attaches_nomination_id = NULL WHERE attaches_nomination_id NOT IN "
        "(SELECT id FROM nominations)"
    ),
    (
        "UPDATE receipt_heads SET position = 2, receipt_hash = "
        "(SELECT receipt_hash FROM nominations WHERE filing_number = 'N-2026-000002')"
    ),
)
COUNTER = "UPDATE filing_counters SET last = last - 1 WHERE series = 'N'"
# The last events of the audit cut off from the one that speaks of the receipt, and its end set to what is left.
CUT = (
    "DELETE FROM audit_events WHERE sequence >= {event}",
    "UPDATE audit_head SET sequence = {event} - 1, mac = (SELECT mac FROM audit_events WHERE sequence = {event} - 1)",
)
TOLD = "SELECT max(sequence) FROM audit_events WHERE event = 'nomination:signed'"


def filled(stage: Stage, statements: tuple[str, ...]) -> list[str]:
    event = stage.session.scalar(text(TOLD))
    return [each.format(day=TOMORROW.plus(2).isoformat(), event=event) for each in statements]


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        (UNSIGN, "number N-2026-000003 was given and its row is missing"),
        ((*UNSIGN, COUNTER), "receipt N-2026-000003, in the audit as event"),
        ((COUNTER,), "the counter N-2026 stands at 2, but number 3 was given"),
    ],
    ids=["receipt", "receipt and counter", "counter"],
)
def test_the_newest_receipt_cannot_be_taken_away_unseen(stage: Stage, statements: tuple[str, ...], words: str):
    stage.tamper(*filled(stage, statements))
    stage.portal("ledger", "rebuild")
    assert stage.passes_the_older_verifications()
    assert words in stage.verdict()
    assert words in stage.verdict("receipts", "verify")


@pytest.mark.parametrize("files", ["kept", "emptied", "shortened", "gone"])
def test_a_nomination_taken_away_with_its_receipt_its_event_and_all_after_it_is_found(stage: Stage, files: str):
    stage.tamper(*filled(stage, (*UNSIGN, COUNTER, *CUT)))
    spoil(stage, files)
    stage.portal("ledger", "rebuild")
    assert stage.passes_the_older_verifications()
    assert stage.verdict()
    assert stage.verdict("audit", "verify")


def spoil(stage: Stage, how: str) -> None:
    match how:
        case "emptied":
            stage.file.write_text("")
        case "shortened":
            stage.file.write_text(stage.file.read_text().splitlines(keepends=True)[0])
        case "gone":
            stage.file.unlink()


def test_what_was_written_since_the_last_anchor_is_found_by_the_audit(stage: Stage, tmp_path: Path):
    point = stage.session.scalar(text("SELECT carrier_code FROM delivery_points"))
    gate = stage.session.scalar(text("SELECT code FROM exit_points"))
    (tmp_path / "later.csv").write_text(f"{point};{TODAY.plus(-1).isoformat()};5100\n")
    (tmp_path / "gate.csv").write_text(f"{gate};{TODAY.plus(-1).isoformat()};1020\n")
    assert stage.portal("readings", "import", tmp_path / "later.csv").exit_code == 0
    assert stage.portal("heating-values", "import", tmp_path / "gate.csv").exit_code == 0
    assert stage.verdict() == ""
    for table, column in (("readings", "volume_m3"), ("heating_values", "heating_value")):
        last = stage.ids(table)[-1]
        stage.tamper(f"UPDATE {table} SET {column} = {column} + 1 WHERE id = {last}")
        assert stage.portal("ledger", "rebuild").exit_code == 0
        assert stage.passes_the_older_verifications()
        found = stage.verdict("ledger", "verify")
        assert f"{table}, " in found
        assert "something was changed" in found
        stage.tamper(f"UPDATE {table} SET {column} = {column} - 1 WHERE id = {last}")
        assert stage.portal("ledger", "rebuild").exit_code == 0
        assert stage.verdict() == ""


@pytest.mark.parametrize("how", ["emptied", "shortened", "gone"])
def test_a_file_of_anchors_that_was_cut_is_found_with_the_database_as_it_was(stage: Stage, how: str):
    spoil(stage, how)
    assert "is in the database, but not in" in stage.verdict()
    assert "is in the database, but not in" in stage.verdict("audit", "verify")


def test_a_cut_file_is_not_mended_unseen_and_is_by_who_looked(stage: Stage):
    spoil(stage, "shortened")
    result = stage.portal("audit", "anchor", PORTAL_NOW=NEXT)
    assert (result.exit_code, "it was cut off or replaced" in result.stderr) == (1, True)
    assert stage.verdict()
    assert stage.portal("audit", "anchor", "--renew-file", PORTAL_NOW=NEXT).exit_code == 0
    assert stage.verdict() == ""


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("mended", [False, True])
def test_an_anchor_taken_out_of_the_database_is_found(stage: Stage, number: int, mended: bool):
    stage.tamper(
        f"DELETE FROM anchors WHERE number = {number}",
        *([f"UPDATE anchor_files SET number = 2 - {number}"] if mended else []),
    )
    assert "missing in the database" in stage.verdict() or "but not in the database" in stage.verdict()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE anchors SET content = replace(content, '\"rows\"', '\"x\"') || ' ' WHERE number = 1",
        "UPDATE anchors SET day = '2026-11-01' WHERE number = 1",
        "UPDATE anchors SET mac = (SELECT mac FROM audit_events WHERE sequence = 1) WHERE number = 2",
    ],
)
def test_an_anchor_that_was_changed_is_found(stage: Stage, statement: str):
    stage.tamper(statement)
    assert "was changed in the database" in stage.verdict()


def test_every_anchor_and_the_file_gone_is_found_while_anything_remembers_them(stage: Stage):
    stage.tamper("DELETE FROM anchors")
    spoil(stage, "emptied")
    assert "is missing in the database" in stage.verdict()


def test_a_receipt_changed_with_its_hash_and_chain_made_right_is_found_by_the_audit(stage: Stage):
    stage.tamper("UPDATE nominations SET quantity_m3 = quantity_m3 - 1000000 WHERE filing_number = 'N-2026-000003'")
    row = stage.session.query(Nomination).filter_by(filing_number="N-2026-000003").one()
    made = receipts.hash_receipt(row).hex()
    literal = f"X'{made}'" if stage.session.get_bind().dialect.name == "sqlite" else f"'\\x{made}'::bytea"
    stage.tamper(
        f"UPDATE nominations SET receipt_hash = {literal} WHERE filing_number = 'N-2026-000003'",
        f"UPDATE receipt_heads SET receipt_hash = {literal}",
    )
    stage.portal("ledger", "rebuild")
    assert stage.passes_the_older_verifications()
    assert "receipt N-2026-000003, quantity" in stage.verdict()


def test_a_day_without_an_anchor_is_said_until_somebody_says_why(stage: Stage):
    later = (NOW + timedelta(days=5)).isoformat()
    broken = stage.portal("verify", PORTAL_NOW=later)
    assert (broken.exit_code, "no anchor of 2026-11-25 and 2 more days" in broken.stderr) == (1, True)
    assert stage.portal("audit", "excuse", "--reason", "Servidor apagado", PORTAL_NOW=later).exit_code == 0
    assert stage.portal("verify", PORTAL_NOW=later).exit_code == 0
    again = stage.portal("audit", "excuse", "--reason", "x", PORTAL_NOW=later)
    assert (again.exit_code, again.stderr) == (1, "Error: Every day since the first anchor has one.\n")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_copy_put_back_verifies_and_says_so_in_the_file(stage: Stage, instance: Path):
    stage.session.close()
    made = stage.portal("backup", "create").stdout.strip()
    assert stage.portal("audit", "anchor", PORTAL_NOW=NEXT).exit_code == 0
    assert stage.portal("backup", "restore", made, "--yes", PORTAL_NOW=NEXT).exit_code == 0
    assert "\trestored\t" in stage.file.read_text()
    assert stage.verdict() == ""
    # A line that says so without the pepper is found.
    stage.file.write_text(stage.file.read_text().replace("restored\t", "restored\t1", 1))
    assert "was not written by this portal" in stage.verdict()


def test_a_second_host_verifies_what_the_first_wrote(stage: Stage, tmp_path: Path):
    other = {"PORTAL_ANCHOR_FILE": str(tmp_path / "second.log"), "PORTAL_NOW": NEXT}
    found = stage.portal("audit", "verify", **other)
    assert (found.exit_code, found.stdout) == (0, "The audit chain holds; 2 anchors agree with it.\n")
    assert anchors.anchor_due(Act.of_system(stage.session, NOW + timedelta(days=1)), path=tmp_path / "second.log") in (
        True,
        False,
    )
    assert len((tmp_path / "second.log").read_text().splitlines()) >= 2
    assert stage.portal("audit", "verify", **other).exit_code == 0


def test_the_anchor_goes_by_mail_to_who_is_named(stage: Stage, database: Session):
    assert stage.portal("audit", "anchor", PORTAL_NOW=NEXT, PORTAL_ANCHOR_MAIL="a@x.co, b@x.co").exit_code == 0
    told = database.execute(text("SELECT recipient, subject, body FROM outbox_messages WHERE kind = 'anchor'")).all()
    assert [row.recipient for row in told] == ["a@x.co", "b@x.co"]
    mac = database.scalar(text("SELECT mac FROM anchors WHERE number = 3"))
    assert bytes(mac).hex() in told[0].body
    assert told[0].subject == "Ancla n.º 3 del portal"
    bad = stage.portal("audit", "anchor", PORTAL_ANCHOR_MAIL="nobody")
    assert (bad.exit_code, "PORTAL_ANCHOR_MAIL must list" in bad.stderr) == (1, True)
