"""Quantities of gas: exact amounts of one unit, conversion, spelling and words.

Source: docs/rules.md, "Units and heating value".
"""

from .typed import ENTRY_DECIMALS, LARGEST, BadQuantity, QuantityProblem, parse_quantity, round_typed
from .units import UNIT, UNIT_NAMES, UNIT_WORDS, find_unit, split_unit
from .values import (
    CUBIC_METRES_PER_KPC,
    Gas,
    HeatingValue,
    Quantity,
    Unit,
    UnitMismatch,
    convert,
    half_up,
    in_kpc,
    micro_m3,
    micro_mbtu,
    plain,
)
from .words import figure, in_digits, in_digits_and_words, spell_out

__all__ = [
    "CUBIC_METRES_PER_KPC",
    "ENTRY_DECIMALS",
    "LARGEST",
    "UNIT",
    "UNIT_NAMES",
    "UNIT_WORDS",
    "BadQuantity",
    "Gas",
    "HeatingValue",
    "Quantity",
    "QuantityProblem",
    "Unit",
    "UnitMismatch",
    "convert",
    "figure",
    "find_unit",
    "half_up",
    "in_digits",
    "in_digits_and_words",
    "in_kpc",
    "micro_m3",
    "micro_mbtu",
    "parse_quantity",
    "plain",
    "round_typed",
    "spell_out",
    "split_unit",
]
