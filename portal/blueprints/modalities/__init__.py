"""Choose the contract modality (guide steps 8, 9, 15 and 16)."""

from .views import blueprint

__all__ = ["blueprint"]
