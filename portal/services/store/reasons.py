"""The reason that somebody gives for an act: there, in words, and no longer than what keeps it."""

from __future__ import annotations

from .refusals import Refusal, Rejected


def checked_reason(text: str, *, most: int) -> str:
    """Return a reason without blanks around it.

    Refuses (``Rejected``) none, ``REASON_MISSING``, and one of more than ``most`` characters, ``REASON_TOO_LONG``.
    """
    words = text.strip()
    if not words:
        raise Rejected(Refusal.REASON_MISSING, "reason")
    if len(words) > most:
        raise Rejected(Refusal.REASON_TOO_LONG, "reason", most=most)
    return words
