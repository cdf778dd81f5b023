"""The day's book: what it lists and adds up, its frozen versions, and the file that goes upstream."""

from __future__ import annotations

import csv
import hashlib
import io
from datetime import timedelta

import openpyxl
import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.authorisations import LineState, Origin
from portal.domain.nominations import Channel
from portal.domain.quantities import Unit, plain
from portal.domain.timetable import RequestKind
from portal.models import DayBook, DayBookFile, DeliveryPoint, LateDecision, NominationHead
from portal.services import day_book
from portal.services.day_book.files import COLUMNS, entries_of, read_entries, write_csv, write_xlsx
from portal.services.day_book.versions import read_content
from portal.services.store.acts import Act
from portal.services.store.refusals import NotAllowed, NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import audit
from tests import factories
from tests.factories import NOW
from tests.services.book_stage import TOMORROW, events, late, lines, nominate, pass_on, questions, set_up, staff

# docs/rules.md, "Day book", word for word.
HEAD = (
    "fecha_gas;tipo;punto_salida;codigo_transportador;contrato;modalidad;punto_consumo;cantidad;unidad;"
    "cantidad_MBTU;cantidad_KPC;origen;version;hora_recibo"
)


def test_the_book_lists_every_point_of_the_day_and_names_who_is_missing(session: Session):
    stage = set_up(session)
    with transaction(session):
        ended = factories.delivery_point(session, ends_on=TOMORROW, name="EDS Terminada")
        begins = factories.delivery_point(session, starts_on=TOMORROW.plus(1), name="EDS Futura")
    book = day_book.load(Act.at(session, stage.operator, NOW), gas_day=TOMORROW)
    assert {line.point for line in book.lines} == {"EDS Apiay", "EDS Barzal", "EDS Catama"}
    assert ended.name not in str(book.lines)
    assert begins.name not in str(book.lines)
    assert [(line.point, line.origin, line.asked) for line in book.missing] == [("EDS Catama", Origin.NONE, None)]
    assert book.missing[0].phone == "(608) 555 0100"
    found = lines(session, stage)["apiay"]
    assert (found.origin, found.revision, found.received_at, found.contact) == (Origin.ENTERED, 1, NOW, "Ana Ruiz")
    assert book.blocks.counts[LineState.TO_AUTHORISE] == 2


def test_a_point_that_ended_is_listed_while_something_is_in_force_there(session: Session):
    stage = set_up(session)
    with transaction(session):
        session.get_one(DeliveryPoint, stage.first.id).ends_on = TOMORROW
    assert lines(session, stage)["apiay"].asked is not None


def test_the_sums_are_unrounded_by_exit_point_contract_and_modality(session: Session):
    stage = set_up(session)
    with transaction(session):
        nominate(session, stage.silent, "100.25")
    totals = day_book.load(Act.at(session, stage.operator, NOW), gas_day=TOMORROW).totals
    gate = next(gate for gate in totals.gates if gate.code == "PS-01")
    assert (plain(gate.total.gas.m3), gate.total.points, gate.total.missing) == ("20000", 2, 0)
    assert plain(gate.total.gas.mbtu) == "798.111467"
    assert plain(gate.total.kpc) == "706.293334"
    contracts = {contract.number: contract for contract in totals.contracts}
    assert contracts["NR-A"].is_above
    assert not contracts["NR-B"].is_above
    assert plain(contracts["NR-B"].asked) == "100.25"
    assert contracts["NR-B"].asked.unit is Unit.MBTU
    assert totals.contracts_above == {"NR-A"}
    assert sum(gate.total.m3 for gate in totals.gates) == totals.all.m3 == totals.modalities[0].total.m3


def test_what_the_policy_nominated_is_marked(session: Session):
    stage = set_up(session)
    with transaction(session):
        nominate(session, stage.silent, "90", channel=Channel.POLICY)
    assert lines(session, stage)["catama"].origin is Origin.POLICY


def test_late_nominations_wait_until_they_are_decided_or_replaced(session: Session):
    stage = set_up(session)

    def waiting() -> list[str]:
        session.rollback()
        return [each.public_id for each in day_book.load(Act.at(session, stage.operator, NOW), gas_day=TOMORROW).late]

    with transaction(session):
        late(session, stage.silent, "100")
    assert waiting() == ["tarde1"]
    with transaction(session):
        newer = late(session, stage.silent, "100", revision=2)
    assert waiting() == ["tarde2"]
    with transaction(session):
        session.add(
            LateDecision(nomination_id=newer.id, accepted=True, decided_at=NOW, decided_by_id=stage.operator.user_id)
        )
    assert waiting() == []


def test_a_book_takes_the_same_queries_whatever_its_length(session: Session):
    stage = set_up(session)
    day_book.freeze(Act.at(session, stage.operator, NOW), gas_day=TOMORROW)
    assert questions(session, stage) == 11
    with transaction(session):
        nominate(session, stage.silent, "100")
    few = questions(session, stage)
    with transaction(session):
        owner = factories.contract(session)
        for _ in range(12):
            nominate(session, factories.delivery_point(session, contract=owner), "100")
    assert questions(session, stage) == few == 12


def test_a_frozen_version_keeps_lines_file_and_hash(session: Session):
    stage = set_up(session)
    book = day_book.freeze(Act.at(session, stage.operator, NOW), gas_day=TOMORROW)
    assert (book.version, events(session)) == (1, ["day-book:frozen"])
    shown = day_book.load_frozen(Act.at(session, stage.operator, NOW), gas_day=TOMORROW, version=1)
    assert (shown.version.frozen_by, shown.changed, shown.is_last) == ("Olga Toro", None, True)
    content = read_content(session, version=shown.version)
    assert hashlib.sha256(content).digest() == book.file_hash
    assert audit.verify(session) is None
    # A point that is renamed later is renamed on the page, not in what was sent.
    with transaction(session):
        session.execute(update(DeliveryPoint).where(DeliveryPoint.id == stage.first.id).values(name="EDS Otra"))
    assert read_content(session, version=shown.version) == content
    assert "EDS Apiay" in content.decode()


def test_freezing_what_did_not_change_is_refused(session: Session):
    stage = set_up(session)
    day_book.freeze(Act.at(session, stage.operator, NOW), gas_day=TOMORROW)
    with pytest.raises(Rejected) as refused:
        day_book.freeze(Act.at(session, stage.operator, NOW), gas_day=TOMORROW)
    assert refused.value.refusal is Refusal.BOOK_UNCHANGED
    assert session.scalars(select(DayBook)).all().__len__() == 1


def test_a_later_change_makes_the_next_version_and_marks_the_difference(session: Session):
    stage = set_up(session)
    day_book.freeze(Act.at(session, stage.operator, NOW), gas_day=TOMORROW)
    with transaction(session):
        nominate(session, stage.first, "9000", revision=2, kind=RequestKind.RENOMINATION)
        nominate(session, stage.second, "7500", revision=2)
        nominate(session, stage.silent, "80")
        newcomer = factories.delivery_point(session, name="EDS Nueva")
    book = day_book.load(Act.at(session, stage.operator, NOW), gas_day=TOMORROW)
    assert {each.line.point_public_id for each in book.changed} == {"apiay", "barzal", "catama", newcomer.public_id}
    assert day_book.freeze(Act.at(session, stage.operator, NOW), gas_day=TOMORROW).version == 2
    shown = day_book.load_frozen(Act.at(session, stage.operator, NOW), gas_day=TOMORROW, version=2)
    found = {each.line.point_public_id: each for each in shown.changed or ()}
    before, after = found["apiay"]
    assert (plain(before.asked.m3), plain(after.asked.m3)) == ("12500", "9000")
    assert found["barzal"].same_quantity
    assert found["catama"].before.asked is None
    assert found[newcomer.public_id].before is None
    assert not day_book.load_frozen(Act.at(session, stage.operator, NOW), gas_day=TOMORROW, version=1).is_last


def test_a_nomination_that_is_withdrawn_is_a_difference(session: Session):
    stage = set_up(session)
    day_book.freeze(Act.at(session, stage.operator, NOW), gas_day=TOMORROW)
    with transaction(session):
        session.delete(session.get_one(NominationHead, (stage.first.id, TOMORROW)))
    (found,) = day_book.load(Act.at(session, stage.operator, NOW), gas_day=TOMORROW).changed
    assert found.before.asked is not None
    assert found.after.asked is None


def test_a_point_that_goes_on_in_another_row_is_one_difference(session: Session):
    stage = set_up(session)
    day_book.freeze(Act.at(session, stage.operator, NOW), gas_day=TOMORROW)
    with transaction(session):
        follower = pass_on(session, stage.first, "9000")
    (found,) = day_book.load(Act.at(session, stage.operator, NOW), gas_day=TOMORROW).changed
    assert (found.before.point_id, found.after.point_id) == (stage.first.id, follower.id)
    assert (plain(found.before.asked.m3), plain(found.after.asked.m3)) == ("12500", "9000")


def test_a_day_that_is_over_is_not_frozen(session: Session):
    stage = set_up(session)
    with pytest.raises(Rejected) as refused:
        day_book.freeze(Act.at(session, stage.operator, TOMORROW.end), gas_day=TOMORROW)
    assert refused.value.refusal is Refusal.BOOK_DAY_OVER
    before = TOMORROW.end - timedelta(microseconds=1)
    assert day_book.freeze(Act.at(session, stage.operator, before), gas_day=TOMORROW).version == 1


def test_a_file_that_does_not_fit_its_hash_is_not_handed_out(session: Session):
    stage = set_up(session)
    with transaction(session):
        book = factories._add(
            session,
            DayBook(
                gas_day=TOMORROW, version=1, frozen_at=NOW, frozen_by_id=stage.operator.user_id, file_hash=bytes(32)
            ),
        )
        session.add(DayBookFile(book_id=book.id, content=b"something else"))
    version = day_book.load(Act.at(session, stage.operator, NOW), gas_day=TOMORROW).versions[0]
    with pytest.raises(RuntimeError, match="not the one that was frozen"):
        read_content(session, version=version)


@pytest.mark.parametrize("version", [0, 2, -1])
def test_a_version_that_was_not_frozen_is_not_there(sqlite_session: Session, version: int):
    stage = set_up(sqlite_session)
    day_book.freeze(Act.at(sqlite_session, stage.operator, NOW), gas_day=TOMORROW)
    with pytest.raises(NotFound):
        day_book.load_frozen(Act.at(sqlite_session, stage.operator, NOW), gas_day=TOMORROW, version=version)


def test_who_may_see_and_freeze_follows_the_table_of_roles(sqlite_session: Session):
    set_up(sqlite_session)
    for role in (Role.AGENT, Role.ADMIN, Role.CUSTOMER):
        with pytest.raises(NotAllowed):
            day_book.load(Act.at(sqlite_session, staff(sqlite_session, role), NOW), gas_day=TOMORROW)
    auditor = staff(sqlite_session, Role.AUDITOR)
    assert day_book.load(Act.at(sqlite_session, auditor, NOW), gas_day=TOMORROW).lines
    sqlite_session.rollback()
    with pytest.raises(NotAllowed):
        day_book.freeze(Act.at(sqlite_session, auditor, NOW), gas_day=TOMORROW)


def test_the_csv_has_exactly_the_columns_upstream_wants(session: Session):
    stage = set_up(session)
    found = list(lines(session, stage).values())
    text = write_csv(entries_of(found, gas_day=TOMORROW)).decode()
    assert text.startswith(f"\ufeff{HEAD}\r\n")
    assert ";".join(COLUMNS) == HEAD
    rows = {row[6]: row for row in csv.reader(io.StringIO(text), delimiter=";")}
    written = "2026-11-24;nominacion;PS-01;T-1;NR-A;gnv-suministro;EDS Apiay;12500;m3;498,819667;441,433334;I;1"
    assert ";".join(rows["EDS Apiay"]) == f"{written};2026-11-23 09:00:00"
    # Nothing nominated is nothing written: a blank is never zero.
    assert rows["EDS Catama"][7:] == ["", "MBTU", "", "", "", "", ""]


def test_text_that_begins_like_a_formula_is_disarmed_in_the_csv(sqlite_session: Session):
    stage = set_up(sqlite_session)
    with transaction(sqlite_session):
        sqlite_session.execute(
            update(DeliveryPoint).where(DeliveryPoint.id == stage.first.id).values(name="=1+1", carrier_code="@A")
        )
    entries = entries_of(lines(sqlite_session, stage).values(), gas_day=TOMORROW)
    content = write_csv(entries)
    assert b";'=1+1;" in content
    assert b";'@A;" in content
    assert read_entries(content) == entries


def test_the_workbook_says_what_the_csv_says(sqlite_session: Session):
    stage = set_up(sqlite_session)
    entries = entries_of(lines(sqlite_session, stage).values(), gas_day=TOMORROW)
    assert read_entries(write_csv(entries)) == entries
    body = io.BytesIO()
    write_xlsx(entries, gas_day=TOMORROW, title="Libro", company="Gas", into=body)
    page = openpyxl.load_workbook(body).active
    rows = list(page.iter_rows(values_only=True))
    assert rows[0] == COLUMNS
    row = next(row for row in rows if row[6] == "EDS Apiay")
    assert (row[0].date(), row[7], row[9], row[10], row[12]) == (TOMORROW.date, 12500, 498.819667, 441.433334, 1)
    assert row[13].isoformat() == "2026-11-23T09:00:00"
    empty = next(row for row in rows if row[6] == "EDS Catama")
    assert (empty[7], empty[9], empty[10], empty[12], empty[13]) == (None,) * 5
