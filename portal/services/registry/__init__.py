"""The registry: companies, contracts, delivery points and exit points, kept by dates and never deleted."""

from . import entries, sheets, succession, succession_mails
from .changes import save_company, save_contract, save_exit_point, save_point
from .columns import COLUMNS, Thing, exported
from .entries import CompanyEntry, ContractEntry, ExitPointEntry, PointEntry, fingerprint
from .files import BadEntries, Unfit
from .imports import FILES
from .later import Later
from .plans import Plan, Planned
from .search import Found, Hit, Kind, search
from .sheets import (
    company_sheet,
    contact_sheet,
    contract_numbers,
    contract_sheet,
    exit_point_sheet,
    exit_points,
    point_sheet,
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
    "company_sheet",
    "contact_sheet",
    "contract_numbers",
    "contract_sheet",
    "entries",
    "exit_point_sheet",
    "exit_points",
    "exported",
    "fingerprint",
    "point_sheet",
    "save_company",
    "save_contract",
    "save_exit_point",
    "save_point",
    "search",
    "sheets",
    "succession",
    "succession_mails",
]
