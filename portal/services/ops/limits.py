"""Limits of the vital signs: from where on a figure is a warning, and from where on it is critical.

One table for ``portal status``, ``portal doctor`` and the alert rules of ``deploy/monitoring``, which a test holds to
it. The limit of the copies' age follows their interval (``backups.Plan.limit``); it is a metric, which the rules read.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from .heartbeats import SILENT_AFTER

HOUR = 3600


class Level(IntEnum):
    """Level of a figure, in the order of severity; as exit status what monitoring plugins agree on."""

    OK = 0
    WARNING = 1
    CRITICAL = 2


class Limit(NamedTuple):
    """Figures above which a sign is a warning or critical, or below which with ``is_floor``; None for never."""

    warning: float | None
    critical: float | None
    is_floor: bool = False

    def judge(self, value: float) -> Level:
        """Return the level of a value."""
        for level, bound in ((Level.CRITICAL, self.critical), (Level.WARNING, self.warning)):
            if bound is not None and (value < bound if self.is_floor else value > bound):
                return level
        return Level.OK


# By the name of the metric without ``portal_``.
LIMITS = {
    "mail_overdue_seconds": Limit(900, 2 * HOUR),
    "mails_given_up": Limit(0, None),
    "job_waits_seconds": Limit(600, HOUR),
    "worker_silent_seconds": Limit(SILENT_AFTER.seconds, 300),
    "duties_silent_seconds": Limit(120, 600),
    # The alert of the keys: docs/security.md, "Attempts".
    "wrong_keys_hour": Limit(200, 1000),
    "anchor_age_seconds": Limit(26 * HOUR, 50 * HOUR),
    "database_lock_waiters": Limit(5, 20),
    "disk_free_bytes": Limit(5 * 1024**3, 2 * 1024**3, is_floor=True),
}
