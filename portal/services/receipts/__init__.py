"""Receipts of what was signed: the chain that holds a point's receipts together, and the proof of one paper."""

from .chain import FIRST_HASH, Link, add, receipt_hash

__all__ = ["FIRST_HASH", "Link", "add", "receipt_hash"]
