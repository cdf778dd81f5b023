"""Whether a paper that somebody holds is one of ours: open to everybody, shows no figure."""

from . import receipts
from .views import blueprint

__all__ = ["blueprint", "receipts"]
