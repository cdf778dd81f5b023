"""Accounts: register, verify, sign in and out, reset, account page."""

from .views import blueprint

__all__ = ["blueprint"]
