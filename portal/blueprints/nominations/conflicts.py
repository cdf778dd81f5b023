"""Page of a conflict, perhaps with one's own other tab: both values, and where to go on."""

from __future__ import annotations

from collections.abc import Iterator

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.calendar import day_words
from portal.domain.timetable import KIND_WORDS
from portal.models import Nomination, NominationDraft
from portal.services import nominations
from portal.services.keys import grants
from portal.services.store.refusals import Conflict
from portal.web import database
from portal.web.access import act
from portal.web.answers import page
from portal.web.filters import clock_words, measure

from .views import blueprint

Fact = tuple[str, str]
SENT = {
    "kind": "Solicitud",
    "gas_day": "Día de gas",
    "pick": "Día de gas",
    "quantity": "Cantidad",
    "every_day": "Cada día",
    "sundays": "Domingos",
    "holidays": "Festivos",
    "last_day": "Último día",
}


@blueprint.errorhandler(Conflict)
def explain(conflict: Conflict) -> ResponseReturnValue:
    """Answer 409 with what was sent, what holds instead, and the way to the open step."""
    named = request.view_args or {}
    if "receipt" in named:
        return _answer([("Anulación que usted envió", "Sin efecto")], url_for(".receipt", receipt=named["receipt"]))
    if "draft" not in named:
        # A standing order: another version holds, or its form was changed.
        return _answer([*_sent()], url_for(".standing_order", **named))
    draft = nominations.load(act(), public_id=named["draft"])
    changes = [*_sent()]
    if draft.nomination is not None:
        return _answer([*changes, *_signed(draft.nomination)], url_for(".receipt", receipt=draft.nomination.public_id))
    changes += _answers(draft)
    if conflict.reason != "draft":
        changes += _in_force(draft)
    return _answer(changes, url_for(f".{open_step(draft)}", draft=draft.public_id))


def open_step(draft: NominationDraft) -> str:
    """Return the view of the first step without answer; of the signature when all have one."""
    if draft.kind is None:
        return "kind"
    if draft.gas_day is None:
        return "gas_day"
    return "quantity" if draft.quantity is None else "signature"


def _answer(changes: list[Fact], continue_url: str) -> ResponseReturnValue:
    return page("errors/409.html", status=409, changes=changes, continue_url=continue_url)


def _sent() -> Iterator[Fact]:
    """Yield what this request would have stored, as typed."""
    for name, label in SENT.items():
        if typed := request.form.get(name):
            kinds = {kind.value: words for kind, words in KIND_WORDS.items()}
            yield f"{label} que usted envió", kinds.get(typed, typed)[:100]


def _answers(draft: NominationDraft) -> Iterator[Fact]:
    """Yield the draft's present answers."""
    if draft.kind is not None:
        yield "Solicitud guardada", KIND_WORDS[draft.kind]
    if draft.gas_day is not None:
        yield "Día de gas guardado", day_words(draft.gas_day)
    if draft.quantity is not None:
        yield "Cantidad guardada, sin firmar", measure(draft.quantity)


def _in_force(draft: NominationDraft) -> Iterator[Fact]:
    """Yield what is in force for the day; its figure only with the point's key proved."""
    if draft.gas_day is None:
        return
    session = database.current()
    found = nominations.find_in_force(session, delivery_point_id=draft.delivery_point_id, gas_day=draft.gas_day)
    if found is None:
        yield "En firme para ese día", "Nada todavía"
    elif draft.delivery_point_id in grants.list_proved_point_ids(act()):
        yield "En firme para ese día", f"{measure(found.quantity)}, versión {found.revision}"
        yield "Recibida", clock_words(found.received_at)
    else:
        yield "En firme para ese día", f"La versión {found.revision}"


def _signed(nomination: Nomination) -> Iterator[Fact]:
    """Yield what this draft was signed as before."""
    yield "Ya firmada con el radicado", nomination.filing_number or ""
    yield "Cantidad en ese radicado", measure(nomination.quantity)
    yield "Recibida", clock_words(nomination.received_at)
