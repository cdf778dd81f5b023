"""Accounts: register, verify, sign in and out, reset, account page."""

from . import account, devices, enrolment
from .views import blueprint

__all__ = ["account", "blueprint", "devices", "enrolment", "seen"]
