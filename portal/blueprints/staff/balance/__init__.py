"""Balance of all points: overview and its files, adjustments, monthly packs of companies."""

from . import adjustments, packs, views

__all__ = ["adjustments", "packs", "views"]
