"""Modality in a URL: one of three words; any other is absent."""

from __future__ import annotations

from portal.domain.modalities import Modality
from portal.services.store.refusals import NotFound


def modality_of(word: str) -> Modality:
    """Return the modality named in a URL; raises ``NotFound`` for any other word."""
    try:
        return Modality(word)
    except ValueError:
        raise NotFound from None
