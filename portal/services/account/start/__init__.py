"""Start page after signing in: the work and news of each open point today."""

from .overview import ContractState, Figures, PointState, Start, start

__all__ = ["ContractState", "Figures", "PointState", "Start", "start"]
