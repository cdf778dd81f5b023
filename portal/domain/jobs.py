"""Words for files that wait for a confirmation, and for long work done behind the page."""

from __future__ import annotations

from enum import StrEnum


class UploadKind(StrEnum):
    """What a file that was sent holds."""

    READINGS = "readings"
    HEATING_VALUES = "heating-values"
    REGISTRY = "registry"


class UploadState(StrEnum):
    """Its preview was shown and nobody confirmed it; confirmed, so that a job takes it in; or thrown away."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    DISCARDED = "discarded"


class JobKind(StrEnum):
    """Work too long for the answer of a page; the worker does it."""

    IMPORT_READINGS = "import-readings"
    IMPORT_HEATING_VALUES = "import-heating-values"
    IMPORT_REGISTRY = "import-registry"
    CERTIFY_READINGS = "certify-readings"


class JobState(StrEnum):
    """Not begun; being done; done; or given up, with nothing of it written."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
