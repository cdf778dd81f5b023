"""Many days, or all points of a contract, in one go: differences, codes, receipts."""

from . import group_signature, groups, review, signature
from .views import blueprint

__all__ = ["blueprint", "group_signature", "groups", "review", "signature"]
