"""The registry: companies, contracts, delivery points and exit points, kept by dates and never deleted."""

from . import balances, divisions, entries, maxima, mergers, sheets, succession, succession_mails
from .changes import save_company, save_contract, save_exit_point, save_point
from .columns import COLUMNS, Thing, export_csv
from .entries import CompanyEntry, ContractEntry, ExitPointEntry, PointEntry, fingerprint
from .files import BadEntries, Unfit
from .imports import FILES
from .later import Later
from .plans import Plan, Planned
from .search import Found, Hit, Kind, search
from .sheets import (
    list_contract_numbers,
    list_exit_points,
    load_company_sheet,
    load_contact_sheet,
    load_contract_sheet,
    load_exit_point_sheet,
    load_point_sheet,
)

__all__ = [
    "COLUMNS",
    "FILES",
    "BadEntries",
    "CompanyEntry",
    "ContractEntry",
    "ExitPointEntry",
    "Found",
    "Hit",
    "Kind",
    "Later",
    "Plan",
    "Planned",
    "PointEntry",
    "Thing",
    "Unfit",
    "balances",
    "divisions",
    "entries",
    "export_csv",
    "fingerprint",
    "list_contract_numbers",
    "list_exit_points",
    "load_company_sheet",
    "load_contact_sheet",
    "load_contract_sheet",
    "load_exit_point_sheet",
    "load_point_sheet",
    "maxima",
    "mergers",
    "save_company",
    "save_contract",
    "save_exit_point",
    "save_point",
    "search",
    "sheets",
    "succession",
    "succession_mails",
]
