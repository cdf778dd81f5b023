"""Revisions of each day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask.typing import ResponseReturnValue
from wtforms.validators import ValidationError

from portal.domain.calendar import month_words
from portal.domain.filing_numbers import read_filing_number
from portal.domain.gas_day import FIRST_GAS_DAY, GasDay, Month
from portal.services import nominations
from portal.services.nominations import AskedDays, Content, Sought
from portal.services.nominations.mails import name_kind
from portal.web import listed, runtime
from portal.web.access import Audience, act, open_to, use_grants
from portal.web.answers import page
from portal.web.forms import argument
from portal.web.periods import is_month_asked, read_month
from portal.web.typed_days import read_typed_day
from portal.web.url_rules import modality_of
from portal.words.nominations import CHANNEL_WORDS, CONTENT_WORDS, STATE_WORDS, state_tone

from .views import blueprint

LONGEST_DAY = 40


@blueprint.get("/nominacion/<modality>/historial")
@open_to(Audience.CUSTOMER)
def history(modality: str) -> ResponseReturnValue:
    """Show the revisions of a month, day by day, newest first, a page at a time; of the days that are looked for."""
    chosen, now = modality_of(modality), runtime.now()
    use_grants()
    day, day_problem = _asked_day(argument("dia", longest=LONGEST_DAY))
    asked = asked_month(now) if day is None else _at(Month.of(day), now)
    problem = asked.problem or day_problem
    found = listed.read(
        "nominations.history",
        place=2,
        filters=("q", "dia"),
        choices={"tipo": [content.value for content in Content], "entre": [each.value for each in Sought]},
        always={"modality": modality, "mes": asked.month.number, "anio": asked.month.year},
    )
    content = Content(found.filters["tipo"]) if found.filters["tipo"] else None
    among = Sought(found.filters["entre"]) if found.filters["entre"] else None
    shown = nominations.load_month_history(
        act(),
        modality=chosen,
        month=asked.month,
        asked=AskedDays(found.text, content, None if problem else day, found.after, among),
    )
    found.next = shown.next
    around = asked if shown.month == asked.month else _at(shown.month, now)
    return page(
        "nominations/history.html",
        status=422 if problem else 200,
        problem=problem,
        modality=chosen,
        shown=shown,
        listed=found,
        contents=[(content.value, f"Días con {words}") for content, words in CONTENT_WORDS.items()],
        what_it_is=name_kind,
        state_words=STATE_WORDS,
        state_tone=state_tone,
        channel_words=CHANNEL_WORDS,
        is_number=read_filing_number(found.text) is not None,
        earlier=around.earlier,
        later=around.later,
    )


def _asked_day(text: str) -> tuple[GasDay | None, str | None]:
    """Return the day that is looked for, and what is wrong with what was typed."""
    if not text:
        return None, None
    try:
        return read_typed_day(text), None
    except ValidationError as bad:
        return None, str(bad)


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
    if not is_month_asked():
        return _at(Month.of(GasDay.of(now)), now)
    return _at(read_month(), now)


def _at(month: Month | None, now: datetime) -> AskedMonth:
    """Return a month of the history; the present one, and the problem, for another."""
    today = GasDay.of(now)
    newest = Month.of(today.plus(31))
    if month and FIRST_GAS_DAY <= month.first <= newest.first:
        return AskedMonth(month, newest, None)
    words = f"El historial va de {month_words(FIRST_GAS_DAY)} a {month_words(newest)}: elija un mes entre esos dos."
    return AskedMonth(Month.of(today), newest, words)
