"""Words for the settings that staff change by dated rows."""

from __future__ import annotations

from enum import StrEnum


class SettingName(StrEnum):
    """What a dated row sets: for everybody, for a modality, for a contract or for a point."""

    TOLERANCE = "tolerance"
    CLOSE_POLICY = "close-policy"
    SUSPICIOUS_FACTOR = "suspicious-factor"
    UNIT_FACTOR_LOW = "unit-factor-low"
    UNIT_FACTOR_HIGH = "unit-factor-high"
