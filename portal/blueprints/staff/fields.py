"""Fields that several forms of the consoles share."""

from __future__ import annotations

from collections.abc import Sequence

from wtforms import IntegerField

LONGEST = 9


class CountField(IntegerField):
    """A whole number of at most nine digits: what is longer is none, before anything computes with it."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read ASCII digits with a sign; ``ValueError`` in Spanish for anything else."""
        typed = valuelist[0].strip() if valuelist else ""
        if not typed:
            self.data = None
            return
        digits = typed.removeprefix("-")
        if len(digits) > LONGEST or not (digits.isascii() and digits.isdigit()):
            self.data = None
            raise ValueError("Escriba un número entero, como 6.")
        self.data = int(typed)
