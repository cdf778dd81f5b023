"""Calls: the agents' desk, the customer's code, and "No fui yo"."""

from . import codes, followings, protests
from .views import blueprint

__all__ = ["blueprint", "codes", "followings", "protests"]
