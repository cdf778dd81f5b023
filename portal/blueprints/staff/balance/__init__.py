"""Balance of all points: overview and its files."""

from . import views

__all__ = ["views"]
