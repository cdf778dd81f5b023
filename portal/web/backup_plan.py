"""Plan of the copies of the database, by the settings."""

from __future__ import annotations

from datetime import timedelta

from portal.config import Settings
from portal.services.ops.backups import Plan


def backup_plan_of(settings: Settings) -> Plan:
    """Return what is copied, where to, how often and what is kept."""
    return Plan(
        settings.database_url,
        settings.backups,
        timedelta(minutes=settings.backup_minutes) if settings.backup_minutes else None,
        settings.backup_keep,
        settings.postgresql_programs,
    )
