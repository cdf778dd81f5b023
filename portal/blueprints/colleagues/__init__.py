"""The company's own accounts, kept by its manager."""

from .views import blueprint

__all__ = ["blueprint"]
