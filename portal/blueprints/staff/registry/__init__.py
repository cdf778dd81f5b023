"""Registry: companies, contracts, delivery points, exit points and contacts."""

from . import companies, contacts, contracts, exit_points, files, joints, points, search, succession

__all__ = ["companies", "contacts", "contracts", "exit_points", "files", "joints", "points", "search", "succession"]
