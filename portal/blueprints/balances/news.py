"""Qué cambió desde su última visita: the panel above the sheet."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from flask import url_for
from flask_wtf import FlaskForm
from wtforms import HiddenField

from portal.domain.balance import ChangeKind, tell_side
from portal.domain.calendar import day_words, month_words
from portal.domain.gas_day import Month
from portal.domain.nominations import CutReason
from portal.domain.quantities import Quantity
from portal.domain.readings import AdjustmentReason
from portal.services.account import changes
from portal.services.account.changes import Change, PointNews
from portal.services.account.opened_points import OpenedPoint
from portal.web import database
from portal.web.access import me
from portal.web.filters import measure
from portal.web.forms import TypedForm
from portal.words.account_news import news_words

from .words import ADJUSTMENT_WORDS, CUT_WORDS, tone

# Changes shown at once; the rest unfolds.
AT_ONCE = 5
_WORDS = {
    ChangeKind.ESTIMATE_REPLACED: "Llegó la medición real; antes era un estimado.",
    ChangeKind.REMEASURED: "Llegó otra medición.",
    ChangeKind.CORRECTED: "Se corrigió la medición certificada.",
    ChangeKind.ADJUSTED: "Se registró un ajuste de la cuenta.",
    ChangeKind.CUT: "Se autorizó menos de lo nominado.",
    ChangeKind.CLOSED: "El mes se cerró.",
    ChangeKind.RESTATED: "El mes cerrado cambió.",
}


class Line(NamedTuple):
    """Change as shown: the day with the address of its explanation, old and new figure, effect."""

    day: str
    url: str
    words: str
    old: str | None
    new: str | None
    effect: str
    tone: str


class Panel(NamedTuple):
    """Panel of news; ``until`` is the moment up to which "entendido" marks them as read."""

    first_visit: bool
    since: datetime
    until: str
    title: str
    effect: str
    first: tuple[Line, ...]
    rest: tuple[Line, ...]
    form: FlaskForm
    action: str


class ReadForm(TypedForm):
    """Button "Entendido"."""

    until = HiddenField()


def panel(point: OpenedPoint) -> Panel | None:
    """Return the unread changes of a point's account; None without any."""
    session, user_id = database.current(), me().user_id
    if user_id is None or not changes.has_news(session, user_id=user_id, delivery_point_id=point.id):
        return None
    found = changes.load_news(session, user_id=user_id, points=[point]).get(point.id)
    return None if found is None else _present(found, point)


def _present(found: PointNews, point: OpenedPoint) -> Panel:
    lines = tuple([_line(change, point) for change in found.changes])
    until = max(change.at for change in found.changes).isoformat()
    return Panel(
        first_visit=found.first_visit,
        since=found.since,
        until=until,
        title=news_words(found),
        effect=_effect(found.effect),
        first=lines[:AT_ONCE],
        rest=lines[AT_ONCE:],
        form=ReadForm(formdata=None, until=until),
        action=url_for("balances.mark_read", modality=point.modality.value, point=point.public_id),
    )


def _line(change: Change, point: OpenedPoint) -> Line:
    of_month = change.kind in _OF_MONTHS
    day, modality = change.gas_day, point.modality.value
    if of_month:
        month = Month.of(day)
        url = url_for("balances.sheet", modality=modality, point=point.public_id, mes=month.number, anio=month.year)
        named = month_words(month).capitalize()
    else:
        url = url_for("balances.day", modality=modality, point=point.public_id, day=day.isoformat())
        named = day_words(day.date).capitalize()
    effect = change.effect
    return Line(
        day=named,
        url=url,
        words=_words(change),
        old=None if change.old is None else measure(change.old),
        new=None if change.new is None else measure(change.new),
        effect="" if of_month else "contará cuando llegue la medición" if effect is None else _effect(effect),
        tone="" if effect is None else tone(effect),
    )


def _words(change: Change) -> str:
    said = _WORDS[change.kind]
    if isinstance(change.reason, CutReason):
        return f"{said[:-1]}: {CUT_WORDS[change.reason]}."
    if isinstance(change.reason, AdjustmentReason):
        return f"{ADJUSTMENT_WORDS[change.reason]}: {change.words}"
    if change.words is None:
        return said
    return f"{said} Estado de cuenta {change.words}." if change.kind in _OF_MONTHS else f"{said} Motivo: {change.words}"


_OF_MONTHS = (ChangeKind.CLOSED, ChangeKind.RESTATED)


def _effect(value: Quantity) -> str:
    words = tell_side(value)
    return f"{measure(abs(value))} {words}" if words else "sin efecto"
