"""Heating values taken in from files, and the days they convert."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.quantities import Gas, HeatingValue, Quantity, Unit
from portal.models import AuditEvent, DailyBalance, DailyHeatingValue, DeliveryPoint, ExitPoint
from portal.services import ledger
from portal.services.files import intake
from portal.services.files.problems import BadFile, Rule
from portal.services.ledger import heating_values
from portal.services.measures import heating_value_files, readings
from portal.services.store.acts import Act, Actor
from portal.services.store.transactions import transaction
from tests import factories
from tests.factories import NOW, TODAY


@pytest.fixture
def gate(session: Session) -> ExitPoint:
    """The exit point "Loma" with one delivery point, and another without any."""
    with transaction(session):
        found = factories.exit_point(session, code="LOMA")
        factories.exit_point(session, code="CAÑO")
        factories.delivery_point(session, exit_point_id=found.id, starts_on=TODAY.plus(-30))
    return found


@pytest.fixture
def rewritten(monkeypatch: pytest.MonkeyPatch) -> list[GasDay]:
    """The days whose conversions were brought up to date, in order."""
    days: list[GasDay] = []
    monkeypatch.setattr(ledger, "rewrite_conversions", lambda _session, *, exit_point_id, gas_day: days.append(gas_day))
    return days


def day(ago: int) -> GasDay:
    return TODAY.plus(-ago)


def take_in(session: Session, *lines: str) -> intake.Imported:
    return intake.import_file(
        Act.at(session, Actor.system(), NOW),
        heating_value_files.FILES,
        name="pcs.csv",
        content="\n".join(lines).encode(),
    )


def test_a_value_is_in_force_from_its_file_on(session, gate, rewritten):
    assert take_in(session, "punto_salida;fecha;PCS", f"loma;{day(1)};1.131,25") == intake.Imported(1, 1, 0, 0)
    found = heating_values.find_in_force(session, exit_point_id=gate.id, gas_day=day(1))
    assert (found.value, found.provisional) == (HeatingValue.of("1131.25"), False)
    assert session.scalars(select(AuditEvent.event)).all() == ["heating-values:imported"]


def test_the_same_file_twice_adds_no_version(session, gate, rewritten):
    line = f"LOMA;{day(1)};1130"
    take_in(session, line)
    rewritten.clear()
    assert take_in(session, line) == intake.Imported(1, 0, 0, 1)
    assert session.scalar(select(func.count()).select_from(DailyHeatingValue)) == 1
    assert rewritten == []


def test_a_changed_value_is_a_new_version_and_the_old_one_is_kept(session, gate, rewritten):
    take_in(session, f"LOMA;{day(1)};1130")
    assert take_in(session, f"LOMA;{day(1)};1131").changed == 1
    rows = session.execute(
        select(DailyHeatingValue.version, DailyHeatingValue.heating_value).order_by(DailyHeatingValue.version)
    ).all()
    assert [tuple(row) for row in rows] == [(1, HeatingValue.of(1130)), (2, HeatingValue.of(1131))]


def test_the_conversions_of_each_changed_day_are_brought_up_to_date(session, gate, rewritten):
    take_in(session, f"LOMA;{day(1)};1130", f"LOMA;{day(3)};1130")
    assert rewritten == [day(3), day(1)]
    rewritten.clear()
    take_in(session, f"LOMA;{day(1)};1130", f"LOMA;{day(3)};1120")
    assert rewritten == [day(3)]


BAD = {
    "an unknown exit point": (f"XX;{TODAY};1130", Rule.UNKNOWN_EXIT_POINT),
    "no exit point": (f";{TODAY};1130", Rule.EMPTY),
    "tomorrow": (f"LOMA;{TODAY.plus(1)};1130", Rule.FUTURE_DAY),
    "kcal/m³": (f"LOMA;{TODAY};9400", Rule.OUT_OF_RANGE),
    "a little too poor": (f"LOMA;{TODAY};699,9", Rule.OUT_OF_RANGE),
    "a little too rich": (f"LOMA;{TODAY};1500.001", Rule.OUT_OF_RANGE),
    "four decimals": (f"LOMA;{TODAY};1130,1234", Rule.TOO_MANY_DECIMALS),
    "a point and three digits": (f"LOMA;{TODAY};1.130", Rule.AMBIGUOUS_NUMBER),
    "a word": (f"LOMA;{TODAY};alto", Rule.NOT_A_NUMBER),
    "no date": ("LOMA;2026-13-01;1130", Rule.NO_SUCH_DAY),
    "the same day twice": (f"LOMA;{TODAY};1130\nloma;{TODAY};1131", Rule.REPEATED_ROW),
}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("content", "rule"), BAD.values(), ids=BAD.keys())
def test_a_bad_file_of_heating_values_is_refused_whole(session, gate, rewritten, content, rule):
    with pytest.raises(BadFile) as caught:
        take_in(session, f"LOMA;{day(5)};1130", content)
    assert [problem.rule for problem in caught.value.problems] == [rule]
    assert session.scalar(select(func.count()).select_from(DailyHeatingValue)) == 0


def test_each_bad_heating_value_is_told_with_its_line_its_column_and_its_rule(session, gate, rewritten):
    with pytest.raises(BadFile) as caught:
        take_in(
            session, "Salida;Fecha;PCS", f"LOMA;{day(2)};1130", f"LOMA;{TODAY};699,9", f"LOMA;{TODAY.plus(1)};1500,1"
        )
    told = [(problem.line, problem.column, problem.value, problem.rule) for problem in caught.value.problems]
    assert told == [
        (3, "PCS", "699,9", Rule.OUT_OF_RANGE),
        (4, "Fecha", f"{TODAY.plus(1)}", Rule.FUTURE_DAY),
        (4, "PCS", "1500,1", Rule.OUT_OF_RANGE),
    ]
    assert session.scalar(select(func.count()).select_from(DailyHeatingValue)) == 0


@pytest.mark.parametrize("value", ["700", "1500"])
def test_the_limits_themselves_are_heating_values(session, gate, rewritten, value):
    assert take_in(session, f"LOMA;{day(1)};{value}").new == 1


@pytest.mark.parametrize("days", [3, 70], ids=["a few days", "many days"])
def test_the_account_is_converted_anew_after_a_file_of(session: Session, gate: ExitPoint, days: int):
    code = session.scalars(select(DeliveryPoint.carrier_code)).one()
    content = "\n".join(f"{code};{day(ago)};1000" for ago in range(1, 29)).encode()
    intake.import_file(Act.at(session, Actor.system(), NOW), readings.FILES, name="a.csv", content=content)
    for value in (1130, 1150):
        take_in(session, *(f"LOMA;{day(ago)};{value}" for ago in range(1, days + 1)))
        assert ledger.verify(session) is None
        converted = session.scalars(select(DailyBalance.consumed_mbtu).where(DailyBalance.gas_day == day(1))).one()
        assert converted == Gas.of(Quantity.of(1000, Unit.M3), HeatingValue.of(value)).mbtu


@pytest.mark.parametrize(
    "lines",
    [
        (
            "Poder calorífico (BTU/ft³)",
            "Fecha;LOMA;CAÑO;Promedio",
            "{one};1.131,25;1.090,5;1.110,9",
            "{other};1132;1091;",
        ),
        ("Punto de salida;{one};{other}", ";BTU/pc;BTU/pc", "LOMA;1131,25;1132", "CAÑO;1090,5;1091"),
        (
            "Código;Nombre;Fecha;PCS",
            "LOMA;x;{one};1131,25",
            "LOMA;x;{other};1132",
            "CAÑO;y;{one};1090,5",
            "CAÑO;y;{other};1091",
        ),
    ],
)
def test_days_or_exit_points_may_stand_across(session, gate, rewritten, lines: tuple[str, ...]):
    known = {"one": f"{day(2).date:%d/%m/%Y}", "other": f"{day(1).date:%d/%m/%Y}"}
    assert take_in(session, *[line.format(**known) for line in lines]).new == 4
    rows = session.execute(
        select(ExitPoint.code, DailyHeatingValue.gas_day, DailyHeatingValue.heating_value).join(
            ExitPoint, ExitPoint.id == DailyHeatingValue.exit_point_id
        )
    )
    assert {(code, found): value.amount for code, found, value in rows} == {
        ("LOMA", day(2)): Decimal("1131.25"),
        ("LOMA", day(1)): Decimal(1132),
        ("CAÑO", day(2)): Decimal("1090.5"),
        ("CAÑO", day(1)): Decimal(1091),
    }


@pytest.mark.parametrize("hour", ["23:59", "24:00"])
def test_one_hour_beside_each_day_is_that_of_its_value(session, gate, rewritten, hour):
    done = take_in(session, "Puerta;Fecha;Hora;PCS", f"LOMA;{day(2)};{hour};1130", f"LOMA;{day(1)};{hour};1131")
    assert (done.new, done.seen.one_hour) == (2, ("Hora", hour))


def test_hours_of_a_heating_value_are_refused_and_never_summed(session, gate, rewritten):
    across = [f"Puerta;Fecha;{';'.join(map(str, range(24)))}", f"LOMA;{day(1)};{';'.join(['1000'] * 24)}"]
    column = ["Puerta;Fecha;Hora;PCS", *[f"LOMA;{day(1)};{hour};1000" for hour in range(24)]]
    moments = ["Puerta;Fecha;PCS", *[f"LOMA;{day(1)} {hour:02}:00;30" for hour in range(1, 25)]]
    for lines in (across, column, moments):
        with pytest.raises(BadFile) as caught:
            take_in(session, *lines)
        assert {problem.rule for problem in caught.value.problems} == {Rule.HOURLY}
    assert session.scalar(select(func.count()).select_from(DailyHeatingValue)) == 0
