"""What the pages of the registry say, ready to print: addresses of what was found, and its changes in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from flask import url_for

from portal.domain.delivery import DeliveryPointKind
from portal.domain.gas_day import GasDay
from portal.domain.modalities import Modality
from portal.domain.nits import print_nit
from portal.domain.profiles import parse_profile
from portal.domain.quantities import Quantity, Unit
from portal.filters import MODALITY_WORDS, NONE, UNIT_WORDS, grouped, quantity
from portal.services.notices import Topic
from portal.services.registry import Change, Hit, Kind

from .typed import day_text, last_day, percent_text
from .words import EVENT_WORDS, FIELD_WORDS, POINT_KIND_WORDS, TOPIC_WORDS

Value = str | int | bool | None


class ChangeRow(NamedTuple):
    """A change in words: what happened, when, by whom, and each value before and after."""

    what: str
    at: datetime
    by: str
    file: str | None
    values: list[tuple[str, str, str]]


class Hour(NamedTuple):
    """An hour of a profile: from when, its weight, its share of the day in words."""

    begins: str
    weight: int
    share: str


_VIEWS: Mapping[Kind, tuple[str, str]] = {
    Kind.COMPANY: ("staff.registry_company", "company"),
    Kind.CONTRACT: ("staff.registry_contract", "contract"),
    Kind.POINT: ("staff.registry_point", "point"),
    Kind.CONTACT: ("staff.registry_contact", "contact"),
    Kind.EXIT_POINT: ("staff.registry_exit_point", "exit_point"),
}


def hit_address(hit: Hit) -> str:
    """Return where the page of something found is."""
    endpoint, part = _VIEWS[hit.kind]
    parts: dict[str, Any] = {part: hit.public_id}
    return url_for(endpoint, **parts)


def changes_in_words(changes: Iterable[Change], unit: Unit | None = None) -> list[ChangeRow]:
    """Return changes as they are shown; ``unit`` is that of a contract's maximum when the change does not name it."""
    rows = []
    for change in changes:
        named = next((str(new) for name, _, new in change.values if name == "unit" and new), None)
        of_change = Unit(named) if named in set(Unit) else unit
        values = [
            (FIELD_WORDS.get(name, name), _said(name, old, of_change), _said(name, new, of_change))
            for name, old, new in change.values
        ]
        rows.append(ChangeRow(EVENT_WORDS[change.event], change.at, change.by, change.file, values))
    return rows


def said_of(name: str, value: Value, unit: Unit | None = None) -> str:
    """Return a value of the registry in words."""
    return _said(name, value, unit)


def hours_of(profile: str | None) -> list[Hour]:
    """Return the hours of a profile; none when the day flows evenly."""
    weights = parse_profile(profile or "") or ()
    return [
        Hour(f"{hour:02}:00", weight, f"{grouped(Decimal(weight * 100) / sum(weights), 1)} %")
        for hour, weight in enumerate(weights)
    ]


def _said(name: str, value: Value, unit: Unit | None) -> str:
    if value is None or value == "":
        return NONE
    if isinstance(value, bool):
        return "sí" if value else "no"
    text = str(value)
    if name in ("ended_on", "ends_on", "starts_on"):
        day = GasDay(date.fromisoformat(text))
        return day_text(day) if name == "starts_on" else last_day(day)
    if name == "maximum_micro":
        amount = Quantity.from_micro(int(value), unit or Unit.M3)
        return quantity(amount) + (f" {UNIT_WORDS[unit]}" if unit else "")
    if name == "tolerance_basis_points":
        return f"{percent_text(int(value))} %"
    if name == "wants":
        return ", ".join(TOPIC_WORDS[Topic(each)] for each in text.split() if each in set(Topic))
    return _WORDS[name].get(text, text) if name in _WORDS else print_nit(text) if name == "nit" else text


_WORDS: Mapping[str, Mapping[str, str]] = {
    "modality": {each.value: MODALITY_WORDS[each] for each in Modality},
    "unit": {each.value: UNIT_WORDS[each] for each in Unit},
    "kind": {each.value: POINT_KIND_WORDS[each] for each in DeliveryPointKind},
}
