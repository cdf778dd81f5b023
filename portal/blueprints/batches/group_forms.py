"""Forms of all points of a contract: the way in, the table, and the codes."""

from __future__ import annotations

from collections.abc import Sequence

from wtforms import HiddenField, SelectField

from portal.domain.calendar import day_words
from portal.domain.counts import counted
from portal.domain.gas_day import GasDay
from portal.web.forms import TypedForm


class WayForm(TypedForm):
    """For how many of the open days; the pressed button says with what the table is filled."""

    days = SelectField("Para cuántos días", choices=[])

    @classmethod
    def of(cls, open_days: Sequence[GasDay]) -> WayForm:
        """Return the form with the open days to choose from, the nearest alone unless told."""
        form = cls()
        form.days.choices = [(str(place), _choice_words(place, day)) for place, day in enumerate(open_days, start=1)]
        return form


def _choice_words(count: int, last: GasDay) -> str:
    if count == 1:
        return f"Solo el {day_words(last)}"
    return f"{counted(count, 'día', 'días')}, hasta el {day_words(last)}"


class SignGroupForm(TypedForm):
    """Digest of what was shown; the codes come as ``codigo-<point>``."""

    shown = HiddenField()
