"""Verification codes of the receipts that were signed together."""

from __future__ import annotations

from collections.abc import Iterable

from portal.domain.keys import print_code
from portal.models import Nomination
from portal.services.trace import receipts
from portal.web import runtime


def print_codes(nominations: Iterable[Nomination]) -> dict[int, str]:
    """Return the code of each receipt as it is printed on its own page, by the row id of its nomination."""
    vault = runtime.vault()
    return {each.id: print_code(receipts.seal(vault, nomination=each)) for each in nominations}
