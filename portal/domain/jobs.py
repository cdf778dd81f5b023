"""Enums of uploaded files and of the worker's jobs."""

from __future__ import annotations

from enum import StrEnum


class UploadKind(StrEnum):
    """Content of an uploaded file."""

    READINGS = "readings"
    HEATING_VALUES = "heating-values"
    REGISTRY = "registry"
    AUTHORISED = "authorised"
    TARIFFS = "tariffs"
    GATE_READINGS = "gate-readings"
    CONFIRMATIONS = "confirmations"


class UploadState(StrEnum):
    """Preview shown, not confirmed yet; confirmed and given to a job; discarded."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    DISCARDED = "discarded"


class HeldState(StrEnum):
    """State of a row of a file that was left to be mended: waiting; taken in since; discarded with a reason."""

    WAITING = "waiting"
    MENDED = "mended"
    DISCARDED = "discarded"


class JobKind(StrEnum):
    """Work too long for a request, done by the worker."""

    IMPORT_READINGS = "import-readings"
    IMPORT_HEATING_VALUES = "import-heating-values"
    IMPORT_REGISTRY = "import-registry"
    CERTIFY_READINGS = "certify-readings"
    PACK_STATEMENTS = "pack-statements"


class JobState(StrEnum):
    """Not begun; running; done; failed, with nothing written."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
