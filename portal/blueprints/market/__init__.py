"""Public pages: home, tariffs and their calculator, heating values, calendar, contract, announcements, guide."""

from . import calculator, calendar, documents, guide, heating_values, icons, offline, search, site_files, tariffs  # noqa: F401
from .views import blueprint

__all__ = ["blueprint"]
