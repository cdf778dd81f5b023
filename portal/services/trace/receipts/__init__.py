"""Receipts of signed nominations: the chain of a point's receipts, and the proof of one paper."""

from . import chain
from .chain import (
    FIRST_HASH,
    Proof,
    add,
    add_after,
    find_genuine,
    hash_receipt,
    is_genuine,
    prove_month,
    seal,
    verify,
)

__all__ = [
    "FIRST_HASH",
    "Proof",
    "add",
    "add_after",
    "chain",
    "find_genuine",
    "hash_receipt",
    "is_genuine",
    "prove_month",
    "seal",
    "verify",
]
