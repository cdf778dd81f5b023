"""Accounts of customers: the contracts they opened, their permissions there, and who manages them (adr/0028)."""

from .decisions import Team, decide, decide_on_colleague, disable_account, enable_account, teams_of
from .lists import Holder, Holders, Shown, listed, load

__all__ = [
    "Holder",
    "Holders",
    "Shown",
    "Team",
    "decide",
    "decide_on_colleague",
    "disable_account",
    "enable_account",
    "listed",
    "load",
    "teams_of",
]
