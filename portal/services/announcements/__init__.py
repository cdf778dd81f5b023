"""Announcements to customers: published, withdrawn, read (the row is a `Notice`; `services/mail` writes mail)."""

from .publications import Draft, Reach, index_notices, list_exit_points, list_notices, preview, publish, withdraw
from .queries import Told, list_for_banner, list_for_decisions, list_for_person, list_for_point, mark_read, require

__all__ = [
    "Draft",
    "Reach",
    "Told",
    "index_notices",
    "list_exit_points",
    "list_for_banner",
    "list_for_decisions",
    "list_for_person",
    "list_for_point",
    "list_notices",
    "mark_read",
    "preview",
    "publish",
    "require",
    "withdraw",
]
