"""Keys: issue and proof, grants and what they open, and the letters that carry keys."""

from . import caller_grants, company_keys, grants, key_attempts, letters, remembered_keys, visits
from .hot import VERSION_COLUMNS
from .issuance import Opened, accept, add_version, issue, open_contract, open_point, prove, require_valid
from .key_proofs import PointKeys, owner_of

__all__ = [
    "VERSION_COLUMNS",
    "Opened",
    "PointKeys",
    "accept",
    "add_version",
    "caller_grants",
    "company_keys",
    "grants",
    "issue",
    "key_attempts",
    "letters",
    "open_contract",
    "open_point",
    "owner_of",
    "prove",
    "remembered_keys",
    "require_valid",
    "visits",
]
