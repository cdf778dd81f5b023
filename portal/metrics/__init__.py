"""Metrics for Prometheus: counted by each process into files of its own, read together when somebody asks.

Nothing here is loaded unless the settings open ``/metrics`` or a port for it (docs/adr/0157).
"""

from .exposition import Exposition, open_port
from .instruments import Instruments

__all__ = ["Exposition", "Instruments", "open_port"]
