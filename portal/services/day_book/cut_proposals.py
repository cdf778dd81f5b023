"""Cuts proposed at a gate of which less was confirmed than asked: pro rata or by priority, every line editable.

Source: docs/rules.md, "Gates"; adr/0141.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy.orm import Session

from portal.domain.accounts import Function
from portal.domain.gas_day import GasDay
from portal.domain.gates import Ask, CutRule, cap_by_contract, propose_quantities
from portal.domain.nominations import CutReason
from portal.domain.quantities import ENTRY_DECIMALS, Gas, Quantity, Unit
from portal.domain.settings import Place
from portal.services import ledger
from portal.services.points import settings
from portal.services.store.acts import Act
from portal.services.store.permissions import require
from portal.services.store.refusals import Conflict, NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction

from .authorisations import Recorded, is_published, require_acceptable, require_open, write
from .blocks import Blocks
from .confirmations import GateOfBook, is_noticeable, sum_gates
from .lines import Line, list_lines
from .versions import list_versions


class ProposedLine(NamedTuple):
    """A nominated point of the gate with what is proposed for it, in its unit, and why it is less than asked.

    ``priority`` is that of its contract; ``is_above_maximum`` where the contract asks for more than its maximum.
    """

    line: Line
    quantity: Quantity
    cut_reason: CutReason | None
    priority: int
    is_above_maximum: bool


class Proposal(NamedTuple):
    """Proposal for a gate: ``total`` is what its lines add up to, ``shown`` the digest of what it was made from."""

    gate: GateOfBook
    rule: CutRule
    lines: Sequence[ProposedLine]
    total: Gas
    shown: str

    @property
    def cuts(self) -> int:
        """The number of lines that get less than they asked for."""
        return sum(each.cut_reason is not None for each in self.lines)


class Edited(NamedTuple):
    """Quantity and reason of a line as they were sent back, by the public id of its point."""

    quantity: Quantity
    cut_reason: CutReason | None


class Excess(NamedTuple):
    """Sum of edited lines beyond what binds them: what was confirmed at the gate (``contract`` empty), or a maximum."""

    contract: str
    together: Quantity
    most: Quantity


def propose_cuts(act: Act, *, gas_day: GasDay, code: str, rule: CutRule) -> Proposal:
    """Return the cuts that bring a gate down to what was confirmed there; write nothing.

    No line gets more than it asked for, and no contract more than its maximum, other gates counted. Without a
    confirmation, only the maxima cut. ``NotFound`` for a gate without lines.
    """
    require(act, Function.AUTHORISE)
    lines = list_lines(act.session, gas_day=gas_day)
    return _propose(act, gas_day, code, rule, lines)


def record_cuts(
    act: Act,
    *,
    gas_day: GasDay,
    code: str,
    rule: CutRule,
    edited: Mapping[str, Edited],
    shown: str,
    knows_excess: bool = False,
) -> int:
    """Record what was sent for the lines of a gate, all or nothing, and return how many were written. Commits.

    Lines that are published so, or were recorded so, stay. Refuses (``Rejected``) as ``authorisations.record``, naming
    the point; ``NOTHING_TO_CONFIRM``; and, unless ``knows_excess``, ``CUTS_BEYOND`` with the ``excesses`` of lines that
    were edited to more than was confirmed, or than a contract's maximum. ``Conflict`` when nominations, confirmation or
    what is recorded are not those of ``shown``.
    """
    session = act.session
    user_id = require(act, Function.AUTHORISE)
    with transaction(session):
        of_gate = [line.point_id for line in list_lines(session, gas_day=gas_day) if line.exit_code == code]
        # Of two people with the same proposal the second finds what the first recorded.
        ledger.lock_points(session, of_gate)
        lines = list_lines(session, gas_day=gas_day)
        proposal = _propose(act, gas_day, code, rule, lines)
        if proposal.shown != shown:
            raise Conflict("revision")
        recorded: list[Recorded] = []
        for each in proposal.lines:
            found = edited.get(each.line.point_public_id)
            if found is None or _stands(each.line, found):
                continue
            try:
                recorded.append(require_acceptable(each.line, found.quantity, found.cut_reason))
            except Rejected as refused:
                refused.facts["point"] = each.line.point
                refused.facts["id"] = each.line.point_public_id
                raise
        if not recorded:
            raise Rejected(Refusal.NOTHING_TO_CONFIRM)
        require_open(session, lines=[each.line for each in recorded], gas_day=gas_day)
        excesses = [] if knows_excess else _find_excesses(proposal, lines, edited)
        if excesses:
            raise Rejected(Refusal.CUTS_BEYOND, excesses=excesses)
        write(act, gas_day=gas_day, recorded=recorded, user_id=user_id)
        return len(recorded)


def _stands(line: Line, found: Edited) -> bool:
    """Tell whether the line has this quantity and reason already."""
    if is_published(line, found.quantity, found.cut_reason):
        return True
    recorded = line.recorded
    return (
        recorded is not None
        and line.recorded_revision == line.revision
        and recorded.in_unit(line.unit) == found.quantity
        and line.recorded_cut == found.cut_reason
    )


def _find_excesses(proposal: Proposal, lines: Sequence[Line], edited: Mapping[str, Edited]) -> list[Excess]:
    """Return what the lines of the gate would get beyond its confirmation and beyond the maxima of their contracts."""
    here: dict[int, Gas] = {}
    for each in proposal.lines:
        found, asked = edited.get(each.line.point_public_id), each.line.asked or Gas.zero()
        if found is None:
            here[each.line.point_id] = each.line.allowed or Gas.zero()
        else:
            whole = found.quantity == asked.in_unit(each.line.unit)
            here[each.line.point_id] = asked if whole else Gas.of(found.quantity, each.line.heating_value)
    found_here = sum(here.values(), Gas.zero())
    excesses = []
    if proposal.gate.confirmation is not None:
        confirmed = proposal.gate.confirmation.confirmed
        excesses.append(Excess("", found_here.in_unit(confirmed.unit), confirmed))
    for own in _group_by_contract(lines).values():
        unit, of_gate = Unit(own[0].contract_unit_word), [here[line.point_id] for line in own if line.point_id in here]
        taken = sum(of_gate, Gas.zero()).in_unit(unit).micro
        if taken:
            together = Quantity.from_micro(taken + _sum_elsewhere(own, proposal.gate.code, unit), unit)
            excesses.append(Excess(own[0].contract_number, together, Quantity.from_micro(own[0].maximum_micro, unit)))
    return [each for each in excesses if each.together > each.most and is_noticeable(each.together - each.most)]


def _group_by_contract(lines: Sequence[Line]) -> Mapping[int, list[Line]]:
    """Return the nominated lines of each contract."""
    found: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        if line.asked is not None:
            found[line.contract_id].append(line)
    return found


def _sum_elsewhere(own: Sequence[Line], code: str, unit: Unit) -> int:
    """Return what a contract has at other gates: recorded or published, else as it was asked; millionths of a unit."""
    return sum(
        gas.in_unit(unit).micro
        for line in own
        if line.exit_code != code and (gas := line.allowed or line.asked) is not None
    )


def _propose(act: Act, gas_day: GasDay, code: str, rule: CutRule, lines: Sequence[Line]) -> Proposal:
    session = act.session
    versions = list_versions(session, gas_day=gas_day)
    gates = sum_gates(session, gas_day=gas_day, blocks=Blocks.of(lines), versions=versions)
    gate = next((each for each in gates if each.code == code), None)
    asking = [line for line in lines if line.exit_code == code and line.asked is not None]
    if gate is None or not asking:
        raise NotFound
    confirmed = None if gate.confirmation is None else gate.confirmation.confirmed
    unit = Unit.M3 if confirmed is None else confirmed.unit
    priorities = _find_priorities(session, asking, gas_day)
    caps = _find_caps(lines, code, unit)
    asks = [_ask(line, unit, priorities[line.contract_id], caps) for line in asking]
    allowed = sum(ask.cap for ask in asks) if confirmed is None else confirmed.micro
    found = propose_quantities(asks, allowed=allowed, rule=rule)
    # Where the transporter gives enough, it is the contract's maximum that cuts.
    is_enough = sum(each.cap for each in asks) <= allowed
    why = None if gate.confirmation is None else gate.confirmation.cut_reason
    proposed, total = [], Gas.zero()
    for line, ask, micro in zip(asking, asks, found, strict=True):
        above = ask.cap < ask.asked
        quantity = Quantity.from_micro(micro, line.unit)
        is_cut = micro < (line.asked_micro or 0)
        reason = (CutReason.EPM if (above and is_enough) or why is None else why) if is_cut else None
        proposed.append(ProposedLine(line, quantity, reason, ask.priority, above))
        asked = line.asked
        total += asked if not is_cut and asked is not None else Gas.of(quantity, line.heating_value)
    return Proposal(gate, rule, proposed, total, _digest(gate, asking, found))


def _ask(line: Line, unit: Unit, priority: int, caps: Mapping[int, int]) -> Ask:
    asked = line.asked
    micro = 0 if asked is None else asked.in_unit(unit).micro
    step = 10 ** (6 - ENTRY_DECIMALS[line.unit])
    return Ask(micro, line.asked_micro or 0, step, priority, min(micro, caps.get(line.point_id, micro)))


def _find_caps(lines: Sequence[Line], code: str, unit: Unit) -> Mapping[int, int]:
    """Return by point the most of what it asked at the gate that its contract's maximum leaves, millionths of a unit.

    Lines of the contract at other gates count with what is recorded or published for them, else as they were asked.
    """
    caps: dict[int, int] = {}
    for own in _group_by_contract(lines).values():
        contract_unit = Unit(own[0].contract_unit_word)
        here = [line for line in own if line.exit_code == code]
        elsewhere = _sum_elsewhere(own, code, contract_unit)
        asked = {line.point_id: line.asked.in_unit(contract_unit).micro for line in here if line.asked is not None}
        allowed = cap_by_contract(asked, available=own[0].maximum_micro - elsewhere)
        for line in here:
            gas, whole, cap = line.asked, asked[line.point_id], allowed[line.point_id]
            if gas is not None and cap < whole:
                caps[line.point_id] = gas.in_unit(unit).micro * cap // whole
    return caps


def _find_priorities(session: Session, lines: Sequence[Line], gas_day: GasDay) -> Mapping[int, int]:
    known = settings.read(session)
    return {
        contract_id: known.cut_priority(Place(modality, contract_id), gas_day)
        for contract_id, modality in {line.contract_id: line.modality for line in lines}.items()
    }


def _digest(gate: GateOfBook, lines: Sequence[Line], found: Sequence[int]) -> str:
    confirmation = gate.confirmation
    said = (
        None if confirmation is None else (confirmation.version, confirmation.confirmed.micro),
        [(line.point_id, line.revision, line.asked_m3) for line in lines],
        # What somebody else recorded or published meanwhile is not replaced unseen.
        [(line.recorded_m3, line.recorded_cut, line.recorded_revision, line.published_m3) for line in lines],
        list(found),
    )
    return hashlib.sha256(repr(said).encode()).hexdigest()
