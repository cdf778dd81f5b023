"""Public pages: home, tariffs and their calculator, contract, announcements, guide."""

from . import calculator, tariffs  # noqa: F401
from .views import blueprint

__all__ = ["blueprint"]
