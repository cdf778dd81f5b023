"""History of the former system: its balance sheets become nominations, authorised quantities, readings and openings."""

from . import imports, parts, plans, shapes

__all__ = ["imports", "parts", "plans", "shapes"]
