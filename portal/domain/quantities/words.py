"""Quantities in Spanish words, for checking what was typed: "doce mil quinientos m³"."""

from __future__ import annotations

from functools import lru_cache

from portal.domain.counts import digits

from .units import UNIT_WORDS
from .values import MICRO, Quantity, Unit, half_up

_SMALL = [
    "cero",
    "uno",
    "dos",
    "tres",
    "cuatro",
    "cinco",
    "seis",
    "siete",
    "ocho",
    "nueve",
    "diez",
    "once",
    "doce",
    "trece",
    "catorce",
    "quince",
    "dieciséis",
    "diecisiete",
    "dieciocho",
    "diecinueve",
    "veinte",
    "veintiuno",
    "veintidós",
    "veintitrés",
    "veinticuatro",
    "veinticinco",
    "veintiséis",
    "veintisiete",
    "veintiocho",
    "veintinueve",
]
_TENS = ["_", "_", "_", "treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa"]
_HUNDREDS = [
    "_",
    "ciento",
    "doscientos",
    "trescientos",
    "cuatrocientos",
    "quinientos",
    "seiscientos",
    "setecientos",
    "ochocientos",
    "novecientos",
]


# Decimals shown: m³ whole, MBTU with two.
DECIMALS = {Unit.M3: 0, Unit.MBTU: 2}


def figure(value: Quantity, decimals: int | None = None) -> str:
    """Return the figure as written in Colombia, without its unit, half-up; at most six decimals."""
    return _written(value.micro, DECIMALS[value.unit] if decimals is None else decimals)


# A sheet writes most of its figures twice, in the table and at the chart; a year and a file write them again.
@lru_cache(maxsize=4096)
def _written(micro: int, places: int) -> str:
    rounded = half_up(micro, 10 ** (6 - places))
    whole, rest = divmod(abs(rounded), 10**places)
    text = digits(whole)
    if places:
        text = f"{text},{rest:0{places}}"
    return f"−{text}" if rounded < 0 else text


def in_digits(value: Quantity) -> str:
    """Return the figure with its unit: "12.500 m³"."""
    return f"{figure(value)} {UNIT_WORDS[value.unit]}"


def in_digits_and_words(value: Quantity) -> str:
    """Return the figure with its unit, then the words: "12.500 m³ (doce mil quinientos m³)"."""
    return f"{in_digits(value)} ({spell_out(value)})"


def spell_out(quantity: Quantity) -> str:
    """Return the exact quantity in Spanish words with its unit; raises ``OverflowError`` from 10¹² on.

    Before a unit the number loses its last vowel ("treinta y un m³"), whole millions take "de" ("un millón de m³");
    decimals follow "coma" ("doscientos cincuenta coma cinco MBTU"), leading zeros one by one.
    """
    whole, rest = divmod(abs(quantity.micro), MICRO)
    unit = UNIT_WORDS[quantity.unit]
    sign = "menos " if quantity.micro < 0 else ""
    if rest:
        return f"{sign}{number_words(whole)} coma {_decimal_words(f'{rest:06}'.rstrip('0'))} {unit}"
    joint = " de " if whole and whole % MICRO == 0 else " "
    return f"{sign}{_shortened(number_words(whole))}{joint}{unit}"


def number_words(number: int) -> str:
    """Return a whole number from 0 to 10¹² − 1 in Spanish words, as counted alone: "treinta y uno"."""
    if not 0 <= number < MICRO * MICRO:
        raise OverflowError(f"{number} is outside of what is spelled out")
    millions, below = divmod(number, MICRO)
    words = []
    if millions == 1:
        words.append("un millón")
    elif millions:
        words.append(f"{_shortened(_below_a_million(millions))} millones")
    if below or not millions:
        words.append(_below_a_million(below))
    return " ".join(words)


def _below_a_million(number: int) -> str:
    thousands, below = divmod(number, 1_000)
    words = []
    if thousands == 1:
        words.append("mil")
    elif thousands:
        words.append(f"{_shortened(_below_a_thousand(thousands))} mil")
    if below or not thousands:
        words.append(_below_a_thousand(below))
    return " ".join(words)


def _below_a_thousand(number: int) -> str:
    if number == 100:
        return "cien"
    hundreds, below = divmod(number, 100)
    words = [_HUNDREDS[hundreds]] if hundreds else []
    if below or not hundreds:
        words.append(_below_a_hundred(below))
    return " ".join(words)


def _below_a_hundred(number: int) -> str:
    if number < len(_SMALL):
        return _SMALL[number]
    tens, ones = divmod(number, 10)
    return f"{_TENS[tens]} y {_SMALL[ones]}" if ones else _TENS[tens]


def _shortened(words: str) -> str:
    """Return the number before a masculine noun: uno → un, veintiuno → veintiún."""
    if words.endswith("veintiuno"):
        return f"{words.removesuffix('veintiuno')}veintiún"
    return f"{words.removesuffix('uno')}un" if words.endswith("uno") else words


def _decimal_words(digits: str) -> str:
    significant = digits.lstrip("0")
    return "cero " * (len(digits) - len(significant)) + number_words(int(significant))
