"""The balance account: the sheet of a month (guide steps 13 and 14), the year, and where each figure comes from."""

from . import explanations, year_views
from .views import blueprint

__all__ = ["blueprint", "explanations", "year_views"]
