"""The registry: companies, contracts, delivery points and exit points, kept by dates and never deleted."""

from . import succession
from .columns import COLUMNS, Thing
from .entries import CompanyEntry, ContractEntry, ExitPointEntry, PointEntry, fingerprint
from .exporting import exported
from .files import BadEntries, Unfit
from .imports import Preview, discard_file, keep_file, preview_file, take_file
from .keeping import save_company, save_contract, save_exit_point, save_point
from .later import Later
from .planning import Plan, Planned
from .searching import Found, Hit, Kind, search
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
    "Preview",
    "Thing",
    "Unfit",
    "company_sheet",
    "contact_sheet",
    "contract_numbers",
    "contract_sheet",
    "discard_file",
    "exit_point_sheet",
    "exit_points",
    "exported",
    "fingerprint",
    "keep_file",
    "point_sheet",
    "preview_file",
    "save_company",
    "save_contract",
    "save_exit_point",
    "save_point",
    "search",
    "succession",
    "take_file",
]
