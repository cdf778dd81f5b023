"""Letters that carry keys: requested, approved by another person, printed once, dispatched.

Source: docs/security.md, "Letters of keys".
"""

from . import blocks, requests
from .blocks import Block, Stopped, lift, list_blocks, revoke, unlock
from .decisions import approve, cancel, dispatch, dispatch_many, reject
from .overview import (
    Listed,
    PointKeys,
    count_fitting,
    count_letters,
    find,
    find_printed,
    list_batch,
    list_companies,
    list_letters,
    load_keys_of_point,
    search_points,
)
from .prints import Printed, Spent, has_earlier_open_keys, print_letters, report_lost, select_next_paper
from .requests import Wanted, ask, ask_for_company, ask_for_expiring, list_expiring, place, place_for_caller

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
    "blocks",
    "cancel",
    "count_fitting",
    "count_letters",
    "dispatch",
    "dispatch_many",
    "find",
    "find_printed",
    "has_earlier_open_keys",
    "lift",
    "list_batch",
    "list_blocks",
    "list_companies",
    "list_expiring",
    "list_letters",
    "load_keys_of_point",
    "place",
    "place_for_caller",
    "print_letters",
    "reject",
    "report_lost",
    "requests",
    "revoke",
    "search_points",
    "select_next_paper",
    "unlock",
]
