"""Units of the figures of a file, as titles, rows of units and cells spell them."""

from __future__ import annotations

import re
from enum import StrEnum

from portal.domain.quantities import UNIT_NAMES, Unit
from portal.domain.searched import comparable


class FileUnit(StrEnum):
    """Units that a file may have; KPC is a thousand standard cubic feet, MBTU a million BTU."""

    M3 = "m3"
    THOUSAND_M3 = "10³ m³"
    KPC = "KPC"
    MBTU = "MBTU"
    HEATING_VALUE = "BTU/ft3"


_SPELLED = {
    FileUnit.M3: (
        *UNIT_NAMES[Unit.M3],
        *("m^3", "m3s", "m3/d", "m3/dia", "mts3", "mt3", "mc", "metros cubicos", "metro cubico"),
        *("m3 std", "m3 estandar", "sm3/d", "sm3/dia", "std m3", "m3 (std)"),
    ),
    FileUnit.THOUSAND_M3: (
        *(
            "miles de m3",
            "miles m3",
            "mil m3",
            "miles de sm3",
            "miles de metros cubicos",
            "miles de metros cubicos std",
        ),
        *("10^3 m3", "10^3m3", "10^3 sm3", "103 m3", "103m3", "103 sm3", "e3m3", "x1000 m3", "x 1000 m3", "m3 x 1000"),
        *("miles de m3/d", "miles de m3/dia", "m3x1000", "thousand m3"),
    ),
    FileUnit.KPC: (
        *("kpc", "kpcd", "kpcs", "kscf", "mscf", "mcf", "kpc/d", "kpc/dia", "miles de pies cubicos", "kscfd", "mscfd"),
        *("mcfd", "mscf/d", "mcf/d", "miles de pies cubicos std", "miles de pies cubicos por dia"),
    ),
    FileUnit.MBTU: (
        *UNIT_NAMES[Unit.MBTU],
        *("mbtud", "mmbtud", "mbtu/d", "mbtu/dia", "mmbtu/d", "millones de btu"),
    ),
    FileUnit.HEATING_VALUE: ("btu/ft3", "btu/pc", "btu/pie3", "btu/scf", "btu/cf", "btu/pcs"),
}
_OTHERS = frozenset(
    (
        *("btu", "gbtu", "gbtud", "kwh", "mwh", "gj", "mj", "kg", "ton", "mj/m3", "kcal/m3", "kcal/nm3"),
        *("nm3", "dam3", "m3/h", "m3/hr", "sm3/h", "millones de m3", "millones de metros cubicos", "106 m3", "10^6 m3"),
        *("millones de pies cubicos", "pies cubicos", "miles de btu"),
    )
)
# Cubic feet and metres with whichever multiple before and whichever time behind.
_MULTIPLE = re.compile(r"(?:mm|m|k|g|b)?(?:pc|cf|scf|ft3|m3)[sne]?(?:/?d|/?dia|pd|/h)?")
# In these an M is a thousand to some and a million to others.
_UNCLEAR = re.compile(r"mpc[sn]?(?:/?d|/?dia)?|mms?m3(?:/?d|/?dia)?|ms?m3(?:/?d|/?dia)?")
_KNOWN = {comparable(each): unit for unit, names in _SPELLED.items() for each in names}
# Units of a file whose figures are converted, as a refusal names them.
CONVERTED_WORDS = f"{FileUnit.M3}, {FileUnit.KPC} o {FileUnit.MBTU}"
_IN_BRACKETS = re.compile(r"(.*?)\s*[(\[{]\s*([^()\[\]{}]+?)\s*[)\]}]\s*")
_AT_END = re.compile(
    r"(.*?)(?:\s+en)?[\s_:,-]+((?:(?:miles|millones) de |10\^?[36] )?\S+(?: cubicos)?(?: std| estandar)?)"
)
# Units of several words, in a line of words: an exponent has to be seen as one, since "103 m3" is a volume too.
_IN_WORDS = re.compile(
    r"(?:miles|millones) de (?:s?m3|m³|metros cubicos|pies cubicos|btu)\b|10(?:\^[36]|[³⁶]) ?s?m[3³]"
    r"|x ?1[.,]?000 ?s?m[3³]|(?:metros|pies) cubicos"
)
_WORDS = re.compile(r"[\s:()\[\],;]+")
# Shorter words of a line may mean something else.
_SHORTEST_OTHER = 4


def find_unit(text: str) -> FileUnit | None:
    """Return the unit that a whole text names, None for another one and for other words."""
    return _KNOWN.get(comparable(text).strip("()[]. "))


def is_other_unit(text: str) -> bool:
    """Tell whether a whole text names a unit that no file of ours is read in."""
    key = comparable(text).strip("()[]. ")
    return key not in _KNOWN and (key in _OTHERS or _MULTIPLE.fullmatch(key) is not None or is_unclear_unit(key))


def is_unclear_unit(text: str) -> bool:
    """Tell whether a text names a unit that some read as thousands and others as millions."""
    return _UNCLEAR.fullmatch(comparable(text).strip("()[]. ")) is not None


def spell_unclear_unit(text: str) -> str | None:
    """Return the unclear unit that a unit or a title with one names; None for another text."""
    spelled = split_unit(text)[1] or text
    return spelled if is_unclear_unit(spelled) else None


def list_units(line: str) -> dict[str, FileUnit | None]:
    """Return the units that the words of a line name, by their texts; None for those that no file is read in."""
    key = _plain_words(line)
    found: dict[str, FileUnit | None] = {}
    for several in _IN_WORDS.finditer(key):
        found[several[0]] = find_unit(several[0].replace("x 1.000", "x 1000").replace("x 1,000", "x 1000"))
    for word in _WORDS.split(_IN_WORDS.sub(" ", key)):
        unit = find_unit(word)
        if unit is not None or is_unclear_unit(word) or (len(word) >= _SHORTEST_OTHER and is_other_unit(word)):
            found[word] = unit
    return found


def _plain_words(line: str) -> str:
    """Return a line without accents and capitals, its exponents as they stand."""
    kept = {"³": "\ue000", "⁶": "\ue001"}
    for sign, mark in kept.items():
        line = line.replace(sign, mark)
    key = comparable(line)
    for sign, mark in kept.items():
        key = key.replace(mark, sign)
    return key


def split_unit(title: str) -> tuple[str, str | None]:
    """Return a title, in compared form, without its unit, and the unit's text: ``Volumen (KPC)``, ``volumen_kpc``."""
    key = comparable(title)
    for pattern in (_IN_BRACKETS, _AT_END):
        found = pattern.fullmatch(key)
        if found is not None and found[1] and (find_unit(found[2]) or is_other_unit(found[2])):
            return found[1].replace("_", " ").strip(" :,-"), found[2]
    return key, None


_UNIT_WORD = re.compile(
    r"\(?((?:dd|d)[/-]mm?[/-](?:aaaa|aa|yyyy|yy)|(?:aaaa|yyyy)-mm-dd|fecha|dia|codigo|texto|nombre|n/?a|-+|bar|barg|psi"
    r"|psia|psig|kpa|°? ?[cf]|%|id|hh(?::mm)?|unidad(?:es)?)\)?"
)


def is_unit_word(text: str) -> bool:
    """Tell whether a cell may stand in a row of units."""
    return (
        find_unit(text) is not None or is_other_unit(text) or _UNIT_WORD.fullmatch(comparable(text).strip()) is not None
    )
