"""Forms of the consoles."""

from __future__ import annotations

from collections.abc import Sequence

from wtforms import IntegerField

LONGEST = 9


class CountField(IntegerField):
    """Whole number of at most nine digits; a longer one is refused before any arithmetic."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read ASCII digits with a sign; raises ``ValueError`` in Spanish for anything else."""
        typed = valuelist[0].strip() if valuelist else ""
        if not typed:
            self.data = None
            return
        digits = typed.removeprefix("-")
        if len(digits) > LONGEST or not (digits.isascii() and digits.isdigit()):
            self.data = None
            raise ValueError("Escriba un número entero, como 6.")
        self.data = int(typed)
