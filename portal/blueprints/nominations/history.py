"""Revisions of each day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask.typing import ResponseReturnValue

from portal.domain.calendar import month_words
from portal.domain.gas_day import FIRST_GAS_DAY, GasDay, Month
from portal.services import nominations
from portal.services.nominations.mails import name_kind
from portal.web import runtime
from portal.web.access import Audience, act, open_to, use_grants
from portal.web.answers import page
from portal.web.periods import is_month_asked, read_month
from portal.web.url_rules import modality_of
from portal.words.nominations import CHANNEL_WORDS, STATE_WORDS, state_tone

from .views import blueprint


@blueprint.get("/nominacion/<modality>/historial")
@open_to(Audience.CUSTOMER)
def history(modality: str) -> ResponseReturnValue:
    """Show every revision of a month, day by day, newest first."""
    chosen, now = modality_of(modality), runtime.now()
    use_grants()
    asked = asked_month(now)
    shown = nominations.load_month_history(act(), modality=chosen, month=asked.month)
    return page(
        "nominations/history.html",
        status=422 if asked.problem else 200,
        problem=asked.problem,
        modality=chosen,
        shown=shown,
        what_it_is=name_kind,
        state_words=STATE_WORDS,
        state_tone=state_tone,
        channel_words=CHANNEL_WORDS,
        earlier=asked.earlier,
        later=asked.later,
    )


@dataclass(frozen=True, slots=True)
class AskedMonth:
    """Month of the URL; the present one, and the problem, when it names none of the history."""

    month: Month
    newest: Month
    problem: str | None

    @property
    def earlier(self) -> Month | None:
        """The month before, if the history has it."""
        return self.month.previous if self.month.first > FIRST_GAS_DAY else None

    @property
    def later(self) -> Month | None:
        """The month after, if it can hold nominations."""
        return self.month.next if self.month.first < self.newest.first else None


def asked_month(now: datetime) -> AskedMonth:
    """Return the month of ``?mes=&anio=``; nominations reach one month beyond the present."""
    today = GasDay.of(now)
    this, newest = Month.of(today), Month.of(today.plus(31))
    if not is_month_asked():
        return AskedMonth(this, newest, None)
    month = read_month()
    if month and FIRST_GAS_DAY <= month.first <= newest.first:
        return AskedMonth(month, newest, None)
    words = f"El historial va de {month_words(FIRST_GAS_DAY)} a {month_words(newest)}: elija un mes entre esos dos."
    return AskedMonth(this, newest, words)
