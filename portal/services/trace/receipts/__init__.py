"""Receipts of signed nominations: the chain of a point's receipts, and the proof of one paper."""

from . import chain
from .chain import FIRST_HASH, Proof, add, genuine, month_proof, receipt_hash, seal, verify

__all__ = ["FIRST_HASH", "Proof", "add", "chain", "genuine", "month_proof", "receipt_hash", "seal", "verify"]
