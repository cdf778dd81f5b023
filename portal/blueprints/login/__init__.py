"""Accounts: register, verify, sign in and out, reset, account page."""

from . import account, enrolment
from .views import blueprint

__all__ = ["account", "blueprint", "enrolment", "seen"]
