"""Metrics for Prometheus: counted by each process into files of its own, read together when somebody asks.

Nothing here is loaded unless the settings open ``/metrics`` or a port for it (docs/adr/0157).
"""

from .exposition import LEAVE_SECONDS, Exposition, open_port
from .instruments import Instruments

__all__ = ["LEAVE_SECONDS", "Exposition", "Instruments", "open_port"]
