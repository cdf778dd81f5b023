"""Public pages: home, tariffs and their calculator, heating values, calendar, contract, announcements, guide."""

from . import (  # noqa: F401
    calculator,
    calendar,
    documents,
    guide,
    heating_values,
    icons,
    offline,
    punctuality,
    search,
    site_files,
    tariffs,
)
from .views import blueprint

__all__ = ["blueprint"]
