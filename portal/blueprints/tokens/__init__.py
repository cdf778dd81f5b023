"""Tokens that open something without a session: the API of a company's systems, the calendar of deadlines."""

from . import calendar
from .views import blueprint

__all__ = ["blueprint", "calendar"]
