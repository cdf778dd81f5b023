"""Gas day, filters and place that an address of the overview asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import request, url_for

from portal.domain.gas_day import FIRST_GAS_DAY, BadGasDay, GasDay, parse_gas_day
from portal.domain.modalities import Modality
from portal.services.account import standings
from portal.services.account.standings import Filter, Place
from portal.web import database, runtime
from portal.web.forms import argument

_PLACE = re.compile(r"([0-9]{1,2})\.([0-9]{1,9})\.([0-9]{1,15})", re.ASCII)
_MODALITIES = {modality.value: modality for modality in Modality}


class Asked(NamedTuple):
    """A day, the points that are asked for, and the place after which the page begins.

    ``typed`` is what was given as a day that is none, or none with figures; ``is_chosen`` that the address names it.
    """

    day: GasDay
    filter: Filter
    after: Place | None
    typed: str
    is_chosen: bool

    @property
    def kept(self) -> dict[str, str]:
        """The filters in use, for addresses."""
        of = self.filter
        modality = "" if of.modality is None else of.modality.value
        given = {"puerta": of.gate, "modalidad": modality, "empresa": of.company, "q": of.text}
        return {name: value for name, value in given.items() if value}

    def url(self, endpoint: str = "staff.balance_overview", **changed: Any) -> str:
        """Return an address with these filters and others; an empty one is left out."""
        day = {"fecha": self.day.isoformat()} if self.is_chosen else {}
        given: Mapping[str, Any] = {**day, **self.kept, **changed}
        return url_for(endpoint, **{name: value for name, value in given.items() if value})

    def company_url(self) -> str:
        """Return the address of the points of a company on this day, but for its public id, which ends it."""
        mark = "-"
        return url_for("staff.balance_overview", fecha=self._day_chosen, empresa=mark).removesuffix(mark)

    @property
    def _day_chosen(self) -> str | None:
        return self.day.isoformat() if self.is_chosen else None


def read_asked() -> Asked:
    """Return what the request asks for; an unknown filter finds nothing, an unknown modality filters nothing."""
    typed = argument("fecha", longest=40)
    today = GasDay.of(runtime.now())
    day = _day(typed, today)
    asked = Filter(
        argument("puerta", longest=20),
        _MODALITIES.get(request.args.get("modalidad", "")),
        argument("empresa", longest=16),
        argument("q", longest=60),
    )
    found = _PLACE.fullmatch(request.args.get("despues", ""))
    after = None if found is None else Place(*map(int, found.groups()))
    if day is not None:
        return Asked(day, asked, after, "", True)
    # What was typed of the day that runs is no day yet: it is looked at where it is asked for.
    last = standings.find_last_measured_day(database.current(), until=today.plus(-1))
    return Asked(last or today.plus(-1), asked, after, typed, False)


def _day(typed: str, today: GasDay) -> GasDay | None:
    try:
        day = parse_gas_day(typed)
    except BadGasDay:
        return None
    return day if FIRST_GAS_DAY <= day <= today else None
