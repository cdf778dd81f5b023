"""Public pages: home, tariffs, contract, announcements, guide."""

from .views import blueprint

__all__ = ["blueprint"]
