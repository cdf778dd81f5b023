"""Registry: companies, contracts, delivery points, exit points and contacts."""

from . import companies, contacts, contracts, exit_points, files, points, search, succession

__all__ = ["companies", "contacts", "contracts", "exit_points", "files", "points", "search", "succession"]
