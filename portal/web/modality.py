"""The modality of a URL: one of three words, anything else is not there."""

from __future__ import annotations

from portal.domain.modalities import Modality
from portal.services.store.refusals import NotFound


def modality_of(word: str) -> Modality:
    """Return the modality named in a URL; ``NotFound`` for any other word."""
    try:
        return Modality(word)
    except ValueError:
        raise NotFound from None
