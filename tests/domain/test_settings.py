"""Which of several dated rows holds for a place and a day."""

from __future__ import annotations

from datetime import date

from portal.domain.gas_day import GasDay
from portal.domain.modalities import Modality
from portal.domain.quantities import Quantity, Unit
from portal.domain.settings import Dated, Maximum, Place, SettingName, Tolerance, find_value

FACTOR = SettingName.SUSPICIOUS_FACTOR
HERE = Place(Modality.GNV_SUPPLY, 7, 70)


def day(text: str) -> GasDay:
    return GasDay(date.fromisoformat(text))


def m3(amount: int) -> Quantity:
    return Quantity.of(amount, Unit.M3)


def row(place: Place, value: str, since: str, name: SettingName = FACTOR) -> Dated:
    return Dated(name, place, value, day(since))


def test_the_narrowest_place_decides_and_then_the_latest_day():
    rows = [
        row(Place(), "9", "2026-01-01"),
        row(Place(Modality.GNV_SUPPLY), "10", "2026-02-01"),
        row(Place(Modality.GNV_SUPPLY, 7), "11", "2026-03-01"),
        row(Place(), "12", "2026-04-01"),
        row(HERE, "13", "2026-05-01"),
        row(HERE, "14", "2026-05-01"),
        row(Place(Modality.INDUSTRIAL), "99", "2026-01-01"),
        row(Place(Modality.GNV_SUPPLY, 8), "99", "2026-01-01"),
        row(HERE, "99", "2026-01-01", SettingName.UNIT_FACTOR_LOW),
    ]
    days = ("2025-12-31", "2026-01-01", "2026-02-01", "2026-03-01", "2026-04-30", "2026-05-01")
    assert [find_value(rows, FACTOR, HERE, day(each)) for each in days] == [None, "9", "10", "11", "11", "14"]
    elsewhere = Place(Modality.GNV_ATR, 9, 90)
    assert find_value(rows, FACTOR, elsewhere, day("2026-05-01")) == "12"


def test_a_tolerance_is_as_it_was_signed_until_it_was_set():
    tolerance = Tolerance(500, ((day("2026-03-01"), 700), (day("2026-02-01"), 600), (day("2026-02-01"), 650)))
    found = [tolerance.on(day(each)) for each in ("2026-01-31", "2026-02-01", "2026-03-01")]
    assert found == [500, 650, 700]


def test_a_maximum_holds_from_its_day_on_until_another_one_does():
    steps = ((day("2026-03-01"), m3(700)), (day("2026-02-01"), m3(600)), (day("2026-02-01"), m3(650)))
    maximum = Maximum(m3(500), steps)
    found = [maximum.on(day(each)) for each in ("2026-01-31", "2026-02-01", "2026-03-01")]
    assert found == [m3(500), m3(650), m3(700)]
    after = [maximum.find_next(day(each)) for each in ("2026-01-31", "2026-02-01", "2026-03-01")]
    assert after == [day("2026-02-01"), day("2026-03-01"), None]
