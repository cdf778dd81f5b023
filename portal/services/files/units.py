"""Units of the figures of a file, as titles, rows of units and cells spell them."""

from __future__ import annotations

import re
from enum import StrEnum

from portal.domain.quantities import UNIT_NAMES, Unit
from portal.domain.searched import comparable


class FileUnit(StrEnum):
    """Units that a file may have; KPC is a thousand standard cubic feet, MBTU a million BTU."""

    M3 = "m3"
    KPC = "KPC"
    MBTU = "MBTU"
    HEATING_VALUE = "BTU/ft3"


_SPELLED = {
    FileUnit.M3: (
        *UNIT_NAMES[Unit.M3],
        *("m^3", "m3s", "m3/d", "m3/dia", "mts3", "mt3", "mc", "metros cubicos", "metro cubico"),
        *("m3 std", "m3 estandar", "sm3/d", "sm3/dia", "std m3", "m3 (std)"),
    ),
    FileUnit.KPC: ("kpc", "kpcd", "kpcs", "kscf", "mscf", "mcf", "kpc/d", "kpc/dia", "miles de pies cubicos"),
    FileUnit.MBTU: (
        *UNIT_NAMES[Unit.MBTU],
        *("mbtud", "mmbtud", "mbtu/d", "mbtu/dia", "mmbtu/d", "millones de btu"),
    ),
    FileUnit.HEATING_VALUE: ("btu/ft3", "btu/pc", "btu/pie3", "btu/scf", "btu/cf", "btu/pcs"),
}
_OTHERS = frozenset(
    (
        *("mpc", "mpcd", "mmpcd", "pc", "pcs", "pcd", "ft3", "scf", "mmscf", "mmscfd", "btu", "gbtu", "gbtud", "kwh"),
        *("miles de m3", "miles m3", "10^3 m3", "10^3m3", "103 m3", "103m3", "mil m3"),
        *("mwh", "gj", "mj", "kg", "ton", "nm3", "mm3", "km3", "dam3", "mj/m3", "kcal/m3", "kcal/nm3"),
    )
)
_KNOWN = {comparable(each): unit for unit, names in _SPELLED.items() for each in names}
# Units of a file whose figures are converted, as a refusal names them.
CONVERTED_WORDS = f"{FileUnit.M3}, {FileUnit.KPC} o {FileUnit.MBTU}"
_IN_BRACKETS = re.compile(r"(.*?)\s*[(\[{]\s*([^()\[\]{}]+?)\s*[)\]}]\s*")
_AT_END = re.compile(r"(.*?)(?:\s+en)?[\s_:,-]+(\S+(?: std| estandar)?)")


def find_unit(text: str) -> FileUnit | None:
    """Return the unit that a whole text names, None for another one and for other words."""
    return _KNOWN.get(comparable(text).strip("()[]. "))


def is_other_unit(text: str) -> bool:
    """Tell whether a whole text names a unit that no file of ours is read in."""
    return comparable(text).strip("()[]. ") in _OTHERS


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
