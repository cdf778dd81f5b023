"""The start page after signing in: what each open point needs to be told today."""

from .overview import ContractState, Figures, PointState, Start, start

__all__ = ["ContractState", "Figures", "PointState", "Start", "start"]
