"""Care of the portal itself: stuck mail, jobs, copies of the database; and announcements to customers."""

from . import bulletins, desk

__all__ = ["bulletins", "desk"]
