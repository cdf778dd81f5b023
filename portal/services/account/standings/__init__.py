"""Standings: the accounts of all points in service on a gas day, those first that need attention (adr/0129)."""

from portal.domain.balance import MOST_STRAIN

from .overview import (
    PAGE_LENGTH,
    TREND_DAYS,
    ContractSum,
    Overview,
    Standing,
    list_companies,
    list_gates,
    load_all,
    load_overview,
)
from .queries import Place, Sum, find_last_measured_day
from .selects import Filter

__all__ = [
    "MOST_STRAIN",
    "PAGE_LENGTH",
    "TREND_DAYS",
    "ContractSum",
    "Filter",
    "Overview",
    "Place",
    "Standing",
    "Sum",
    "find_last_measured_day",
    "list_companies",
    "list_gates",
    "load_all",
    "load_overview",
]
