"""City gates: what they measured, gas that no point accounts for, and its allocation (docs/rules.md, "Gates")."""

from .allocations import (
    Allocation,
    AllocationView,
    Share,
    WaitingAllocation,
    decide_allocation,
    list_allocations,
    list_waiting_allocations,
    preview_allocation,
    propose_allocation,
)
from .differences import (
    Counted,
    GateDay,
    GateMonth,
    count_points_of_day,
    load_gates_of_day,
    load_month_of_gate,
)
from .entries import MOST, GateVolume, find_volumes, record_volume
from .files import FILES, GATE_NAME_TITLES, GATE_TITLES, GateChange, GatePlan, find_gate, leave_in_error
from .terms import USUAL, DatedTerms, KnownTerms, Terms, list_terms, load_gate, load_gates, set_terms

__all__ = [
    "FILES",
    "GATE_NAME_TITLES",
    "GATE_TITLES",
    "MOST",
    "USUAL",
    "Allocation",
    "AllocationView",
    "Counted",
    "DatedTerms",
    "GateChange",
    "GateDay",
    "GateMonth",
    "GatePlan",
    "GateVolume",
    "KnownTerms",
    "Share",
    "Terms",
    "WaitingAllocation",
    "count_points_of_day",
    "decide_allocation",
    "find_gate",
    "find_volumes",
    "leave_in_error",
    "list_allocations",
    "list_terms",
    "list_waiting_allocations",
    "load_gate",
    "load_gates",
    "load_gates_of_day",
    "load_month_of_gate",
    "preview_allocation",
    "propose_allocation",
    "record_volume",
    "set_terms",
]
