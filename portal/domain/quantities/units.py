"""Names of the units: as the portal writes them, and as people and files do (docs/rules.md, "Names of the units").

The one table of them. Who looks for a unit in a text asks here, or builds its pattern on ``UNIT``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from portal.domain.searched import comparable

from .values import Unit

UNIT_WORDS: Mapping[Unit, str] = {Unit.M3: "m³", Unit.MBTU: "MBTU"}
# As ``comparable`` leaves them: "m³" is "m3". An MMBTU is what Colombia calls an MBTU.
UNIT_NAMES: Mapping[Unit, tuple[str, ...]] = {Unit.M3: ("m3", "sm3"), Unit.MBTU: ("mbtu", "mmbtu")}
# A nomination is of a day: "m³/día" names the unit too, in a title.
OF_A_DAY = ("/d", "/dia")
_KNOWN = {name: unit for unit, names in UNIT_NAMES.items() for name in names}
_KNOWN |= {f"{name}{day}": unit for name, unit in _KNOWN.items() for day in OF_A_DAY}
# Alternatives for a pattern that ignores case, the longest first; the superscript as it is typed.
_SPELLED = {spelling for name in UNIT_NAMES[Unit.M3] for spelling in (name, name.replace("3", "³"))}
_SPELLED |= set(UNIT_NAMES[Unit.MBTU])
UNIT = "|".join(sorted(_SPELLED, key=lambda each: (-len(each), each)))
# Not the end of a word: km³ are none of them.
_AT_END = re.compile(rf"(.*?)\s*(?:\(({UNIT})\)|(?<![^\W\d_])({UNIT}))", re.IGNORECASE)


def find_unit(text: str) -> Unit | None:
    """Return the unit that a whole text names, also as one of a day; None for another text."""
    return _KNOWN.get(comparable(text).strip("()[]. "))


def split_unit(text: str) -> tuple[str, Unit | None]:
    """Return a text without the unit that stands behind it, in brackets or not, and the unit; None without one."""
    read = _AT_END.fullmatch(text)
    return (text, None) if read is None else (read[1], find_unit(read[2] or read[3]))
