"""Standing orders: signed once with the code of the point, used by the close for days that nobody nominates."""

from . import mails
from .changes import end, sign
from .kept import (
    Effects,
    Kept,
    find_active,
    find_cutoff,
    find_effects,
    find_newest,
    find_quantities,
    find_quantities_by_point,
    get_of_nomination,
    is_left_to_order,
)
from .reviews import Ahead, Asked, Reviewed, list_days_ahead, review

__all__ = [
    "Ahead",
    "Asked",
    "Effects",
    "Kept",
    "Reviewed",
    "end",
    "find_active",
    "find_cutoff",
    "find_effects",
    "find_newest",
    "find_quantities",
    "find_quantities_by_point",
    "get_of_nomination",
    "is_left_to_order",
    "list_days_ahead",
    "mails",
    "review",
    "sign",
]
