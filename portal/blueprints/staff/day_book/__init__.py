"""Day book: the day, one point of it, frozen versions, files, and the transporter's answer for its gates."""

from . import authorised_tables, confirmation_files, confirmations, files, point, prints, views

__all__ = ["authorised_tables", "confirmation_files", "confirmations", "files", "point", "prints", "views"]
