"""The registry: companies, contracts, delivery points and exit points, kept by dates and never deleted."""

from .entries import CompanyEntry, ContractEntry, ExitPointEntry, PointEntry, fingerprint
from .keeping import save_company, save_contract, save_exit_point, save_point
from .searching import Found, Hit, Kind, search
from .sheets import company_sheet, contact_sheet, contract_sheet, exit_point_sheet, exit_points, point_sheet

__all__ = [
    "CompanyEntry",
    "ContractEntry",
    "ExitPointEntry",
    "Found",
    "Hit",
    "Kind",
    "PointEntry",
    "company_sheet",
    "contact_sheet",
    "contract_sheet",
    "exit_point_sheet",
    "exit_points",
    "fingerprint",
    "point_sheet",
    "save_company",
    "save_contract",
    "save_exit_point",
    "save_point",
    "search",
]
