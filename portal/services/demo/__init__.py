"""Demonstration: fictitious customers with twelve years of daily gas, always the same for the same day."""

from . import distributors
from .loader import Demonstration, Loaded, NotEmpty, load

__all__ = ["Demonstration", "Loaded", "NotEmpty", "distributors", "load"]
