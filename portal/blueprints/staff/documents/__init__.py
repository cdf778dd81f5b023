"""Documents of the distributor: a version proposed by one person, published by another (docs/flow.md, adr/0128)."""

from . import desk, proposals, versions

__all__ = ["desk", "proposals", "versions"]
