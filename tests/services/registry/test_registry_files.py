"""The registry from a file: read whole, judged whole, previewed, then done whole or not at all."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from openpyxl import Workbook
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.gas_day import GasDay
from portal.domain.jobs import UploadState
from portal.domain.modalities import Modality
from portal.domain.quantities import Unit
from portal.models import AuditEvent, Company, Contract, DeliveryPoint, Upload
from portal.services import registry
from portal.services.files import intake
from portal.services.files.problems import BadFile, Rule
from portal.services.files.questions import Question, Unanswered
from portal.services.registry import BadEntries, CompanyEntry, Thing, fingerprint
from portal.services.registry.entries import of_company
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import Conflict, NotAllowed, Refusal, Rejected
from portal.services.store.transactions import transaction
from tests import factories
from tests.factories import NOW, TODAY
from tests.services.registry.test_registry import NIT, measure

HEADER = (
    "nit;empresa;contrato;modalidad;unidad;máximo;inicio contrato;código transportador;punto;clase;punto_salida;"
    "municipio;perfil\n"
)
FIRST = f"{NIT};Gases del Ariari;NR-900;gnv-suministro;m3;9000;2014-12-01;PE-900;EDS Ariari;EDS;GRA;Granada;\n"
SECOND = f"{NIT};;NR-900;;;;;pe-901;EDS Dos;eds;gra;Lejanías;{'1 ' * 24}\n"


@pytest.fixture
def operator(session: Session) -> Actor:
    with transaction(session):
        factories.exit_point(session, code="GRA", name="Granada")
        return factories.signed_in(session, factories.user(session, role=Role.OPERATOR), now=NOW)


def keep(session: Session, actor: Actor, text: str | bytes) -> str:
    content = text if isinstance(text, bytes) else text.encode()
    return intake.keep(Act.at(session, actor, NOW), registry.FILES, name="registro.csv", content=content)


def take(session: Session, actor: Actor, upload: str) -> registry.Plan:
    shown = intake.preview_upload(Act.at(session, actor, NOW), registry.FILES, upload=upload).plan.fingerprint
    return intake.take_upload(Act.at(session, actor, NOW), registry.FILES, upload=upload, shown=shown)


def count(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_file_makes_company_contract_and_points_at_once_and_again_says_nothing_new(session: Session, operator: Actor):
    done = take(session, operator, keep(session, operator, HEADER + FIRST + SECOND))
    assert [each.thing for each in done.planned] == [Thing.COMPANY, Thing.CONTRACT, Thing.POINT, Thing.POINT]
    points = session.scalars(select(DeliveryPoint).order_by(DeliveryPoint.id)).all()
    assert [point.carrier_code for point in points] == ["PE-900", "PE-901"]
    assert points[1].hourly_profile == ",".join(["1"] * 24)
    assert {point.contract.company.nit for point in points} == {NIT}
    with pytest.raises(Rejected) as same:
        keep(session, operator, HEADER + FIRST + SECOND.replace("NR-900", "nr-900"))
    assert same.value.refusal is Refusal.NOTHING_TO_IMPORT


def test_a_workbook_says_the_same_as_text(session: Session, operator: Actor):
    book = Workbook()
    for line in (HEADER + FIRST).splitlines():
        book.active.append(line.split(";"))
    content = io.BytesIO()
    book.save(content)
    assert len(take(session, operator, keep(session, operator, content.getvalue())).planned) == 3


def test_a_preview_writes_nothing_and_shows_each_value_before_and_after(session: Session, operator: Actor):
    take(session, operator, keep(session, operator, HEADER + FIRST))
    events, companies = count(session, AuditEvent), count(session, Company)
    upload = keep(session, operator, f"nit;código;municipio;fin_punto\n{NIT};PE-900;Acacías;\n".replace(
        "nit;", "nit;contrato;").replace(f"{NIT};", f"{NIT};NR-900;"))  # fmt: skip
    preview = intake.preview_upload(Act.at(session, operator, NOW), registry.FILES, upload=upload)
    (planned,) = preview.plan.planned
    assert (planned.key, planned.before.municipality, planned.after.municipality) == ("PE-900", "Granada", "Acacías")
    assert preview.plan.unchanged == 2, "company and contract are named only"
    assert (count(session, AuditEvent), count(session, Company)) == (events + 1, companies)


def test_the_registry_handed_out_says_nothing_new_when_it_comes_back(session: Session, operator: Actor):
    take(session, operator, keep(session, operator, HEADER + FIRST + SECOND))
    with transaction(session):
        factories.company(session, name='=Otra; "S.A."', contact_phone="+57 1", contact_email="otra@example.com")
        ended = {"maximum_micro": 498_500_000, "ends_on": TODAY.plus(9)}
        factories.contract(session, modality=Modality.GNV_ATR, unit=Unit.MBTU, **ended)
        session.execute(update(DeliveryPoint).values(ends_on=TODAY.plus(5)))
    content = registry.export_csv(Act.at(session, operator, NOW))
    with pytest.raises(Rejected) as same:
        keep(session, operator, content)
    assert same.value.refusal is Refusal.NOTHING_TO_IMPORT
    longer = content.replace(TODAY.plus(4).isoformat().encode(), TODAY.plus(30).isoformat().encode())
    assert {each.key for each in take(session, operator, keep(session, operator, longer)).planned} == {
        "PE-900",
        "PE-901",
    }


def test_every_cell_that_cannot_be_read_is_told_and_nothing_is_kept(session: Session, operator: Actor):
    bad = FIRST.replace("gnv-suministro", "gas").replace("9000", "9.000").replace("2014-12-01", "30/02/2015")
    again = FIRST.replace("Gases del Ariari", "Otra")
    with pytest.raises(BadFile) as found:
        keep(session, operator, HEADER + FIRST + bad + again + ";x" + ";" * 11 + "\n")
    assert [(each.line, each.column, each.rule) for each in found.value.problems] == [
        (3, "modalidad", Rule.UNKNOWN_CHOICE),
        (3, "máximo", Rule.AMBIGUOUS_NUMBER),
        (3, "inicio contrato", Rule.NO_SUCH_DAY),
        (4, "empresa", Rule.CONTRADICTS),
        (5, "nit", Rule.EMPTY),
    ]
    with pytest.raises(BadEntries) as both:
        keep(session, operator, HEADER + bad.replace(NIT, "1-1"))
    assert ([each.column for each in both.value.unfit], len(both.value.problems)) == (["nit"], 3)
    assert count(session, Upload) == 0


@pytest.mark.parametrize(
    ("text", "column", "refusal"),
    [
        (FIRST.replace(NIT, f"{NIT[:-1]}{(int(NIT[-1]) + 1) % 10}"), "nit", Refusal.NIT_CHECK_DIGIT),
        (FIRST.replace("GRA;", "NO-HAY;"), "punto_salida", Refusal.EXIT_POINT_UNKNOWN),
        (FIRST.replace("gnv-suministro", "gnv-atr"), "comercializador", Refusal.SUPPLIER_MISSING),
        (FIRST + FIRST.replace("PE-900", "PE-999"), "punto", Refusal.POINT_NAME_TAKEN),
        (FIRST.replace(";\n", ";1 2 3\n"), "perfil_horario", Refusal.PROFILE_MALFORMED),
        (FIRST.replace(";0\n", ";\n").replace("9000", "0"), "máximo", Refusal.MAXIMUM_NOT_POSITIVE),
    ],
)
def test_what_the_pages_refuse_a_file_is_refused_too(sqlite_session: Session, text: str, column: str, refusal: Refusal):
    with transaction(sqlite_session):
        factories.exit_point(sqlite_session, code="GRA", name="Granada")
        actor = factories.signed_in(sqlite_session, factories.user(sqlite_session, role=Role.OPERATOR), now=NOW)
    with pytest.raises(BadEntries) as found:
        keep(sqlite_session, actor, HEADER + text)
    assert [(each.column, each.refused.refusal) for each in found.value.unfit] == [(column, refusal)]
    assert count(sqlite_session, Company) == 0


def test_something_new_needs_its_values(session: Session, operator: Actor):
    with pytest.raises(BadFile) as found:
        keep(session, operator, f"nit;contrato;código\n{NIT};NR-900;PE-900\n")
    lacking = {each.column for each in found.value.problems}
    assert lacking >= {"empresa", "modalidad", "máximo", "punto", "clase", "punto_salida", "municipio"}
    assert {each.rule for each in found.value.problems} == {Rule.EMPTY}


def test_a_contract_ended_by_a_file_ends_its_points_and_shows_what_comes_after(session: Session, operator: Actor):
    take(session, operator, keep(session, operator, HEADER + FIRST + SECOND))
    measure(session, session.scalars(select(DeliveryPoint).where(DeliveryPoint.carrier_code == "PE-900")).one())
    ends = "nit;contrato;fin_contrato\n" + f"{NIT};NR-900;%s\n"
    upload = keep(session, operator, ends % TODAY.plus(-2).isoformat())
    [later] = intake.preview_upload(Act.at(session, operator, NOW), registry.FILES, upload=upload).plan.later
    assert (later.carrier_code, later.ends_on, later.days, later.measured) == ("PE-900", TODAY.plus(-1), 1, 1)
    intake.discard_upload(Act.at(session, operator, NOW), registry.FILES, upload=upload)
    done = take(session, operator, keep(session, operator, ends % TODAY.isoformat()))
    assert {each.key for each in done.planned} == {"NR-900", "PE-900", "PE-901"}
    ended: set[GasDay | None] = set(session.scalars(select(DeliveryPoint.ends_on)))
    assert ended == {TODAY.plus(1)} == set(session.scalars(select(Contract.ends_on)))


def test_what_changed_since_the_preview_is_not_overwritten(session: Session, operator: Actor):
    take(session, operator, keep(session, operator, HEADER + FIRST))
    upload = keep(session, operator, f"nit;ciudad\n{NIT};Granada\n")
    shown = intake.preview_upload(Act.at(session, operator, NOW), registry.FILES, upload=upload).plan.fingerprint
    company = session.scalars(select(Company)).one()
    entry: CompanyEntry = of_company(company)
    registry.save_company(
        Act.at(session, operator, NOW),
        entry=replace(entry, city="Acacías"),
        company=company.public_id,
        seen=fingerprint(entry),
    )
    with pytest.raises(Conflict):
        intake.take_upload(Act.at(session, operator, NOW), registry.FILES, upload=upload, shown=shown)
    assert session.scalars(select(Company.city)).one() == "Acacías"
    take(session, operator, upload)
    assert session.scalars(select(Company.city)).one() == "Granada"


def test_a_file_is_decided_once_by_who_may(session: Session, operator: Actor):
    upload = keep(session, operator, HEADER + FIRST)
    with transaction(session):
        auditor = factories.signed_in(session, factories.user(session, role=Role.AUDITOR), now=NOW)
    with pytest.raises(NotAllowed):
        intake.preview_upload(Act.at(session, auditor, NOW), registry.FILES, upload=upload)
    intake.discard_upload(Act.at(session, operator, NOW), registry.FILES, upload=upload)
    for again in (
        lambda: intake.discard_upload(Act.at(session, operator, NOW), registry.FILES, upload=upload),
        lambda: intake.take_upload(Act.at(session, operator, NOW), registry.FILES, upload=upload, shown=""),
    ):
        with pytest.raises(Rejected) as found:
            again()
        assert found.value.refusal is Refusal.FILE_DECIDED
    kept = session.scalars(select(Upload)).one()
    assert (kept.state, kept.content) == (UploadState.DISCARDED, b"")


@pytest.mark.parametrize(("kept", "new"), [("00012", "12"), ("12000", "12E3"), ("PE-0003", "PE0003"), ("12", "0012")])
def test_a_code_that_a_spreadsheet_makes_another_is_refused(session: Session, operator: Actor, kept: str, new: str):
    with transaction(session):
        factories.delivery_point(session, carrier_code=kept)
    with pytest.raises(BadEntries) as bad:
        intake.keep(
            Act.at(session, operator, NOW),
            registry.FILES,
            name="a.csv",
            content=(HEADER + FIRST.replace("PE-900", new)).encode(),
        )
    assert [(each.refused.refusal, each.refused.facts) for each in bad.value.unfit] == [
        (Refusal.CODE_ALIKE, {"other": kept})
    ]


@pytest.mark.parametrize("name", ["'Comillas' S.A.S.", "''X", "=Gas", "+Gas", "-Gas", "@Gas", "Gas – Norte", '="Gas"'])
def test_the_registry_handed_back_unchanged_renames_nobody(session: Session, operator: Actor, name: str):
    with transaction(session):
        contract = factories.contract(session)
        contract.company.name = name
        factories.delivery_point(session, contract=contract, name=name, carrier_code="0077")
    content = registry.export_csv(Act.at(session, operator, NOW))
    session.rollback()
    with pytest.raises(Rejected) as nothing:
        intake.keep(Act.at(session, operator, NOW), registry.FILES, name="a.csv", content=content)
    assert nothing.value.refusal is Refusal.NOTHING_TO_IMPORT


def laid_out(*rows: tuple[object, ...], merged: str = "", percent: str = "") -> bytes:
    """A workbook of these rows, with a merged cell and one that is shown as a share of a hundred."""
    book = Workbook()
    for row in rows:
        book.active.append(row)
    if merged:
        for each in merged.split():
            book.active.merge_cells(each)
    if percent:
        book.active[percent].number_format = "0.0%"
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


SENDERS_HEAD = (
    *("NIT", "Razón social", "No. Contrato", "Modalidad", "Unidad", "Cantidad máxima diaria", "Tolerancia"),
    *("Fecha inicio contrato", "Código del punto", "Nombre del punto", "Tipo de punto", "Puerta de ciudad"),
    *("Municipio", "Ejecutivo de cuenta"),
)


def sent(**other: object) -> tuple[object, ...]:
    """A row of a sender's sheet, with these values changed."""
    row = {
        "nit": NIT,
        "name": "Gases del Ariari",
        "contract": "NR-900",
        "modality": "GNV suministro",
        "unit": "m³",
        "maximum": 9000,
        "tolerance": 0.075,
        "starts": TODAY.date,
        "code": "PE-900",
        "point": "EDS Ariari",
        "kind": "Estación de servicio",
        "gate": "Puerta de ciudad Granada",
        "town": "Granada",
        "who": "L. Peña",
    }
    return tuple((row | other).values())


def test_a_sheet_with_the_titles_of_its_sender_is_taken_and_the_columns_of_nobody_are_named(
    session: Session, operator: Actor
):
    content = laid_out(
        ("Base de clientes no regulados",), ("Corte: 30/11/2026",), (), SENDERS_HEAD, sent(), percent="G5"
    )
    plan = take(session, operator, keep(session, operator, content))
    assert plan.seen.left_out == ("Ejecutivo de cuenta",)
    contract = next(each.after for each in plan.planned if each.thing is Thing.CONTRACT)
    point = next(each.after for each in plan.planned if each.thing is Thing.POINT)
    assert (contract.maximum_micro, contract.tolerance_basis_points) == (9_000_000_000, 750), "7,5 % as it is seen"
    assert (point.exit_point, point.kind.value) == ("GRA", "EDS")


def test_a_company_and_a_contract_in_merged_cells_are_those_of_all_their_points(session: Session, operator: Actor):
    second = (*[None] * 8, "PE-901", "EDS Dos", "EDS", "GRA", "Granada", None)
    content = laid_out(
        SENDERS_HEAD, sent(), second, merged=" ".join(f"{each}2:{each}3" for each in "ABCDEFGH"), percent="G2"
    )
    plan = take(session, operator, keep(session, operator, content))
    assert [each.key for each in plan.planned if each.thing is Thing.POINT] == ["PE-900", "PE-901"]
    assert {each.owner for each in plan.planned if each.thing is Thing.POINT} == {"NR-900"}


@pytest.mark.parametrize("code", ["pe900", "PE900"])
def test_a_code_spelled_otherwise_is_the_point_that_it_can_be_and_is_told(session: Session, operator: Actor, code: str):
    take(session, operator, keep(session, operator, HEADER + FIRST))
    plan = take(
        session, operator, keep(session, operator, f"nit;contrato;código;municipio\n{NIT};nr 900;{code};Vista\n")
    )
    assert [(each.key, each.after.municipality) for each in plan.planned] == [("PE-900", "Vista")]
    assert plan.seen.resembled == {"nr 900": "NR-900", code.upper(): "PE-900"}
    assert count(session, Contract) == count(session, DeliveryPoint) == 1


def test_a_code_that_a_spreadsheet_would_confuse_makes_no_new_point_of_another_name(session: Session, operator: Actor):
    take(session, operator, keep(session, operator, HEADER + FIRST))
    with pytest.raises(BadEntries) as found:
        keep(session, operator, HEADER + FIRST.replace("PE-900", "PE900").replace("EDS Ariari", "EDS Otra"))
    assert [each.column for each in found.value.unfit] == ["código_transportador"]


@pytest.mark.parametrize(
    ("column", "text", "rule"),
    [
        ("teléfono", "3,10556E+09", Rule.SHORTENED),
        ("teléfono", "b@example.com", Rule.NOT_A_TELEPHONE),
        ("teléfono_punto", "3.1E+09", Rule.SHORTENED),
        ("máximo", "2,1E+04", Rule.SHORTENED),
        ("fin_contrato", "31/12/2130", Rule.DAY_OUT_OF_RANGE),
    ],
)
def test_a_cell_that_a_spreadsheet_or_a_slip_has_spoiled_is_never_written(
    sqlite_session: Session, column: str, text: str, rule: Rule
):
    with transaction(sqlite_session):
        factories.exit_point(sqlite_session, code="GRA", name="Granada")
        actor = factories.signed_in(sqlite_session, factories.user(sqlite_session, role=Role.OPERATOR), now=NOW)
    head = HEADER.replace("máximo", "máximo diario") if column == "máximo" else HEADER
    body = FIRST.replace("9000", "") if column == "máximo" else FIRST
    with pytest.raises(BadFile) as found:
        keep(sqlite_session, actor, f"{column};{head}{text};{body}".replace("máximo diario;", "x;"))
    assert [(each.column, each.rule) for each in found.value.problems] == [(column, rule)]


@pytest.mark.parametrize("text", ["Indefinido", "31/12/9999", "N/A", ""])
def test_a_contract_without_end_has_none_however_it_is_said(session: Session, operator: Actor, text: str):
    plan = take(session, operator, keep(session, operator, f"fin_contrato;{HEADER}{text};{FIRST}"))
    assert next(each.after for each in plan.planned if each.thing is Thing.CONTRACT).ends_on is None


@pytest.mark.parametrize(
    ("starts", "day"),
    [("10/13/2026", "2026-10-13"), ("46308", "2026-10-13"), ("13-oct-26", "2026-10-13"), ("20261013", "2026-10-13")],
)
def test_the_days_of_a_registry_are_read_as_those_of_any_file(session: Session, operator: Actor, starts: str, day: str):
    plan = take(session, operator, keep(session, operator, HEADER + FIRST.replace("2014-12-01", starts)))
    assert {str(each.after.starts_on) for each in plan.planned if each.thing is Thing.CONTRACT} == {day}


def test_a_maximum_with_two_readings_is_asked_about_and_never_guessed(session: Session, operator: Actor):
    upload = keep(session, operator, HEADER + FIRST.replace("9000", "9.000"))
    with pytest.raises(Unanswered) as asked:
        intake.preview_upload(Act.at(session, operator, NOW), registry.FILES, upload=upload)
    assert asked.value.question is Question.FIGURES
    plan = take(session, operator, keep(session, operator, f"tolerancia;{HEADER}7,5;{FIRST}".replace("9000", "9.000")))
    assert next(each.after for each in plan.planned if each.thing is Thing.CONTRACT).maximum_micro == 9_000_000_000


def test_a_maximum_in_another_unit_than_its_contract_is_refused_and_never_left_out(session: Session, operator: Actor):
    titled = tuple("Máximo (KPC/día)" if title == "Cantidad máxima diaria" else title for title in SENDERS_HEAD)
    for rows, column in (
        ((titled, sent()), "Máximo (KPC/día)"),
        ((SENDERS_HEAD, (*[None] * 5, "KPC", *[None] * 8), sent()), "Cantidad máxima diaria"),
    ):
        with pytest.raises(BadFile) as found:
            keep(session, operator, laid_out(*rows, percent=f"G{len(rows)}"))
        assert [(each.column, each.rule) for each in found.value.problems] == [(column, Rule.WRONG_UNIT)]
    below = laid_out(SENDERS_HEAD, (*[None] * 5, "m³", *[None] * 8), sent(), percent="G3")
    assert len(take(session, operator, keep(session, operator, below)).planned) == 3


def test_a_table_on_its_side_is_refused_with_that_reason(session: Session, operator: Actor):
    with pytest.raises(BadFile) as found:
        keep(session, operator, laid_out(*zip(SENDERS_HEAD, sent(), strict=True)))
    assert [each.rule for each in found.value.problems] == [Rule.TURNED]


def test_a_shortened_nit_has_one_reason(session: Session, operator: Actor):
    with pytest.raises(BadFile) as found:
        keep(session, operator, HEADER + FIRST.replace(NIT, "9,01235E+09"))
    assert [each.rule for each in found.value.problems] == [Rule.SHORTENED]
