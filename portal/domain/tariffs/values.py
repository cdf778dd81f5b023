"""A market of the tariff and its ranges of consumption."""

from __future__ import annotations

from decimal import Decimal


class Range:
    """Monthly consumption from ``first`` to ``last`` m³ (None: no end): variable and distribution charge, $/m³."""

    __slots__ = ("distribution", "first", "last", "variable")

    def __init__(self, first: int, last: int | None, variable: str, distribution: str) -> None:
        self.first = first
        self.last = last
        self.variable = Decimal(variable)
        self.distribution = Decimal(distribution)


class Market:
    """Municipalities with one tariff: transport $/m³, recognised losses %, fixed charge $/invoice, ranges."""

    __slots__ = ("fixed", "losses_percent", "name", "ranges", "transport")

    def __init__(
        self, name: str, *, transport: str, losses_percent: str, fixed: str, ranges: tuple[Range, ...]
    ) -> None:
        self.name = name
        self.transport = Decimal(transport)
        self.losses_percent = Decimal(losses_percent)
        self.fixed = Decimal(fixed)
        self.ranges = ranges

    def variable_by_formula(self, consumption: Range, gas: Decimal) -> Decimal:
        """Return the variable charge by the formula of CREG 137 of 2013, $/m³: (Gm + Tm) / (1 − p) + D."""
        return (gas + self.transport) / (1 - self.losses_percent / 100) + consumption.distribution
