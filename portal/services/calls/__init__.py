"""Calls: customers helped on the telephone, verified without keys, nominated for with the agent's own signature.

Source: docs/security.md, "On behalf".
"""

from . import desk, followings, key_requests, supervision, verification
from .call_lists import LastCall, Missing, list_last_calls, list_missing
from .desk import (
    end_call,
    end_forgotten_calls,
    find_point,
    get_call,
    get_call_to_verify,
    get_own_call,
    is_open,
    list_calls_of_day,
    open_call,
    stop_acting,
)
from .followings import Followed, Followee
from .panels import Panel, load_panel
from .protests import Protest, find_protest, raise_protest
from .search import search_points
from .verification import CodeUse, Reach, ShownCode, find_last_use, get_code, list_vouched_points, make_code

__all__ = [
    "CodeUse",
    "Followed",
    "Followee",
    "LastCall",
    "Missing",
    "Panel",
    "Protest",
    "Reach",
    "ShownCode",
    "desk",
    "end_call",
    "end_forgotten_calls",
    "find_last_use",
    "find_point",
    "find_protest",
    "followings",
    "get_call",
    "get_call_to_verify",
    "get_code",
    "get_own_call",
    "is_open",
    "key_requests",
    "list_calls_of_day",
    "list_last_calls",
    "list_missing",
    "list_vouched_points",
    "load_panel",
    "make_code",
    "open_call",
    "raise_protest",
    "search_points",
    "stop_acting",
    "supervision",
    "verification",
]
