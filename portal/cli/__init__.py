"""The portal's commands: parse, call a service, print."""

from .commands import main

__all__ = ["main"]
