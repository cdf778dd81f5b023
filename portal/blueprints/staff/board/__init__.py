"""Care of the portal itself: stuck mail, jobs, copies of the database; and announcements to customers."""

from . import announcements, desk

__all__ = ["announcements", "desk"]
