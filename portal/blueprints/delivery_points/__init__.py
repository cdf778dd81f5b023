"""Choose the EDS or company (guide step 11)."""

from .views import blueprint

__all__ = ["blueprint"]
