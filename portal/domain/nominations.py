"""Nominations: channels, reasons of a cut, unusual quantities.

Source: docs/rules.md, "Reasons of a cut", "What blocks and what warns".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from .calendar import WEEKDAYS
from .gas_day import GasDay
from .quantities import Quantity, Unit, UnitMismatch, half_up, in_digits
from .spans import few


class Channel(StrEnum):
    """Channel by which a nomination arrived."""

    WEB = "web"
    CALL = "call"
    OPERATOR = "operator"
    API = "api"
    # Written by the point's rule at the close.
    POLICY = "policy"
    # Signed once by the customer for the days that nobody nominates (adr/0132).
    STANDING_ORDER = "standing-order"
    CARRIED_OVER = "carried-over"


# How the submissions begin that an act of the registry makes (adr/0135): of what goes on in another account, and of
# what is shared with another point.
HANDED, RESTATED = "handed:", "restated:"


class ReceiptStanding(StrEnum):
    """State of the request of a receipt."""

    IN_FORCE = "in-force"
    WITHDRAWS = "withdraws"
    AWAITING = "awaiting"
    REFUSED = "refused"
    # Late, and nobody decided: another request of the day came after it, or the day ended.
    OVERTAKEN = "overtaken"
    LAPSED = "lapsed"
    REPLACED = "replaced"
    CANCELLED = "cancelled"

    @property
    def is_past(self) -> bool:
        """The request is no longer in force, or never was."""
        return self not in (ReceiptStanding.IN_FORCE, ReceiptStanding.WITHDRAWS, ReceiptStanding.AWAITING)


# In a list of the revisions of a day.
STANDING_WORDS = {
    ReceiptStanding.IN_FORCE: "en firme",
    ReceiptStanding.WITHDRAWS: "nada en firme",
    ReceiptStanding.AWAITING: "espera decisión",
    ReceiptStanding.REFUSED: "no aceptada",
    ReceiptStanding.OVERTAKEN: "no se decidió: llegó otra",
    ReceiptStanding.LAPSED: "no se decidió",
    ReceiptStanding.REPLACED: "reemplazada",
    ReceiptStanding.CANCELLED: "anulada después",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFacts:
    """Facts about a request and its day that decide its standing.

    ``in_force`` and ``newest`` are revisions of the day, ``in_force`` None where nothing is; ``accepted`` is the
    operator's decision about a late one, None while there is none.
    """

    revision: int
    in_force: int | None
    newest: int
    cancels: bool
    is_late: bool
    accepted: bool | None
    is_day_over: bool


def tell_standing(facts: RequestFacts) -> ReceiptStanding:
    """Return the standing of a request; a late one that nobody decided is never in force."""
    if facts.is_late and not facts.accepted:
        return _tell_late_standing(facts)
    if facts.in_force is None:
        return ReceiptStanding.WITHDRAWS if facts.cancels else ReceiptStanding.CANCELLED
    return ReceiptStanding.IN_FORCE if facts.in_force == facts.revision else ReceiptStanding.REPLACED


def _tell_late_standing(facts: RequestFacts) -> ReceiptStanding:
    if facts.accepted is not None:
        return ReceiptStanding.REFUSED
    if facts.revision < facts.newest:
        return ReceiptStanding.OVERTAKEN
    return ReceiptStanding.LAPSED if facts.is_day_over else ReceiptStanding.AWAITING


class CutReason(StrEnum):
    """Industry code of the reason why less was authorised than asked."""

    CPR = "CPR"  # the counterparty confirmed less
    CRN = "CRN"  # the counterparty did not answer
    PCC = "PCC"  # capacity restricted in transport
    CCD = "CCD"  # capacity restricted in distribution
    EPM = "EPM"  # above the maximum of the point
    EPS = "EPS"  # more has already flowed than was asked
    FMJ = "FMJ"  # force majeure
    NGU = "NGU"  # no nomination upstream
    CNA = "CNA"  # inactive contract
    GQS = "GQS"  # gas quality


class QuantityWarning(StrEnum):
    """Warning about a quantity that the customer must tick before sending."""

    ABOVE_MAXIMUM = "above-maximum"
    FAR_ABOVE_MEAN = "far-above-mean"
    FAR_BELOW_MEAN = "far-below-mean"
    UNIT_SUSPECTED = "unit-suspected"


@dataclass(frozen=True, slots=True)
class Factors:
    """Factors of the mean, up or down, from which a quantity is unusual or suspected to be in the other unit.

    One MBTU is about 25 m³.
    """

    far: int = 8
    unit_low: int = 20
    unit_high: int = 30


FACTORS = Factors()
# Days with a reading whose mean a quantity is compared with; older than twice as many days none counts.
MEAN_DAYS = 28


def find_warnings(
    quantity: Quantity,
    contract_maximum: Quantity | None,
    others_of_contract: Quantity | None,
    mean_28: Quantity | None,
    factors: Factors = FACTORS,
) -> tuple[QuantityWarning, ...]:
    """Return the warnings about ``quantity`` for one gas day; none of them blocks.

    ``contract_maximum`` bounds the quantity together with ``others_of_contract``, the quantities in force that day at
    the contract's other points. ``mean_28`` is the mean consumption of the last 28 days; None or zero: no comparison.
    At most one warning is about the mean: a suspected unit from ×20 to ×30 or from ÷20 to ÷30, else more than ×8 or
    less than ÷8, or as ``factors`` says. Zero has a sentence of its own, so it is not far below. All in one unit, else
    ``UnitMismatch``.
    """
    found: list[QuantityWarning] = []
    if contract_maximum is not None:
        together = quantity if others_of_contract is None else quantity + others_of_contract
        if together > contract_maximum:
            found.append(QuantityWarning.ABOVE_MAXIMUM)
    if mean_28 is not None:
        if mean_28.unit is not quantity.unit:
            raise UnitMismatch(quantity.unit, mean_28.unit)
        unusual = compare_with_mean(quantity.micro, mean_28.micro, factors)
        if unusual is not None:
            found.append(unusual)
    return tuple(found)


def mean_of(quantities: Sequence[Quantity]) -> Quantity | None:
    """Return the mean, half-up to six decimals; None for no quantities. All in one unit, else ``UnitMismatch``."""
    if not quantities:
        return None
    unit = quantities[0].unit
    total = sum(quantities, Quantity.zero(unit))
    return Quantity.from_micro(half_up(total.micro, len(quantities)), unit)


def compare_with_mean(quantity: int, mean: int, factors: Factors) -> QuantityWarning | None:
    """Return the warning about a quantity beside the usual daily consumption, both in millionths of one unit.

    None where it is usual, and where either is zero: zero has a sentence of its own.
    """
    if quantity <= 0 or mean <= 0:
        return None
    above = quantity > mean
    larger, smaller = (quantity, mean) if above else (mean, quantity)
    if factors.unit_low * smaller <= larger <= factors.unit_high * smaller:
        return QuantityWarning.UNIT_SUSPECTED
    if larger > factors.far * smaller:
        return QuantityWarning.FAR_ABOVE_MEAN if above else QuantityWarning.FAR_BELOW_MEAN
    return None


# Step of a nominated quantity, in millionths: m³ whole, MBTU with two decimals.
_STEP = {Unit.M3: 1_000_000, Unit.MBTU: 10_000}


class ClosePolicy(StrEnum):
    """Rule of a point: mean of the same weekday, the last nomination again, or zero."""

    FORECAST = "forecast"
    LAST = "last"
    ZERO = "zero"


# Measured days of one weekday that a forecast averages.
FORECAST_DAYS = 4
# For any day without nomination; ``rule_to_come`` gives the sentence for one day.
POLICY_WORDS = {
    ClosePolicy.FORECAST: (
        f"se nomina el pronóstico: el promedio de los últimos {few(FORECAST_DAYS)} días iguales de la semana"
    ),
    ClosePolicy.LAST: "se repite la última nominación",
    ClosePolicy.ZERO: "se nomina cero",
}


def rule_to_come(policy: ClosePolicy, gas_day: GasDay) -> str:
    """Return the sentence about ``gas_day`` if nobody nominates it: "se nominará por usted el promedio de…"."""
    if policy is ClosePolicy.FORECAST:
        weekday = WEEKDAYS[gas_day.date.weekday()]
        several = weekday if weekday.endswith("s") else f"{weekday}s"
        return f"se nominará por usted el promedio de los últimos {few(FORECAST_DAYS)} {several}"
    return "se repetirá su última nominación" if policy is ClosePolicy.LAST else "se nominará cero (0)"


def tell_missing(policy: ClosePolicy, gas_day: GasDay, *, is_ordered: bool, ordered: Quantity | None) -> str:
    """Return what is nominated if nobody nominates the day: by the standing order of the point, else by its rule.

    ``ordered`` is the quantity of the order, None where it may not be shown.
    """
    if not is_ordered:
        return rule_to_come(policy, gas_day)
    return "se nominará por su orden permanente" + ("" if ordered is None else f": {in_digits(ordered)}")


def tell_withdrawn(gas_day: GasDay, *, policy: ClosePolicy | None, ordered: Quantity | None) -> str:
    """Return what happens to a day that was withdrawn and has nothing in force; ``policy`` None after its close."""
    if policy is None:
        return "Ese día no tiene nada en firme."
    to_come = tell_missing(policy, gas_day, is_ordered=ordered is not None, ordered=ordered)
    return f"Si al cierre no hay otra, {to_come}."


def rounded_mean(quantities: Sequence[Quantity]) -> Quantity:
    """Return the mean half-up in the step of a nomination: whole m³, or MBTU with two decimals."""
    unit = quantities[0].unit
    total = sum(quantities, Quantity.zero(unit))
    return Quantity.from_micro(half_up(total.micro, len(quantities) * _STEP[unit]) * _STEP[unit], unit)
