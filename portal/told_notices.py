"""The notices that stand on a page where somebody decides."""

from __future__ import annotations

from collections.abc import Sequence

from . import database, runtime
from .access import me
from .domain.modalities import Modality
from .services import bulletins
from .services.bulletins import Told


def told_here(modality: Modality | None = None) -> Sequence[Told]:
    """Return the notices in force that concern who is signed in; those of ``modality`` only, when one is given."""
    return bulletins.for_decisions(database.current(), user_id=me().user_id or 0, modality=modality, now=runtime.now())
