""" "Reclamar por un día": the claims of a customer."""

from .views import blueprint

__all__ = ["blueprint"]
