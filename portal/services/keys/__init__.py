"""Keys: issue and proof, grants and what they open, and the letters that carry keys."""

from . import caller_grants, grants, key_attempts, letters, visits
from .issuance import Opened, accept, add_version, issue, open_contract, open_point, prove, require_valid
from .key_proofs import PointKeys, owner_of

__all__ = [
    "Opened",
    "PointKeys",
    "accept",
    "add_version",
    "caller_grants",
    "grants",
    "issue",
    "key_attempts",
    "letters",
    "open_contract",
    "open_point",
    "owner_of",
    "prove",
    "require_valid",
    "visits",
]
