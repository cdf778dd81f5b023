"""What a day's book adds up to: by exit point, contract and modality, unrounded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from portal.domain.modalities import Modality
from portal.domain.quantities import Gas, Quantity, Unit, in_kpc

from .lines import Line


class Total(NamedTuple):
    """What several points ask for together, in millionths; how many they are and how many ask for nothing yet."""

    m3: int
    mbtu: int
    points: int
    missing: int

    @property
    def gas(self) -> Gas:
        """The sum in both units."""
        return Gas(Quantity(self.m3, Unit.M3), Quantity(self.mbtu, Unit.MBTU))

    @property
    def kpc(self) -> Decimal:
        """The sum in thousands of standard cubic feet, half-up to six decimals."""
        return in_kpc(self.gas.m3)


class GateTotal(NamedTuple):
    """The total of an exit point."""

    code: str
    name: str
    total: Total


class ContractTotal(NamedTuple):
    """The total of a contract beside its daily maximum."""

    number: str
    company: str
    modality: Modality
    maximum: Quantity
    total: Total

    @property
    def asked(self) -> Quantity:
        """The sum in the unit of the contract."""
        return self.total.gas.in_unit(self.maximum.unit)

    @property
    def is_above(self) -> bool:
        """Whether its points ask together for more than its maximum."""
        return self.asked > self.maximum


class ModalityTotal(NamedTuple):
    """The total of a modality."""

    modality: Modality
    total: Total


class Totals(NamedTuple):
    """A book's sums, each kind in the order of its lines."""

    all: Total
    gates: tuple[GateTotal, ...]
    contracts: tuple[ContractTotal, ...]
    modalities: tuple[ModalityTotal, ...]

    @property
    def contracts_above(self) -> frozenset[str]:
        """The numbers of the contracts whose points ask for more than their maximum."""
        return frozenset(contract.number for contract in self.contracts if contract.is_above)


def totals_of(lines: Iterable[Line]) -> Totals:
    """Return what the lines add up to."""
    # One look at the lines: the few pairs of contract and exit point are added up again below.
    pairs: dict[tuple[int, str], tuple[Line, list[int]]] = {}
    for line in lines:
        key = (line.contract_id, line.exit_code)
        known = pairs.get(key)
        if known is None:
            known = pairs[key] = (line, [0, 0, 0, 0])
        total = known[1]
        total[2] += 1
        m3, mbtu = line.asked_m3, line.asked_mbtu
        if m3 is None or mbtu is None:
            total[3] += 1
        else:
            total[0] += m3
            total[1] += mbtu
    parts = list(pairs.values())
    gates = _by(parts, lambda line: line.exit_code)
    contracts = _by(parts, lambda line: line.contract_id)
    modalities = _by(parts, lambda line: line.modality_word)
    return Totals(
        _total([total for _, total in parts]),
        tuple([GateTotal(line.exit_code, line.exit_point, total) for line, total in gates]),
        tuple([_contract(line, total) for line, total in contracts]),
        tuple([ModalityTotal(line.modality, total) for line, total in modalities]),
    )


def _contract(line: Line, total: Total) -> ContractTotal:
    maximum = Quantity(line.maximum_micro, Unit(line.contract_unit_word))
    return ContractTotal(line.contract_number, line.company, line.modality, maximum, total)


def _total(sums: Sequence[Sequence[int]]) -> Total:
    return Total(*map(sum, zip(*sums, strict=True))) if sums else Total(0, 0, 0, 0)


def _by(parts: Sequence[tuple[Line, list[int]]], key: Callable[[Line], object]) -> list[tuple[Line, Total]]:
    """Return for each key one of its lines and what its parts add up to, in the order of the parts."""
    found: dict[object, tuple[Line, list[list[int]]]] = {}
    for line, total in parts:
        found.setdefault(key(line), (line, []))[1].append(total)
    return [(line, _total(totals)) for line, totals in found.values()]
