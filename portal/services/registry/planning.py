"""What a file would do to the registry: each thing before and after, judged by the rules, nothing written."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, replace
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.quantities import Unit
from portal.domain.typed_text import as_typed
from portal.models import Company, Contract, DeliveryPoint, ExitPoint
from portal.services.file_problems import Problem, Rule
from portal.services.names import comparable
from portal.services.refusals import Refusal, Rejected

from . import cleaning, entries, rules
from .columns import NAMES, Thing
from .entries import CompanyEntry, ContractEntry, Entry, ExitPointEntry, PointEntry, fingerprint
from .files import Said, Unfit, fits_unit, refuse
from .later import Later, later_fingerprint, later_of


class Planned(NamedTuple):
    """A thing that a file makes or changes; ``before`` is None for a new one, ``owner`` the key of whose it is."""

    thing: Thing
    key: str
    owner: str
    line: int
    before: Entry | None
    after: Any


class Plan(NamedTuple):
    """Everything a file would do, in the order in which it is done; ``unchanged`` things say nothing new.

    ``later`` is what comes after the new ends of its points.
    """

    planned: tuple[Planned, ...]
    unchanged: int
    later: tuple[Later, ...] = ()

    @property
    def fingerprint(self) -> str:
        """What tells this plan, with what holds before it, from any other."""
        said = [
            (each.thing.value, each.key, fingerprint(each.before), fingerprint(each.after)) for each in self.planned
        ]
        return hashlib.sha256(repr((said, later_fingerprint(self.later))).encode()).hexdigest()


_ENTRIES: Mapping[Thing, type[Any]] = {
    Thing.COMPANY: CompanyEntry,
    Thing.CONTRACT: ContractEntry,
    Thing.POINT: PointEntry,
}
_CLEAN: Mapping[Thing, Callable[[Any], Any]] = {
    Thing.COMPANY: cleaning.company,
    Thing.CONTRACT: cleaning.contract,
    Thing.POINT: cleaning.point,
}


def plan(session: Session, said: list[Said], *, today: GasDay) -> Plan:
    """Return what ``said`` would do; a fixed number of queries, whatever it says.

    Raises ``BadFile`` when something new lacks a value, ``BadEntries`` with every refusal of the rules.
    """
    planner = _Planner(session, said)
    for each in said:
        planner.take(planner.as_known(each))
    refuse(planner.problems, planner.unfit)
    later = later_of(session, ends=planner.new_ends(), today=today)
    return Plan(tuple(planner.planned.values()), planner.unchanged, later)


def _as_before(value: Any, known: Any) -> Any:
    """Return what is known where a file says the same in other blanks and dashes: handed back, nothing is renamed."""
    same = isinstance(value, str) and isinstance(known, str) and as_typed(value) == as_typed(known)
    return known if same else value


class _Planner:
    """The registry as it is, and as the file makes it thing after thing."""

    def __init__(self, session: Session, said: list[Said]) -> None:
        self.problems: list[Problem] = []
        self.unfit: list[Unfit] = []
        self.planned: dict[tuple[Thing, str], Planned] = {}
        self.unchanged = 0
        companies = {row.id: row for row in session.scalars(select(Company))}
        contracts = {row.id: row for row in session.scalars(select(Contract)).unique()}
        points = session.scalars(select(DeliveryPoint)).unique().all()
        gates = session.scalars(select(ExitPoint))
        self._ids = {row.carrier_code: row.id for row in points}
        self._gates: dict[str, ExitPointEntry] = {row.code: entries.of_exit_point(row) for row in gates}
        self._now: dict[Thing, dict[str, Any]] = {
            Thing.COMPANY: {row.nit: entries.of_company(row) for row in companies.values()},
            Thing.CONTRACT: {row.number: entries.of_contract(row) for row in contracts.values()},
            Thing.POINT: {row.carrier_code: entries.of_point(row) for row in points},
        }
        self._owners: dict[tuple[Thing, str], str] = {
            **{(Thing.CONTRACT, row.number): companies[row.company_id].nit for row in contracts.values()},
            **{(Thing.POINT, row.carrier_code): contracts[row.contract_id].number for row in points},
        }
        self._numbers = {comparable(row.number): row.number for row in contracts.values()}
        spoken_of = {self.as_known(each).key for each in said if each.thing is Thing.CONTRACT}
        touched = [row for row in points if contracts[row.contract_id].number in spoken_of]
        found = rules.figures_of(session, point_ids=[row.id for row in touched])
        self._figures = {row.carrier_code: found[row.id] for row in touched if row.id in found}

    def new_ends(self) -> dict[int, GasDay | None]:
        """Return the new end of each point, by row id, whose end the file changes."""
        return {
            self._ids[each.key]: each.after.ends_on
            for each in self.planned.values()
            if isinstance(each.before, PointEntry) and each.before.ends_on != each.after.ends_on
        }

    def as_known(self, said: Said) -> Said:
        """Return what is said with the number of its contract as the registry spells it: "nr-1" is no other "NR-1"."""
        if said.thing is Thing.POINT:
            return replace(said, owner=self._numbers.get(comparable(said.owner), said.owner))
        if said.thing is Thing.CONTRACT:
            number = self._numbers.get(comparable(said.key), said.key)
            return replace(said, key=number, values=said.values | {"number": number})
        return said

    def take(self, said: Said) -> None:
        """Judge what the file says of one thing, and let it hold for those after it."""
        before = self._now[said.thing].get(said.key)
        try:
            after = self._entry(said, before)
            if after is None:
                return
            after = _CLEAN[said.thing](after)
            if before is not None:
                known = {each.name: getattr(before, each.name) for each in fields(before)}
                after = replace(after, **{name: _as_before(getattr(after, name), known[name]) for name in said.values})
            self._check(said, before, after)
        except Rejected as refused:
            name = NAMES.get((said.thing, refused.field or ""), said.thing.value)
            self.unfit.append(Unfit(said.lines.get(refused.field or "", said.line), name, refused))
            return
        if said.thing is Thing.CONTRACT and before is not None:
            self._follow(said, before, after)
        self._plan(said.thing, said.key, said.owner, said.line, before, after)

    def _entry(self, said: Said, before: Any) -> Any:
        """Return the entry that the file makes; None, with its problems, when something new lacks a value."""
        values, orphan = dict(said.values), False
        if before is None and said.thing is Thing.POINT:
            contract = self._now[Thing.CONTRACT].get(said.owner)
            # Of a contract that cannot be nobody knows the unit; it has told so already.
            orphan = contract is None
            if contract is not None:
                values = {"unit": contract.unit, "starts_on": contract.starts_on, "ends_on": contract.ends_on} | values
        if before is None:
            needed = [each.name for each in fields(_ENTRIES[said.thing]) if each.default is MISSING]
            taken_over = ("unit", "starts_on") if orphan else ()
            lacking = [name for name in needed if name not in values and name not in taken_over]
            self.problems += [Problem(Rule.EMPTY, said.line, NAMES[said.thing, name]) for name in lacking]
            after = None if lacking or orphan else _ENTRIES[said.thing](**values)
        else:
            after = replace(before, **values)
        if after is not None and said.thing is Thing.CONTRACT and "maximum_micro" in said.values:
            broken = fits_unit(after.maximum_micro, Unit(after.unit))
            if broken is not None:
                self.problems.append(Problem(broken, said.lines["maximum_micro"], NAMES[said.thing, "maximum_micro"]))
        return after

    def _check(self, said: Said, before: Any, after: Any) -> None:
        thing, key = said.thing, said.key
        if self._owners.setdefault((thing, key), said.owner) != said.owner:
            taken = Refusal.CONTRACT_NUMBER_TAKEN if thing is Thing.CONTRACT else Refusal.CARRIER_CODE_TAKEN
            raise Rejected(taken, "number" if thing is Thing.CONTRACT else "carrier_code")
        if thing is Thing.COMPANY:
            contracts = [self._now[Thing.CONTRACT][each] for each in self._owned(Thing.CONTRACT, key)]
            rules.check_company(after, contracts=contracts)
        elif thing is Thing.CONTRACT:
            if before is None:
                rules.check_number(key, self._now[Thing.CONTRACT])
            company = self._now[Thing.COMPANY].get(said.owner)
            if company is not None:
                points = {each: self._now[Thing.POINT][each] for each in self._owned(Thing.POINT, key)}
                rules.check_contract(after, before=before, company=company, points=points, figures=self._figures)
        else:
            self._check_point(said, before, after)

    def _check_point(self, said: Said, before: Any, after: PointEntry) -> None:
        if before is None:
            rules.check_code(after.carrier_code, self._now[Thing.POINT], field="carrier_code")
        twins = [each for each in self._owned(Thing.POINT, said.owner) if each != said.key]
        if any(self._now[Thing.POINT][each].name == after.name for each in twins):
            raise Rejected(Refusal.POINT_NAME_TAKEN, "name")
        contract = self._now[Thing.CONTRACT].get(said.owner)
        # A contract that was refused has told so already.
        if contract is not None:
            rules.check_point(
                after,
                before=before,
                contract=contract,
                exit_point=self._gates.get(after.exit_point),
                figures=self._figures.get(said.key, rules.NO_FIGURES),
            )

    def _owned(self, thing: Thing, owner: str) -> list[str]:
        """Return the keys of what belongs to ``owner`` and is known by now."""
        now = self._now[thing]
        return [key for (each, key), whose in self._owners.items() if each is thing and whose == owner and key in now]

    def _follow(self, said: Said, before: ContractEntry, after: ContractEntry) -> None:
        """Let the points that end with a contract follow it."""
        points = {each: self._now[Thing.POINT][each] for each in self._owned(Thing.POINT, said.key)}
        for key, point in rules.followers(after, before, points).items():
            self._plan(Thing.POINT, key, said.key, said.line, points[key], point)

    def _plan(self, thing: Thing, key: str, owner: str, line: int, before: Any, after: Any) -> None:
        self._now[thing][key] = after
        earlier = self.planned.pop((thing, key), None)
        if earlier is not None:
            before = earlier.before
        if before == after:
            self.unchanged += 1
        else:
            self.planned[thing, key] = Planned(thing, key, owner, line, before, after)
