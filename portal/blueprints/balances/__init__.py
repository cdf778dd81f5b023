"""Balance account: the sheet of a month (guide steps 13 and 14), the year, files, news, explanations."""

from . import changes, explanations, year_views
from .files import views as file_views
from .views import blueprint

__all__ = ["blueprint", "changes", "explanations", "file_views", "year_views"]
