"""Rows and sums of the overview for print: figures, words and trend ready."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from portal.domain.balance import tell_side
from portal.domain.counts import agree, digits
from portal.domain.quantities import Quantity, Unit, plain
from portal.services.account.standings import MOST_STRAIN, ContractSum, Standing, Sum
from portal.web.filters import MODALITY_WORDS, NONE, UNIT_WORDS, size

# The picture: a column of three units and a gap a day, on both sides of the line in the middle.
STEP, WIDE, MIDDLE = 4, 3, 16


class Figure(NamedTuple):
    """A balance: its exact number, its size with its unit, its side in words and as a class."""

    exact: str
    size: str
    side: str
    tone: str
    note: str = ""


class Trend(NamedTuple):
    """Columns of the days "a favor" and "en contra" as paths, and the sentence that says the same."""

    favour: str
    against: str
    says: str


class Row(NamedTuple):
    """Point ready for print."""

    id: str
    point: str
    code: str
    company: str
    company_id: str
    contract: str
    gate: str
    gate_name: str
    imbalance: Figure
    month_to_date: Figure
    total_to_date: Figure
    days_out: int
    trend: Trend


class SumRow(NamedTuple):
    """Sums of the points of one unit; ``name`` says of which."""

    name: str
    note: str
    unit: str
    points: int
    imbalance: Figure
    month_to_date: Figure
    total_to_date: Figure
    days_out: int


def row_of(standing: Standing) -> Row:
    """Return a point ready for print."""
    names = standing.names
    return Row(
        names.public_id,
        names.name,
        names.carrier_code,
        names.company,
        names.company_id,
        names.contract,
        names.gate,
        names.gate_name,
        figure_of(standing.imbalance),
        figure_of(standing.month_to_date, _month_note(standing)),
        figure_of(standing.total_to_date, "incompleto" if standing.total_incomplete else ""),
        standing.days_out,
        trend_of(standing.trend, standing.unit),
    )


def sum_row(of: Sum, name: str = "", note: str = "") -> SumRow:
    """Return sums ready for print."""
    unit = UNIT_WORDS[of.unit]
    missing = of.points - of.measured
    without = agree(missing, "sin medición en 1 punto", "sin medición en {} puntos") if missing else ""
    return SumRow(
        name or f"Puntos en {unit}",
        note,
        unit,
        of.points,
        figure_of(Quantity(of.imbalance, of.unit) if of.measured else None, without),
        figure_of(Quantity(of.month_to_date, of.unit)),
        figure_of(Quantity(of.total_to_date, of.unit)),
        of.days_out,
    )


def contract_row(of: ContractSum) -> SumRow:
    """Return the sums of a contract ready for print."""
    return sum_row(of.sum, of.number, MODALITY_WORDS[of.modality])


def figure_of(value: Quantity | None, note: str = "") -> Figure:
    """Return a balance ready for print; a dash without one."""
    if value is None:
        return Figure("", NONE, "", "", note)
    tone = "" if value.micro == 0 else "is-favour" if value.micro > 0 else "is-against"
    return Figure(plain(value), size(value), tell_side(value), tone, note)


def _month_note(standing: Standing) -> str:
    strain = standing.strain
    if strain == MOST_STRAIN:
        words = "fuera de toda tolerancia"
    else:
        words = f"{digits(strain)} % de lo tolerado" if strain else ""
    return ", ".join(each for each in (words, "incompleto" if standing.month_incomplete else "") if each)


def trend_of(days: Sequence[int | None], unit: Unit) -> Trend:
    """Return the picture of days in millionths, each column in proportion to the largest imbalance among them."""
    known = [day for day in days if day is not None]
    most = max(map(abs, known), default=0)
    if most == 0:
        without = ("1 día sin desbalance", "{} días sin desbalance")
        words = agree(len(days), *(without if known else ("Sin medición en 1 día", "Sin mediciones en {} días")))
        return Trend("", "", words)
    favour, against = [], []
    for place, day in enumerate(days):
        if not day:
            continue
        high = max(1, (MIDDLE - 1) * abs(day) // most)
        if day > 0:
            favour.append(f"M{place * STEP} {MIDDLE}v-{high}h{WIDE}v{high}z")
        else:
            against.append(f"M{place * STEP} {MIDDLE}v{high}h{WIDE}v-{high}z")
    worst = Quantity(next(day for day in reversed(known) if abs(day) == most), unit)
    span = agree(len(days), "1 día", "{} días")
    says = f"{span}: {len(favour)} a favor, {len(against)} en contra; el mayor, {size(worst)} {tell_side(worst)}"
    return Trend("".join(favour), "".join(against), says)
