"""The registry: who buys gas, under which contract, where it is delivered, and who is told."""

from . import companies, contacts, contracts, exit_points, files, points, search, succession

__all__ = ["companies", "contacts", "contracts", "exit_points", "files", "points", "search", "succession"]
