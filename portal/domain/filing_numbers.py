"""Filing numbers (radicados) of nominations as people type them: whole, without signs, or their tail.

Source: docs/rules.md, "Filing numbers".
"""

from __future__ import annotations

import re
from typing import NamedTuple

from .searched import bare

SERIES = "N"
_PLACES = 6
_WHOLE = re.compile(r"(?:radicado|rad|nro|no|n)*?n?((?:19|20)[0-9]{2})([0-9]{6})")
# With a sign or a space between year and number the zeros before it may be missing.
_PARTED = re.compile(r"\D*((?:19|20)[0-9]{2})\s*[-/. ]\s*([0-9]{1,6})")
_TAIL = re.compile(r"[0-9]{1,6}")
# A shorter tail is the whole number without its zeros.
_SHORTEST_TAIL = 3


class TypedNumber(NamedTuple):
    """Filing number as typed: ``whole``, or the ``tail`` that it ends with; the other is blank."""

    whole: str = ""
    tail: str = ""


def read_filing_number(text: str) -> TypedNumber | None:
    """Return the number that a text is, whole with its series and zeros; None for a text that is none."""
    said = text.strip()
    found = _PARTED.fullmatch(said.casefold()) or _WHOLE.fullmatch(bare(said))
    if found is not None and (said[0].isdigit() or bare(said).startswith(("n", "r"))):
        return TypedNumber(whole=f"{SERIES}-{found[1]}-{found[2]:0>{_PLACES}}")
    if _TAIL.fullmatch(said) is None:
        return None
    return TypedNumber(tail=said if len(said) >= _SHORTEST_TAIL else f"{said:0>{_PLACES}}")
