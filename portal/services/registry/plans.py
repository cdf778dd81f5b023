"""Plan of a registry file: each entry before and after, checked by the rules, nothing written."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, replace
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.codes import bare_form, index_of, keys_of
from portal.domain.gas_day import GasDay
from portal.domain.quantities import Unit
from portal.domain.searched import comparable
from portal.domain.typed_text import as_typed
from portal.models import Company, Contract, DeliveryPoint, ExitPoint
from portal.services.files.problems import Problem, Rule
from portal.services.files.sheet_tables import Seen
from portal.services.points.gate_names import GateNames
from portal.services.points.point_codes import overlap
from portal.services.store.refusals import Refusal, Rejected

from . import entries, rules
from .columns import NAMES, Thing
from .entries import CompanyEntry, ContractEntry, Entry, ExitPointEntry, PointEntry, fingerprint
from .files import Parsed, Said, Unfit, find_unit_rule, refuse
from .later import Later, fingerprint_later, list_later


class Planned(NamedTuple):
    """An entry that a file creates or changes; ``before`` is None for a new one, ``owner`` the key of its owner."""

    thing: Thing
    key: str
    owner: str
    line: int
    before: Entry | None
    after: Any


class Plan(NamedTuple):
    """All changes of a file, in the order in which they are applied; ``unchanged`` counts entries without a change.

    ``seen`` is what was understood of the file and left out of it, ``later`` the records after the new ends of its
    points.
    """

    planned: tuple[Planned, ...]
    unchanged: int
    seen: Seen
    later: tuple[Later, ...] = ()

    @property
    def is_empty(self) -> bool:
        """True when the file changes nothing."""
        return not self.planned

    @property
    def fingerprint(self) -> str:
        """Digest of the planned changes and the values before them."""
        said = [
            (each.thing.value, each.key, fingerprint(each.before), fingerprint(each.after)) for each in self.planned
        ]
        return hashlib.sha256(repr((said, fingerprint_later(self.later))).encode()).hexdigest()


_ENTRIES: Mapping[Thing, type[Any]] = {
    Thing.COMPANY: CompanyEntry,
    Thing.CONTRACT: ContractEntry,
    Thing.POINT: PointEntry,
}
_CLEAN: Mapping[Thing, Callable[[Any], Any]] = {
    Thing.COMPANY: rules.clean_company,
    Thing.CONTRACT: rules.clean_contract,
    Thing.POINT: rules.clean_point,
}


def plan(session: Session, parsed: Parsed, *, today: GasDay) -> Plan:
    """Return the changes that a file makes; a fixed number of queries for any size.

    Raises ``BadFile`` when a new entry lacks a value, ``BadEntries`` with every refusal of the rules.
    """
    planner = _Planner(session, parsed.said, parsed.seen)
    for each in parsed.said:
        planner.take(planner.as_known(each))
    refuse(planner.problems, planner.unfit)
    later = list_later(session, ends=planner.new_ends(), today=today)
    return Plan(tuple(planner.planned.values()), planner.unchanged, parsed.seen, later)


def _as_before(value: Any, known: Any) -> Any:
    """Return the known value where the file differs only in blanks and dashes, so that a re-import renames nothing."""
    same = isinstance(value, str) and isinstance(known, str) and as_typed(value) == as_typed(known)
    return known if same else value


def _point_key(row: DeliveryPoint) -> str:
    return f"{row.carrier_code} {row.starts_on}"


class _Planner:
    """The registry as it is, changed entry by entry as the file says."""

    def __init__(self, session: Session, said: list[Said], seen: Seen) -> None:
        self.problems: list[Problem] = []
        self.unfit: list[Unfit] = []
        self.planned: dict[tuple[Thing, str], Planned] = {}
        self.unchanged = 0
        companies = {row.id: row for row in session.scalars(select(Company))}
        contracts = {row.id: row for row in session.scalars(select(Contract)).unique()}
        points = session.scalars(select(DeliveryPoint)).unique().all()
        gates = session.scalars(select(ExitPoint))
        self._ids = {_point_key(row): row.id for row in points}
        self._gates: dict[str, ExitPointEntry] = {row.code: entries.of_exit_point(row) for row in gates}
        self._now: dict[Thing, dict[str, Any]] = {
            Thing.COMPANY: {row.nit: entries.of_company(row) for row in companies.values()},
            Thing.CONTRACT: {row.number: entries.of_contract(row) for row in contracts.values()},
            Thing.POINT: {_point_key(row): entries.of_point(row) for row in points},
        }
        self._owners: dict[tuple[Thing, str], str] = {
            **{(Thing.CONTRACT, row.number): companies[row.company_id].nit for row in contracts.values()},
            **{(Thing.POINT, _point_key(row)): contracts[row.contract_id].number for row in points},
        }
        self._seen, self._gate_names = seen, GateNames(session)
        self._numbers = {bare_form(row.number): row.number for row in contracts.values()}
        spoken_of = {self.as_known(each).key for each in said if each.thing is Thing.CONTRACT}
        touched = [row for row in points if contracts[row.contract_id].number in spoken_of]
        found = rules.find_figures(session, point_ids=[row.id for row in touched])
        self._figures = {_point_key(row): found[row.id] for row in touched if row.id in found}
        self._codes: dict[str, list[str]] = {}
        for row in points:
            self._codes.setdefault(row.carrier_code, []).append(_point_key(row))
        self._alike = index_of(self._codes)
        self._beginnings = {(each.key, each.values.get("starts_on")) for each in said if each.thing is Thing.POINT}

    def new_ends(self) -> dict[int, GasDay | None]:
        """Return the new end of each point, by row id, whose end the file changes."""
        return {
            self._ids[key]: each.after.ends_on
            for (_, key), each in self.planned.items()
            if isinstance(each.before, PointEntry) and each.before.ends_on != each.after.ends_on
        }

    def as_known(self, said: Said) -> Said:
        """Return the entry with its keys as the registry spells them: "nr 1" is "NR-1", "pe0011" is "PE-0011"."""
        if said.thing is Thing.COMPANY:
            return said
        if said.thing is Thing.CONTRACT:
            number = self._number(said.key, said.owner)
            return replace(said, key=number, values=said.values | {"number": number})
        code, values = self._code(said), dict(said.values)
        values["carrier_code"] = code
        if "exit_point" in values and values["exit_point"] not in self._gates:
            values["exit_point"] = self._gate(values["exit_point"])
        return replace(said, owner=self._numbers.get(bare_form(said.owner), said.owner), key=code, values=values)

    def _gate(self, text: str) -> str:
        """Return the code of the gate that a file names otherwise, as it stands there if no single one can be meant."""
        gate = self._gate_names.find(text).gate
        if gate is None:
            return text
        self._seen.resembled[text] = gate.code
        return gate.code

    def _number(self, number: str, owner: str) -> str:
        """Return the number of a contract as the registry has it, if it is the same company's."""
        known = self._numbers.get(bare_form(number), number)
        if comparable(known) == comparable(number):
            return known
        if self._owners.get((Thing.CONTRACT, known)) != owner:
            return number
        self._seen.resembled[number] = known
        return known

    def _code(self, said: Said) -> str:
        """Return the one code that a spreadsheet may have changed into this, unless the row names another point."""
        if said.key in self._codes:
            return said.key
        codes = {code for key in keys_of(said.key) for code in self._alike.get(key, [])}
        if len(codes) != 1:
            return said.key
        (code,) = codes
        names = {comparable(self._now[Thing.POINT][key].name) for key in self._codes[code]}
        if "name" in said.values and comparable(said.values["name"]) not in names:
            return said.key
        self._seen.resembled[said.key] = code
        return code

    def take(self, said: Said) -> None:
        """Validate one entry and add it to the planned state."""
        try:
            key = self._meant(said) if said.thing is Thing.POINT else said.key
            before = self._now[said.thing].get(key)
            after = self._entry(said, before)
            if after is None:
                return
            after = _CLEAN[said.thing](after)
            if before is not None:
                known = {each.name: getattr(before, each.name) for each in fields(before)}
                after = replace(after, **{name: _as_before(getattr(after, name), known[name]) for name in said.values})
            self._check(said, key, before, after)
        except Rejected as refused:
            name = NAMES.get((said.thing, refused.field or ""), said.thing.value)
            self.unfit.append(Unfit(said.lines.get(refused.field or "", said.line), name, refused))
            return
        if said.thing is Thing.CONTRACT and before is not None:
            self._follow(said, before, after)
        self._plan(said.thing, key, said.owner, said.line, before, after)

    def _entry(self, said: Said, before: Any) -> Any:
        """Return the entry after the change; None, with its problems, when a new one lacks a value."""
        values, orphan = dict(said.values), False
        if before is None and said.thing is Thing.POINT:
            contract = self._now[Thing.CONTRACT].get(said.owner)
            # The unit of an invalid contract is unknown; the contract has its problem already.
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
            broken = find_unit_rule(after.maximum_micro, Unit(after.unit))
            if broken is not None:
                self.problems.append(Problem(broken, said.lines["maximum_micro"], NAMES[said.thing, "maximum_micro"]))
        return after

    def _meant(self, said: Said) -> str:
        """Return the key of the meant point: its code and its first day, which may lie ahead.

        A code may belong to successive points: the first day decides, else the contract, else the file must give one.
        """
        now, begun = self._now[Thing.POINT], said.values.get("starts_on")
        keys = self._codes.get(said.key, [])
        own = [key for key in keys if self._owners[Thing.POINT, key] == said.owner]
        exact = [key for key in keys if now[key].starts_on == begun]
        if exact:
            return exact[0]
        if begun is None and (len(own) == 1 or len(keys) == 1):
            return (own or keys)[0]
        if begun is None and keys:
            days = sorted(now[key].starts_on for key in keys)
            raise Rejected(Refusal.SEVERAL_VALIDITIES, "carrier_code", days=days)
        if begun is not None and len(own) == 1 and self._moves(said.key, now[own[0]], begun):
            return own[0]
        return f"{said.key} {begun or ''}"

    def _moves(self, code: str, point: PointEntry, begun: GasDay) -> bool:
        """Tell whether the first day of a code moves this point, and does not begin a later one."""
        is_over = point.ends_on is not None and point.ends_on <= begun
        return not is_over and (code, point.starts_on) not in self._beginnings

    def _check(self, said: Said, key: str, before: Any, after: Any) -> None:
        thing = said.thing
        if self._owners.setdefault((thing, key), said.owner) != said.owner:
            taken = Refusal.CONTRACT_NUMBER_TAKEN if thing is Thing.CONTRACT else Refusal.CARRIER_CODE_TAKEN
            held = self._now[Thing.POINT].get(key) if thing is Thing.POINT else None
            facts = {} if held is None else {"first": held.starts_on, "ends_on": held.ends_on}
            raise Rejected(taken, "number" if thing is Thing.CONTRACT else "carrier_code", **facts)
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
            self._check_point(said, key, before, after)

    def _check_point(self, said: Said, key: str, before: Any, after: PointEntry) -> None:
        now = self._now[Thing.POINT]
        if before is None or (before.starts_on, before.ends_on) != (after.starts_on, after.ends_on):
            others = [point for each, point in now.items() if each != key]
            rules.check_point_code(after, before=before, others=others)
        twins = [now[each] for each in self._owned(Thing.POINT, said.owner) if each != key]
        if any(each.name == after.name and overlap(each, after) for each in twins):
            raise Rejected(Refusal.POINT_NAME_TAKEN, "name")
        contract = self._now[Thing.CONTRACT].get(said.owner)
        # A refused contract has its problem already.
        if contract is not None:
            rules.check_point(
                after,
                before=before,
                contract=contract,
                exit_point=self._gates.get(after.exit_point),
                figures=self._figures.get(key, rules.NO_FIGURES),
            )

    def _owned(self, thing: Thing, owner: str) -> list[str]:
        """Return the keys of the known entries that belong to ``owner``."""
        now = self._now[thing]
        return [key for (each, key), whose in self._owners.items() if each is thing and whose == owner and key in now]

    def _follow(self, said: Said, before: ContractEntry, after: ContractEntry) -> None:
        """Move the ends of the points that end with a contract."""
        points = {each: self._now[Thing.POINT][each] for each in self._owned(Thing.POINT, said.key)}
        for key, point in rules.list_followers(after, before, points).items():
            self._plan(Thing.POINT, key, said.key, said.line, points[key], point)

    def _plan(self, thing: Thing, key: str, owner: str, line: int, before: Any, after: Any) -> None:
        if thing is Thing.POINT and key not in self._now[thing]:
            self._codes.setdefault(after.carrier_code, []).append(key)
        self._now[thing][key] = after
        earlier = self.planned.pop((thing, key), None)
        if earlier is not None:
            before = earlier.before
        if before == after:
            self.unchanged += 1
        else:
            shown = after.carrier_code if thing is Thing.POINT else key
            self.planned[thing, key] = Planned(thing, shown, owner, line, before, after)
