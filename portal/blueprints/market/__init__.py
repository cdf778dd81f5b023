"""Public pages: home, tariffs, contract, notices, guide."""

from .views import blueprint

__all__ = ["blueprint"]
