"""Answers shared by the pages of the registry."""

from __future__ import annotations

from flask.typing import ResponseReturnValue
from wtforms import SelectChoice

from portal.services import registry
from portal.services.registry import CompanyEntry, ContractEntry, ExitPointEntry, PointEntry
from portal.services.registry.entries import differences
from portal.services.store.refusals import Rejected
from portal.web.access import act
from portal.web.answers import page
from portal.words.audit import detail_words

from .forms import ContractForm, PointForm, SuccessionForm
from .presenters import later_words, said


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
        for name, (now_known, typed) in differences(holds, sent).items()
    ]
    return page("errors/409.html", status=409, changes=changes, continue_url=address)


def offer_exit_points(form: PointForm | SuccessionForm) -> None:
    """Set the choices to all exit points."""
    gates = registry.exit_points(act())
    form.exit_point.choices = [
        SelectChoice("", "Elija uno"),
        *[SelectChoice(gate.code, f"{gate.code} · {gate.name}") for gate in gates],
    ]


def to_confirm(form: ContractForm | PointForm, refused: Rejected) -> list[str]:
    """Return the consequences of the refused end in words; the next press of the form confirms them."""
    form.agreed.data = refused.facts.get("agreed", "")
    return [later_words(each) for each in refused.facts.get("later", ())]
