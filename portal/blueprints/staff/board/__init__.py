"""What the portal itself needs: mail that does not leave, jobs, copies of the database; and notices to customers."""

from . import bulletins, desk

__all__ = ["bulletins", "desk"]
