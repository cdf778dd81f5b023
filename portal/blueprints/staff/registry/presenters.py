"""Registry for its pages: addresses of hits, and changes in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from flask import url_for
from flask.typing import ResponseReturnValue
from wtforms import SelectChoice

from portal.domain.calendar import day_words
from portal.domain.codes import print_nit
from portal.domain.counts import agree, counted
from portal.domain.gas_day import GasDay
from portal.domain.modalities import DeliveryPointKind, Modality
from portal.domain.profiles import parse_profile
from portal.domain.quantities import Unit
from portal.services import registry
from portal.services.mail import Topic
from portal.services.registry import CompanyEntry, ContractEntry, ExitPointEntry, Hit, Kind, Later, PointEntry
from portal.services.registry.entries import list_differences
from portal.services.registry.sheets import PointSheet
from portal.services.store.refusals import Rejected
from portal.services.trace.audit_trail import Change, Entry, Value
from portal.web.access import act
from portal.web.answers import page
from portal.web.filters import MODALITY_WORDS, UNIT_WORDS, grouped
from portal.words.audit import detail_words, value_words

from .forms import ContractForm, PointForm, SuccessionForm, day_text, last_day
from .words import ACT_WORDS, LEFT_WORDS, POINT_KIND_WORDS, TOPIC_WORDS


class Hour(NamedTuple):
    """Hour of a profile: its start, its weight, its share of the day in words."""

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
_WORDS: Mapping[str, Mapping[str, str]] = {
    "modality": {each.value: MODALITY_WORDS[each] for each in Modality},
    "unit": {each.value: UNIT_WORDS[each] for each in Unit},
    "kind": {each.value: POINT_KIND_WORDS[each] for each in DeliveryPointKind},
}


def hit_address(hit: Hit) -> str:
    """Return the address of a hit's page."""
    endpoint, part = _VIEWS[hit.kind]
    parts: dict[str, Any] = {part: hit.public_id}
    return url_for(endpoint, **parts)


def in_words(entries: Iterable[Entry]) -> list[Entry]:
    """Return changes with readable values; one that came from a file names it."""
    found = []
    for entry in entries:
        changes = [replace(each, old=_old(each), new=said(each.name, each.new)) for each in entry.changes]
        changes += [
            Change(name, None, said(name, entry.details[name]))
            for name in ("file", "from", "reason")
            if name in entry.details
        ]
        found.append(replace(entry, changes=tuple(changes)))
    return found


def changes_of(sheet: PointSheet) -> list[Entry]:
    """Return the changes of a point in words, newest first, with the acts by which it goes on or came."""
    found = in_words(sheet.changes)
    for span in sheet.timeline:
        for came in span.came:
            if span.row.id == sheet.row.id:
                what = ACT_WORDS[came.kind].format(came.other.name)
            elif came.other.id == sheet.row.id:
                what = LEFT_WORDS[came.kind].format(span.row.name)
            else:
                continue
            what = f"{what}, desde el {day_words(came.gas_day.date)}"
            why = (Change("reason", None, came.reason),)
            found.append(Entry(0, came.recorded_at, what, came.recorded_by, "", sheet.row.public_id, why, {}))
    return sorted(found, key=lambda entry: entry.at, reverse=True)


def _old(change: Change) -> Value:
    return None if change.old is None else said(change.name, change.old)


def said(name: str, value: Value) -> str:
    """Return a registry value in words; the end of a validity as its last day."""
    if value is None or value == "" or isinstance(value, bool):
        return value_words(value)
    text = str(value)
    if name in ("ended_on", "ends_on"):
        return last_day(GasDay(date.fromisoformat(text)))
    if name in ("starts_on", "from"):
        return day_text(GasDay(date.fromisoformat(text)))
    if name in ("maximum", "tolerance"):
        figure = grouped(Decimal(text), max(0, -int(Decimal(text).as_tuple().exponent)))
        # "20.000" alone would be read again as a figure with three decimals.
        return f"{figure} al día" if name == "maximum" else figure
    if name == "wants":
        return ", ".join(TOPIC_WORDS[Topic(each)] for each in text.split() if each in set(Topic))
    if name == "nit":
        return print_nit(text)
    return _WORDS[name].get(text, text) if name in _WORDS else text


def hours_of(profile: str | None) -> list[Hour]:
    """Return the hours of a profile; none for even flow."""
    weights = parse_profile(profile or "") or ()
    return [
        Hour(f"{hour:02}:00", weight, f"{grouped(Decimal(weight * 100) / sum(weights), 1)} %")
        for hour, weight in enumerate(weights)
    ]


def later_words(later: Later) -> str:
    """Return what follows the end of a point, in one sentence."""
    said_of = []
    if later.last is not None:
        said_of.append(
            f"{counted(later.days, 'día', 'días')} con cifras en la cuenta,"
            f" {later.measured} con medición, hasta el {day_words(later.last.date)}"
        )
    if later.statements:
        said_of.append(f"estados de cuenta {', '.join(later.statements)}")
    if later.nominated:
        listed = ", ".join([f"del {day_words(day.date)}" for day in later.nominated])
        ends = agree(len(later.nominated), "se anula la nominación", "se anulan las nominaciones")
        said_of.append(f"{ends} {listed}")
    last = day_words(later.ends_on.plus(-1).date)
    return f"{later.name} ({later.carrier_code}), último día el {last}: {'; '.join(said_of)}."


def changed_meanwhile(
    holds: CompanyEntry | ContractEntry | PointEntry | ExitPointEntry,
    sent: CompanyEntry | ContractEntry | PointEntry | ExitPointEntry,
    address: str,
) -> ResponseReturnValue:
    """Answer 409 with the present state beside the unsaved input."""
    changes = [
        (
            detail_words(name),
            f"ahora: {said(name, now_known)} · usted envió: {said(name, typed)}",
        )
        for name, (now_known, typed) in list_differences(holds, sent).items()
    ]
    return page("errors/409.html", status=409, changes=changes, continue_url=address)


def offer_exit_points(form: PointForm | SuccessionForm) -> None:
    """Set the choices to all exit points."""
    gates = registry.list_exit_points(act())
    form.exit_point.choices = [
        SelectChoice("", "Elija uno"),
        *[SelectChoice(gate.code, f"{gate.code} · {gate.name}") for gate in gates],
    ]


def to_confirm(form: ContractForm | PointForm, refused: Rejected) -> list[str]:
    """Return the consequences of the refused end in words; the next press of the form confirms them."""
    form.agreed.data = refused.facts.get("agreed", "")
    return [later_words(each) for each in refused.facts.get("later", ())]
