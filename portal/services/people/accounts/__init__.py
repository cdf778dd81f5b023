"""Accounts: registration, verification, sign-in, reset, profile, and their management by the command line."""

from . import (
    enrolment,
    passkeys,
    profile,
    recovery,
    registration,
    reset,
    second_factor,
    sign_in,
    staff,
    standings,
    trusted_devices,
)
from .management import create, disable, enrol

__all__ = [
    "create",
    "disable",
    "enrol",
    "enrolment",
    "passkeys",
    "profile",
    "recovery",
    "registration",
    "reset",
    "second_factor",
    "sign_in",
    "staff",
    "standings",
    "trusted_devices",
]
