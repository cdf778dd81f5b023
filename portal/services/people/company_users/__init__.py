"""Accounts of customers: the contracts they opened, their permissions there, and who manages them (adr/0028)."""

from .decisions import Team, decide, decide_on_colleague, disable_account, enable_account, list_teams
from .lists import Holder, Holders, Shown, list_accounts, load

__all__ = [
    "Holder",
    "Holders",
    "Shown",
    "Team",
    "decide",
    "decide_on_colleague",
    "disable_account",
    "enable_account",
    "list_accounts",
    "list_teams",
    "load",
]
