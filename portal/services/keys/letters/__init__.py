"""Letters that carry keys: requested, approved by another person, printed once, dispatched.

Source: docs/security.md, "Letters of keys".
"""

from . import blocks, requests
from .blocks import Block, Stopped, in_force, lift, revoke, unlock
from .decisions import approve, cancel, dispatch, dispatch_many, reject
from .overview import Listed, PointKeys, batch, companies, counts, find, keys_of_point, listed, search_points
from .prints import Printed, Spent, earlier_keys_open, next_paper, printed, report_lost
from .requests import Wanted, ask, ask_for_company, ask_for_expiring, expiring, place, place_for_caller

__all__ = [
    "Block",
    "Listed",
    "PointKeys",
    "Printed",
    "Spent",
    "Stopped",
    "Wanted",
    "approve",
    "ask",
    "ask_for_company",
    "ask_for_expiring",
    "batch",
    "blocks",
    "cancel",
    "companies",
    "counts",
    "dispatch",
    "dispatch_many",
    "earlier_keys_open",
    "expiring",
    "find",
    "in_force",
    "keys_of_point",
    "lift",
    "listed",
    "next_paper",
    "place",
    "place_for_caller",
    "printed",
    "reject",
    "report_lost",
    "requests",
    "revoke",
    "search_points",
    "unlock",
]
