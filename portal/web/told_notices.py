"""The notices that stand on a page where somebody decides."""

from __future__ import annotations

from collections.abc import Sequence

from portal.domain.modalities import Modality
from portal.services import announcements
from portal.services.announcements import Told

from . import database, runtime
from .access import me


def told_here(modality: Modality | None = None) -> Sequence[Told]:
    """Return the notices in force that concern who is signed in; those of ``modality`` only, when one is given."""
    return announcements.for_decisions(
        database.current(), user_id=me().user_id or 0, modality=modality, now=runtime.now()
    )
