"""Message-IDs of mails about a case: they cannot be made up, so that an answer finds its case by them."""

from __future__ import annotations

import hashlib
import hmac
import re

from portal.services.store.vault import Vault

# 80 bits.
_LENGTH = 20
_OURS = re.compile(rf"<pqr-([1-9][0-9]{{0,17}})-([0-9a-f]{{{_LENGTH}}})@")


def name_mail(vault: Vault, *, number: int) -> str:
    """Return the part before the @ of the Message-ID of a mail about a case, from its row id: the same at every try."""
    return f"pqr-{number}-{_seal(vault, number)}"


def read_number(vault: Vault, message_id: str) -> int | None:
    """Return the row id of the mail that has this Message-ID; None for any that this portal did not send."""
    found = _OURS.match(message_id)
    if found is None or not hmac.compare_digest(found[2], _seal(vault, int(found[1]))):
        return None
    return int(found[1])


def _seal(vault: Vault, number: int) -> str:
    return hmac.digest(vault.case_key, f"mail 1:{number}".encode(), hashlib.sha256).hex()[:_LENGTH]
