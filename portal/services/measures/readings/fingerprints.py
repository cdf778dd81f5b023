"""What tells the changes that a person was shown from any others."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from .changes import Change


class Fingerprint:
    """A SHA-256 over changes in their order: point, day, figure, state and the version they replace."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, changes: Iterable[Change]) -> None:
        """Take these in."""
        said = [
            (each.place.row_id, each.gas_day.date.toordinal(), each.row.micro, each.row.state, _version(each))
            for each in changes
        ]
        # An empty part says nothing: how many rows are looked at together must not matter.
        if said:
            self._hash.update(repr(said)[1:-1].encode())

    @property
    def text(self) -> str:
        """What it comes to, in hexadecimal."""
        return self._hash.hexdigest()


def _version(change: Change) -> int:
    return 0 if change.before is None else change.before.version
