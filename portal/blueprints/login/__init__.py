"""Accounts: register, verify, sign in and out, reset, account page."""

from . import account, devices, enrolment, passkeys
from .views import blueprint

__all__ = ["account", "blueprint", "devices", "enrolment", "passkeys", "seen"]
