"""Keys: how they are issued, proved and opened with, who reaches what by them, and the letters that carry them."""

from . import grants, key_attempts, letters, visits
from .issuance import Opened, accept, add_version, issue, open_contract, open_point, prove, require_valid

__all__ = [
    "Opened",
    "accept",
    "add_version",
    "grants",
    "issue",
    "key_attempts",
    "letters",
    "open_contract",
    "open_point",
    "prove",
    "require_valid",
    "visits",
]
