"""What the pages of the registry answer alike: somebody was faster, what comes after an end, every exit point."""

from __future__ import annotations

from flask.typing import ResponseReturnValue
from wtforms import SelectChoice

from portal.services import registry
from portal.services.registry import CompanyEntry, ContractEntry, ExitPointEntry, PointEntry
from portal.services.registry.entries import differences
from portal.services.store.refusals import Rejected
from portal.web import database
from portal.web.access import me
from portal.web.answers import page
from portal.words.audit import detail_words

from .forms import ContractForm, PointForm, SuccessionForm
from .presenters import later_words, said


def changed_meanwhile(
    holds: CompanyEntry | ContractEntry | PointEntry | ExitPointEntry,
    sent: CompanyEntry | ContractEntry | PointEntry | ExitPointEntry,
    address: str,
) -> ResponseReturnValue:
    """Say what holds now beside what this person sent, which was not kept: 409."""
    changes = [
        (
            detail_words(name),
            f"ahora: {said(name, now_known)} · usted envió: {said(name, typed)}",
        )
        for name, (now_known, typed) in differences(holds, sent).items()
    ]
    return page("errors/409.html", status=409, changes=changes, continue_url=address)


def offer_exit_points(form: PointForm | SuccessionForm) -> None:
    """Offer every exit point."""
    gates = registry.exit_points(database.current(), actor=me())
    form.exit_point.choices = [
        SelectChoice("", "Elija uno"),
        *[SelectChoice(gate.code, f"{gate.code} · {gate.name}") for gate in gates],
    ]


def to_confirm(form: ContractForm | PointForm, refused: Rejected) -> list[str]:
    """Return in words what comes after the end that was refused; the next press of the form agrees to it."""
    form.agreed.data = refused.facts.get("agreed", "")
    return [later_words(each) for each in refused.facts.get("later", ())]
