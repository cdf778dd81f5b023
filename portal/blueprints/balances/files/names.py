"""Names of the account's files, in ASCII."""

from __future__ import annotations

import re
import unicodedata

from portal.services.account.opened_points import OpenedPoint


def file_name(point: OpenedPoint, what: str, period: str, kind: str) -> str:
    """Return ``balance-eds-la-sabana-2026-11.csv``: content, point, period; no period for a history."""
    plain_name = unicodedata.normalize("NFKD", point.name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain_name).strip("-") or point.public_id
    return "-".join(filter(None, (what, slug, period))) + f".{kind}"
