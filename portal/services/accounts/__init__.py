"""Accounts: registration, verification, sign-in, reset, profile, and what the command line does with them."""

from . import profile, registration, reset, second_factor, sign_in
from .management import create, disable, enrol

__all__ = ["create", "disable", "enrol", "profile", "registration", "reset", "second_factor", "sign_in"]
