"""Findings of the doctor: a part, its judgement, and what to do."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Health(StrEnum):
    """Judgement on a part of an installation."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"


class Finding(NamedTuple):
    """Part that was examined, what was found, and what to do; nothing to do where it is well."""

    part: str
    health: Health
    found: str
    todo: str = ""
