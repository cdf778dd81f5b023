"""Announcements to customers: published, withdrawn, read (the row is a `Notice`; `services/mail` writes mail)."""

from .publications import Draft, Reach, effect, exit_points, listed, publish, withdraw
from .queries import Told, banner, for_decisions, mark_read, of_person, require

__all__ = [
    "Draft",
    "Reach",
    "Told",
    "banner",
    "effect",
    "exit_points",
    "for_decisions",
    "listed",
    "mark_read",
    "of_person",
    "publish",
    "require",
    "withdraw",
]
