"""Who of a company gets mail, and for what: kept by its own people."""

from .views import blueprint

__all__ = ["blueprint"]
