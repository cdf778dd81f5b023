"""Announcements on the pages where people decide."""

from __future__ import annotations

from collections.abc import Sequence

from portal.domain.modalities import Modality
from portal.services import announcements
from portal.services.announcements import Told
from portal.web.access import act

from .access import me


def list_announcements(modality: Modality | None = None) -> Sequence[Told]:
    """Return the announcements in force for the signed-in person; of ``modality`` only, when given."""
    return announcements.list_for_decisions(act(), user_id=me().user_id or 0, modality=modality)
