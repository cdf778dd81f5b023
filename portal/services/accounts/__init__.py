"""Accounts: registration, verification, sign-in, reset, profile, and what the command line does with them."""

from . import profile, registration, reset, sign_in
from .management import create, disable

__all__ = ["create", "disable", "profile", "registration", "reset", "sign_in"]
