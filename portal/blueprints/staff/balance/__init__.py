"""Balance of all points: overview and its files, adjustments."""

from . import adjustments, views

__all__ = ["adjustments", "views"]
