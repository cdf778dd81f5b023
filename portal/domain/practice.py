"""Point that does not exist, for practice: its name, its code, and how much may be practised.

Source: docs/rules.md, "Practice"; adr/0173.
"""

from __future__ import annotations

from .keys import compute_damm_digit

POINT = "EDS de Práctica"
_DIGITS = "20261204"
# Printed on the page: it opens and signs nothing but practice.
CODE = f"{_DIGITS}{compute_damm_digit(_DIGITS)}"
MOST_A_DAY = 20
